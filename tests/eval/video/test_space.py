"""Distances in feature spaces: by hand, zero for equal videos, and larger for what is further away."""

import numpy as np
import pytest
import torch

from eval.video.space import STEP, perceptual, watched
from sign_latent.evaluator.video_features import Settings as ClassifierSettings
from sign_latent.evaluator.video_features import VideoClassifier
from sign_latent.evaluator.video_pose import PoseRegressor, Settings


class Levels:
    """Maps that are the mean colour of a picture, at two resolutions."""

    settings = Settings(size=16)

    def maps(self, frames):
        mean = frames.mean((2, 3), keepdim=True)
        return [mean.expand(-1, -1, 4, 4), mean]


def test_perceptual_distance_by_hand():
    """Of unit vectors at a right angle the squared distance is 2; of a frame in two that differs, half of it."""
    red, green = (np.zeros((2, 16, 16, 3), np.uint8) for _ in range(2))
    red[..., 0], green[..., 1] = 200, 90
    assert perceptual(Levels(), red, red // 2) == pytest.approx(0, abs=1e-6)  # only the direction counts
    assert perceptual(Levels(), red, green) == pytest.approx(2)
    green[0] = red[0]
    assert perceptual(Levels(), red, green, batch_size=1) == pytest.approx(1)


def test_perceptual_distance_grows_with_what_is_seen(scenes):
    torch.manual_seed(0)
    model, real = PoseRegressor(Settings(size=48, width=8)).eval(), scenes[0].real
    near = np.clip(real.astype(int) + 3, 0, 255).astype(np.uint8)
    assert perceptual(model, real, real) == 0
    assert 0 < perceptual(model, near, real) < perceptual(model, scenes[1].real, real)


def test_windows_of_a_video():
    torch.manual_seed(0)
    model = VideoClassifier(ClassifierSettings(glosses=["A", "B"], size=16, frames=8, width=8, features=6)).eval()
    video = np.random.default_rng(0).integers(0, 256, (8 + 2 * STEP + 3, 16, 16, 3), dtype=np.uint8)
    found = watched(model, video).features
    assert found.shape == (3, 6)
    np.testing.assert_allclose(found[1], watched(model, video[STEP : STEP + 8]).features[0], atol=1e-6)
    assert watched(model, video[:7]).features.shape == (0, 6)
