"""Clips of left-handed signers are shown in the mirror, or those of right-handed ones."""

from dataclasses import replace

import numpy as np

from data_prep.cleaning.record import Record
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose


def to_dominant(clip: Clip, record: Record, side: str = "right", guess: float = 0.0) -> list[Clip]:
    """Mirror the clip if its dominant hand is not `side`; labels follow.

    Where the hand is not known the clip stays, unless `guess` is given: then the hand that goes `guess` times as far
    as the other is taken as dominant.
    """
    if not clip.handedness and guess:
        clip = replace(clip, handedness=leading_hand(clip.pose, guess))
        record.counts[f"guessed {clip.handedness or 'neither'}"] += 1
    if not clip.handedness:
        record.counts["unknown hand"] += 1
        return [clip]
    if clip.handedness == side:
        return [clip]
    record.counts["clips"] += 1
    return [clip.mirrored()]


def leading_hand(pose: Pose, factor: float) -> str:
    """`left` or `right` if that hand goes `factor` times as far as the other, else ""."""
    ways = {side: _way(pose, side) for side in ("left", "right")}
    for side, other in (("left", "right"), ("right", "left")):
        if ways[side] > factor * ways[other] and ways[side] > 0:
            return side
    return ""


def _way(pose: Pose, side: str) -> float:
    """Shoulder widths that the wrist goes, seen from the front, over frames in which it is seen."""
    name = f"{side}_wrist" if f"{side}_wrist" in pose.skeleton.points else f"{side}_hand_root"
    wrist = pose.skeleton.points.index(name)
    seen = pose.confidence[:, wrist] > 0
    steps = np.linalg.norm(np.diff(pose.points[:, wrist, :2], axis=0), axis=-1)
    return float(steps[seen[1:] & seen[:-1]].sum())
