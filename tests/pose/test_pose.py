"""What a pose promises: wholeness, mirroring, resampling."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sign_latent.errors import UserError
from sign_latent.pose import Pose
from sign_latent.pose.kinematics import axis_angle_to_matrix
from sign_latent.pose.skeleton import SKELETONS


@pytest.mark.parametrize("name", SKELETONS)
def test_mirroring_twice_is_the_identity(random_pose, name):
    pose = random_pose(name)
    twice = pose.mirrored().mirrored()
    assert np.array_equal(twice.points, pose.points) and np.array_equal(twice.confidence, pose.confidence)
    assert np.abs(pose.mirrored().points - pose.points).max() > 0.1


def test_mirroring_twice_keeps_rotations_and_expression(moving_signer):
    pose = moving_signer()
    twice = pose.mirrored().mirrored()
    assert np.array_equal(twice.rotations, pose.rotations) and np.array_equal(twice.expression, pose.expression)


def angles(rotations: np.ndarray) -> torch.Tensor:
    """Angle between successive frames, [T-1, R]."""
    matrices = axis_angle_to_matrix(torch.from_numpy(np.float64(rotations)))
    turn = matrices[:-1].mT @ matrices[1:]
    trace = turn.diagonal(dim1=-2, dim2=-1).sum(-1)
    return torch.arccos(((trace - 1) / 2).clamp(-1, 1))


def test_slerp_turns_evenly_along_the_shorter_arc(moving_signer):
    pose = moving_signer(frames=2)
    pose = replace(pose, rotations=pose.rotations.copy())
    pose.rotations[:, 16] = [[0, 0, 3.0], [0, 0, -3.0]]  # 0.28 apart across half a turn
    dense = pose.resampled(25 * 8)
    steps = angles(dense.rotations)[:8]
    assert torch.allclose(steps, steps[:1].expand_as(steps), atol=1e-5)
    assert steps[:, 16].sum() == pytest.approx(2 * np.pi - 6, abs=1e-4)


def test_resampling_to_the_same_rate_changes_nothing(moving_signer):
    pose = moving_signer()
    same = pose.resampled(25.0)
    assert np.allclose(same.points, pose.points, atol=1e-6)
    assert torch.allclose(
        axis_angle_to_matrix(torch.from_numpy(same.rotations)),
        axis_angle_to_matrix(torch.from_numpy(pose.rotations)),
        atol=1e-6,
    )


@pytest.mark.parametrize("fps", [12.5, 24, 30, 60])
def test_resampling_keeps_the_duration_and_the_ends(moving_signer, fps):
    pose = moving_signer(frames=50)
    other = pose.resampled(fps)
    assert len(other) / fps == pytest.approx(2.0, abs=0.5 / fps)
    assert np.allclose(other.points[0], pose.points[0], atol=1e-6)
    assert np.abs(other.points[-1] - pose.points[-1]).max() < 0.1
    other.validate()


def test_going_up_and_back_down_is_the_identity(moving_signer):
    pose = moving_signer()
    back = pose.resampled(75.0).resampled(25.0)
    assert np.allclose(back.points, pose.points, atol=1e-5)


def test_missing_points_are_never_mixed_with_zero(random_pose):
    pose = random_pose("upper79", frames=2)
    pose.points[1, 5] = 0
    pose.confidence[1, 5] = 0
    dense = pose.resampled(100.0)
    seen = dense.confidence[:, 5] > 0
    assert seen.any() and (~seen).any()
    assert np.allclose(dense.points[seen, 5], pose.points[0, 5]) and (dense.points[~seen, 5] == 0).all()


BROKEN = {
    "NaN": lambda pose: replace(pose, points=np.full_like(pose.points, np.nan)),
    "without frames": lambda pose: replace(pose, points=pose.points[:0], confidence=pose.confidence[:0]),
    "confidence has shape": lambda pose: replace(pose, confidence=pose.confidence[:, :3]),
    "rotations has shape": lambda pose: replace(pose, rotations=np.zeros((len(pose), 55, 3), np.float32)),
    "frames a second": lambda pose: replace(pose, fps=0.0),
    "foreign skeleton": lambda pose: replace(pose, points=pose.points[:, :50], confidence=pose.confidence[:, :50]),
}
BROKEN["has shape"] = BROKEN.pop("foreign skeleton")


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_pose_says_what_is_wrong(random_pose, reason):
    with pytest.raises(UserError, match=reason):
        BROKEN[reason](random_pose("upper79")).validate()


@pytest.mark.parametrize("fps", [0, -5, float("nan"), 1e6])
def test_a_foolish_rate_is_refused(random_pose, fps):
    with pytest.raises(UserError, match="frames a second"):
        random_pose("upper79").resampled(fps)


@pytest.mark.parametrize("name", ["missing.pose", "missing.npz", "pose.mp4"])
def test_loading_what_is_not_there_is_one_clear_line(tmp_path, name):
    with pytest.raises(UserError, match=name):
        Pose.load(tmp_path / name)


def test_saving_under_a_strange_ending_is_refused(tmp_path, random_pose):
    with pytest.raises(UserError, match=".npz or .pose"):
        random_pose("upper79").save(tmp_path / "pose.csv")
    assert not list(tmp_path.iterdir())
