"""How far raters agree with each other, and with themselves."""

from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from eval.bootstrap import draw_weights, each_draw
from eval.human.scores import DRAWS, finite_interval

NOMINAL, ORDINAL = "nominal", "ordinal"


def coincidences(units: Iterable[Sequence[int]], values: int) -> np.ndarray:
    """[U, V, V] pairs of values within each unit that has two or more, each unit weighing as much as it has values.

    A unit is what several raters judged; its values are numbers below `values` (Krippendorff 2011, step 2).
    """
    tables = []
    for unit in units:
        if len(unit) > 1:
            counts = np.bincount(unit, minlength=values).astype(float)
            tables.append((np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1))
    return np.array(tables).reshape(-1, values, values)


def krippendorff_alpha(table: np.ndarray, level: str) -> float:
    """α = 1 − (n − 1) Σ o δ² / Σ n_c n_k δ² of coincidences [V, V], "nominal" or "ordinal" (Krippendorff 2011).

    1 is perfect agreement, 0 that of chance. nan where nothing differs, or no unit was judged twice.
    """
    counts = table.sum(1)
    apart = _DISTANCES[level](counts)
    expected = counts @ apart @ counts
    return float(1 - (counts.sum() - 1) * (table * apart).sum() / expected) if expected > 0 else float("nan")


def _ordinal(counts: np.ndarray) -> np.ndarray:
    """δ² between ranks: all values between two of them, and half of each of the two, squared."""
    ranks = np.cumsum(counts) - counts / 2
    return (ranks[:, None] - ranks) ** 2


_DISTANCES = {ORDINAL: _ordinal, NOMINAL: lambda counts: 1.0 - np.eye(len(counts))}


def agreement(
    units: Sequence[Hashable], items: Sequence[str], values: Sequence[int], count: int, level: str, draws: int = DRAWS
) -> dict:
    """α of values (numbers below `count`) with its 95 % interval over resampled items, and how many units it rests on.

    `units` and `items` say of each value what was judged and what it is about. None where α is not known.
    """
    judged: dict[tuple[str, Hashable], list[int]] = {}
    for item, unit, value in zip(items, units, values, strict=True):
        judged.setdefault((item, unit), []).append(value)
    shared = {name: given for name, given in judged.items() if len(given) > 1}
    if not shared:
        return {"alpha": None, "interval": None, "level": level, "units": 0}
    clusters = np.unique([item for item, _ in shared], return_inverse=True)[1]
    tables = coincidences(shared.values(), count)

    def drawn(weights: np.ndarray) -> float:
        return krippendorff_alpha(np.tensordot(weights, tables, 1), level)

    alpha = drawn(np.ones(len(tables)))
    if not np.isfinite(alpha):  # nothing varies
        return {"alpha": None, "interval": None, "level": level, "units": len(shared)}
    spread = finite_interval(each_draw(drawn), draw_weights(clusters, draws))
    return {"alpha": alpha, "interval": spread, "level": level, "units": len(shared)}


def consistency(first: Sequence[float | str], again: Sequence[float | str]) -> dict:
    """Of answers given twice by one rater: how many, which share is the same, and the mean distance of numbers."""
    both = list(zip(first, again, strict=True))
    same = float(np.mean([a == b for a, b in both])) if both else None
    apart = [abs(a - b) for a, b in both if not isinstance(a, str) and not isinstance(b, str)]
    return {"asked_twice": len(both), "same": same, "mean_distance": float(np.mean(apart)) if apart else None}
