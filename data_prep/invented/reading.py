"""Reads signing off the geometry alone: which signs, when, and what brows and head say over them.

Every sign is compared with every stretch of frames it could fill; the cheapest chain of signs and passages between
them is found by dynamic programming. It knows the lexicon, not the grammar, and gets no time from the tiers.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from data_prep.invented.body import make_body, points, rotations
from data_prep.invented.lexicon import LETTERS, lexicon
from data_prep.invented.observing import Observation, observe
from data_prep.invented.phonology import EXPRESSION
from data_prep.invented.signing import Scope
from data_prep.invented.tracks import LETTER_FRAMES, REST_FRAMES, Controls, sign_hold

SAMPLES = 6  # looks at a stretch of frames
PASSAGE_COST = 0.11  # a frame between signs; a sign must fit better than that
PASSAGES = (2, 3, 4, 5)
SHORTEST, LONGEST = 4, 16
WEIGHTS = {"place": 3.0, "hand": 0.35, "fingers": 0.30, "face": 0.35}
FACE_COEFFICIENTS = (3, 4, 5, 6, 9, 7, 8)
BROWS = {"raise": 0, "furrow": 1}
HEAD_LIMITS = {"shake": np.radians(10.5), "nod": np.radians(8), "tilt": np.radians(6.5)}


@dataclass(frozen=True)
class Reading:
    """What was read: glosses, their frames (start, end) and the scopes over them."""

    glosses: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    scopes: tuple[Scope, ...]


def features(seen: Observation) -> np.ndarray:
    """[T, F] measurements weighted so that squared differences add up over channels."""
    frames = len(seen)
    parts = [
        WEIGHTS["place"] * seen.place.reshape(frames, -1),
        WEIGHTS["hand"] * seen.hand.reshape(frames, -1),
        WEIGHTS["fingers"] * seen.fingers.reshape(frames, -1),
        WEIGHTS["face"] * seen.expression[:, FACE_COEFFICIENTS],
    ]
    return np.concatenate(parts, axis=1)


def look(values: np.ndarray, starts: np.ndarray, length: int) -> np.ndarray:
    """[S, SAMPLES * F] looks at the stretches of a length that begin at `starts`."""
    at = starts[:, None] + np.linspace(0, length - 1, SAMPLES)
    low = np.floor(at).astype(int)
    high = np.minimum(low + 1, len(values) - 1)
    share = (at - low)[..., None]
    return (values[low] * (1 - share) + values[high] * share).reshape(len(starts), -1)


@cache
def templates(language: str) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Glosses, their features [G, SAMPLES * F] on the canonical signer, and nominal frames [G]."""
    body = make_body(None)
    forms = lexicon(language)
    looks, frames = [], []
    for gloss, form in forms.items():
        length = LETTER_FRAMES if gloss in LETTERS else form.frames
        hold = sign_hold(form, length, body.anchors, 1.0)
        face = np.zeros((length, 10))
        for channel, value in (("mouth", form.mouth), ("gaze", form.gaze)):
            for coefficient, amount in EXPRESSION[channel].get(value, ()):
                face[:, coefficient] = amount
        zeros = np.zeros((length, 3))
        turns, _ = rotations(Controls(hold.place, hold.hand, hold.fingers, face, zeros, zeros), body)
        seen = features(observe(points(turns, face, body.rest)))
        looks.append(look(seen, np.zeros(1, dtype=int), length)[0])
        frames.append(length)
    return tuple(forms), np.stack(looks), np.array(frames)


def _stretch_costs(values: np.ndarray, language: str) -> tuple[np.ndarray, np.ndarray]:
    """Cost a frame [T + 1, D] of the best sign that ends at a frame with a duration, and which sign it is."""
    _, looks, nominal = templates(language)
    frames = len(values)
    cost = np.full((frames + 1, LONGEST + 1), np.inf)
    which = np.zeros((frames + 1, LONGEST + 1), dtype=int)
    norms = (looks**2).sum(1)
    for length in range(SHORTEST, min(LONGEST, frames) + 1):
        starts = np.arange(frames - length + 1)
        seen = look(values, starts, length)
        distance = ((seen**2).sum(1)[:, None] + norms - 2 * seen @ looks.T) / SAMPLES
        stretch = np.abs(np.log(length / nominal))
        distance = distance + 0.05 * stretch**2 + np.where(stretch > 0.45, np.inf, 0.0)
        which[starts + length, length] = distance.argmin(1)
        cost[starts + length, length] = distance.min(1)
    return cost, which


def _chain(cost: np.ndarray) -> list[tuple[int, int]]:
    """Spans (start, end) of the cheapest chain; passages of PASSAGES frames between, any rest before and after."""
    frames = len(cost) - 1
    best = np.full(frames + 1, np.inf)
    best[0] = 0.0  # nothing said
    back: list[tuple[int, int]] = [(0, 0)] * (frames + 1)
    lengths = np.arange(LONGEST + 1)
    for end in range(REST_FRAMES, frames + 1):
        for length in lengths[np.isfinite(cost[end])]:
            start = end - length
            entries = [(PASSAGE_COST * start, 0)]
            entries += [(best[start - gap] + PASSAGE_COST * gap, start - gap) for gap in PASSAGES if start > gap]
            before, came = min(entries)
            total = before + cost[end, length] * length
            if total < best[end]:
                best[end], back[end] = total, (int(start), came)
    end = int(np.argmin(best + PASSAGE_COST * (frames - np.arange(frames + 1))))
    spans = []
    while end:
        start, came = back[end]
        spans.append((start, end))
        end = came
    return spans[::-1]


def read(clip_points: np.ndarray, language: str) -> Reading:
    """Reads points [T, 94, 3] of a right-handed (or mirrored left-handed) clip."""
    seen = observe(clip_points)
    cost, which = _stretch_costs(features(seen), language)
    spans = _chain(cost)
    names = templates(language)[0]
    glosses = tuple(names[which[end, end - start]] for start, end in spans)
    return Reading(glosses, tuple(spans), tuple(_scopes(seen, spans)))


def marks(seen: Observation, start: int, end: int) -> dict[tuple[str, str], bool]:
    """Which non-manuals are shown during one sign."""
    head = seen.head[start:end]
    swing = np.ptp(head, axis=0) / 2
    middle = seen.expression[start:end].mean(0)
    shake = swing[0] > HEAD_LIMITS["shake"]
    return {
        **{("brows", value): bool(middle[coefficient] > 0.6) for value, coefficient in BROWS.items()},
        ("head", "shake"): bool(shake),
        ("head", "nod"): bool(swing[1] > HEAD_LIMITS["nod"]),
        ("head", "tilt"): bool(head[:, 2].mean() > HEAD_LIMITS["tilt"]),
    }


def _scopes(seen: Observation, spans: list[tuple[int, int]]) -> list[Scope]:
    """Runs of signs over which a non-manual is shown."""
    shown = [marks(seen, *span) for span in spans]
    scopes = []
    for channel, value in shown[0] if shown else ():
        first = None
        for index in range(len(shown) + 1):
            now = index < len(shown) and shown[index][channel, value]
            if now and first is None:
                first = index
            if not now and first is not None:
                scopes.append(Scope(channel, value, first, index - 1))
                first = None
    return scopes
