"""MPJPE and PA-MPJPE: by hand, and what each forgives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from eval.alignment import mpjpe, pa_mpjpe, procrustes

ANGLES = st.tuples(*[st.floats(-3, 3)] * 3)
SEEDS = st.integers(0, 2**31)


def body(seed=0, frames=4, points=6, dimensions=3) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(frames, points, dimensions))


def all_seen(points: np.ndarray) -> np.ndarray:
    return np.ones(points.shape[:2], bool)


def test_mpjpe_by_hand():
    # Distances 5 (3-4-5), 0 and 1 in one frame; the point off by 9 is not seen.
    real = np.zeros((1, 4, 3))
    made = np.array([[[3.0, 4, 0], [0, 0, 0], [0, 0, 1], [9, 0, 0]]])
    seen = np.array([[True, True, True, False]])
    assert mpjpe(made, real, seen) == pytest.approx((5 + 0 + 1) / 3)
    assert np.isnan(mpjpe(made, real, ~seen & False))


def test_pa_mpjpe_by_hand():
    # Real: corners (±1, 0), (0, ±1) of a square. Made: the same, x doubled. Both centres are 0, no turn helps, and the
    # best size is Σ made·real / Σ made² = (2 + 2 + 1 + 1) / (4 + 4 + 1 + 1) = 0.6: corners at (±1.2, 0), (0, ±0.6),
    # that is 0.2, 0.2, 0.4, 0.4 away: mean 0.3.
    real = np.array([[[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]])
    made = real * [2, 1, 1]
    assert pa_mpjpe(made, real, all_seen(real)) == pytest.approx(0.3)
    assert mpjpe(made, real, all_seen(real)) == pytest.approx(0.5)


@settings(max_examples=15, deadline=None)
@given(SEEDS, ANGLES, st.floats(0.1, 10), st.floats(-5, 5))
def test_procrustes_forgives_turn_size_and_place(seed, angles, size, move):
    real = body(seed)
    turn = Rotation.from_euler("xyz", angles).as_matrix()
    assert pa_mpjpe(size * real @ turn.T + move, real, all_seen(real)) == pytest.approx(0, abs=1e-6)


@settings(max_examples=15, deadline=None)
@given(SEEDS, SEEDS, ANGLES, st.floats(0.1, 10), st.floats(-5, 5))
def test_a_moved_body_keeps_its_pa_mpjpe_and_not_its_mpjpe(seed, other, angles, size, move):
    real, made = body(seed), body(other + 1)
    turn = Rotation.from_euler("xyz", angles).as_matrix()
    moved = size * made @ turn.T + move
    assert pa_mpjpe(moved, real, all_seen(real)) == pytest.approx(pa_mpjpe(made, real, all_seen(real)), abs=1e-6)
    assert mpjpe(made + 5, made, all_seen(made)) == pytest.approx(np.sqrt(75))
    # Moving both alike changes neither; growing both alike grows both.
    both = (size * made + move, size * real + move, all_seen(real))
    assert mpjpe(*both) == pytest.approx(size * mpjpe(made, real, all_seen(real)))
    assert pa_mpjpe(*both) == pytest.approx(size * pa_mpjpe(made, real, all_seen(real)), abs=1e-6)


def test_a_mirror_is_not_forgiven():
    real = body()
    assert pa_mpjpe(real * [-1, 1, 1], real, all_seen(real)) > 0.1
    flat = body(dimensions=2)
    assert pa_mpjpe(flat * [-1, 1], flat, all_seen(flat)) > 0.1


def test_two_dimensions_are_aligned_too():
    real = body(dimensions=2)
    turn = np.array([[0.0, -1], [1, 0]])
    assert pa_mpjpe(3 * real @ turn.T + 1, real, all_seen(real)) == pytest.approx(0, abs=1e-9)


def test_the_alignment_is_the_best_there_is():
    real, made = body(1), body(2)
    best = procrustes(made, real, all_seen(real))
    for angle, size in ((0.02, 1.0), (-0.02, 1.0), (0.0, 1.01), (0.0, 0.99)):
        turn = Rotation.from_euler("y", angle).as_matrix()
        centre = best.mean(1, keepdims=True)
        other = centre + size * (best - centre) @ turn.T
        assert ((best - real) ** 2).sum() < ((other - real) ** 2).sum()


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.floats(allow_nan=True, allow_infinity=True))
def test_unseen_points_change_nothing(seed, junk):
    real, made = body(seed), body(seed + 1)
    seen = all_seen(real)
    seen[:, 2], seen[1, 4] = False, False
    other = np.where(seen[..., None], made, junk)
    assert pa_mpjpe(other, real, seen) == pa_mpjpe(made, real, seen)
    assert mpjpe(other, real, seen) == mpjpe(made, real, seen)


def test_a_collapsed_body_comes_to_rest_on_the_centre():
    real = body()
    centre = np.linalg.norm(real - real.mean(1, keepdims=True), axis=-1).mean()
    assert pa_mpjpe(np.zeros_like(real), real, all_seen(real)) == pytest.approx(centre)


def test_frames_of_two_points_say_nothing():
    real, made = body(1), body(2)
    seen = all_seen(real)
    seen[0, 2:] = False
    assert pa_mpjpe(made, real, seen) == pytest.approx(pa_mpjpe(made[1:], real[1:], seen[1:]))
    assert np.isnan(pa_mpjpe(made[:1], real[:1], seen[:1]))
