"""Resampling of whole clusters of clips: those of one source are not independent (Efron 1979)."""

from __future__ import annotations

from collections.abc import Sequence

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


def mean_intervals(
    values: np.ndarray, seed: int, clusters: np.ndarray | None = None, draws: int = 2000
) -> list[list[float]]:
    """95 % percentile intervals of the means of values [S, n], with the same draws of clips for all rows.

    clusters [n]: what is drawn whole, numbered at will; without them each clip is one of its own.
    """
    own = np.arange(values.shape[1]) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    weights = draw_weights(own, draws, seed)
    means = values @ weights.T / weights.sum(1)
    return np.quantile(means, [0.025, 0.975], axis=1).T.tolist()


def mean_interval(
    values: np.ndarray, seed: int, clusters: np.ndarray | None = None, draws: int = 2000
) -> tuple[float, float]:
    """The same of one mean, of values [n]."""
    low, high = mean_intervals(values[None], seed, clusters, draws)[0]
    return low, high
