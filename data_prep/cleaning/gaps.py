"""Short losses are filled between the frames around them."""

from dataclasses import replace

import numpy as np

from data_prep.cleaning.record import Record
from data_prep.cleaning.tracks import alike, carrier, stretches
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.pose.pose import Pose
from sign_latent.pose.resample import read_at

CHANNELS = {"body": "filled_body", "left_hand": "filled_hand_left", "right_hand": "filled_hand_right",
            "face": "filled_face"}  # fmt: skip
"""Part -> tier that says in which frames points of it were filled."""


def fill_gaps(clip: Clip, record: Record, seconds: float = 0.2, share: float = 0.5) -> list[Clip]:
    """Fill losses of at most `seconds` that have seen frames on both sides; others stay lost.

    Hands and face are filled along with what carries them (relative to the wrist, where it is seen), the rotation of a
    filled joint by slerp. A filled point gets `share` of the lesser confidence around it, so that it can be told from
    seen ones, and a tier `filled_…` says where. What is seen is never touched.
    """
    pose, longest = clip.pose, round(seconds * clip.pose.fps)
    seen = pose.confidence > 0
    made = replace(pose, points=pose.points.copy(), confidence=pose.confidence.copy())
    made.rotations = None if pose.rotations is None else pose.rotations.copy()
    filled = np.zeros_like(seen)
    for points, anchor, mask in alike(seen, pose.skeleton):
        for start, end in stretches(~mask):
            if start == 0 or end == len(mask) or end - start > longest:
                record.counts["point gaps left"] += len(points)
                continue
            _fill(made, points, anchor, start, end, share)
            filled[start:end, points] = True
            record.counts["point gaps filled"] += len(points)
    if not filled.any():
        return [clip]
    record.counts["clips"] += 1
    record.counts["points filled"] += int(filled.sum())
    return [replace(clip, pose=made, tiers=clip.tiers + _tiers(filled, pose))]


def _fill(made: Pose, points: np.ndarray, anchor: int, start: int, end: int, share: float) -> None:
    """Frames `start` to `end` of these points, between the frames before and after."""
    around, inside = [start - 1, end], slice(start, end)
    base = carrier(made.points, made.confidence > 0, anchor, slice(start - 1, end + 1))
    lost = set(points.tolist())
    turned = [row for row, point in enumerate(made.skeleton.rotated) if point in lost]
    turning = made.rotations is not None and bool(turned)
    ends = Pose(  # of these points only
        points=made.points[np.ix_(around, points)] - base[[0, -1]],
        confidence=made.confidence[np.ix_(around, points)],
        fps=made.fps,
        skeleton=made.skeleton,
        rotations=made.rotations[np.ix_(around, turned)] if turning else None,
    )
    between = read_at(ends, np.arange(1, end - start + 1) / (end - start + 1))
    made.points[inside, points] = between.points + base[1:-1]
    made.confidence[inside, points] = share * ends.confidence.min(0)
    if turning:
        made.rotations[inside, turned] = between.rotations


def _tiers(filled: np.ndarray, pose: Pose) -> list[Tier]:
    tiers = []
    for part, channel in CHANNELS.items():
        some = filled[:, list(pose.skeleton.parts[part])]
        for start, end in stretches(some.any(1)):
            tiers.append(Tier(channel, f"{int(some[start:end].any(0).sum())} points", start, end))
    return tiers
