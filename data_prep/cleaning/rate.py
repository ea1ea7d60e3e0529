"""Clips at another frame rate."""

from data_prep.cleaning.record import Record
from sign_latent.corpus.clip import Clip


def to_rate(clip: Clip, record: Record, fps: float) -> list[Clip]:
    """Points linearly, rotations by slerp, tiers along; see `Pose.resampled`."""
    if clip.pose.fps == fps:
        return [clip]
    made = clip.resampled(fps)
    record.counts["clips"] += 1
    record.counts["frames before"] += len(clip.pose)
    record.counts["frames after"] += len(made.pose)
    return [made]
