"""Dynamic time warping under the five definitions that papers use, by name, and the one recommended here.

They differ in what a pair of frames costs, in what is summed, and in what the sum is divided by; their values cannot
be compared with each other, so there is no plain "DTW". All are exact (no window, no approximation), read body
coordinates in shoulder widths, and forgive every change of tempo: truth at half speed scores next to nothing under
each of them, which is why the duration ratio stands beside. Where a definition says nothing of missing points, they
are held from the nearest seen frame; points that the recording never shows are left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from dtaidistance import dtw, dtw_ndim
from scipy.spatial.distance import cdist

from eval.beside import beside, held
from sign_latent.evaluator.features import anchors
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton

MOST_CELLS = 2**22
"""Cells of the cost matrices held at once (32 MiB)."""


@dataclass
class Pair:
    """A generated and a recorded motion, as all presets read them: points [T, K, C] held, seen [T, K], both float64."""

    made: np.ndarray
    real: np.ndarray
    made_seen: np.ndarray
    real_seen: np.ndarray
    anchor: tuple[int, ...]
    """The point from which each point is measured where a preset aligns roots, -1 for the body's origin."""
    _paths: dict = field(default_factory=dict)

    @classmethod
    def of(cls, made: Pose | None, real: Pose) -> "Pair":
        """The pair of two clips; a failed one is `eval.beside.blank`, so every preset gives it a finite penalty."""
        made, real = beside(made, real)
        a, b = (held(pose.points.astype(float), pose.confidence)[0] for pose in (made, real))
        shown = made.confidence > 0, real.confidence > 0
        return cls(a, b, *shown, roots(real.skeleton, shown[0].any(0) & shown[1].any(0)))

    def scored(self, points: list[int]) -> list[int]:
        """Those of the points that both motions ever show."""
        shown = self.made_seen.any(0) & self.real_seen.any(0)
        return [point for point in points if shown[point]]

    def flattened(self, points: list[int]) -> tuple[np.ndarray, np.ndarray]:
        """Frames as vectors [T, P·C], of both."""
        return tuple(np.ascontiguousarray(x[:, points].reshape(len(x), -1)) for x in (self.made, self.real))

    def best_path(self, points: list[int]) -> tuple[float, np.ndarray]:
        """Sum of Euclidean distances of whole frames along the best path, and its steps [S, 2]."""
        key = tuple(points)
        if key not in self._paths:
            # The library's default is squared distance under a final root; the plain one makes the sum a length.
            total, table = dtw_ndim.warping_paths_fast(*self.flattened(points), inner_dist="euclidean")
            self._paths[key] = float(total), np.array(dtw.best_path(table))
        return self._paths[key]

    def path_error(self, points: list[int]) -> float:
        """Mean distance of points over the steps of that path."""
        rows = self.best_path(points)[1]
        gap = self.made[rows[:, 0]][:, points] - self.real[rows[:, 1]][:, points]
        return float(np.linalg.norm(gap, axis=-1).mean())

    def rooted_costs(self, points: list[int]) -> np.ndarray:
        """[R, C]: mean distance of points, each measured from its anchor in its own frame."""
        costs = np.zeros((len(self.made), len(self.real)))
        for point in points:
            base = self.anchor[point]
            costs += cdist(*(x[:, point] - (x[:, base] if base >= 0 else 0) for x in (self.made, self.real)))
        return costs / len(points)

    def trajectory(self, point: int, inner_dist: str) -> float:
        """The library's distance of one point's trajectories."""
        a, b = (np.ascontiguousarray(x[:, point]) for x in (self.made, self.real))
        return dtw_ndim.distance_fast(a, b, inner_dist=inner_dist, use_pruning=False)

    @cached_property
    def squared_roots(self) -> np.ndarray:
        """Root of the sum of squares [K] along the best path of each point's trajectories."""
        return np.array([self.trajectory(point, "squared euclidean") for point in range(self.real.shape[1])])

    @cached_property
    def masked_sums(self) -> np.ndarray:
        """Path sum [K] of each point's trajectories under Ham2Pose's masked distance."""
        whole = self.made_seen.all(0) & self.real_seen.all(0)
        sums = np.full(len(whole), np.nan)
        for point in np.flatnonzero(whole):
            sums[point] = self.trajectory(point, "euclidean")
        rest = np.flatnonzero(~whole & self.real_seen.any(0))
        sums[rest] = path_sums_of(self.masked_costs(point) for point in rest)
        return sums

    def masked_costs(self, point: int) -> np.ndarray:
        """[R, C]: 0 where the recording misses the point, else half its distance from the origin where the generated
        clip does, else the distance."""
        costs = cdist(self.made[:, point], self.real[:, point])
        costs[~self.made_seen[:, point]] = np.linalg.norm(self.real[:, point], axis=-1) / 2
        costs[:, ~self.real_seen[:, point]] = 0
        return costs


def roots(skeleton: Skeleton, shown: np.ndarray) -> tuple[int, ...]:
    """The point each point is measured from: a hand's from its wrist, the face's from the head, others' from the root.

    -1 where that point is not among the shown ones [K].
    """
    root = skeleton.parents.index(-1)
    return tuple(at if shown[at] else -1 for at in (root if a < 0 else a for a in anchors(skeleton)))


def path_sums(costs: np.ndarray) -> np.ndarray:
    """Least sum of costs along a warping path, of each cost matrix [M, R, C] -> [M].

    For costs that the library does not offer; the recurrence of Sakoe & Chiba (1978) without weights, run over
    anti-diagonals for all matrices at once.
    """
    many, rows, columns = costs.shape
    if rows == 1 or columns == 1:
        return costs.sum((1, 2))
    flat = costs.reshape(many, -1)
    before, last = (np.full((many, rows + 1), np.inf) for _ in range(2))  # of the two diagonals before, by row + 1
    before[:, 0] = 0
    for diagonal in range(rows + columns - 1):
        low, high = max(0, diagonal - columns + 1), min(rows, diagonal + 1)
        first, end = diagonal + low * (columns - 1), diagonal + (high - 1) * (columns - 1) + 1
        reached = np.minimum(np.minimum(last[:, low:high], last[:, low + 1 : high + 1]), before[:, low:high])
        now = np.full((many, rows + 1), np.inf)
        now[:, low + 1 : high + 1] = reached + flat[:, first : end : columns - 1]
        before, last = last, now
    return last[:, -1]


def path_sums_of(matrices: Iterable[np.ndarray]) -> list[float]:
    """`path_sums` of cost matrices of one shape, of which no more are held at once than fit in 32 MiB."""
    sums, batch = [], []
    for matrix in matrices:
        batch.append(matrix)
        if len(batch) * matrix.size >= MOST_CELLS:
            sums += path_sums(np.stack(batch)).tolist()
            batch = []
    return sums + (path_sums(np.stack(batch)).tolist() if batch else [])


Groups = list[list[int]]
"""Lists of point indices, of which each is scored on its own."""


def recommended(pair: Pair, groups: Groups) -> list[float]:
    """Mean root-mean-square point distance along the best path.

    A pair of frames costs sqrt(mean over points of squared distance); the sum over the path is divided by the number
    of its steps, so that neither length nor number of points changes the scale. This is the one to read by default.
    """
    found = [(*pair.best_path(points), len(points)) for points in groups]
    return [total / np.sqrt(count) / len(steps) for total, steps, count in found]


def pt(pair: Pair, groups: Groups) -> list[float]:
    """Sum of absolute coordinate differences of a pair of frames; path sum ÷ frames of the recording.

    As the code of Progressive Transformers does it (Saunders et al. 2020), which most work on PHOENIX14T repeats. It
    grows with the number of points; there the unit is that of skeletons divided by 3.
    """
    sums = path_sums_of(cdist(*pair.flattened(points), "cityblock") for points in groups)
    return [total / len(pair.real) for total in sums]


def ham2pose(pair: Pair, groups: Groups) -> list[float]:
    """Mean over points of the path sum of each point's own trajectory under a masked distance.

    Ham2Pose's nDTW-MJE (Shalev-Arkushin et al. 2023): free where the recording misses the point, half the recorded
    point's distance from the origin where the generated clip misses it. Not divided by any length. There an
    approximation (fastdtw) of it is computed.
    """
    return [float(pair.masked_sums[points].mean()) for points in groups]


def pose_evaluation(pair: Pair, groups: Groups) -> list[float]:
    """Mean over points of sqrt(sum of squared distances along the best path of that point's trajectory).

    The toolkit pose-evaluation (Jiang et al. 2025) through dtaidistance with its squared default; its best setting
    reads the hands alone and writes 10 pixels for a missing coordinate, which has no meaning in shoulder widths.
    """
    return [float(pair.squared_roots[points].mean()) for points in groups]


def slrtp(pair: Pair, groups: Groups) -> list[float]:
    """MPJPE along the best path of flattened frames.

    SLRTP-2025's DTW-MJE (Walsh et al. 2025): the path minimises the Euclidean distance of whole frames, what is
    reported is the mean distance of points over its steps. There the mean is over the steps of all clips, here over
    clips; failed clips, which are left out there, count here.
    """
    return [pair.path_error(points) for points in groups]


def soke(pair: Pair, groups: Groups) -> list[float]:
    """Path sum, not divided, of the mean distance of points measured from their root in each frame.

    SOKE's DTW-JPE (Zuo et al. 2025): the body's root, for a hand its wrist (for the face, which is not read there,
    the head). It grows with the length of the clips.
    """
    return path_sums_of(pair.rooted_costs(points) for points in groups)


Preset = Callable[[Pair, Groups], list[float]]
RECOMMENDED = "recommended"
DTW_PRESETS: dict[str, Preset] = {
    RECOMMENDED: recommended,
    "pt": pt,
    "ham2pose": ham2pose,
    "pose_evaluation": pose_evaluation,
    "slrtp": slrtp,
    "soke": soke,
}
"""Named definitions of DTW: (pair, groups of points) -> a distance in shoulder widths for each group."""


def dtw_scores(made: Pose | None, real: Pose, groups: dict[str, list[int]]) -> dict[str, float]:
    """`dtw-PRESET/GROUP` of a clip for every preset and group of points; nan where the recording shows no point."""
    pair = Pair.of(made, real)
    scored = {group: pair.scored(points) for group, points in groups.items()}
    found = {f"dtw-{name}/{group}": float("nan") for group in groups for name in DTW_PRESETS}
    shown = {group: points for group, points in scored.items() if points}
    for name, preset in DTW_PRESETS.items():
        values = preset(pair, list(shown.values()))
        found |= {f"dtw-{name}/{group}": value for group, value in zip(shown, values, strict=True)}
    return found
