"""Kinds of sentences, each scored apart: what a mean hides.

Membership comes from the clip alone: its glosses and tiers where it has them, else patterns of its text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from data_prep.invented.grammar import held_out
from data_prep.invented.lexicon import LANGUAGES
from data_prep.invented.words import LINKS, NOUNS, NUMBERS, VERBS
from eval.bootstrap import Sample
from eval.rows import Reading, score_table
from eval.schema import Slice
from sign_latent.corpus.clip import Clip
from sign_latent.text.vocabulary import normalise_text

FEWEST = 30
"""Clips from which a slice is scored."""
LONG = 13
"""Words from which a sentence is long."""
SCORES = ("bleu4", "chrf", "exact", "letters")
NEGATIONS = {
    "en": "no not never nothing nobody none cannot don't doesn't didn't won't isn't aren't wasn't can't",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals nichts niemand",
}
NUMERALS = {
    "en": "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred thousand",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig vierzig fünfzig hundert tausend",
}
"""Spoken language -> words, for texts without glosses."""


@dataclass(frozen=True)
class Kind:
    """What a slice is, and which clips belong to it."""

    about: str
    holds: Callable[[Clip], bool]


def words(clip: Clip) -> list[str]:
    """The words of its text."""
    return [word for word in normalise_text(clip.text).split() if word[0].isalnum()]


def _in_text(clip: Clip, lists: Mapping[str, str]) -> bool:
    return not set(lists.get(clip.spoken_language.split("-")[0], "").split()).isdisjoint(words(clip))


def is_question(clip: Clip) -> bool:
    """A question mark at the end of the text, or raised or furrowed brows over the signing."""
    return clip.text.rstrip().endswith("?") or any(t.channel == "brows" and t.value in _ASKING for t in clip.tiers)


_ASKING = ("raise", "furrow")


def is_negated(clip: Clip) -> bool:
    """A head shake or a sign NOT, or a negating word of the text."""
    shaken = any(tier.channel == "head" and tier.value == "shake" for tier in clip.tiers)
    return shaken or "NOT" in clip.gloss.split() or _in_text(clip, NEGATIONS)


def has_name(clip: Clip) -> bool:
    """At least two letters in a row among the glosses, or a gloss marked as finger-spelled."""
    return re.search(r"(^| )(\w \w($| )|(fs-|#)\w)", clip.gloss, re.IGNORECASE) is not None


def has_number(clip: Clip) -> bool:
    """A numeral among the glosses, digits or a number word in the text."""
    return (
        not _NUMERAL_SIGNS.isdisjoint(clip.gloss.split())
        or bool(re.search(r"\d", clip.text))
        or _in_text(clip, NUMERALS)
    )


_NUMERAL_SIGNS = frozenset(NUMBERS)


def is_long(clip: Clip) -> bool:
    """A text of at least 13 words."""
    return len(words(clip)) >= LONG


def is_new_combination(clip: Clip) -> bool:
    """A verb with an object that training never shows together (of the invented languages; sentences of one clause)."""
    signs = clip.gloss.split()
    if clip.signed_language not in LANGUAGES or not set(LINKS).isdisjoint(signs):
        return False
    return any(held_out((verb, noun)) for verb in signs if verb in VERBS for noun in signs if noun in NOUNS)


SLICES: dict[str, Kind] = {
    "questions": Kind("the text ends with a question mark, or brows ask", is_question),
    "negation": Kind("a head shake, a sign NOT or a negating word", is_negated),
    "names": Kind("a finger-spelled name", has_name),
    "numbers": Kind("a numeral", has_number),
    "long sentences": Kind(f"at least {LONG} words", is_long),
    "held-out combinations": Kind("verb and object that training never shows together", is_new_combination),
}
"""Name -> kind; add one and it is scored."""


def scored_slices(clips: Sequence[Clip], readings: Mapping[str, list[Reading]], sample: Sample) -> dict[str, Slice]:
    """Every slice with the scores of every row; one of fewer than 30 clips is marked and not scored."""
    found = {}
    for name, kind in SLICES.items():
        chosen = np.array([i for i, clip in enumerate(clips) if kind.holds(clip)], dtype=int)
        enough = len(chosen) >= FEWEST
        rows = {}
        if enough:
            part = sample.part(chosen)
            for row, runs in readings.items():
                rows[row] = score_table([_some(reading, chosen) for reading in runs], part, SCORES)
        found[name] = Slice(kind.about, len(chosen), enough, rows)
    return found


def _some(reading: Reading, chosen: np.ndarray) -> Reading:
    """A reading of some of the clips."""
    pick = [(reading.hypotheses[i], reading.texts[i]) for i in chosen]
    hypotheses, texts = [read for read, _ in pick], [text for _, text in pick]
    return replace(reading, hypotheses=hypotheses, texts=texts, nll=reading.nll[chosen])
