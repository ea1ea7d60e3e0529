"""How different clips of the same sign are, and how near generated clips come to training clips."""

from collections.abc import Sequence

import numpy as np

from eval.pose_scores import scored_points, stretched
from sign_latent.pose.pose import Pose

SHOULDER_WIDTH_CM = 36.0
"""Shoulder width of an adult that turns body coordinates into centimetres (an assumption, stated in reports)."""
MOMENTS = 32
"""Moments at which time-normalised motions are compared."""


def time_normalised(pose: Pose, points: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The motion at 32 even moments: points [32, P, C] float32 and which are seen [32, P]."""
    seen = stretched((pose.confidence[:, points] > 0).astype(float), MOMENTS) > 1 - 1e-9
    return stretched(pose.points[:, points].astype(float), MOMENTS).astype(np.float32), seen


class Motions:
    """Time-normalised motions of clips, of the moving points of body and hands."""

    def __init__(self, poses: Sequence[Pose], parts: tuple[str, ...] = ("body", "left_hand", "right_hand")) -> None:
        rows = scored_points(poses[0].skeleton)
        chosen = sorted(i for part in parts for i in rows.get(part, []))
        found = [time_normalised(pose, chosen) for pose in poses]
        self.points, self.seen = (np.stack(side) for side in zip(*found, strict=True))

    def __len__(self) -> int:
        return len(self.points)

    def distances(self, other: "Motions", chosen: slice | Sequence[int] = slice(None), row: int = 0) -> np.ndarray:
        """Mean distance in centimetres over moments and points seen in both, of clip `row` to chosen clips of `other`.

        nan where nothing is seen in both.
        """
        seen = self.seen[row] & other.seen[chosen]
        apart = np.linalg.norm(self.points[row] - other.points[chosen], axis=-1) * seen
        count = seen.sum((1, 2))
        return np.where(count > 0, apart.sum((1, 2)) / np.maximum(count, 1), np.nan) * SHOULDER_WIDTH_CM


def diversity(motions: Motions, glosses: Sequence[str]) -> float:
    """Mean over glosses of the mean distance of pairs of its clips, in cm; a gloss with one clip says nothing."""
    means = []
    for gloss in dict.fromkeys(glosses):
        rows = [i for i, other in enumerate(glosses) if other == gloss]
        pairs = [motions.distances(motions, rows[n + 1 :], row) for n, row in enumerate(rows[:-1])]
        if pairs:
            means.append(np.nanmean(np.concatenate(pairs)))
    return float(np.mean(means)) if means else float("nan")


def nearest(motions: Motions, train: Motions) -> np.ndarray:
    """Distance [n] of each clip to the nearest training clip of any gloss, in cm."""
    from tqdm import tqdm

    rows = tqdm(range(len(motions)), desc="nearest training clips", unit="clip", disable=None)
    return np.array([np.nanmin(motions.distances(train, row=row)) for row in rows])
