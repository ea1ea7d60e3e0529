"""What the text is worth at each noise step: errors and relative gaps, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def step_intervals(values: np.ndarray, seed: int, resamples: int = 2000) -> list[list[float]]:
    """95 % percentile intervals of the means of values [S, clips]: the same draws of clips for all steps."""
    chance, clips = np.random.default_rng(seed), values.shape[1]
    counts = chance.multinomial(clips, np.full(clips, 1 / clips), size=resamples)
    return np.quantile(values @ counts.T / clips, [0.025, 0.975], axis=1).T.tolist()


def by_step(errors: Mapping[str, np.ndarray], seed: int) -> dict[str, Any]:
    """Of errors [S, clips] with ``matched``, ``shuffled`` and ``empty`` text: intervals of each, and at each step the
    gap of the last two to the first, relative to the mean of the first, with its interval.
    """
    found: dict[str, Any] = {f"error_{name}_intervals": step_intervals(e, seed) for name, e in errors.items()}
    for name in ("shuffled", "empty"):
        gap = (errors[name] - errors["matched"]) / errors["matched"].mean(1, keepdims=True)
        found[f"gap_{name}_by_step"] = gap.mean(1).tolist()
        found[f"gap_{name}_by_step_intervals"] = step_intervals(gap, seed)
    return found


def touching_zero(steps: Sequence[float], intervals: Sequence[Sequence[float]]) -> list[float]:
    """Steps at which the gap cannot be told from nothing."""
    return [step for step, (low, _) in zip(steps, intervals, strict=True) if not low > 0]
