"""Joints that leave their own path for a moment become missing."""

from dataclasses import replace

import numpy as np
from scipy.ndimage import median_filter

from data_prep.cleaning.record import Record
from data_prep.cleaning.tracks import alike, carrier, stretches
from sign_latent.corpus.clip import Clip

WINDOW = 0.28
"""Seconds of the running median: 7 frames at 25 a second."""
_LEAST = 3
"""Seen frames in a row from which a path can be told."""


def remove_outliers(clip: Clip, record: Record, distance: float = 0.3) -> list[Clip]:
    """Points further than `distance` shoulder widths from the running median of their path become missing.

    Seen from the front, since estimated depth is noisy; hands and face relative to what carries them, so that a fast
    arm is no outlier. A steady motion in one direction has no outliers, however fast, for its median is itself; for the
    same reason the first and the last seen frame never are.
    """
    pose, seen = clip.pose, clip.pose.confidence > 0
    width = 2 * round(WINDOW * pose.fps / 2) + 1
    wrong = np.zeros_like(seen)
    for points, anchor, mask in alike(seen, pose.skeleton):
        for start, end in stretches(mask):
            if end - start < _LEAST:
                continue
            frames = slice(start, end)
            path = (pose.points[frames, points] - carrier(pose.points, seen, anchor, frames))[..., :2]
            middle = median_filter(path, size=(min(width, end - start), 1, 1), mode="nearest")
            wrong[frames, points] = np.linalg.norm(path - middle, axis=-1) > distance
    if not wrong.any():
        return [clip]
    record.counts["clips"] += 1
    record.counts["points removed"] += int(wrong.sum())
    points, confidence = pose.points.copy(), pose.confidence.copy()
    points[wrong], confidence[wrong] = 0, 0
    return [replace(clip, pose=replace(pose, points=points, confidence=confidence))]
