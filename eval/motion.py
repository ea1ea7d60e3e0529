"""How much, how long, how fast and how smoothly a clip moves, as ratios of generated to recorded.

These tell what distances do not: a static pose has a motion ratio of 0, half-speed truth a duration ratio of 2 and a
velocity ratio of 1/2, added noise a large jerk ratio. 1 is right for all of them.
"""

from collections.abc import Sequence

import numpy as np

from eval.beside import failed
from sign_latent.pose.pose import Pose

RATIOS = {"motion_ratio": "distance", "velocity_ratio": "speed", "jerk_ratio": "jerk"}
"""Ratio -> the total it is a ratio of."""


def mean_difference(points: np.ndarray, seen: np.ndarray, order: int) -> float:
    """Mean length of the `order`-th difference of points [T, K, C] over windows wholly seen; 0 where there is none."""
    if len(points) <= order:
        return 0.0
    whole = np.logical_and.reduce([seen[i : len(seen) - order + i] for i in range(order + 1)])
    size = np.linalg.norm(np.diff(points, n=order, axis=0), axis=-1)
    return float(size[whole].mean()) if whole.any() else 0.0


def totals(pose: Pose | None, groups: dict[str, list[int]]) -> dict[str, float]:
    """`seconds` of the clip and, of each group of points, `distance/…` that a point travels in it (shoulder widths;
    the motion of SLRTP-2025's total distance), its mean `speed/…` (a second) and `jerk/…` (third derivative, a second
    cubed; Hogan & Sternad 2009). All 0 for a failed clip.

    Frames in which a point is missing count neither for nor against its speed.
    """
    if failed(pose):
        return {"seconds": 0.0, **{f"{total}/{name}": 0.0 for total in RATIOS.values() for name in groups}}
    found = {"seconds": len(pose) / pose.fps}
    points = pose.points.astype(float)
    for name, chosen in groups.items():
        moving, seen = points[:, chosen], pose.confidence[:, chosen] > 0
        step = mean_difference(moving, seen, 1)
        found[f"distance/{name}"] = step * (len(pose) - 1)
        found[f"speed/{name}"] = step * pose.fps
        found[f"jerk/{name}"] = mean_difference(moving, seen, 3) * pose.fps**3
    return found


def ratios(made: Sequence[dict[str, float]], real: Sequence[dict[str, float]]) -> dict[str, tuple]:
    """`duration_ratio`, and `motion_ratio`, `velocity_ratio`, `jerk_ratio` of all points and, after a slash, of groups:
    of each what is summed over clips above and below [n] (see `eval.bootstrap.ratio_of`).

    Sums over clips are divided, not ratios averaged: one recording that hardly moves does not decide, and a failed
    clip adds nothing to the upper sum.
    """

    def sums(total: str) -> tuple[np.ndarray, np.ndarray]:
        return tuple(np.array([row[total] for row in rows], dtype=float) for rows in (made, real))

    groups = [name.partition("/")[2] for name in real[0] if name.startswith("speed/")]
    found = {"duration_ratio": sums("seconds")}
    for name, total in RATIOS.items():
        found |= {f"{name}/{group}": sums(f"{total}/{group}") for group in groups}
        found[name] = found[f"{name}/all"]
    return found
