"""How alike two clips are whatever their tempo: sketches of the arms and finger tips, warped onto each other.

A sketch has the same number of moments for every clip, so that thousands are compared by one matrix product; those
that come nearest are then warped exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.pose_scores import held, stretched
from eval.traits import HANDS, smoothed
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton

MOMENTS = 64
WINDOW = 16
"""Moments by which one clip may run ahead of the other: a quarter of the clip."""
SCREENED = 5
"""Clips that look nearest without warping and are then compared with it."""


def sketched_points(skeleton: Skeleton) -> list[int]:
    """The outermost points of both hands, and the two points of the arm above each hand."""
    chosen: set[int] = set()
    for part in HANDS:
        hand = set(skeleton.parts[part])
        chosen |= hand - set(skeleton.parents)
        for point in hand:
            above = skeleton.parents[point]
            if above >= 0 and above not in hand:
                chosen |= {above, skeleton.parents[above]} - {-1}
    return sorted(chosen)


@dataclass
class Sketches:
    """Points [n, MOMENTS, P, C] of clips and which were ever seen [n, P]; unseen ones are 0."""

    points: np.ndarray
    seen: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, rows) -> "Sketches":
        return Sketches(self.points[rows], self.seen[rows])

    def backwards(self) -> "Sketches":
        """The same clips from end to start."""
        return Sketches(self.points[:, ::-1], self.seen)


def sketches(poses: Sequence[Pose]) -> Sketches:
    """Sketches of clips with at least one frame, all of one skeleton."""
    chosen = sketched_points(poses[0].skeleton)
    points, seen = [], []
    for pose in poses:
        filled, ever = held(pose.points[:, chosen].astype(float), pose.confidence[:, chosen])
        moments = stretched(smoothed(filled, pose.fps), MOMENTS)
        points.append(np.where(ever[:, None], moments, 0).astype(np.float32))
        seen.append(ever)
    return Sketches(np.stack(points), np.stack(seen))


def unwarped(one: Sketches, other: Sketches) -> np.ndarray:
    """Root mean square point distance [n, m] at equal moments, over points seen in both; nan where there is none."""
    a, b = ((x.points.transpose(0, 2, 1, 3).reshape(*x.seen.shape, -1)) for x in (one, other))  # [n, P, M * C]
    here, there = one.seen.astype(np.float32), other.seen.astype(np.float32)
    squares = (a**2).sum(-1) @ there.T + here @ (b**2).sum(-1).T - 2 * a.reshape(len(a), -1) @ b.reshape(len(b), -1).T
    count = here @ there.T * MOMENTS
    return np.where(count > 0, np.sqrt(np.maximum(squares, 0) / np.maximum(count, 1)), np.nan)


def warped(one: Sketches, other: Sketches) -> np.ndarray:
    """Distance [n] of each clip to its partner after dynamic time warping, in shoulder widths.

    A pair of moments costs the root mean square distance of the points seen in both; the sum along the exact best path
    within `WINDOW` moments is divided by `MOMENTS`. nan where nothing is seen in both.
    """
    from dtaidistance import dtw_ndim

    found = np.full(len(one), np.nan)
    for i, both in enumerate(one.seen & other.seen):
        if both.any():
            scale = 1 / np.sqrt(both.sum())
            a, b = (
                np.ascontiguousarray(x.points[i][:, both].reshape(MOMENTS, -1) * scale, np.double) for x in (one, other)
            )
            found[i] = dtw_ndim.distance_fast(a, b, window=WINDOW, inner_dist="euclidean") / MOMENTS
    return found


def nearest(clips: Sketches, among: Sketches, own: Sequence[int] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Warped distance [n] of each clip to the nearest of others, and which that is [n].

    Those `SCREENED` that are nearest without warping are warped. `own` [n] names for each clip one of the others that
    does not count, such as itself.
    """
    apart = np.nan_to_num(unwarped(clips, among), nan=np.inf)
    if own is not None:
        apart[np.arange(len(clips)), list(own)] = np.inf
    count = min(SCREENED, len(among) - (own is not None))
    best = np.argpartition(apart, count - 1, axis=1)[:, :count] if count < len(among) else np.argsort(apart, 1)
    rows = np.repeat(np.arange(len(clips)), best.shape[1])
    found = warped(clips[rows], among[best.ravel()]).reshape(best.shape)
    found = np.where(np.isfinite(np.take_along_axis(apart, best, 1)), np.nan_to_num(found, nan=np.inf), np.inf)
    place = found.argmin(1)
    return found[np.arange(len(clips)), place], best[np.arange(len(clips)), place]


LAGS = 4
"""Frames by which two motions are shifted against each other to see whether they are in step."""
STRETCH_SECONDS = 0.6


def in_step(made: Pose, real: Pose) -> float:
    """Share of the motion that fits the real one best with no shift at all, both stretched to the same length.

    In stretches of 0.6 s, the places of arms and finger tips (less their mean over the stretch, so that builds do not
    count) are compared at shifts of up to `LAGS` frames; stretches weigh as much as the real signer moves in them. What
    was made from a recording is in step with it to the frame, nearly always; another performance of the same text is
    so only here and there, even by the same signer. nan for clips that are too short or lack the points.
    """
    chosen = sketched_points(real.skeleton)
    (a, here), (b, there) = (held(p.points[:, chosen].astype(float), p.confidence[:, chosen]) for p in (made, real))
    both, frames = here & there, round(STRETCH_SECONDS * real.fps)
    a = smoothed(stretched(a[:, both], len(b)), real.fps)
    b = smoothed(b[:, both], real.fps)
    hit = weight = 0.0
    for start in range(LAGS, len(b) - frames - LAGS + 1, max(1, frames // 2)):
        wanted = b[start : start + frames] - b[start : start + frames].mean(0)
        shifted = [a[start + lag : start + lag + frames] for lag in range(-LAGS, LAGS + 1)]
        misfit = [((piece - piece.mean(0) - wanted) ** 2).sum() for piece in shifted]
        moved = float((wanted**2).sum())
        hit, weight = hit + moved * (int(np.argmin(misfit)) == LAGS), weight + moved
    return hit / weight if weight > 0 else float("nan")
