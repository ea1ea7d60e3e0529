"""Laws of the classifier of videos: it can learn what moves, and in which order; features are what scores come from."""

import numpy as np
import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.evaluator.video_features import Settings, VideoClassifier, watch, windows

SMALL = dict(glosses=["LEFT", "RIGHT"], size=16, frames=8, width=8, features=12, dropout=0.0)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return VideoClassifier(Settings(**SMALL)).eval()


def moving(right: bool, row: int) -> np.ndarray:
    """A spot that moves to a side: each frame alone says nothing of the direction."""
    video = np.zeros((8, 16, 16, 3), np.uint8)
    for t in range(8):
        column = 3 + t if right else 10 - t
        video[t, row : row + 4, column : column + 4] = 255
    return video


def test_it_learns_a_direction(model):
    torch.manual_seed(0)
    videos = [moving(i % 2 == 1, 2 + i // 2) for i in range(8)]
    batch = torch.stack([torch.from_numpy(v).permute(0, 3, 1, 2).float() / 255 for v in videos])
    labels = model.labels(["LEFT", "RIGHT"] * 4)
    optimiser = torch.optim.Adam(model.train().parameters(), lr=3e-3)
    for _ in range(40):
        loss = model.losses(batch, labels, torch.ones(8, dtype=torch.bool))["loss"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = watch(model.eval(), [moving(True, 7), moving(False, 7), moving(True, 7)[::-1]])
    assert found.probabilities.argmax(-1).tolist() == [1, 0, 0]


def test_scores_come_from_the_features(model):
    videos = [moving(True, 3), moving(False, 5), moving(True, 9)]
    found = watch(model, iter(videos), batch_size=2)
    assert found.features.shape == (3, 12)
    with torch.no_grad():
        scores = model.head(torch.from_numpy(found.features)).softmax(-1)
    np.testing.assert_allclose(found.probabilities, scores, atol=1e-6)
    assert watch(model, []).features.shape == (0, 12)


def test_clips_that_show_nothing_teach_nothing(model):
    video, labels = torch.rand(2, 8, 3, 16, 16), torch.tensor([0, 1])
    alone = model.losses(video[:1], labels[:1], torch.tensor([True]))["loss"]
    both = model.losses(video, labels, torch.tensor([True, False]))["loss"]
    torch.testing.assert_close(both, alone)


def test_another_length_and_unknown_glosses_are_refused(model):
    with pytest.raises(UserError, match="7 frames.*watches 8"):
        watch(model, [moving(True, 3)[:7]])
    with pytest.raises(UserError, match="'UP'"):
        model.labels(["UP"])


def test_windows_by_hand():
    video = np.arange(11)
    assert [w.tolist() for w in windows(video, 4, 3)] == [[0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9]]
    assert windows(video[:3], 4, 3) == []
