"""Uncertainty: resampling of whole clusters, the same draws for every system compared (paired bootstrap)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from eval.schema import Estimate
from sign_latent.resampling import cluster_unit, draw_weights

LEVEL = 0.95
Statistic = Callable[[np.ndarray], np.ndarray]
"""A figure as a function of how often each clip counts: one number of weights [n], one a draw of [draws, n]."""


def each_draw(figure: Callable[[np.ndarray], float]) -> Statistic:
    """The statistic of a figure that is computed from the weights [n] of one draw."""
    return lambda weights: np.apply_along_axis(figure, -1, weights)[()]


def interval(statistic: Statistic, weights: np.ndarray, level: float = LEVEL) -> tuple[float, float]:
    """Percentile interval of a statistic over draws of weights [draws, n]; nan where no draw gives a figure."""
    values = np.asarray(statistic(weights), dtype=float)
    if not np.isfinite(values).any():
        return float("nan"), float("nan")
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass
class Sample:
    """Clips and the draws that all figures about them share."""

    unit: str
    """What a cluster is: source, signer or clip."""
    clusters: np.ndarray
    """Cluster number of each clip [n]."""
    weights: np.ndarray
    """How often each clip counts in each draw [draws, n]."""

    @classmethod
    def of(cls, clips: Sequence, draws: int = 1000) -> "Sample":
        """Draws for clips (anything with `source`, `signer`, `id`)."""
        names = ([getattr(clip, name) for clip in clips] for name in ("source", "signer", "id"))
        unit, clusters = cluster_unit(*names)
        return cls(unit, clusters, draw_weights(clusters, draws))

    def __len__(self) -> int:
        return len(self.clusters)

    def part(self, chosen: np.ndarray) -> "Sample":
        """Draws for some of the clips (indices): their own clusters, resampled among themselves."""
        clusters = np.unique(self.clusters[chosen], return_inverse=True)[1]
        return Sample(self.unit, clusters, draw_weights(clusters, len(self.weights)))

    def estimate(self, statistics: Sequence[Statistic]) -> Estimate:
        """A figure that has one statistic a generation seed: their mean, its interval, and their spread."""
        once = np.ones(len(self))
        each = [float(statistic(once)) for statistic in statistics]
        bounds = interval(lambda w: np.mean([statistic(w) for statistic in statistics], axis=0), self.weights)
        several = len(each) > 1
        spread = float(np.std(each, ddof=1)) if several else None
        return Estimate(float(np.mean(each)), list(bounds), each if several else [], spread)


def ratio_of(above: np.ndarray, below: np.ndarray) -> Statistic:
    """A sum over clips divided by another, of values a clip [n] each; nan where the lower one is not positive."""

    def ratio(weights: np.ndarray) -> np.ndarray:
        total = weights @ below
        return np.divide(weights @ above, np.where(total > 0, total, np.nan))

    return ratio


def minus(a: Statistic, b: Statistic) -> Statistic:
    """One figure minus another, of the same clips."""
    return lambda weights: a(weights) - b(weights)


def mean_of(values: np.ndarray) -> Statistic:
    """The weighted mean of a value a clip [n], over the clips where it is finite; nan where none of them counts."""
    return ratio_of(*mean_parts(values))


def mean_parts(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the finite values as what is summed above and below [n]."""
    known = np.isfinite(values)
    return np.where(known, values, 0.0), known.astype(float)
