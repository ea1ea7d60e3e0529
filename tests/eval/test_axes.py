"""Which way bodies lie is told from the bodies alone, whatever the similarity transform."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from eval.axes import attitudes, best_map, body_of, degrees_between, described, nearest_axes, righted

SIGNED = [np.eye(3)[list(p)] * np.array(s) for p in permutations(range(3)) for s in product((1.0, -1.0), repeat=3)]


@pytest.fixture(scope="module")
def real(upright):
    return [upright(seed) for seed in range(4)]


@pytest.fixture(scope="module")
def made(upright):
    return [upright(seed) for seed in range(10, 14)]


def moved(pose, axes=None, scale=1.0, shift=(0.0, 0.0, 0.0), swap=False):
    """The pose with other side names, then in other axes, unit and place."""
    order = list(pose.skeleton.mirror) if swap else slice(None)
    points = pose.points[:, order] @ (np.eye(3) if axes is None else axes) * scale + np.array(shift)
    return replace(pose, points=points.astype(np.float32), confidence=pose.confidence[:, order])


def judged(made, real):
    return attitudes([body_of(p) for p in made], [body_of(p) for p in real], real[0].skeleton)


def test_a_median_body_does_not_depend_on_place_and_size(real):
    first, second = (body_of(p) for p in (real[0], moved(real[0], scale=37.0, shift=(5, -900, 2))))
    assert second.points == pytest.approx(first.points, abs=1e-3)
    assert second.width == pytest.approx(37 * first.width)
    assert second.origin == pytest.approx([5, -900, 2], abs=0.01)


def test_a_body_without_shoulders_is_none(real):
    hidden = replace(real[0], confidence=np.zeros_like(real[0].confidence))
    assert body_of(hidden) is None


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_the_best_map_recovers_any_orthogonal_one(seed):
    chance = np.random.default_rng(seed)
    turn = np.linalg.qr(chance.normal(size=(3, 3)))[0]
    points = chance.normal(size=(9, 3))
    assert best_map(points @ turn, points, np.ones(9)) == pytest.approx(turn, abs=1e-6)


@settings(deadline=None)
@given(st.sampled_from(SIGNED), st.floats(0, 40), st.integers(0, 2**31))
def test_the_nearest_axes_of_a_slightly_turned_map_are_its_own(axes, degrees, seed):
    way = np.random.default_rng(seed).normal(size=3)
    turn = axes @ Rotation.from_rotvec(np.radians(degrees) * way / np.linalg.norm(way)).as_matrix()
    assert np.array_equal(nearest_axes(turn), axes)
    assert degrees_between(turn, axes) == pytest.approx(degrees, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SIGNED),
    st.booleans(),
    st.floats(1e-3, 1e3),
    st.tuples(*[st.floats(-1e3, 1e3)] * 3),
)
def test_any_exchange_of_axes_and_sides_is_found_and_undone(made, real, axes, swap, scale, shift):
    given_ = [moved(pose, axes, scale, shift, swap) for pose in made]
    groups = judged(given_, real)
    assert [group.clips for group in groups] == [[0, 1, 2, 3]]
    group = groups[0]
    assert np.array_equal(group.axes, axes) and group.swapped == swap and group.degrees < 20
    assert group.usual == (not swap and np.array_equal(axes, np.eye(3)))
    for pose, wrong in zip(made, given_, strict=True):
        rounding = 2e-6 * max(map(abs, shift)) / scale
        assert righted(wrong, group).points == pytest.approx(pose.points, abs=0.02 + rounding)


@settings(max_examples=40, deadline=None)
@given(st.floats(32, 44), st.integers(0, 2**31))
def test_a_turn_that_is_no_exchange_of_axes_is_called_one(made, real, degrees, seed):
    way = np.random.default_rng(seed).normal(size=3)
    turn = Rotation.from_rotvec(np.radians(degrees) * way / np.linalg.norm(way)).as_matrix()
    groups = judged([moved(pose, turn) for pose in made], real)
    assert all(not group.usual and "turned" in described(group) for group in groups)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 12), st.integers(0, 2**31))
def test_a_slight_turn_is_usual(made, real, degrees, seed):
    way = np.random.default_rng(seed).normal(size=3)
    turn = Rotation.from_rotvec(np.radians(degrees) * way / np.linalg.norm(way)).as_matrix()
    assert all(group.usual for group in judged([moved(pose, turn) for pose in made], real))


def test_clips_of_several_conventions_are_told_apart(made, real):
    down = np.diag([1.0, -1.0, 1.0])
    groups = judged([made[0], moved(made[1], down), made[2], moved(made[3], down)], real)
    odd = [group for group in groups if not group.usual]
    assert [(group.clips, described(group)[:11]) for group in odd] == [([1, 3], "y runs down")]


@pytest.mark.parametrize(
    "axes, swap, said",
    [
        (np.diag([1.0, -1.0, 1.0]), False, "y runs down"),
        (np.diag([1.0, 1.0, -1.0]), False, "z runs backward"),
        (np.diag([-1.0, 1.0, 1.0]), False, "x runs to the signer's right"),
        (np.eye(3)[[1, 0, 2]], False, "axes are exchanged: (x, y, z) lie along (y, x, z)"),
        (np.eye(3), True, "left and right names are exchanged"),
    ],
)
def test_each_exchange_is_said_in_words(made, real, axes, swap, said):
    assert said in described(judged([moved(pose, axes, swap=swap) for pose in made], real)[0])


def test_signing_with_the_other_hand_is_no_exchange_of_axes(made, real):
    (group,) = judged([pose.mirrored() for pose in made], real)
    assert group.other_hand and not group.usual


@pytest.mark.parametrize("skeleton", ["phoenix50", "upper79", "openpose67", "holistic543"])
def test_other_skeletons_and_the_plane_are_told_as_well(upright, skeleton):
    real, made = ([upright(seed, skeleton=skeleton) for seed in seeds] for seeds in (range(3), range(10, 13)))
    down = np.diag([1.0, -1.0, 1.0])[: real[0].skeleton.dimensions, : real[0].skeleton.dimensions]
    wrong = [replace(pose, points=pose.points @ down.astype(np.float32)) for pose in made]
    assert all(group.usual for group in judged(made, real))
    assert [described(group)[:11] for group in judged(wrong, real)] == ["y runs down"]


def test_random_points_are_not_accused_of_other_axes(made, real):
    chance = np.random.default_rng(0)
    noise = [replace(pose, points=chance.normal(size=pose.points.shape).astype(np.float32)) for pose in made]
    assert all(group.usual for group in judged(noise, real))
