"""The rest pose of the signer of a clip: where rotations and points are both known, bones are what lies between."""

from __future__ import annotations

import numpy as np
import torch

from sign_latent.errors import UserError
from sign_latent.pose.kinematics import axis_angle_to_matrix, bone_offsets, global_rotations, rest_points
from sign_latent.pose.pose import Pose


def rest_of(pose: Pose) -> torch.Tensor:
    """[94, 3] the rest pose with which forward kinematics of the clip's rotations gives its points.

    Each bone is the median over the frames in which both its ends are seen, in the frame of the joint that turns it,
    without what the expression adds; the pelvis stands at its median place. A bone that is never seen is that of the
    canonical signer. UserError for a pose without rotations.
    """
    if pose.rotations is None:
        raise UserError(f"pose of skeleton {pose.skeleton.name} without rotations: has no rest pose; give an .npz")
    parents = np.array(pose.skeleton.parents)
    above = parents.clip(min=0)
    turned = global_rotations(axis_angle_to_matrix(torch.tensor(pose.rotations)))  # [T, 55, 3, 3]
    points = torch.tensor(pose.points)
    apart = (points - points[:, above])[..., None]  # [T, 94, 3, 1]
    bones = (turned[:, above].transpose(-1, -2) @ apart)[..., 0].numpy()
    canonical = bone_offsets(rest_points())
    if pose.expression is not None:
        bones = bones - (bone_offsets(rest_points(), torch.tensor(pose.expression)) - canonical).numpy()
    seen = (pose.confidence > 0) & (pose.confidence[:, above] > 0)
    return torch.from_numpy(_laid(_medians(bones, seen, canonical.numpy()), _start(pose), parents))


def _medians(bones: np.ndarray, seen: np.ndarray, canonical: np.ndarray) -> np.ndarray:
    known = seen.any(0)
    middle = np.ma.median(np.ma.array(bones, mask=np.broadcast_to(~seen[..., None], bones.shape)), axis=0)
    return np.where(known[:, None], np.ma.filled(middle, 0.0), canonical).astype(np.float32)


def _start(pose: Pose) -> np.ndarray:
    """Place [3] of the root."""
    shown = pose.points[pose.confidence[:, 0] > 0, 0]
    return np.median(shown, axis=0) if len(shown) else rest_points()[0].numpy()


def _laid(bones: np.ndarray, start: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """Bones [K, 3] laid end to end from the root; parents come before their children."""
    rest = np.zeros_like(bones)
    rest[0] = start
    for point, parent in enumerate(parents[1:], 1):
        rest[point] = rest[parent] + bones[point]
    return rest
