"""What a generator reads: texts or glosses, in the languages that they are in and signed in."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.marks import GLOSS, TEXT, numbered
from sign_latent.text.vocabulary import Vocabulary


def kinds_of(card: Card) -> list[str]:
    """Kinds of input, ``text`` or ``gloss``, that the model of a card was trained on."""
    return list((card.text_encoder or {}).get("reads", [TEXT]))


def check_kind(card: Card, gloss: bool) -> None:
    """UserError where the model of a card was not trained on this kind of input."""
    if (GLOSS if gloss else TEXT) not in kinds_of(card):
        remedy = "leave --gloss out" if gloss else "give glosses, with --gloss"
        raise UserError(f"model {card.name} was trained on {' and '.join(kinds_of(card))} alone; {remedy}")


def warn_of_foreign(card: Card, texts: Sequence[str]) -> None:
    """Warns of letters and digits that no word of the model's vocabulary has: it can hardly have learnt to spell them.

    A model without a vocabulary is not asked.
    """
    known = Vocabulary(card.vocabulary or ())
    if found := known.foreign(" ".join(texts)) if known else []:
        said = " ".join(found[:10]) + (" …" if len(found) > 10 else "")
        warnings.warn(
            f"model {card.name}: no word that it knows is written in the script of {said}; what is signed for them may "
            "mean nothing",
            stacklevel=4,
        )


def features_of(generator: Any, settings: Any, texts: Sequence[str], options: dict[str, Any]) -> TextFeatures:
    """Features of the inputs of a request, words that the model does not know spelled, with its marks.

    generator: has an encoder and a vocabulary; settings: of its model, which name the marks.
    """
    languages = options["languages"]
    kind = GLOSS if options.get("gloss") else TEXT
    text = generator.encoder.encode([generator.vocabulary.separate(t) for t in texts], languages)
    text.marks = numbered(settings.marks, languages, [kind] * len(texts))
    return text
