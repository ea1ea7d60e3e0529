"""Non-manuals of single signs: which are meant, and which are seen on face and head."""

import numpy as np

from data_prep.invented.observing import Observation
from data_prep.invented.phonology import EXPRESSION, Form
from data_prep.invented.reading import marks
from data_prep.invented.signing import Signing

Mark = tuple[str, str]
"""Channel and value, such as ("brows", "raise")."""
LEXICAL = ("mouth", "gaze")


def intended_marks(signing: Signing, forms: dict[str, Form]) -> list[set[Mark]]:
    """What each sign of an utterance is meant to bear: the scopes over it, and its own mouth and gaze."""
    meant: list[set[Mark]] = []
    for index, gloss in enumerate(signing.glosses):
        own = {(channel, getattr(forms[gloss], channel)) for channel in LEXICAL}
        over = {(s.channel, s.value) for s in signing.scopes if s.first <= index <= s.last}
        meant.append({mark for mark in own if mark[1]} | over)
    return meant


def shown_marks(seen: Observation, start: int, end: int) -> set[Mark]:
    """What is seen in frames start..end-1: brows and head as in `reading.marks`, and the strongest mouth and gaze.

    A mouth or gaze is shown when, in half of the frames, its coefficient reaches half of what the language asks for.
    """
    found = {mark for mark, shown in marks(seen, start, end).items() if shown}
    middle = np.median(seen.expression[start:end], axis=0)
    for channel in LEXICAL:
        strength = {value: middle[c] / amount for value, ((c, amount), *_) in EXPRESSION[channel].items()}
        best = max(strength, key=strength.get)
        found |= {(channel, best)} if strength[best] > 0.5 else set()
    return found
