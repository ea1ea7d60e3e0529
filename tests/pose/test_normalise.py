"""Laws of body coordinates."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sign_latent.errors import UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.normalise import normalise

SKELETON = get_skeleton("phoenix50")


def clip(seed: int = 0, frames: int = 9) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    points = random.normal(0, 1, (frames, 50, 3))
    points[:, SKELETON.left_shoulder] += [4, 0, 0]
    return points, np.ones((frames, 50))


@settings(max_examples=30, deadline=None)
@given(scale=st.floats(1e-3, 1e3), shift=st.tuples(*[st.floats(-100, 100)] * 3), seed=st.integers(0, 20))
def test_place_and_size_of_the_input_do_not_matter(scale, shift, seed):
    points, confidence = clip(seed)
    moved = normalise(points * scale + shift, confidence, SKELETON)
    assert np.allclose(moved, normalise(points, confidence, SKELETON), atol=1e-3)


def test_shoulders_end_one_apart_around_the_origin():
    points, confidence = clip()
    out = normalise(points, confidence, SKELETON)
    left, right = out[:, SKELETON.left_shoulder], out[:, SKELETON.right_shoulder]
    assert np.median(np.linalg.norm(left - right, axis=-1)) == pytest.approx(1, abs=1e-5)
    assert np.allclose(np.median((left + right) / 2, axis=0), 0, atol=1e-5)


def test_twice_is_once():
    points, confidence = clip()
    once = normalise(points, confidence, SKELETON)
    assert np.allclose(normalise(once, confidence, SKELETON), once, atol=1e-5)


def test_a_frame_without_shoulders_does_not_move_the_others():
    points, confidence = clip()
    confidence[3, SKELETON.left_shoulder] = 0
    spoilt = points.copy()
    spoilt[3, SKELETON.left_shoulder] = 1e6
    assert np.allclose(normalise(spoilt, confidence, SKELETON), normalise(points, confidence, SKELETON))


def test_missing_points_are_zero():
    points, confidence = clip()
    confidence[:, 20] = 0
    assert (normalise(points, confidence, SKELETON)[:, 20] == 0).all()


def test_a_body_without_shoulders_is_refused():
    points, confidence = clip()
    with pytest.raises(UserError, match="never seen together"):
        normalise(points, confidence * 0, SKELETON)
    with pytest.raises(UserError, match="coincide"):
        normalise(points * 0, confidence, SKELETON)
