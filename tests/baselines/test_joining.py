"""Joined pieces are one continuous motion, never faster than allowed, and start and end as they did."""

import itertools

import numpy as np
import pytest
import torch

from sign_latent.baselines.joining import cheapest, eased, joined, jump, transition
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.streams import concatenated


def turning(seed: int, frames: int = 6) -> Pose:
    chance, skeleton = np.random.default_rng(seed), get_skeleton("smplx")
    start = 0.4 * chance.normal(size=(1, 55, 3))
    rotations = (start + 0.005 * np.cumsum(chance.normal(size=(frames, 55, 3)), 0)).astype(np.float32)
    points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(rotations))).numpy()
    face = np.zeros((frames, skeleton.expression), np.float32)
    return Pose(points, np.ones((frames, 94), np.float32), 25.0, skeleton, rotations, face)


def drifting(seed: int, frames: int = 6) -> Pose:
    chance, skeleton = np.random.default_rng(seed), get_skeleton("phoenix50")
    start = 0.5 * chance.normal(size=(1, 50, 3))
    points = (start + 0.005 * np.cumsum(chance.normal(size=(frames, 50, 3)), 0)).astype(np.float32)
    return Pose(points, np.ones((frames, 50), np.float32), 25.0, skeleton)


@pytest.mark.parametrize("make", [turning, drifting])
@pytest.mark.parametrize("fastest", [0.1, 0.4])
def test_no_transition_is_faster_than_allowed(make, fastest):
    pieces = [make(seed) for seed in range(4)]
    whole = joined(pieces, [2, 2, 2], fastest)
    assert max(jump(piece) for piece in pieces) < fastest
    assert jump(whole) <= fastest * (1 + 1e-6)
    whole.validate()


def test_pieces_are_kept_as_they_are():
    pieces = [turning(seed) for seed in range(3)]
    whole = joined(pieces, [3, 3], fastest=100.0)
    assert len(whole) == 3 * 6 + 2 * 3
    for i, piece in enumerate(pieces):
        np.testing.assert_array_equal(whole.points[9 * i : 9 * i + 6], piece.points)
        np.testing.assert_array_equal(whole.rotations[9 * i : 9 * i + 6], piece.rotations)


def test_points_of_a_transition_are_those_of_its_rotations():
    moved = eased(turning(0), turning(1), 5)
    points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(moved.rotations)))
    np.testing.assert_allclose(moved.points, points, atol=1e-5)


def test_a_transition_is_slow_at_its_ends():
    here, there = drifting(0), drifting(1)
    path = concatenated([here, eased(here, there, 9), there]).points[5:16, 0]
    speed = np.linalg.norm(np.diff(path, axis=0), axis=-1)
    assert speed[0] < 0.5 * speed[5] and speed[-1] < 0.5 * speed[5]
    np.testing.assert_allclose(speed, speed[::-1], rtol=1e-3)


def test_missing_points_stay_missing_and_are_no_jump():
    here, there = drifting(0), drifting(1)
    here.confidence[-1, 7] = there.confidence[0, 7] = 0
    here.points[-1, 7] = there.points[0, 7] = 0
    assert (transition(here, there, 4, fastest=0.3).confidence[:, 7] == 0).all()
    assert jump(concatenated([here, there])) < 10


@pytest.mark.parametrize("seed", range(5))
def test_the_cheapest_choice_is_the_best_of_all(seed):
    chance = np.random.default_rng(seed)
    sizes = [2, 3, 1, 4]
    costs = [chance.random((a, b)) for a, b in itertools.pairwise(sizes)]

    def total(choice):
        return sum(cost[a, b] for cost, a, b in zip(costs, choice, choice[1:], strict=False))

    assert tuple(cheapest(costs)) == min(itertools.product(*map(range, sizes)), key=total)
