"""How sure a distance between sets of features is, and how much of it is due to the number of clips.

A Fréchet distance is biased: of n clips of one kind each it is above zero, by about a constant over n (Chong and
Forsyth, "Effectively unbiased FID", CVPR 2020). Windows of one clip are alike, which biases a kernel distance in the
same way. Resampling with replacement would add to both, since it repeats clips. Here the distance is computed of random
halves of the clips (without replacement; both sets keep the same clips): halves spread about their mean as all clips do
about the truth (the delete-half jackknife: Shao and Wu 1989), and their mean lies above the value of all by about the
bias that this has. So `limit`, twice the value minus that mean, is what unlimited clips would come to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eval import distribution
from eval.bootstrap import LEVEL, Sample
from eval.schema import Estimate

FEWEST_CLUSTERS = 8
"""Clusters of clips from which halves are drawn."""
MOST = 100
"""Halves that are drawn: each costs as much as the distance."""
DISTANCES = {"fid": distribution.frechet, "kid": distribution.kernel_distance}
LIMIT = "_limit"
"""Behind the name of a distance: what it would come to with unlimited clips."""
WIDEST = 512
"""Features of more numbers are given without an interval: a Fréchet distance of them takes minutes a hundred times."""


Distance = Callable[[np.ndarray, np.ndarray], float]


@dataclass
class Features:
    """Features [m, W] and the clip [m] that each is of."""

    values: np.ndarray
    clips: np.ndarray

    @classmethod
    def of(cls, clips: list[np.ndarray]) -> Features:
        """From features [m, W] of each clip in order."""
        return cls(np.concatenate(clips), np.repeat(np.arange(len(clips)), [len(some) for some in clips]))

    def among(self, chosen: np.ndarray) -> np.ndarray:
        """Those of some clips (bool [n])."""
        return self.values[chosen[self.clips]]


def halves(sample: Sample, draws: int, seed: int = 0) -> np.ndarray:
    """Random halves of the clusters as bool [draws, n] of their clips; none where there are too few clusters."""
    count = int(sample.clusters.max()) + 1
    if count < FEWEST_CLUSTERS:
        return np.zeros((0, len(sample)), bool)
    chance = np.random.default_rng(seed)
    ranks = chance.random((min(draws, MOST), count)).argsort(1)
    return (ranks < count // 2)[:, sample.clusters]


def distances(made: Features, real: Features, some: np.ndarray) -> tuple[dict[str, Estimate], list[str]]:
    """`fid`, `kid`, and the limit of each, with intervals over halves of the clips; and why some are missing."""
    scores = distribution.scores(made.values, real.values)
    refused = [str(value) for name, value in scores.items() if name.endswith("_refused")]
    found: dict[str, Estimate] = {}
    for name, distance in DISTANCES.items():
        if np.isfinite(value := float(scores[name])):
            found |= estimates(name, distance, value, made, real, some)
    return found, refused


def estimates(
    name: str, distance: Distance, value: float, made: Features, real: Features, some: np.ndarray
) -> dict[str, Estimate]:
    """A distance that was found to be `value` with its interval, and its limit; without halves the value alone.

    Of very wide features too: their Fréchet distance takes too long to be computed so often.
    """
    if not len(some) or made.values.shape[1] > WIDEST:
        return {name: Estimate(value)}
    each = np.array([distance(made.among(half), real.among(half)) for half in some])
    low, high = _bounds(each - each.mean())
    limit = 2 * value - float(each.mean())
    return {key: Estimate(x, [x + low, x + high]) for key, x in {name: value, f"{name}{LIMIT}": limit}.items()}


def of_one_kind(real: Features, some: np.ndarray) -> dict[str, Estimate]:
    """Distances of one half of the recordings from the other: what sets of one kind score, of half as many clips."""
    if not len(some) or real.values.shape[1] > WIDEST:
        return {}
    found = {}
    for name, distance in DISTANCES.items():
        each = np.array([distance(real.among(half), real.among(~half)) for half in some])
        found[name] = Estimate(float(each.mean()), list(_bounds(each)))
    return found


def _bounds(values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
