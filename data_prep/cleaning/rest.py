"""Frames of rest before and after the signing are cut off."""

from dataclasses import replace

import numpy as np

from data_prep.cleaning.gaps import CHANNELS
from data_prep.cleaning.record import Record
from data_prep.cleaning.segments import cut
from sign_latent.corpus.clip import Clip
from sign_latent.pose.pose import Pose


def trim_rest(clip: Clip, record: Record, still: float = 0.05, seconds: float = 0.2) -> list[Clip]:
    """Cut the frames at either end in which no point has gone further than `still` shoulder widths from where it began.

    So neither fast nor slow motion is ever cut, be it of hands or face; `seconds` of rest stay, and so does whatever
    an annotation covers. A hand that comes into the picture without its wrist having been seen counts as motion. A clip
    that is at rest throughout is kept as it is.
    """
    pose, margin = clip.pose, round(seconds * clip.pose.fps)
    first, last = resting(pose, still), len(pose) - resting(_backwards(pose), still)
    for tier in clip.tiers:
        if tier.channel not in CHANNELS.values():
            first, last = min(first, tier.start), max(last, tier.end)
    if first >= last:
        record.counts["clips at rest throughout"] += 1
        return [clip]
    first, last = max(0, first - margin), min(len(pose), last + margin)
    if last - first == len(pose):
        return [clip]
    record.counts["clips"] += 1
    record.counts["frames cut"] += len(pose) - (last - first)
    return [cut(clip, first, last)]


def resting(pose: Pose, still: float) -> int:
    """Frames from the beginning until something moves; MediaPipe's guess of depth, which never rests, is left out."""
    signing, flat = list(pose.skeleton.signing), pose.skeleton.name.startswith("holistic")
    points, seen = pose.points[:, signing, : 2 if flat else None], pose.confidence[:, signing] > 0
    began = points[seen.argmax(0), np.arange(len(signing))]  # [K, C] where each was first seen
    far = np.linalg.norm(points - began, axis=-1) > still
    moving = (far & seen).any(1)
    for side in ("left", "right"):
        wrist = [i for i, point in enumerate(pose.skeleton.points) if point == f"{side}_wrist"]
        if wrist and not pose.confidence[0, wrist].any():
            moving |= (pose.confidence[:, [*wrist, *pose.skeleton.parts[f"{side}_hand"]]] > 0).any(1)
    return int(moving.argmax()) if moving.any() else len(pose)


def _backwards(pose: Pose) -> Pose:
    return replace(pose, points=pose.points[::-1], confidence=pose.confidence[::-1])
