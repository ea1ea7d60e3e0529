"""A hidden part is not read: whatever it does, the judge sees the same; the other parts are read as before."""

import numpy as np
import pytest
import torch

from sign_latent import registry
from sign_latent.errors import UserError
from sign_latent.evaluator.augment import Augment, augment
from sign_latent.evaluator.back_translation import read_glosses, read_poses
from sign_latent.evaluator.features import PoseFeatures, anchors
from sign_latent.evaluator.parts import hidden, qualification
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import PARTS, SKELETONS, get_skeleton

SMPLX = get_skeleton("smplx")
NOTHING = Augment(tempo=0, unevenness=0, lost=0, proportions=0, offset=0, noise=0)


def moving(skeleton=SMPLX, frames=14, seed=0) -> Pose:
    chance = np.random.default_rng(seed)
    points = chance.normal(size=(frames, len(skeleton.points), skeleton.dimensions)).astype(np.float32)
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, skeleton)


def seen(pose: Pose):
    features = PoseFeatures(pose.skeleton.name)
    local, present = features.local(torch.from_numpy(pose.points), torch.from_numpy(pose.confidence))
    return features, local, present


@pytest.mark.parametrize("part", PARTS)
def test_what_a_hidden_part_does_is_not_read(part, judge):
    """Moving the part anyhow changes no reading; for the body, wrists and head carry hands and face along."""
    pose, chance = moving(), np.random.default_rng(1)
    other = Pose(pose.points.copy(), pose.confidence, 25.0, SMPLX)
    changed = [i for i in SMPLX.parts[part]]
    shift = chance.normal(size=(len(pose), len(changed), 3)).astype(np.float32)
    for column, point in enumerate(changed):
        carried = [i for i, anchor in enumerate(anchors(SMPLX)) if anchor == point]
        move = shift[:, column] - shift[:, column].mean(0)
        other.points[:, [point, *carried]] += move[:, None]
    first, second = (read_poses(judge, [p], ["rain"], without=part) for p in (pose, other))
    assert first.texts == second.texts and first.nll == pytest.approx(second.nll, abs=1e-5)
    assert read_poses(judge, [pose], ["rain"]).nll != pytest.approx(first.nll, abs=1e-4)


@pytest.mark.parametrize("name", SKELETONS)
@pytest.mark.parametrize("part", PARTS)
def test_on_every_skeleton_the_other_parts_are_read_as_before(name, part):
    skeleton = get_skeleton(name)
    if not skeleton.parts[part]:
        with pytest.raises(UserError, match="no points"):
            hidden(moving(skeleton), part)
        return
    (features, before, _), (_, after, present) = seen(moving(skeleton)), seen(hidden(moving(skeleton), part))
    rows = features.rows
    gone = [row for row in rows.parts[part] if row not in rows.anchors]
    kept = [row for other in PARTS if other != part for row in rows.parts.get(other, [])]
    assert not present[:, gone].any()
    if part == "body":
        assert (after[:, rows.anchors].diff(dim=0).abs() < 1e-5).all()
    assert present[:, kept].all()
    torch.testing.assert_close(after[:, kept], before[:, kept], atol=1e-5, rtol=1e-4)


def test_training_hides_the_body_as_reading_does():
    pose = moving()
    features, local, present = seen(pose)
    lengths = torch.tensor([len(pose)])
    moved, shown, _ = augment(
        local[None], present[None], lengths, features.rows, Augment(**vars(NOTHING) | {"hidden_body": 1.0})
    )
    _, wanted, there = seen(hidden(pose, "body"))
    # the last frame is read a rounding error early or late
    assert torch.equal(shown[0, :-1], there[:-1])
    torch.testing.assert_close(moved[0, :-1], wanted[:-1], atol=1e-3, rtol=1e-3)


def test_where_a_wrist_is_missing_its_hand_is_hidden_with_the_body():
    pose, wrist = moving(), SMPLX.points.index("left_wrist")
    pose.confidence[3:6, wrist] = 0
    shown = hidden(pose, "body").confidence[:, list(SMPLX.parts["left_hand"])] > 0
    assert not shown[3:6].any() and shown[:3].all() and shown[6:].all()


def test_rotations_do_not_tell_what_is_hidden():
    still = np.zeros((14, 55, 3), np.float32), np.zeros((14, 10), np.float32)
    pose = hidden(Pose(moving().points, moving().confidence, 25.0, SMPLX, *still), "face")
    assert pose.rotations is None and pose.expression is None


def test_failed_clips_stay_failures(judge):
    reading = read_poses(judge, [None, moving()], ["rain", "rain"], without="face")
    assert reading.texts[0] == "" and np.isnan(reading.nll[0]) and np.isfinite(reading.nll[1])
    assert read_glosses(judge, [None, moving()])[0] == ""


def test_an_unknown_part_is_refused():
    with pytest.raises(UserError, match="feet"):
        hidden(moving(), "feet")


def test_a_judge_that_never_missed_a_part_says_so():
    card = registry.Card(name="judge", model="ctc_translator", settings={}, audit={"hidden_in_training": list(PARTS)})
    assert qualification(card) == ""
    blind = registry.Card(name="judge", model="back_translator", settings={}, audit={"hidden_in_training": ["face"]})
    assert "without body" in qualification(blind, ["body", "face"]) and qualification(blind, ["face"]) == ""
    assert "left_hand" in qualification(registry.find("judge-dev")[1])
