"""Left and right that an extractor exchanged for some frames are exchanged back."""

from dataclasses import replace

import numpy as np

from data_prep.cleaning.record import Record
from data_prep.cleaning.tracks import anchors
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton

REACH = 0.25
"""Seconds without both sides in sight after which it is no longer known which side is which."""


def repair_swaps(clip: Clip, record: Record, jump: float = 0.2) -> list[Clip]:
    """Exchange the arms of frames in which both jump to each other's place, and the hands where they hang on the wrong
    wrists.

    Arms are exchanged when each comes nearer to its last place by `jump` shoulder widths, until they jump back; the
    labels that most frames bear are taken as right. Hands are exchanged when both lie nearer to the other's wrist, by
    `jump` each in the mean; where no wrist is known, as arms are. So sides that touch are left alone. UserError for
    clips with rotations: a body model has no labels to exchange.
    """
    pose = clip.pose
    if pose.rotations is not None:
        raise UserError(f"clip {clip.id}: has rotations, whose sides are no mere labels; clean without --swaps")
    made, repaired = replace(pose, points=pose.points.copy(), confidence=pose.confidence.copy()), 0
    for part, (left, right) in pairs(pose.skeleton).items():
        wrong = astray(made, left, right, jump) if part == "hands" else None
        wrong = exchanged(made, left, right, jump) if wrong is None else wrong
        here, there = np.ix_(wrong, left + right), np.ix_(wrong, right + left)
        made.points[here], made.confidence[here] = made.points[there], made.confidence[there]
        repaired += int(wrong.sum())
    if not repaired:
        return [clip]
    record.counts["clips"] += 1
    record.counts["frames of a side pair"] += repaired
    return [replace(clip, pose=made)]


def pairs(skeleton: Skeleton) -> dict[str, tuple[list[int], list[int]]]:
    """`arms`, `hands` -> (left, right) points in the same order."""
    arms = [i for i in skeleton.parts["body"] if i not in skeleton.still and skeleton.points[i].startswith("left_")]
    arms = [i for i in arms if skeleton.points[i].endswith(("shoulder", "elbow", "wrist"))]
    sides = {"arms": arms, "hands": list(skeleton.parts["left_hand"])}
    return {name: (left, [skeleton.mirror[i] for i in left]) for name, left in sides.items() if left}


def astray(pose: Pose, left: list[int], right: list[int], jump: float) -> np.ndarray | None:
    """[T] frames in which the hands hang on each other's wrist; None where wrists and hands are never seen together."""
    wrists = [anchors(pose.skeleton)[side[0]] for side in (left, right)]
    hands = [_middle(pose, side) for side in (left, right)]
    known = (pose.confidence[:, wrists] > 0).all(1) & np.isfinite(hands[0] + hands[1]).all(-1)
    if not known.any():
        return None
    places = [pose.points[:, wrist, :2] for wrist in wrists]
    own, crossed = (
        sum(np.linalg.norm(hand - place, axis=-1) for hand, place in zip(hands, order, strict=True))
        for order in (places, places[::-1])
    )
    return known & (np.nan_to_num(own - crossed) > 2 * jump)


def exchanged(pose: Pose, left: list[int], right: list[int], jump: float) -> np.ndarray:
    """[T] frames in which both sides lie where the other one was before, seen from the front."""
    both = (pose.confidence[:, left] > 0) & (pose.confidence[:, right] > 0)  # [T, n]
    state, states, last, reach = False, np.zeros(len(pose), bool), -1, round(REACH * pose.fps)
    for frame in range(len(pose)):
        if last >= 0 and frame - last <= reach and (shared := both[frame] & both[last]).any():
            now, before = (
                [pose.points[at, np.array(side)[shared], :2] for side in (left, right)] for at in (frame, last)
            )
            nearer = [_apart(now[i], before[i]) - _apart(now[i], before[1 - i]) for i in (0, 1)]
            state ^= min(nearer) > jump
        states[frame] = state
        last = frame if both[frame].any() else last
    return ~states if states.mean() > 0.5 else states


def _middle(pose: Pose, side: list[int]) -> np.ndarray:
    """[T, 2] mean of the seen points, nan without any."""
    seen = (pose.confidence[:, side] > 0)[..., None]
    with np.errstate(invalid="ignore"):
        return (pose.points[:, side, :2] * seen).sum(1) / seen.sum(1)


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())
