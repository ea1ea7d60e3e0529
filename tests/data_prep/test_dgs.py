"""The DGS sentences: image coordinates become a body, timed glosses tiers, and what is missing or damaged is said."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from data_prep.convert import convert
from data_prep.formats.dgs import split_of
from data_prep.formats.source import Options
from sign_latent.corpus.read import Corpus
from sign_latent.errors import UserError
from sign_latent.pose import get_skeleton

SKELETON = get_skeleton("openpose67")
AT = SKELETON.points.index
HEADINGS = ("id", "doc", "signer", "start_ms", "german", "english", "gloss", "gloss_timed")


def row(number: int, **other: str) -> dict[str, str]:
    timed = [[1000, 1040, "HAUS1"], [1060, 1500, "NEU 2"]]
    return {
        "id": f"seg_{number}",
        "doc": f"session{number % 2}",
        "signer": "A",
        "start_ms": "1000",
        "german": f"Satz {number} „im Zitat",
        "english": f"sentence {number}",
        "gloss": "HAUS1 NEU-2",
        "gloss_timed": json.dumps(timed),
    } | other


def keypoints(frames: int = 10) -> np.ndarray:
    """[T, 134]: everything seen; the shoulders a tenth of the width apart, in the middle of the image."""
    places = np.random.default_rng(0).uniform(0.2, 0.8, (frames, 67, 2)).astype(np.float32)
    places[:, AT("left_shoulder")], places[:, AT("right_shoulder")] = (0.55, 0.5), (0.45, 0.5)
    return places.reshape(frames, 134)


def made_folder(folder: Path, rows: list[dict[str, str]], change=lambda points: points) -> Path:
    (folder / "motion").mkdir()
    with (folder / "index.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)
    for one in rows:
        np.savez(folder / "motion" / f"{Path(one['id']).name}.npz", keypoints=change(keypoints()), fps=np.float32([50]))
    return folder


def clips_of(corpus: Path) -> list:
    opened = Corpus.open(corpus)
    return sorted((clip for name in opened.splits for clip in opened.split(name)), key=lambda clip: clip.id)


def converted(tmp_path: Path, rows: list[dict[str, str]], change=lambda points: points, **options):
    source = convert("dgs", made_folder(tmp_path, rows, change), tmp_path / "corpus", Options(**options))
    return clips_of(tmp_path / "corpus"), source.drops


def test_sentences_become_clips_with_timed_glosses(tmp_path):
    clips, drops = converted(tmp_path, [row(i) for i in range(4)])
    assert drops == [] and [clip.text for clip in clips] == [f"Satz {i} „im Zitat" for i in range(4)]
    one = clips[1]
    assert (one.spoken_language, one.signed_language, one.signer, one.source) == ("de", "gsg", "session1/A", "session1")
    assert one.gloss == "HAUS1 NEU-2" and one.pose.fps == 50 and len(one.pose) == 10
    # 20 ms a frame; the second gloss reaches beyond the clip and is cut.
    assert [(tier.channel, tier.value, tier.start, tier.end) for tier in one.tiers] == [
        ("gloss", "HAUS1", 0, 2),
        ("gloss", "NEU-2", 3, 10),
    ]


def test_the_image_is_undone_in_shape_and_direction(tmp_path):
    def hand_up(places):
        places = places.reshape(-1, 67, 2).copy()
        places[:, AT("left_wrist")] = 0.6, 0.3
        return places.reshape(-1, 134)

    clips, _ = converted(tmp_path, [row(0)], hand_up)
    points = clips[0].pose.points[0]
    assert points[AT("left_shoulder")] == pytest.approx([0.5, 0]) and points[AT("right_shoulder")][0] < 0
    # a fifth of the height up is 0.2 ÷ (16/9 × 0.1) shoulder widths, and 0.1 of the width beside the middle is one
    assert points[AT("left_wrist")] == pytest.approx([1.0, 0.2 / (16 / 9 * 0.1)], rel=1e-4)


def test_what_is_missing_or_beyond_the_image_has_no_confidence(tmp_path):
    def spoiled(places):
        places = places.reshape(-1, 67, 2).copy()
        places[3:5, AT("left_index_tip")] = 0
        places[:, AT("right_knee")] = 0.5, 1.0
        return places.reshape(-1, 134)

    pose = converted(tmp_path, [row(0)], spoiled)[0][0].pose
    assert pose.confidence[:, AT("left_index_tip")].tolist() == [1, 1, 1, 0, 0, 1, 1, 1, 1, 1]
    assert (pose.confidence[:, AT("right_knee")] == 0).all() and (pose.points[3, AT("left_index_tip")] == 0).all()
    assert pose.confidence.sum() == pose.confidence.size - 12


def test_the_text_may_be_english_and_a_clip_without_one_is_dropped(tmp_path):
    clips, drops = converted(tmp_path, [row(0), row(1, english="")], spoken_language="en")
    assert [(clip.text, clip.spoken_language) for clip in clips] == [("sentence 0", "en")]
    assert drops == [{"id": "seg_1", "reason": "no english text"}]


def test_another_language_is_refused(tmp_path):
    with pytest.raises(UserError, match="not in 'fr'"):
        converted(tmp_path, [row(0)], spoken_language="fr")


def test_tiers_follow_another_frame_rate(tmp_path):
    clips, _ = converted(tmp_path, [row(0)], fps=25.0)
    assert len(clips[0].pose) == 5
    assert [(tier.start, tier.end) for tier in clips[0].tiers] == [(0, 1), (2, 5)]


def test_splits_are_given_or_follow_from_the_id(tmp_path):
    clips, _ = converted(tmp_path, [row(i, split="test" if i == 2 else "") for i in range(3)])
    assert [clip.split for clip in clips] == [split_of("seg_0"), split_of("seg_1"), "test"]
    shares = [split_of(str(i)) for i in range(2000)]
    assert {name: shares.count(name) / 2000 for name in ("train", "dev", "test")} == pytest.approx(
        {"train": 0.6, "dev": 0.2, "test": 0.2}, abs=0.04
    )


BROKEN = {
    "a wrong width": (lambda places: places[:, :100], "[T, 134]"),
    "no frames": (lambda places: places[:0], "[T, 134]"),
    "not finite": (lambda places: places * np.float32(np.nan), "finite"),
    "no shoulders": (lambda places: places * 0, "shoulders"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_motion_is_dropped_with_its_reason(tmp_path, kind):
    change, reason = BROKEN[kind]
    folder = made_folder(tmp_path, [row(0), row(1)])
    np.savez(folder / "motion" / "seg_0.npz", keypoints=change(keypoints()), fps=np.float32([50]))
    drops = convert("dgs", folder, tmp_path / "corpus").drops
    assert [drop["id"] for drop in drops] == ["seg_0"] and reason in drops[0]["reason"]


def test_bad_rows_are_dropped_and_names_never_leave_the_folder(tmp_path):
    rows = [row(0), row(1, gloss_timed="{"), row(2, start_ms="soon"), row(3, id="../index"), row(4)]
    folder = made_folder(tmp_path, rows)
    (folder / "motion" / "seg_4.npz").unlink()
    drops = convert("dgs", folder, tmp_path / "corpus").drops
    assert [drop["id"] for drop in drops] == ["seg_1", "seg_2", "../index", "seg_4"]
    reasons = ("gloss_timed", "start_ms", "not the name of a file", "no such file")
    assert all(reason in drop["reason"] for drop, reason in zip(drops, reasons, strict=True))


def test_an_index_without_its_columns_is_refused(tmp_path):
    made_folder(tmp_path, [{"id": "seg_0", "german": "Satz"}])
    with pytest.raises(UserError, match="no column doc"):
        convert("dgs", tmp_path, tmp_path / "corpus")
    with pytest.raises(UserError, match="no such file"):
        convert("dgs", tmp_path / "motion", tmp_path / "corpus")


@pytest.mark.realdata
def test_real_sentences_are_read_whole_and_upright(tmp_path, shared_data):
    source = convert("dgs", shared_data / "dgs_sentences", tmp_path / "corpus")
    clips = clips_of(tmp_path / "corpus")
    assert source.drops == [] and len(clips) == 272
    assert sum(bool(clip.gloss) for clip in clips) >= 270 and all(clip.text for clip in clips)
    points = np.concatenate([clip.pose.points for clip in clips])
    seen = np.concatenate([clip.pose.confidence for clip in clips])
    assert np.median(points[:, AT("nose"), 1]) > 0.3 and np.median(points[:, AT("left_shoulder"), 0]) > 0.45
    assert seen[:, list(SKELETON.parts["left_hand"])].mean() > 0.9 and seen[:, AT("right_knee")].mean() < 0.5
