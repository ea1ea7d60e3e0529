"""Left and right that an extractor exchanged for some frames are exchanged back."""

from dataclasses import replace

import numpy as np

from data_prep.cleaning.record import Record
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.skeleton import Skeleton

REACH = 0.25
"""Seconds without both sides in sight after which it is no longer known which side is which."""


def repair_swaps(clip: Clip, record: Record, jump: float = 0.2) -> list[Clip]:
    """Where both sides jump to each other's place from one frame to the next, they are exchanged until they jump back.

    Arms and hands are looked at apart. A jump counts where the points come nearer to their last places by `jump`
    shoulder widths when exchanged; so sides that touch cannot be told apart, and are left alone. The labels that most
    frames bear are taken as right. UserError for clips with rotations: a body model has no labels to exchange.
    """
    pose = clip.pose
    if pose.rotations is not None:
        raise UserError(f"clip {clip.id}: has rotations, whose sides are no mere labels; clean without --swaps")
    points, confidence, repaired = pose.points.copy(), pose.confidence.copy(), 0
    for left, right in pairs(pose.skeleton):
        wrong = exchanged(pose.points[:, left], pose.points[:, right], (confidence[:, left], confidence[:, right]),
                          jump, round(REACH * pose.fps))  # fmt: skip
        here, there = np.ix_(wrong, left + right), np.ix_(wrong, right + left)
        points[here], confidence[here] = points[there], confidence[there]
        repaired += int(wrong.sum())
    if not repaired:
        return [clip]
    record.counts["clips"] += 1
    record.counts["frames of a side pair"] += repaired
    return [replace(clip, pose=replace(pose, points=points, confidence=confidence))]


def pairs(skeleton: Skeleton) -> list[tuple[list[int], list[int]]]:
    """(left, right) points of the arms, and of the hands, in the same order."""
    arms = [i for i in skeleton.parts["body"] if i not in skeleton.still and skeleton.points[i].startswith("left_")]
    arms = [i for i in arms if any(joint in skeleton.points[i] for joint in ("shoulder", "elbow", "wrist"))]
    sides = [arms, list(skeleton.parts["left_hand"])]
    return [(left, [skeleton.mirror[i] for i in left]) for left in sides if left]


def exchanged(
    left: np.ndarray, right: np.ndarray, confidence: tuple[np.ndarray, np.ndarray], jump: float, reach: int
) -> np.ndarray:
    """[T] frames in which [T, n, C] left and right are exchanged, seen from the front."""
    both = (confidence[0] > 0) & (confidence[1] > 0)  # [T, n]
    state, states, last = False, np.zeros(len(left), bool), -1
    for frame in range(len(left)):
        if last >= 0 and frame - last <= reach and (shared := both[frame] & both[last]).any():
            now = [side[frame, shared, :2] for side in (left, right)]
            before = [side[last, shared, :2] for side in (left, right)]
            straight = _apart(now[0], before[0]) + _apart(now[1], before[1])
            crossed = _apart(now[0], before[1]) + _apart(now[1], before[0])
            state ^= bool(straight - crossed > 2 * jump)
        states[frame] = state
        last = frame if both[frame].any() else last
    return ~states if states.mean() > 0.5 else states


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())
