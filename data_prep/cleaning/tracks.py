"""Points over time: stretches in which they are seen, and what they hang on."""

from collections.abc import Iterator
from functools import cache

import numpy as np

from sign_latent.pose.skeleton import Skeleton

HANGING = ("left_hand", "right_hand", "face")
"""Parts that move along with a point of the body."""


@cache
def anchors(skeleton: Skeleton) -> tuple[int, ...]:
    """For each point of a hand or the face the point of the body that carries it; −1 for all others."""
    found = [-1] * len(skeleton.points)
    for part in HANGING:
        inside = set(skeleton.parts[part])
        for point in inside:
            above = skeleton.parents[point]
            while above in inside:
                above = skeleton.parents[above]
            found[point] = above
    return tuple(found)


def stretches(mask: np.ndarray) -> list[tuple[int, int]]:
    """(start, end) of every run of true frames in [T], end excluded."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def alike(seen: np.ndarray, skeleton: Skeleton) -> Iterator[tuple[np.ndarray, int, np.ndarray]]:
    """(points, anchor, mask [T]) of points that share an anchor and are seen [T, K] in the same frames; those without
    an anchor first."""
    groups: dict[tuple[int, bytes], list[int]] = {}
    for point, (anchor, mask) in enumerate(zip(anchors(skeleton), np.ascontiguousarray(seen.T), strict=True)):
        groups.setdefault((anchor, mask.tobytes()), []).append(point)
    for (anchor, _), points in sorted(groups.items(), key=lambda one: one[0][0]):
        yield np.array(points), anchor, seen[:, points[0]]


def carrier(points: np.ndarray, seen: np.ndarray, anchor: int, frames: slice) -> np.ndarray:
    """[n, 1, C] places of the anchor in these frames, or zeros where it is not seen throughout."""
    there = anchor >= 0 and bool(seen[frames, anchor].all())
    return points[frames, anchor][:, None] if there else np.zeros_like(points[frames, :1])
