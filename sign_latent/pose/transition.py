"""From the end of one clip to the start of another without a jolt: neither faster nor jerkier than the signing itself.

A cubic Hermite curve keeps place and velocity at both ends. Rotations move as the first two columns of their matrices,
points by forward kinematics, and whatever points have beyond it (another signer's proportions) along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sign_latent.pose.kinematics import (
    axis_angle_to_matrix,
    forward_kinematics,
    matrix_from_6d,
    matrix_to_6d,
    matrix_to_axis_angle,
)
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.pose.streams import concatenated, cut

QUANTILE = 0.95
"""Of a clip's own velocities and jerks, by which joints in it are measured."""
LENGTHS = (0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 26, 31, 37, 44)
"""Frames of the transitions that are tried, the shortest first."""


@dataclass
class Pace:
    """The quantiles of a clip's velocities and jerks, in shoulder widths a frame, and a frame cubed."""

    velocity: float
    jerk: float

    @classmethod
    def of(cls, pose: Pose, quantile: float = QUANTILE) -> Pace:
        """That of a clip; 0 for what it is too short for."""
        found = (differences(pose, order) for order in (1, 3))
        return cls(*(float(np.quantile(values, quantile)) if len(values) else 0.0 for values in found))

    def excess(self, pose: Pose) -> float:
        """How many times faster or jerkier than this a clip is at most; up to 1 it keeps within."""
        rows = ((differences(pose, 1), self.velocity), (differences(pose, 3), self.jerk))
        return max(float(values.max(initial=0.0)) / max(bound, 1e-6) for values, bound in rows)


def differences(pose: Pose, order: int) -> np.ndarray:
    """[T - order]: lengths of the differences of that order between neighbouring frames, the mean over signing points
    that are seen in all of these.
    """
    if len(pose) <= order:
        return np.zeros(0)
    rows = list(pose.skeleton.signing)
    apart = np.linalg.norm(np.diff(pose.points[:, rows].astype(np.float64), order, axis=0), axis=-1)
    seen = pose.confidence[:, rows] > 0
    both = np.all([seen[i : len(seen) - order + i] for i in range(order + 1)], axis=0)
    return (apart * both).sum(1) / np.maximum(both.sum(1), 1)


def leading(before: Pose, after: Pose, pace: Pace, most: int | None = None) -> Pose | None:
    """The shortest transition from a clip to another that keeps within ``pace``, joints with both included.

    None where they meet as they are. Where none of at most ``most`` frames keeps within, the one that comes nearest.
    """
    end, start = cut(before, max(0, len(before) - 3), len(before)), cut(after, 0, 3)
    best, least = None, np.inf
    for frames in LENGTHS if most is None else [n for n in LENGTHS if n <= most]:
        made = hermite(before, after, frames) if frames else None
        excess = pace.excess(concatenated([end, made, start] if made else [end, start]))
        if excess < least:
            best, least = made, excess
        if excess <= 1:
            break
    return best


def hermite(before: Pose, after: Pose, frames: int) -> Pose:
    """So many frames (at least 1) between the last of a clip and the first of another."""
    ends = concatenated([cut(before, max(0, len(before) - 2), len(before)), cut(after, 0, 2)])
    last = min(2, len(before)) - 1
    places = np.arange(1, frames + 1) / (frames + 1)
    made = read_at(ends, last + places)

    def curve(values: np.ndarray) -> np.ndarray:
        steps = values[last] - values[max(0, last - 1)], values[min(last + 2, len(values) - 1)] - values[last + 1]
        return _curve(places, values[last], values[last + 1], *((frames + 1) * step for step in steps))

    if made.rotations is None:
        both = (ends.confidence[last : last + 2] > 0).all(0)
        made.points = np.where(both[:, None], curve(ends.points), made.points).astype(np.float32)
        return made
    matrices = axis_angle_to_matrix(torch.from_numpy(ends.rotations))
    turned = matrix_from_6d(torch.from_numpy(curve(matrix_to_6d(matrices).numpy())))
    face = None if ends.expression is None else torch.from_numpy(ends.expression)
    between = None if made.expression is None else torch.from_numpy(made.expression)
    beyond = ends.points - forward_kinematics(matrices, face).numpy()
    own = (1 - places)[:, None, None] * beyond[last] + places[:, None, None] * beyond[last + 1]
    made.points = (forward_kinematics(turned, between).numpy() + own).astype(np.float32)
    made.rotations = matrix_to_axis_angle(turned).numpy()
    return made


def _curve(places: np.ndarray, start: np.ndarray, end: np.ndarray, leaving: np.ndarray, coming: np.ndarray):
    """Cubic Hermite curve at places from 0 to 1, [T, …] float32."""
    t = places.reshape(-1, *(1,) * start.ndim)
    weights = (1 + 2 * t) * (1 - t) ** 2, t**2 * (3 - 2 * t), t * (1 - t) ** 2, t**2 * (t - 1)
    parts = zip(weights, (start, end, leaving, coming), strict=True)
    return sum(weight * part for weight, part in parts).astype(np.float32)
