"""Where the intended signs lie in a clip that keeps its own time: forced alignment in reading order.

Generated clips have no timed glosses and their own tempo, so that neither the recording's times nor a warping of one
motion onto the other tells where a sign should be. The glosses are therefore laid over the clip in their order, each
over the stretch that it fits best, by dynamic programming; a sign that fits nowhere is left out.
"""

import numpy as np

from data_prep.invented.observing import Observation
from data_prep.invented.reading import LONGEST, PASSAGE_COST, SHORTEST, features, look, templates

LONGEST_PASSAGE = 12
"""Frames between two signs, three times those of real signers."""
LEFT_OUT = 2.0
"""Cost a frame from which a sign is not there: a place, orientation or handshape wholly wrong costs up to 1 each."""


def sign_costs(seen: Observation, glosses: tuple[str, ...], language: str) -> np.ndarray:
    """Cost [G, T + 1, D] of each sign over the D frames that end before a frame; infinite where it does not fit in."""
    names, looks, nominal = templates(language)
    rows = [names.index(gloss) for gloss in glosses]
    values = features(seen)
    cost = np.full((len(rows), len(values) + 1, LONGEST + 1), np.inf)
    for length in range(SHORTEST, min(LONGEST, len(values)) + 1):
        starts = np.arange(len(values) - length + 1)
        found = look(values, starts, length)
        for row, template in enumerate(rows):
            apart = ((found - looks[template]) ** 2).sum(1) / (looks.shape[1] / values.shape[1])
            stretch = np.log(length / nominal[template])
            cost[row, starts + length, length] = (apart + 0.05 * stretch**2) * length
    return cost


def align(seen: Observation, glosses: tuple[str, ...], language: str) -> list[tuple[int, int] | None]:
    """Frames (start, end) of each gloss, in order, or None for one that is not there."""
    cost = sign_costs(seen, glosses, language)
    nominal = dict(zip(*templates(language)[::2], strict=True))
    frames = cost.shape[1] - 1
    best = PASSAGE_COST * np.arange(frames + 1)  # cost of everything up to a frame, after the signs so far
    steps: list[np.ndarray] = []
    for row, gloss in enumerate(glosses):
        ready, since = _after_passage(best, free=row == 0)
        total = best + LEFT_OUT * nominal[gloss]
        step = np.full((frames + 1, 2), -1)  # start of the sign, and the frame before the passage; -1: left out
        for length in range(SHORTEST, min(LONGEST, frames) + 1):
            ends = np.arange(length, frames + 1)
            reached = ready[ends - length] + cost[row, ends, length]
            better = reached < total[ends]
            total[ends[better]] = reached[better]
            step[ends[better]] = np.stack([ends - length, since[ends - length]], 1)[better]
        best = total
        steps.append(step)
    return _traced(steps, int(np.argmin(best + PASSAGE_COST * (frames - np.arange(frames + 1)))))


def _after_passage(best: np.ndarray, free: bool) -> tuple[np.ndarray, np.ndarray]:
    """Least cost [T + 1] with a passage before a frame, and where the passage began (`free`: no passage is needed)."""
    ready, since = best.copy(), np.arange(len(best))
    if free:
        return ready, since
    for gap in range(1, LONGEST_PASSAGE + 1):
        later = best[:-gap] + PASSAGE_COST * gap
        better = later < ready[gap:]
        ready[gap:][better] = later[better]
        since[gap:][better] = (np.arange(len(best)) - gap)[gap:][better]
    return ready, since


def _traced(steps: list[np.ndarray], end: int) -> list[tuple[int, int] | None]:
    """The chosen stretches, from the last sign back to the first."""
    spans: list[tuple[int, int] | None] = []
    for step in reversed(steps):
        start, before = (int(x) for x in step[end])
        spans.append(None if start < 0 else (start, end))
        end = end if start < 0 else before
    return spans[::-1]
