"""Means and differences of answers, with intervals that know that raters and items come back."""

from collections.abc import Callable, Sequence

import numpy as np

from eval.bootstrap import draw_weights, interval

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
    spread = finite_interval(lambda w: _mean(values, w), weights)
    return {"value": float(values.mean()), "interval": spread, "answers": len(values)}


def difference(values: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray) -> dict:
    """Mean of values [n] where `first` [n] minus that where `second` [n], under the same draws."""
    if not (first.any() and second.any()):
        return {"value": None, "interval": None}

    def gap(w: np.ndarray) -> float:
        return _mean(values[first], w[first]) - _mean(values[second], w[second])

    return {"value": gap(np.ones(len(values))), "interval": finite_interval(gap, weights)}


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    whole = weights.sum()
    return float(weights @ values / whole) if whole > 0 else float("nan")


def finite_interval(statistic: Callable[[np.ndarray], float], weights: np.ndarray) -> list[float] | None:
    """95 % interval of a statistic of weights [n]; None where it is not known for any draw."""
    low, high = interval(statistic, weights)
    return [low, high] if np.isfinite([low, high]).all() else None
