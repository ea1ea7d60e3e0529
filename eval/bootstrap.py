"""Uncertainty: resampling of whole clusters, the same draws for every system compared (paired bootstrap)."""

from collections.abc import Callable, Sequence

import numpy as np

FEWEST_CLUSTERS = 20
"""With fewer clusters than this their resampling says nothing; the finer unit is taken and named."""


def cluster_unit(sources: Sequence[str], signers: Sequence[str], ids: Sequence[str]) -> tuple[str, np.ndarray]:
    """The coarsest of source, signer and clip with at least 20 values: its name and a cluster number [n] a clip."""
    units = {"source": sources, "signer": signers, "clip": ids}
    name = next((unit for unit, values in units.items() if len(set(values)) >= FEWEST_CLUSTERS), "clip")
    return name, np.unique(np.asarray(units[name]), return_inverse=True)[1]


def draw_weights(clusters: np.ndarray, draws: int = 1000, seed: int = 0) -> np.ndarray:
    """How often each clip counts [draws, n] when whole clusters are drawn with replacement (Efron 1979)."""
    chance, count = np.random.default_rng(seed), int(clusters.max()) + 1
    drawn = chance.multinomial(count, np.full(count, 1 / count), size=draws)
    return drawn[:, clusters]


def interval(statistic: Callable[[np.ndarray], float], weights: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of a statistic of clip weights [n] over the draws."""
    values = np.array([statistic(row) for row in weights])
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
