"""A pose at another frame rate."""

from dataclasses import replace

import numpy as np
import roma
import torch

from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.signs import stretched, within


def resample(pose: Pose, fps: float) -> Pose:
    """The same motion at `fps`: points and expression linearly, rotations by slerp along the shorter arc.

    A point missing in one of the two frames around a new one is taken from the nearer frame, never mixed with zero.
    UserError for a rate outside (0, 1000).
    """
    if not 0 < fps < 1000:
        raise UserError(f"cannot resample to {fps} frames a second; give a rate between 0 and 1000")
    frames = max(1, round(len(pose) * fps / pose.fps))
    times = np.minimum(np.arange(frames) * (pose.fps / fps), len(pose) - 1)  # [T'] in old frames
    made = replace(read_at(pose, times), fps=float(fps))
    return made.with_signs(within(stretched(pose.signs, fps / pose.fps), frames))


def read_at(pose: Pose, times: np.ndarray) -> Pose:
    """The motion at times [T'], in frames from 0 to T - 1, as frames of the same rate; mixed as `resample` does."""
    before = np.floor(times).astype(np.int64)
    after = np.minimum(before + 1, len(pose) - 1)
    share = (times - before).astype(np.float32)  # weight of the frame after
    points, confidence = _points(pose, before, after, share)
    return replace(
        pose,
        points=points,
        confidence=confidence,
        rotations=None if pose.rotations is None else _slerp(pose.rotations[before], pose.rotations[after], share),
        expression=None if pose.expression is None else _lerp(pose.expression[before], pose.expression[after], share),
    )


def _lerp(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    weight = share.reshape(-1, *(1,) * (a.ndim - 1))
    return (a * (1 - weight) + b * weight).astype(np.float32)


def _points(pose: Pose, before: np.ndarray, after: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left, right = pose.confidence[before], pose.confidence[after]  # [T', K]
    weight = np.where((left > 0) & (right > 0), share[:, None], (share[:, None] > 0.5)).astype(np.float32)
    points = pose.points[before] * (1 - weight[..., None]) + pose.points[after] * weight[..., None]
    return points.astype(np.float32), (left * (1 - weight) + right * weight).astype(np.float32)


def _slerp(a: np.ndarray, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    """[T', R, 3] between axis-angle vectors a and b, each frame with its own share of b."""
    first, second = (roma.rotvec_to_unitquat(torch.from_numpy(np.float64(x))) for x in (a, b))
    turn = roma.quat_product(roma.quat_inverse(first), second)
    step = roma.unitquat_to_rotvec(turn, shortest_arc=True) * torch.from_numpy(share)[:, None, None]
    mixed = roma.unitquat_to_rotvec(roma.quat_product(first, roma.rotvec_to_unitquat(step)))
    return mixed.numpy().astype(np.float32)
