"""A generated clip beside its recording: which points are scored, common times, missing points, failed clips.

Two rules hold for every pose score. What stands under confidence 0 is never read. And what a generator does not give
is not left out: a clip that is missing, empty or not finite, and a point that it never shows although the recording
does, are scored as if they lay at the body's origin (`beside`), and what is shown in part is told by `coverage`.
"""

import math
from dataclasses import replace

import numpy as np

from sign_latent.errors import UserError
from sign_latent.evaluator.features import anchors
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import PARTS, Skeleton

GROUPS = {**{part: (part,) for part in PARTS}, "hands": ("left_hand", "right_hand"), "all": PARTS}
"""What is scored on its own -> the parts it consists of."""


def scored_points(skeleton: Skeleton) -> dict[str, list[int]]:
    """Indices of the moving points of each part; parts without points are left out."""
    still = set(skeleton.still)
    rows = {part: [i for i in skeleton.parts[part] if i not in still] for part in PARTS}
    return {part: points for part, points in rows.items() if points}


def scored_groups(skeleton: Skeleton) -> dict[str, list[int]]:
    """The same of each part, of both hands (`hands`) and of everything (`all`)."""
    rows = scored_points(skeleton)
    found = {name: sorted(i for part in parts for i in rows.get(part, [])) for name, parts in GROUPS.items()}
    return {name: points for name, points in found.items() if points}


def stretched(array: np.ndarray, frames: int) -> np.ndarray:
    """A motion [T, …] read at `frames` evenly spaced times by linear interpolation."""
    at = np.linspace(0, len(array) - 1, frames)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(array) - 1)
    share = (at - low).reshape(-1, *[1] * (array.ndim - 1))
    return array[low] * (1 - share) + array[high] * share


def stretched_seen(pose: Pose, frames: int) -> np.ndarray:
    """Which points [frames, K] are seen at those times; one between a seen and a missing frame is missing."""
    return stretched((pose.confidence > 0).astype(float), frames) > 1 - 1e-9


def aligned(made: Pose, real: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both motions on the real one's frames: points [T, K, C] twice and a mask [T, K] of points seen in both."""
    frames = len(real)
    seen = stretched_seen(made, frames) & (real.confidence > 0)
    return stretched(made.points.astype(float), frames), real.points.astype(float), seen


def held(points: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Missing points filled by the nearest seen frame before (or after); also which points were ever seen [K]."""
    seen = confidence > 0
    frames = np.arange(len(points))[:, None]
    before = np.maximum.accumulate(np.where(seen, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, frames, len(points))[::-1], axis=0)[::-1]
    source = np.where(before >= 0, before, np.minimum(after, len(points) - 1))
    return np.take_along_axis(points, source[..., None], axis=0), seen.any(0)


def failed(pose: Pose | None) -> bool:
    """Whether a generation is none: nothing, no frames, no visible point, or numbers that are not finite."""
    if pose is None or len(pose) == 0:
        return True
    seen = pose.confidence > 0
    return not seen.any() or not np.isfinite(pose.points[seen]).all()


def blank(real: Pose) -> Pose:
    """What a failed clip is scored as: one frame in which every point lies at the body's origin."""
    points, confidence = np.zeros_like(real.points[:1]), np.ones_like(real.confidence[:1])
    return Pose(points, confidence, real.fps, real.skeleton)


def cleaned(pose: Pose) -> Pose:
    """The points alone, with zeros where nothing is seen."""
    points = np.where(pose.confidence[..., None] > 0, pose.points, 0).astype(np.float32)
    return Pose(points, pose.confidence, pose.fps, pose.skeleton)


def only(pose: Pose, group: str) -> Pose:
    """The clip with nothing seen but a group of points and the wrists or head they are measured from.

    For judges and feature nets that are to see the hands or the face alone. UserError for a group that the skeleton
    lacks.
    """
    groups = scored_groups(pose.skeleton)
    if group not in groups:
        raise UserError(f"skeleton {pose.skeleton.name!r} has no points to score as {group!r}: {', '.join(groups)}")
    above = anchors(pose.skeleton)
    shown = sorted({*groups[group], *(above[i] for i in groups[group] if above[i] >= 0)})
    confidence = np.zeros_like(pose.confidence)
    confidence[:, shown] = pose.confidence[:, shown]
    return cleaned(replace(pose, confidence=confidence))


def beside(made: Pose | None, real: Pose) -> tuple[Pose, Pose]:
    """Both clips as they are scored: points only, at the recording's frame rate, nothing withheld.

    A failed clip becomes `blank`; a point never seen in a whole clip, though seen in the recording, lies at the
    origin throughout. UserError for a recording without frames and for clips of two skeletons.
    """
    if len(real) == 0:
        raise UserError("a recording to compare with has no frames; take it out of the references")
    real = cleaned(real)
    if failed(made):
        return blank(real), real
    if made.skeleton.name != real.skeleton.name:
        raise UserError(
            f"a generated clip has skeleton {made.skeleton.name!r}, its recording {real.skeleton.name!r}: "
            "convert one of them first"
        )
    made = cleaned(made)
    if not math.isclose(made.fps, real.fps, rel_tol=1e-3):
        made = made.resampled(real.fps)
    withheld = (real.confidence > 0).any(0) & ~(made.confidence > 0).any(0)
    return replace(made, confidence=np.where(withheld, 1, made.confidence).astype(np.float32)), real


def coverage(made: Pose | None, real: Pose, points: list[int]) -> float:
    """Share of the recording's seen points [T, P] that the generated clip shows at the same share of its time.

    0 for a failed clip; nan where the recording shows nothing. A score of seen points means little where this is low.
    """
    wanted = real.confidence[:, points] > 0
    if not wanted.any():
        return float("nan")
    shown = np.zeros_like(wanted) if failed(made) else stretched_seen(made, len(real))[:, points]
    return float((shown & wanted).sum() / wanted.sum())
