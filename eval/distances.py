"""Pose scores of whole systems: a mean over clips with its interval, failures included."""

from collections.abc import Mapping, Sequence

import numpy as np

from eval.bootstrap import Sample, mean_of
from eval.pose_scores import compare
from eval.schema import Estimate
from sign_latent.pose.pose import Pose

WORTH_WORKERS = 64
"""Clips from which starting further processes pays."""


def per_clip(poses: Sequence[Pose | None], real: Sequence[Pose]) -> dict[str, np.ndarray]:
    """Score -> its value for each clip [n]; nan where a clip has no such score. Parallel over clips."""
    from joblib import Parallel, delayed

    jobs = -1 if len(real) >= WORTH_WORKERS else 1

    rows = Parallel(n_jobs=jobs, batch_size=16)(delayed(compare)(a, b) for a, b in zip(poses, real, strict=True))
    names = sorted({name for row in rows for name in row})
    return {name: np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in names}


def pose_row(runs: Sequence[Mapping[str, np.ndarray]], sample: Sample) -> dict[str, Estimate]:
    """Score -> `Estimate` of a row, from its scores a clip (one mapping a seed); without those no clip has."""
    found = {name: sample.estimate([mean_of(run[name]) for run in runs]) for name in runs[0]}
    return {name: estimate for name, estimate in found.items() if np.isfinite(estimate.value)}
