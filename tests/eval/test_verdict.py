"""The verdict: order of findings, ranking, and what may be said of whom. The gallery tries it on whole systems."""

from dataclasses import replace

import numpy as np
import pytest

from eval.case import ACCUSATION, NOTICE, UNEXAMINED, Case, Finding, Measure, mean_interval, past
from eval.cheats import retimed
from eval.verdict import Reality, System, accused, examine, rank
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.convert import convert

ABOUT = {"spoken_language": "en", "signed_language": "qaa", "split": "test"}


def clip(signing, number: int, kind: str) -> Clip:
    frames = 44 + number * 7 % 13
    pose = signing(number, frames, unrest=0.02, performance=number)
    return Clip(
        id=f"{kind}{number}", text=f"word{number} said", signer=f"s{number % 3}", source=kind, pose=pose, **ABOUT
    )


@pytest.fixture
def judged(signing):
    return [clip(signing, i, "judged") for i in range(12)]


@pytest.fixture
def reality(signing):
    train = [clip(signing, 100 + i, "train") for i in range(20)]
    return Reality(train, [clip(signing, 200 + i, "held out") for i in range(18)])


@pytest.fixture
def honest(signing, judged):
    """The same motions performed anew, at lengths of their own."""
    chance = np.random.default_rng(0)
    poses = []
    for i, one in enumerate(judged):
        pose = signing(i, len(one.pose), unrest=0.1, performance=i + 1)
        places = np.sort(chance.uniform(0, len(pose) - 1, len(pose) - 5)).astype(int)
        poses.append(replace(pose, points=pose.points[places], confidence=pose.confidence[places]))
    return poses


def names(findings: list[Finding], severity: str = ACCUSATION) -> list[str]:
    return [finding.name for finding in findings if finding.severity == severity]


def test_recordings_are_a_copy_unless_declared_a_control(judged, reality):
    poses = [one.pose for one in judged]
    assert "reference copy" in names(examine(System(poses, judged), reality))
    assert examine(System(poses, judged, made_from="recording"), reality) == []


def test_what_was_made_from_recordings_is_accused_only_where_text_is_declared(judged, reality):
    moved = [replace(one.pose, points=one.pose.points * np.float32(1.02)) for one in judged]
    unknown = examine(System(moved, judged), reality)
    assert names(unknown, NOTICE) == ["reference copy"] and not accused(unknown)
    assert names(examine(System(moved, judged, made_from="text"), reality)) == ["reference copy"]
    assert not accused(examine(System(moved, judged, made_from="recording"), reality))


def test_lengths_declared_as_given_are_no_leak(judged, reality, signing):
    made = [signing(500 + i, len(one.pose)) for i, one in enumerate(judged)]  # other motions: made from no recording
    predicted, given = (examine(System(made, judged, lengths=how), reality) for how in ("predicted", "given"))
    assert {f.name for f in predicted} - {f.name for f in given} == {"ground-truth length leak"}
    assert {f.name for f in given} <= {f.name for f in predicted}


def test_failures_are_counted_and_many_are_accused(judged, reality, honest):
    found = examine(System([None, *honest[1:]], judged), reality)
    assert [f.evidence["failed"] for f in found if f.name == "empty outputs"] == [1]
    empty = [replace(pose, points=pose.points[:0], confidence=pose.confidence[:0]) for pose in honest[:4]]
    assert names(examine(System(empty + honest[4:], judged), reality))[0] == "empty outputs"
    broken = replace(honest[0], points=honest[0].points * np.nan)
    assert Case(System([broken, *honest[1:]], judged), reality).rows == list(range(1, 12))


def test_too_few_whole_clips_are_not_examined(judged, reality, honest):
    found = examine(System(honest[:2] + [None] * 10, judged), reality)
    assert "motion" in names(found, UNEXAMINED)


def test_without_training_clips_copies_and_lengths_are_not_examined(judged, reality, honest):
    found = examine(System(honest, judged), Reality([], reality.held_out))
    assert set(names(found, UNEXAMINED)) == {"training-clip copy", "ground-truth length leak"}


def test_accusations_come_first(judged, reality):
    found = examine(System([one.pose for one in judged[:6]] + [None] * 6, judged), Reality([], reality.held_out))
    order = [ACCUSATION, NOTICE, UNEXAMINED]
    assert [f.severity for f in found] == sorted((f.severity for f in found), key=order.index)
    assert len({f.severity for f in found}) > 1


def test_another_skeleton_is_refused(judged, reality):
    poses = [convert(one.pose, "upper79") for one in judged]
    with pytest.raises(UserError, match="upper79"):
        examine(System(poses, judged), reality)


def test_another_frame_rate_changes_no_verdict(judged, reality, honest):
    def accusations(poses):
        return names(examine(System(poses, judged), reality))

    slow = [replace(pose.resampled(50.0), fps=25.0) for pose in honest]
    assert "half speed" in accusations(slow) and "half speed" not in accusations(honest)
    for poses in (honest, slow):
        assert accusations([pose.resampled(50.0) for pose in poses]) == accusations(poses)


def test_the_accused_rank_below_every_honest_system_then_by_figure():
    cheat, said = Finding("half speed", "…"), Finding("reference copy", "…", severity=NOTICE)
    systems = {
        "cheat": (0.99, [cheat, cheat]),
        "worse cheat": (0.2, [cheat]),
        "poor": (0.1, []),
        "good": (0.7, [said]),
        "unknown": (float("nan"), []),
    }
    ranked = rank(systems)
    assert [row.name for row in ranked] == ["good", "poor", "unknown", "cheat", "worse cheat"]
    assert ranked[3].accusations == ("half speed",) and ranked[0].accusations == ()


def test_thresholds_are_what_performers_do_and_quantiles_where_signers_are_few(reality):
    values = np.arange(18.0)
    who = np.array([int(one.signer[1]) for one in reality.held_out])
    medians = [np.median(values[who == s]) for s in range(3)]
    assert reality.extremes(values) == (min(medians), max(medians))
    nameless = Reality([], [replace(one, signer="") for one in reality.held_out])
    assert nameless.extremes(values) == pytest.approx((0.85, 16.15))


def test_intervals_of_means():
    low, high = mean_interval(np.array([1.0, 1.0, np.nan, 1.0]))
    assert low == high == 1
    low, high = mean_interval(np.linspace(-1, 1, 40))
    assert low < 0 < high
    assert np.isnan(mean_interval(np.array([np.nan]))).all()


def test_distance_past_a_bound_is_positive_on_the_accused_side():
    assert Measure("way", 8.0, 2.0, factor=True).distance == 2
    assert Measure("way", 8.0, 2.0, above=False, factor=True).distance == -2
    assert Measure("share", 0.4, 0.5, above=False).distance == pytest.approx(0.1)
    unknown = Measure("share", float("nan"), 0.5)
    assert past([Measure("share", 0.6, 0.5)]) and not past([]) and not past([unknown])
    assert not past([Measure("share", 0.6, 0.5), Measure("share", 0.5, 0.5)])


def test_recordings_retimed_by_more_than_a_fifth_are_named_however_unlike_performers_are(judged, reality):
    held_out = [replace(one, pose=retimed(one.pose, 20 + 25 * (i % 5))) for i, one in enumerate(reality.held_out)]
    unlike = Reality(reality.train, held_out)
    for factor, wanted in ((2.0, ["half speed"]), (0.5, ["double speed"]), (1.15, []), (0.87, [])):
        poses = [retimed(one.pose, round(factor * len(one.pose))) for one in judged]
        assert names(examine(System(poses, judged), unlike)) == wanted, factor


def test_a_body_without_a_face_is_examined_and_its_face_is_said_not_to_be(judged, reality, honest):
    def bare(clip):
        return replace(clip, pose=convert(clip.pose, "openpose67"))

    shown = Reality([bare(c) for c in reality.train], [bare(c) for c in reality.held_out])
    found = examine(System([convert(p, "openpose67") for p in honest], [bare(c) for c in judged]), shown)
    assert "frozen face" not in names(found) and "missing part" not in names(found)
    assert [f.reason for f in found if f.name == "parts"][0].startswith("real clips do not show the face")
