"""Where the signs of a motion are: known exactly, or not there at all; nothing here guesses.

A sign is (gloss, first frame, frame after the last). Of a part of a longer motion, signs may begin before it or end
after it, so that parts put together tell again what the whole did.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from sign_latent.errors import UserError

Sign = tuple[str, int, int]
LONGEST_GLOSS = 200
"""Characters."""


def ordered(signs: Iterable[Sign]) -> tuple[Sign, ...]:
    """Each once, in the order in which they begin."""
    return tuple(sorted(set(signs), key=lambda sign: (sign[1], sign[2], sign[0])))


def moved(signs: Iterable[Sign], by: int, frames: int) -> tuple[Sign, ...]:
    """So many frames later, of a part of ``frames`` frames: those that are in it, even if only partly."""
    later = ((gloss, start + by, end + by) for gloss, start, end in signs)
    return tuple(sign for sign in later if sign[1] < frames and sign[2] > 0)


def stretched(signs: Iterable[Sign], factor: float) -> tuple[Sign, ...]:
    """Of the same motion with ``factor`` times as many frames, whose frame j shows the time j / factor.

    A sign whose time no frame shows is left out.
    """

    def frame(place: int) -> int:
        return math.ceil(round(place * factor, 6))

    placed = ((gloss, frame(start), frame(end)) for gloss, start, end in signs)
    return tuple(sign for sign in placed if sign[1] < sign[2])


def within(signs: Iterable[Sign], frames: int) -> tuple[Sign, ...]:
    """What of them is in a clip of so many frames, each once: two may have differed beyond it alone."""
    return ordered((gloss, max(start, 0), min(end, frames)) for gloss, start, end in moved(signs, 0, frames))


def to_text(signs: Sequence[Sign]) -> str:
    """As JSON in one line."""
    return json.dumps(list(signs), ensure_ascii=False)


def read_signs(rows: Any, frames: int) -> tuple[Sign, ...]:
    """Signs of a clip of so many frames from what a file says. UserError if it is anything but a list of them."""
    if not isinstance(rows, list) or not all(_is_sign(row, frames) for row in rows):
        raise UserError(
            f"signs are not [[gloss, first frame, frame after the last], …] within {frames} frames; mend or remove them"
        )
    return ordered((gloss, start, end) for gloss, start, end in rows)


def _is_sign(row: Any, frames: int) -> bool:
    if not isinstance(row, list) or [type(value) for value in row] != [str, int, int]:
        return False
    gloss, start, end = row
    return 0 < len(gloss) <= LONGEST_GLOSS and 0 <= start < end <= frames
