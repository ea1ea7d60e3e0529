"""How near a generated motion is to the recorded one, by part, in shoulder widths."""

from collections.abc import Callable

import numpy as np

from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton

PARTS = ("body", "left_hand", "right_hand", "face")


def scored_points(skeleton: Skeleton) -> dict[str, list[int]]:
    """Indices of the moving points of each part; parts without points are left out."""
    still = set(skeleton.still)
    rows = {part: [i for i in skeleton.parts[part] if i not in still] for part in PARTS}
    return {part: points for part, points in rows.items() if points}


def stretched(array: np.ndarray, frames: int) -> np.ndarray:
    """A motion [T, …] read at `frames` evenly spaced times by linear interpolation."""
    at = np.linspace(0, len(array) - 1, frames)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(array) - 1)
    share = (at - low).reshape(-1, *[1] * (array.ndim - 1))
    return array[low] * (1 - share) + array[high] * share


def aligned(made: Pose, real: Pose) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both motions on the real one's frames: points [T, K, C] twice and a mask [T, K] of points seen in both."""
    frames = len(real)
    # A point between a seen and a missing frame is missing: half a confidence is none.
    seen = (stretched((made.confidence > 0).astype(float), frames) > 1 - 1e-9) & (real.confidence > 0)
    return stretched(made.points.astype(float), frames), real.points.astype(float), seen


def mpjpe(made: np.ndarray, real: np.ndarray, seen: np.ndarray) -> float:
    """Mean distance of corresponding points over the seen ones; nan where none is."""
    return float(np.linalg.norm(made - real, axis=-1)[seen].mean()) if seen.any() else float("nan")


def procrustes(made: np.ndarray, real: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Each frame of `made` [T, K, C] moved, turned and scaled onto `real` over its seen points (Umeyama 1991)."""
    weight = seen[..., None].astype(float)
    count = np.maximum(weight.sum(1, keepdims=True), 1)
    centre, aim = ((x * weight).sum(1, keepdims=True) / count for x in (made, real))
    a, b = (made - centre) * weight, (real - aim) * weight
    u, spread, vt = np.linalg.svd(np.swapaxes(a, 1, 2) @ b)
    sign = np.ones_like(spread)
    sign[:, -1] = np.sign(np.linalg.det(u) * np.linalg.det(vt))
    turn = (u * sign[:, None, :]) @ vt
    size = (spread * sign).sum(-1) / np.maximum((a**2).sum((1, 2)), 1e-12)
    return (made - centre) @ turn * size[:, None, None] + aim


def pa_mpjpe(made: np.ndarray, real: np.ndarray, seen: np.ndarray) -> float:
    """MPJPE after Procrustes alignment of each frame; frames with fewer than 3 seen points are left out."""
    enough = seen.sum(1) >= 3
    if not enough.any():
        return float("nan")
    made, real, seen = made[enough], real[enough], seen[enough]
    return mpjpe(procrustes(made, real, seen), real, seen)


def held(points: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Missing points filled by the nearest seen frame before (or after); also which points were ever seen [K]."""
    seen = confidence > 0
    frames = np.arange(len(points))[:, None]
    before = np.maximum.accumulate(np.where(seen, frames, -1), axis=0)
    after = np.minimum.accumulate(np.where(seen, frames, len(points))[::-1], axis=0)[::-1]
    source = np.where(before >= 0, before, np.minimum(after, len(points) - 1))
    return np.take_along_axis(points, source[..., None], axis=0), seen.any(0)


def recommended_dtw(made: Pose, real: Pose, points: list[int]) -> float:
    """Mean root-mean-square point distance along the best warping path, in shoulder widths.

    A pair of frames costs sqrt(mean over points of squared distance); the sum over the exact optimal path (no window)
    is divided by the number of its steps, so that neither length nor number of points changes the scale.
    Missing points are held from the nearest seen frame; points never seen in either clip are left out.
    """
    from dtaidistance import dtw, dtw_ndim

    a, seen_a = held(made.points[:, points], made.confidence[:, points])
    b, seen_b = held(real.points[:, points], real.confidence[:, points])
    both = seen_a & seen_b
    if not both.any():
        return float("nan")
    scale = 1 / np.sqrt(both.sum())
    a, b = ((x[:, both].reshape(len(x), -1) * scale).astype(np.double) for x in (a, b))
    # The library's default is squared distance under a final root; the plain one makes the sum a length.
    total, table = dtw_ndim.warping_paths_fast(a, b, inner_dist="euclidean")
    return float(total) / len(dtw.best_path(table))


DTW_PRESETS: dict[str, Callable[[Pose, Pose, list[int]], float]] = {"recommended": recommended_dtw}
"""Named definitions of DTW: (generated, real, point indices) -> distance. There is no plain "DTW"."""


def speed(pose: Pose, points: list[int]) -> float:
    """Mean speed of the points, in shoulder widths a second; 0 for a single frame."""
    seen = pose.confidence[:, points] > 0
    both = seen[1:] & seen[:-1]
    if not both.any():
        return 0.0
    step = np.linalg.norm(np.diff(pose.points[:, points].astype(float), axis=0), axis=-1)
    return float(step[both].mean()) * pose.fps


def compare(made: Pose, real: Pose) -> dict[str, float]:
    """All pose scores of one clip: `mpjpe/body`, `pa_mpjpe/face`, `dtw-recommended/left_hand`, `motion_ratio`, …

    MPJPE reads the generated motion stretched to the real one's length; ratios are generated ÷ real.
    """
    rows = scored_points(real.skeleton)
    rows["all"] = sorted(i for points in rows.values() for i in points)
    first, second, seen = aligned(made, real)
    scores: dict[str, float] = {}
    for part, points in rows.items():
        picked = first[:, points], second[:, points], seen[:, points]
        scores[f"mpjpe/{part}"] = mpjpe(*picked)
        scores[f"pa_mpjpe/{part}"] = pa_mpjpe(*picked)
        for name, preset in DTW_PRESETS.items():
            scores[f"dtw-{name}/{part}"] = preset(made, real, points)
    moving = speed(real, rows["all"])
    scores["motion_ratio"] = speed(made, rows["all"]) / moving if moving > 0 else float("nan")
    scores["duration_ratio"] = (len(made) / made.fps) / (len(real) / real.fps)
    return scores


def table(pairs: list[tuple[Pose | None, Pose]]) -> dict[str, float]:
    """Mean of each score over clips; a failed clip (None or empty) has no pose score and is counted in `missing`."""
    whole = [compare(made, real) for made, real in pairs if made is not None and len(made) > 0]
    names = sorted({name for row in whole for name in row})
    means = {name: _mean([row[name] for row in whole if name in row]) for name in names}
    return {**means, "missing": float(len(pairs) - len(whole))}


def _mean(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")
