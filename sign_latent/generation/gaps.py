"""What the text is worth at each noise step: errors and relative gaps, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sign_latent.resampling import mean_intervals


def by_step(errors: Mapping[str, np.ndarray], seed: int, clusters: np.ndarray | None = None) -> dict[str, Any]:
    """Of errors [S, clips] with ``matched`` text and others, such as ``shuffled``: intervals of each, and at each step
    the gap of the others to the first, relative to the mean of the first, with its interval.

    clusters [clips]: what the bootstrap draws whole.
    """
    found: dict[str, Any] = {f"error_{name}_intervals": mean_intervals(e, seed, clusters) for name, e in errors.items()}
    for name in (name for name in errors if name != "matched"):
        gap = (errors[name] - errors["matched"]) / errors["matched"].mean(1, keepdims=True)
        found[f"gap_{name}_by_step"] = gap.mean(1).tolist()
        found[f"gap_{name}_by_step_intervals"] = mean_intervals(gap, seed, clusters)
    return found


def touching_zero(steps: Sequence[float], intervals: Sequence[Sequence[float]]) -> list[float]:
    """Steps at which the gap cannot be told from nothing."""
    return [step for step, (low, _) in zip(steps, intervals, strict=True) if not low > 0]


def unheard(found: Mapping[str, Any]) -> list[str]:
    """Words for the card where a judge (`back_translation`) was not shown to find the text in a generator's clips."""
    words = {"shuffled": "as their own texts rather than others'", "empty": "better than clips of no text"}
    said = {"BLEU-4": "bleu4", "likelihood": "nll"}
    lost = {
        name: [shown for shown, key in said.items() if not found.get(f"gap_{key}_{name}_interval", (1,))[0] > 0]
        for name in words
    }
    return [
        f"{found['judge']} was not shown to read its clips {words[name]}: the interval of that gap in "
        f"{' and '.join(which)} touches zero"
        for name, which in lost.items()
        if which
    ]
