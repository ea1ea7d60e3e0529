"""What a generator reads: texts or glosses, in the languages that they are in and signed in."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.generation.paragraph import checked_sentences
from sign_latent.text.doubts import doubts_of
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.marks import GLOSS, TEXT, numbered
from sign_latent.text.sentences import clauses
from sign_latent.text.vocabulary import Vocabulary


def kinds_of(card: Card) -> list[str]:
    """Kinds of input, ``text`` or ``gloss``, that the model of a card was trained on."""
    return list((card.text_encoder or {}).get("reads", [TEXT]))


def check_kind(card: Card, gloss: bool) -> None:
    """UserError where the model of a card was not trained on this kind of input."""
    if (GLOSS if gloss else TEXT) not in kinds_of(card):
        remedy = "leave --gloss out" if gloss else "give glosses, with --gloss"
        raise UserError(f"model {card.name} was trained on {' and '.join(kinds_of(card))} alone; {remedy}")


Tell = Callable[[str], None]
"""Takes one line about what is doubtful in a request that is served all the same."""


def warner(card: Card) -> Tell:
    """Warns in Python's way, which commands show in a line of stderr."""
    return lambda doubt: warnings.warn(f"model {card.name}: {doubt}", stacklevel=2)


def longest_of(card: Card, kind: str = TEXT) -> int | None:
    """Words and spelled letters of the longest training input of a kind; None where the card does not say."""
    return (card.text_encoder or {}).get("longest", {}).get(kind)


def in_sentences(
    card: Card, text: str, language: str | None = None, gloss: bool = False, tell: Tell | None = None
) -> list[str]:
    """The sentences of a text, and for one that is longer than any which the model of a card learnt, its clauses.

    UserError as of ``checked_sentences``; a sentence that is signed in clauses is told of.
    """
    parts = checked_sentences(text, language or next(iter(card.languages.get("spoken", [])), None))
    most = longest_of(card, GLOSS if gloss else TEXT)
    if most is None:
        return parts
    length = Vocabulary(card.vocabulary or ()).length
    found = [clause for part in parts for clause in clauses(part, most, length)]
    if len(found) > len(parts):
        (tell or warner(card))(
            f"learnt to sign at most {most} words and spelled letters at once; a longer sentence is signed clause by "
            "clause"
        )
    return found


def tell_of_texts(card: Card, texts: Sequence[str], tell: Tell | None = None, kind: str = TEXT) -> None:
    """Tells of `doubts_of` the texts, of a model that has a vocabulary. Warns where nobody is to be told."""
    tell = tell or warner(card)
    for doubt in doubts_of(Vocabulary(card.vocabulary or ()), texts, longest_of(card, kind)):
        tell(doubt)


def features_of(generator: Any, settings: Any, texts: Sequence[str], options: dict[str, Any]) -> TextFeatures:
    """Features of the inputs of a request, words that the model does not know spelled, with its marks.

    generator: has an encoder and a vocabulary; settings: of its model, which name the marks.
    """
    languages = options["languages"]
    kind = GLOSS if options.get("gloss") else TEXT
    text = generator.encoder.encode([generator.vocabulary.separate(t) for t in texts], languages)
    text.marks = numbered(settings.marks, languages, [kind] * len(texts))
    return text
