"""The protocol for isolated signs, with a recogniser that reads without fault."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from eval.recognition import REAL, SHUFFLED, SYSTEM, assess, hidden_alike, lines_of, ranks


class Reader:
    """Scores the gloss whose number `move` hides in the pose."""

    def __init__(self, glosses):
        self.settings = SimpleNamespace(fps=25.0, glosses=glosses)

    def labels(self, glosses):
        return torch.tensor([self.settings.glosses.index(gloss) for gloss in glosses])

    def __call__(self, points, mask, confidence=None):
        return 20 * torch.eye(len(self.settings.glosses))[points[:, 0, 0, 0].round().long()]


@pytest.fixture
def real(clips, texts):
    """Two clips a gloss."""
    twice = [SimpleNamespace(gloss=clip.text, text=clip.text, pose=clip.pose) for clip in clips for _ in range(2)]
    return twice


def assessed(poses, real, texts, move):
    held_out = [SimpleNamespace(gloss=texts[0], pose=move(texts[0], noise=0.02))]
    return assess([Reader(texts)], {REAL: [clip.pose for clip in real], SYSTEM: poses}, real, held_out, draws=100)


def test_ranks_count_ties_and_failures_against():
    scores = np.array([[0.2, 0.5, 0.3], [0.4, 0.4, 0.2], [np.nan] * 3])
    assert ranks(scores, np.array([0, 1, 2])).tolist() == [2, 1, 3]


def test_an_honest_system_is_recognised_and_its_shuffled_texts_are_not(real, texts, move):
    poses = [move(clip.text, noise=0.05 * (1 + i % 2)) for i, clip in enumerate(real)]
    report = assessed(poses, real, texts, move)
    assert report["rows"][SYSTEM]["top1"]["value"] == 100
    assert report["rows"][SHUFFLED]["top1"]["value"] == 0
    assert report["answers"]["recognised at least as often as real training clips"]["holds"]
    assert report["answers"]["not copied"]["holds"]
    assert report["chance"] == pytest.approx(100 / len(texts))


def test_a_copy_of_the_training_clips_is_named(real, texts, move):
    report = assessed([clip.pose for clip in real], real, texts, move)
    assert not report["answers"]["not copied"]["holds"]
    assert report["nearest_cm"]["system"][1] == 0


def test_one_clip_a_gloss_lacks_variety(real, texts, move):
    varied = [
        SimpleNamespace(**{**vars(clip), "pose": move(clip.text, noise=0.05 * (i % 2))}) for i, clip in enumerate(real)
    ]
    report = assessed([move(clip.text, noise=0.03) for clip in real], varied, texts, move)
    assert not report["answers"]["as varied"]["holds"]
    assert any("NO" in line for line in lines_of(report))


def test_failures_are_never_right(real, texts, move):
    poses = [None if i % 4 == 0 else clip.pose for i, clip in enumerate(real)]
    row = assessed(poses, real, texts, move)["rows"][SYSTEM]
    assert row["failures"] == len(real) / 4
    assert row["top1"]["value"] == row["top5"]["value"] == pytest.approx(75)


def test_what_the_recordings_hide_is_no_variety(real, texts, move):
    """A hand that waves about unseen in the recordings counts for nothing in the system's diversity either."""
    hand = list(real[0].pose.skeleton.parts["left_hand"])
    wild = [move(clip.text, noise=0.05 * (1 + i % 2)) for i, clip in enumerate(real)]
    calm = assessed(wild, real, texts, move)["rows"][SYSTEM]["diversity_cm"]
    for i, pose in enumerate(wild):
        pose.points[:, hand] += 5 * (i % 2)
    assert assessed(wild, real, texts, move)["rows"][SYSTEM]["diversity_cm"] > 2 * calm
    for clip in real:
        clip.pose.confidence[:, hand] = 0
    assert assessed(wild, real, texts, move)["rows"][SYSTEM]["diversity_cm"] == pytest.approx(calm, rel=0.5)


def test_a_clip_hides_what_the_recording_hides_at_that_time(real, texts, move):
    recording, made = real[0].pose, move(texts[0])
    half = len(recording) // 2
    recording.confidence[half:, 3] = 0
    shown = hidden_alike(made, recording)
    assert not shown.confidence[len(made) // 2 + 2 :, 3].any()
    assert np.array_equal(shown.confidence[: len(made) // 2 - 2], made.confidence[: len(made) // 2 - 2])
    assert hidden_alike(None, recording) is None
