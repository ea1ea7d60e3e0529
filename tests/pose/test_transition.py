"""Transitions: smooth at both ends, within the pace of the clip, and none where none is needed."""

import numpy as np
import torch

from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.streams import concatenated, cut
from sign_latent.pose.transition import LENGTHS, Pace, differences, hermite, leading


def test_differences_are_those_computed_by_hand(random_pose):
    pose = random_pose("phoenix50", 6)
    rows = list(pose.skeleton.signing)
    pose.confidence[2, rows[0]] = 0
    p = pose.points.astype(np.float64)[:, rows]
    jerks = [np.linalg.norm(p[i + 3] - 3 * p[i + 2] + 3 * p[i + 1] - p[i], axis=-1) for i in range(3)]
    expected = [j[1:].mean() if i <= 2 else j.mean() for i, j in enumerate(jerks)]
    np.testing.assert_allclose(differences(pose, 3), expected)
    assert len(differences(cut(pose, 0, 2), 3)) == 0


def test_halves_of_a_clip_meet_as_they_are(moving_signer):
    pose = moving_signer(40)
    own = Pace(*(1.001 * differences(pose, order).max() for order in (1, 3)))
    assert leading(cut(pose, 0, 20), cut(pose, 20, 40), own) is None
    assert leading(cut(pose, 0, 20), cut(pose, 30, 40), own) is not None


def test_a_steady_motion_goes_on(random_pose):
    """Places and velocities at both ends are those of a straight line, so the curve is one."""
    pose = concatenated([random_pose("phoenix50", 1)] * 40)
    pose.points = pose.points * np.linspace(1, 1.5, 40, dtype=np.float32)[:, None, None]
    made = hermite(cut(pose, 0, 18), cut(pose, 22, 40), 4)
    np.testing.assert_allclose(made.points, pose.points[18:22], atol=1e-5)


def test_points_and_rotations_of_a_transition_agree(moving_signer):
    made = hermite(moving_signer(10), moving_signer(10, seed=3), 7)
    matrices = axis_angle_to_matrix(torch.from_numpy(made.rotations))
    expected = forward_kinematics(matrices, torch.from_numpy(made.expression)).numpy()
    np.testing.assert_allclose(made.points, expected, atol=1e-4)
    assert len(made.validate()) == 7


def test_a_transition_keeps_within_the_pace_and_a_shorter_one_does_not(moving_signer):
    before, after = moving_signer(40), moving_signer(40, seed=5)
    pace = Pace.of(before)
    made = leading(before, after, pace)
    joined = concatenated([before, made, after])
    for order, bound in ((1, pace.velocity), (3, pace.jerk)):
        around = differences(joined, order)[40 - order : 40 + len(made)]
        assert around.max() <= bound * 1.0001
    shorter = LENGTHS[LENGTHS.index(len(made)) - 1]
    joined = concatenated([cut(before, 37, 40), hermite(before, after, shorter), cut(after, 0, 3)])
    assert pace.excess(joined) > 1
    assert len(leading(before, after, pace, most=5)) <= 5


def test_unseen_points_stay_unseen_and_single_frames_have_no_velocity(random_pose):
    before, after = random_pose("phoenix50", 1, 0), random_pose("phoenix50", 1, 1)
    before.confidence[:, 7] = after.confidence[:, 7] = 0
    made = hermite(before, after, 5)
    assert (made.confidence[:, 7] == 0).all() and len(made.validate()) == 5
    middle = (before.points[0] + after.points[0]) / 2
    np.testing.assert_allclose(made.points[2, 8:], middle[8:], atol=1e-6)
