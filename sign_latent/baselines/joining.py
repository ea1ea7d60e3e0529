"""Joining pieces of signing: transitions as fast as real signing at most, and the choice of pieces that fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at
from sign_latent.pose.streams import concatenated

SLOWEST = 200
"""Most frames of one transition; where even these are too few, points move faster than allowed."""


def jump(pose: Pose) -> float:
    """The farthest that a point seen in two neighbouring frames moves between them, still points apart."""
    rows = list(pose.skeleton.signing)
    seen = (pose.confidence[1:, rows] > 0) & (pose.confidence[:-1, rows] > 0)
    apart = np.linalg.norm(np.diff(pose.points[:, rows].astype(np.float64), axis=0), axis=-1)
    return float((apart * seen).max(initial=0.0))


def eased(before: Pose, after: Pose, frames: int) -> Pose:
    """The motion from the last frame of one piece to the first of another in ``frames`` frames between them.

    Slow at both ends (smoothstep); rotations by slerp along the shorter arc, points then by forward kinematics, else
    linearly.
    """
    ends = concatenated([_frame(before, len(before) - 1), _frame(after, 0)])
    share = np.arange(1, frames + 1) / (frames + 1)
    moved = read_at(ends, share * share * (3 - 2 * share))
    if moved.rotations is None:
        return moved
    import torch

    face = None if moved.expression is None else torch.from_numpy(moved.expression)
    moved.points = forward_kinematics(axis_angle_to_matrix(torch.from_numpy(moved.rotations)), face).numpy()
    return moved


def transition(before: Pose, after: Pose, frames: int, fastest: float) -> Pose:
    """`eased` in at least ``frames`` frames, and in more where a point would move by more than ``fastest`` a frame."""
    while True:
        moved = eased(before, after, frames)
        ends = concatenated([_frame(before, len(before) - 1), moved, _frame(after, 0)])
        excess = jump(ends) / max(fastest, 1e-6)
        if excess <= 1 or frames >= SLOWEST:
            return moved
        frames = max(frames + 1, int(min(SLOWEST, frames * excess)))


def joined(pieces: Sequence[Pose], gaps: Sequence[int], fastest: float) -> Pose:
    """Pieces with a transition of at least ``gaps[i]`` frames after the i-th."""
    parts = [pieces[0]]
    for before, after, gap in zip(pieces, pieces[1:], gaps, strict=False):
        parts += [transition(before, after, gap, fastest), after]
    return concatenated(parts)


def cheapest(costs: Sequence[np.ndarray]) -> list[int]:
    """The choice of one candidate a place with the least sum of ``costs[i]`` [n_i, n_{i+1}] (Viterbi 1967)."""
    if not costs:
        return [0]
    total, origins = np.zeros(costs[0].shape[0]), []
    for cost in costs:
        through = total[:, None] + cost
        origins.append(through.argmin(0))
        total = through.min(0)
    chosen = [int(total.argmin())]
    for origin in reversed(origins):
        chosen.append(int(origin[chosen[-1]]))
    return chosen[::-1]


def _frame(pose: Pose, i: int) -> Pose:
    return read_at(pose, np.array([float(i)]))
