"""Pose scores of the rows of a report, with their intervals; what is scored is `eval.pose_scores`."""

from collections.abc import Sequence

import numpy as np

from eval.bootstrap import Sample
from eval.pose_scores import ClipScores, statistics
from eval.schema import Estimate


def pose_row(runs: Sequence[Sequence[ClipScores]], sample: Sample) -> dict[str, Estimate]:
    """Score -> `Estimate` of a row, from the scores of its clips under each seed; without those no clip has."""
    seeds = [statistics(rows) for rows in runs]
    found = {name: sample.estimate([seed[name] for seed in seeds]) for name in seeds[0]}
    return {name: estimate for name, estimate in found.items() if np.isfinite(estimate.value)}
