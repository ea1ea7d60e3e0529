"""Means and differences of answers, with intervals that know that raters and items come back."""

from collections.abc import Sequence

import numpy as np

from eval.bootstrap import Statistic, draw_weights, interval, mean_of

DRAWS = 1000


def crossed_weights(raters: Sequence[str], items: Sequence[str], draws: int = DRAWS, seed: int = 0) -> np.ndarray:
    """How often each answer counts [draws, n] when raters and items are both drawn anew (Owen 2007, the pigeonhole
    bootstrap): two answers of one rater, or about one item, are not two independent ones."""
    if not len(raters):
        return np.zeros((1, 0))
    rater, item = (np.unique(np.asarray(names), return_inverse=True)[1] for names in (raters, items))
    return draw_weights(rater, draws, 2 * seed) * draw_weights(item, draws, 2 * seed + 1)


def mean(values: np.ndarray, weights: np.ndarray) -> dict:
    """Mean of values [n], 95 % interval over weights [draws, n]; None where there is no value."""
    if not len(values):
        return {"value": None, "interval": None, "answers": 0}
    spread = finite_interval(mean_of(values), weights)
    return {"value": float(values.mean()), "interval": spread, "answers": len(values)}


def difference(values: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> dict:
    """Mean of values [n] where `first` [n] minus that where `second` [n], under the same draws."""
    if not (first.any() and second.any()):
        return {"value": None, "interval": None}

    def gap(w: np.ndarray) -> np.ndarray:
        return mean_of(values[first])(w[..., first]) - mean_of(values[second])(w[..., second])

    return {"value": float(gap(np.ones(len(values)))), "interval": finite_interval(gap, weights)}


def finite_interval(statistic: Statistic, weights: np.ndarray) -> list[float] | None:
    """95 % interval of a statistic over draws of weights [draws, n]; None where it is not known for any draw."""
    low, high = interval(statistic, weights)
    return [low, high] if np.isfinite([low, high]).all() else None
