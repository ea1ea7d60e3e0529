"""Temporal consistency: by hand, and never won by noise, by what is frozen, or by frames out of order."""

import numpy as np
import pytest

from eval.video.consistency import FLOOR, LAGS, changes, consistency, typical


def ramp(step: int, frames: int = 10) -> np.ndarray:
    """Grey pictures that get brighter by so much a frame."""
    return np.broadcast_to((step * np.arange(frames, dtype=np.uint8))[:, None, None, None], (frames, 6, 6, 3))


def test_changes_by_hand():
    np.testing.assert_allclose(changes(ramp(10)), np.tile(np.array(LAGS) * 10 / 255, (2, 1)), rtol=1e-5)
    assert np.isnan(changes(ramp(10, frames=5)))[0].tolist() == [False, False, False, True]
    half = ramp(10).copy()
    half[:, :3] = 0  # half of the picture stands still
    np.testing.assert_allclose(changes(half)[:, 0], [5 / 255, 10 / 255 / np.sqrt(2)], rtol=1e-5)
    assert np.isnan(changes(ramp(10, frames=1))).all()


def test_consistency_by_hand():
    slow, fast = changes(ramp(10)), changes(ramp(20))
    assert consistency(slow, slow) == 1
    assert consistency(fast, slow) == pytest.approx(consistency(slow, fast)) == pytest.approx(0.5, rel=0.01)
    assert np.isnan(consistency(changes(ramp(10, 1)), slow))
    assert consistency(changes(ramp(0)), slow) == pytest.approx(
        np.exp(-np.mean(np.log((slow + FLOOR) / FLOOR))), rel=1e-6
    )


def test_the_usual_course_is_the_geometric_mean():
    np.testing.assert_allclose(typical([changes(ramp(5)), changes(ramp(20))]), changes(ramp(10)), rtol=0.01)


@pytest.mark.filterwarnings("error")
def test_the_usual_course_has_no_lag_that_all_recordings_are_too_short_for():
    brief = typical([changes(ramp(5)[:4]), changes(ramp(20)[:3])])
    assert np.isfinite(brief[:, :2]).all() and np.isnan(brief[:, 2:]).all()


def spoiled(video: np.ndarray) -> dict[str, np.ndarray]:
    chance = np.random.default_rng(0)
    frozen = np.repeat(video[:1], len(video), 0)
    flicker = chance.normal(0, 12, (len(video), 1, 1, 1))
    return {
        "white noise": chance.integers(0, 256, video.shape, dtype=np.uint8),
        "frozen": frozen,
        "frames shuffled": video[chance.permutation(len(video))],
        "frozen under noise": np.clip(frozen + chance.normal(0, 4, video.shape), 0, 255).astype(np.uint8),
        "flicker": np.clip(video + flicker, 0, 255).astype(np.uint8),
        "noise on top": np.clip(video + chance.normal(0, 10, video.shape), 0, 255).astype(np.uint8),
    }


@pytest.mark.parametrize(
    "name", ["white noise", "frozen", "frames shuffled", "frozen under noise", "flicker", "noise on top"]
)
def test_recordings_are_ranked_above_what_is_spoiled(name, scenes):
    """Both beside their own recording and beside recordings in general, every single clip."""
    usual = typical([changes(scene.real) for scene in scenes])
    for scene in scenes:
        real, wrong = changes(scene.real), changes(spoiled(scene.real)[name])
        assert consistency(wrong, real) < 0.85 * consistency(real, real)
        assert consistency(wrong, usual) < consistency(real, usual)
