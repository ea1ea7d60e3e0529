"""Laws of joining given and made motion."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics, rest_points
from sign_latent.pose.pose import Pose
from sign_latent.pose.proportions import rest_of
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.splice import Cut, bridged, rows_of, spliced

SMPLX = get_skeleton("smplx")
ALL = np.ones(len(SMPLX.points), bool)


def posed(rotations: np.ndarray, rest=None, seed: int = 0) -> Pose:
    expression = np.random.default_rng(seed).uniform(-1, 1, (len(rotations), 10)).astype(np.float32)
    turned = axis_angle_to_matrix(torch.from_numpy(rotations))
    points = forward_kinematics(turned, torch.from_numpy(expression), rest).numpy()
    return Pose(points, np.ones(points.shape[:2], np.float32), 25.0, SMPLX, rotations, expression)


def moving(frames: int, seed: int, rest=None) -> Pose:
    chance = np.random.default_rng(seed)
    start, slope = 0.5 * chance.normal(size=(55, 3)), 0.02 * chance.normal(size=(55, 3))
    return posed((start + slope * np.arange(frames)[:, None, None]).astype(np.float32), rest, seed)


def test_the_rest_pose_of_a_clip_is_the_one_it_was_made_with():
    chance = torch.Generator().manual_seed(0)
    rest = rest_points() + 0.05 * torch.randn(94, 3, generator=chance)
    pose = moving(9, 1, rest)
    torch.testing.assert_close(rest_of(pose), rest, atol=1e-5, rtol=0)
    pose.confidence[3:, 40] = 0
    pose.points[3:, 40] = 7.0
    torch.testing.assert_close(rest_of(pose), rest, atol=1e-5, rtol=0)


def test_a_bone_that_is_never_seen_is_the_canonical_one():
    pose = moving(5, 1)
    pose.confidence[:, 60] = 0
    pose.points[:, 60] = 7.0
    torch.testing.assert_close(rest_of(pose), rest_points(), atol=1e-5, rtol=0)


def test_the_same_motion_spliced_into_itself_is_itself():
    pose, cut = moving(30, 2), Cut(np.arange(30) % 20 < 8, ALL)
    found = spliced(pose, replace(pose), cut)
    assert np.abs(found.points - pose.points).max() < 1e-4


@pytest.mark.parametrize("gap", [1, 4, 15, 30])
def test_what_differs_at_a_border_fades_away_without_a_jump(gap):
    """Both stand still, turned apart: no frame moves farther than the steepest part of a smoothstep over the fade."""
    frames, blend = gap + 12, 8
    first, second = (posed(np.repeat(moving(1, seed).rotations, frames, 0)) for seed in (3, 4))
    first.expression = second.expression = np.zeros((frames, 10), np.float32)
    second.rotations = first.rotations + np.float32(0.1)
    kept = np.ones(frames, bool)
    kept[6 : 6 + gap] = False
    found = spliced(first, second, Cut(kept, ALL), blend)
    turns = np.linalg.norm(np.diff(found.rotations, axis=0), axis=-1)
    assert turns.max() < 0.1 * 3**0.5 * 1.5 / min(blend, gap + 1) * 1.1
    middle = slice(6 + blend, 6 + gap - blend)
    assert np.allclose(found.rotations[middle], second.rotations[middle], atol=1e-5)


def test_bridged_frames_lie_straight_between_the_borders_and_are_held_at_the_ends():
    pose = moving(20, 5)
    cut = Cut(np.isin(np.arange(20), [3, 4, 9]), ALL)
    found = bridged(pose, cut)
    assert np.allclose(found.points[6], 0.6 * pose.points[4] + 0.4 * pose.points[9], atol=1e-5)
    assert np.allclose(found.points[:3], pose.points[3]) and np.allclose(found.points[10:], pose.points[9])


def test_a_part_that_is_cut_everywhere_is_missing_from_the_bridge():
    pose, part = moving(6, 6), ~ALL
    part[list(SMPLX.parts["left_hand"])] = True
    found = bridged(pose, Cut(np.zeros(6, bool), part))
    assert (found.confidence[:, part] == 0).all() and np.array_equal(found.points[:, ~part], pose.points[:, ~part])


def test_key_points_of_a_part_follow_what_carries_them():
    """Without rotations a made hand is moved onto the given wrist, as it is."""
    skeleton, chance = get_skeleton("upper79"), np.random.default_rng(0)
    given, made = (
        Pose(chance.normal(size=(7, 79, 3)).astype(np.float32), np.ones((7, 79), np.float32), 25.0, skeleton)
        for _ in range(2)
    )
    hand, wrist = list(skeleton.parts["right_hand"]), skeleton.points.index("right_wrist")
    part = np.isin(np.arange(79), hand)
    found = spliced(given, replace(made), Cut(np.zeros(7, bool), part))
    wanted = made.points[:, hand] - made.points[:, [wrist]]
    assert np.allclose(found.points[:, hand] - given.points[:, [wrist]], wanted, atol=1e-5)
    assert np.array_equal(found.points[:, ~part], given.points[:, ~part])


def test_an_expression_that_is_not_made_stays_where_it_is_given():
    given, made = moving(14, 7), moving(14, 8)
    made.expression, cut = None, Cut(np.arange(14) < 5, ALL)
    found = spliced(given, made, cut)
    assert np.array_equal(found.expression[:5], given.expression[:5])
    assert np.abs(found.expression[-1]).max() == 0


def test_stretches_are_the_runs_that_are_not_kept():
    cut = Cut(np.array([0, 0, 1, 1, 0, 1, 0], bool), ALL)
    assert cut.stretches() == [(0, 2), (4, 5), (6, 7)]
    assert len(rows_of(moving(7, 1), np.flatnonzero(cut.kept))) == 3
