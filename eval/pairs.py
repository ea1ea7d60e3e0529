"""Minimal pairs: where a sign stands that differs from another in one channel only, which of the two is read?

Known for the invented languages. A place is a clip that holds one sign of a pair and not the other; it is read right
where the text read has a word of the right sign and none of its partner's, and as the partner in the opposite case.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from data_prep.invented.lexicon import LANGUAGES
from data_prep.invented.minimal_pairs import MINIMAL_PAIRS
from data_prep.invented.words import (
    FEELINGS,
    FOOD_ADJECTIVES,
    KIN,
    NOUNS,
    OWNERS,
    PERSON_ADJECTIVES,
    PERSONS,
    PLACE_VERBS,
    PLACES,
    PRONOUNS,
    SYNONYMS,
    THING_ADJECTIVES,
    TIMES,
    VERBS,
    WEATHER,
)
from eval.bootstrap import Sample, mean_of
from eval.rows import Reading
from eval.schema import Channel
from sign_latent.corpus.clip import Clip
from sign_latent.text.vocabulary import normalise_text

FEWEST = 30
"""Places from which a channel is scored."""
OUTCOMES = ("right", "partner", "neither")


@dataclass(frozen=True)
class Place:
    """A clip (index) in which a sign stands whose partner does not: the words of both."""

    clip: int
    channel: str
    own: frozenset[str]
    other: frozenset[str]


@cache
def sign_words() -> dict[str, frozenset[str]]:
    """Gloss -> every English word that may stand for it."""
    one = {**OWNERS, **KIN, **PERSONS, **THING_ADJECTIVES, **FOOD_ADJECTIVES, **PERSON_ADJECTIVES, **FEELINGS}
    found: dict[str, set[str]] = {gloss: {word} for gloss, word in one.items()}
    for forms in (PRONOUNS, NOUNS):
        for gloss, words in forms.items():
            found.setdefault(gloss, set()).update(word for word in words if word)
    for gloss, (inflected, *_) in [*VERBS.items(), *PLACE_VERBS.items()]:
        found.setdefault(gloss, set()).update(inflected.split())
    for gloss, (inflected, adjective) in WEATHER.items():
        found.setdefault(gloss, set()).update(inflected.split() or [adjective])
    for gloss, (_, noun) in PLACES.items():
        found.setdefault(gloss, set()).add(noun)
    for signs, (words, _) in TIMES.items():
        for gloss, word in zip(signs, words.split(), strict=True):
            found.setdefault(gloss, set()).add(word)
    return {gloss: frozenset(words | {SYNONYMS[w] for w in words if w in SYNONYMS}) for gloss, words in found.items()}


def places(clips: Sequence[Clip]) -> list[Place]:
    """All places of minimal pairs; none for another language than the invented ones."""
    known, found = sign_words(), []
    for i, clip in enumerate(clips):
        signs = set(clip.gloss.split()) if clip.signed_language in LANGUAGES else set()
        for first, second, channel in MINIMAL_PAIRS:
            for own, other in ((first, second), (second, first)):
                if own in signs and other not in signs:
                    found.append(Place(i, channel, known[own], known[other]))
    return found


def outcome(read: str, place: Place) -> str:
    """`right`, `partner`, or `neither` where no word of the two was read, or words of both."""
    words = set(normalise_text(read).split())
    own, other = not words.isdisjoint(place.own), not words.isdisjoint(place.other)
    return {(True, False): "right", (False, True): "partner"}.get((own, other), "neither")


def scored_pairs(clips: Sequence[Clip], readings: Mapping[str, list[Reading]], sample: Sample) -> dict[str, Channel]:
    """Channel (and `all`) -> how often each row's readings have the right sign; too few places are not scored."""
    found = places(clips)
    channels = dict.fromkeys(["all", *sorted({place.channel for place in found})]) if found else {}
    return {name: _channel([p for p in found if name in ("all", p.channel)], readings, sample) for name in channels}


def _channel(some: list[Place], readings: Mapping[str, list[Reading]], sample: Sample) -> Channel:
    if len(some) < FEWEST:
        return Channel(len(some), False, {})
    at = np.array([place.clip for place in some])
    part = sample.part(at)
    rows = {}
    for row, runs in readings.items():
        read = [[outcome(reading.hypotheses[place.clip], place) for place in some] for reading in runs]
        shares = {name: [mean_of(np.array([100.0 * (o == name) for o in one])) for one in read] for name in OUTCOMES}
        rows[row] = {name: part.estimate(each) for name, each in shares.items()}
    return Channel(len(some), True, rows)
