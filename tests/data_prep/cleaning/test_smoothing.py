"""Smoothing keeps what is constant, delays nothing, takes shaking away and leaves missing points missing."""

import numpy as np
import pytest

from data_prep.cleaning.smoothing import smooth
from sign_latent.errors import UserError


def only(clips):
    (clip,) = clips
    return clip.pose


@pytest.mark.parametrize("skeleton", ["upper79", "smplx", "openpose67"])
@pytest.mark.parametrize("frames", [1, 3, 4, 7, 60])
def test_a_constant_is_its_own_smoothing(swinging, clip_of, record, skeleton, frames):
    pose = swinging(skeleton, frames)
    pose.points[:] = pose.points[:1]
    if pose.rotations is not None:
        pose.rotations[:] = pose.rotations[:1]
    made = only(smooth(clip_of(pose), record))
    assert made.points == pytest.approx(pose.points, abs=1e-5)
    if pose.rotations is not None:
        assert made.rotations == pytest.approx(pose.rotations, abs=1e-5)
    assert np.array_equal(made.confidence, pose.confidence)


def test_nothing_is_delayed(swinging, clip_of, record):
    """A pulse stays where it is and stays symmetric; smoothing and turning time round may be exchanged."""
    pose = swinging(frames=81)
    pose.points[:] = np.exp(-(((np.arange(81) - 40) / 2) ** 2))[:, None, None]
    made = only(smooth(clip_of(pose), record, 4.0)).points
    assert (made.argmax(0) == 40).all() and np.abs(made - made[::-1]).max() < 1e-4
    pose.points[:] = swinging(frames=81).points
    forwards = only(smooth(clip_of(pose), record, 4.0)).points
    pose.points[:] = pose.points[::-1].copy()
    backwards = only(smooth(clip_of(pose), record, 4.0)).points[::-1]
    assert np.abs(forwards - backwards)[15:-15].max() < 1e-4


def test_shaking_goes_and_signing_stays(swinging, clip_of, record):
    truth = swinging(frames=200)
    noisy = swinging(frames=200)
    noisy.points += np.random.default_rng(0).normal(0, 0.02, noisy.points.shape).astype(np.float32)
    made = only(smooth(clip_of(noisy), record, 4.0)).points
    inner = slice(10, -10)
    assert np.abs(made - truth.points)[inner].std() < 0.65 * np.abs(noisy.points - truth.points)[inner].std()
    assert np.abs(only(smooth(clip_of(truth), record, 8.0)).points - truth.points)[inner].max() < 0.001


def test_what_is_missing_stays_missing_and_pulls_at_nothing(swinging, clip_of, record):
    pose = swinging()
    pose.points[:] = 1
    pose.points[20:30], pose.confidence[20:30] = 0, 0
    made = only(smooth(clip_of(pose), record))
    assert (made.points[20:30] == 0).all()
    assert np.delete(made.points, range(20, 30), 0) == pytest.approx(1.0, abs=1e-5)


def test_a_limit_beyond_the_frame_rate_is_refused(clip_of, record):
    with pytest.raises(UserError, match="20 Hz.*less than 12.5"):
        smooth(clip_of(), record, 20.0)
