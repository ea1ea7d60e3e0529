"""Pose scores of whole systems: a mean over clips with its interval, failures included."""

from collections.abc import Mapping, Sequence

import numpy as np

from eval.bootstrap import Sample, mean_of
from eval.pose_scores import compare
from eval.rows import failed
from eval.schema import Estimate
from sign_latent.pose.pose import Pose

WORTH_WORKERS = 64
"""Clips from which starting further processes pays."""
ZERO_FOR_NOTHING = ("duration_ratio",)
"""Scores that the stand-in of a failed clip would pass, and that are 0 for it."""


def stand_in(real: Pose) -> Pose:
    """What a failed clip is scored as: all points between the shoulders, motionless, as long as the recording.

    A system cannot gain by failing where it would be far off: any body at all is nearer.
    """
    return Pose(np.zeros_like(real.points), np.ones_like(real.confidence), real.fps, real.skeleton)


def scores_of(made: Pose | None, real: Pose) -> dict[str, float]:
    """All pose scores of one clip, those of the stand-in where it failed."""
    if not failed(made):
        return compare(made, real)
    return {**compare(stand_in(real), real), **dict.fromkeys(ZERO_FOR_NOTHING, 0.0)}


def per_clip(poses: Sequence[Pose | None], real: Sequence[Pose]) -> dict[str, np.ndarray]:
    """Score -> its value for each clip [n]; nan where a clip has no such score. Parallel over clips."""
    from joblib import Parallel, delayed

    jobs = -1 if len(real) >= WORTH_WORKERS else 1

    rows = Parallel(n_jobs=jobs, batch_size=16)(delayed(scores_of)(a, b) for a, b in zip(poses, real, strict=True))
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in names}


def pose_row(runs: Sequence[Mapping[str, np.ndarray]], sample: Sample) -> dict[str, Estimate]:
    """Score -> `Estimate` of a row, from its scores a clip (one mapping a seed); without those no clip has."""
    found = {name: sample.estimate([mean_of(run[name]) for run in runs]) for name in runs[0]}
    return {name: estimate for name, estimate in found.items() if np.isfinite(estimate.value)}
