"""The lexicon of a language: a form for every gloss, letter and numeral."""

import json
from functools import cache
from pathlib import Path

from data_prep.invented.names import CONSONANTS, VOWELS
from data_prep.invented.phonology import Form
from sign_latent.errors import UserError

LANGUAGES = ("qaa", "qab")
LETTERS = tuple(sorted((VOWELS + CONSONANTS).upper()))
CHANNELS = ("handshape", "location", "orientation", "movement", "hands", "base", "mouth", "gaze")


def lexicon_file(language: str) -> Path:
    """Where the forms of a language are kept."""
    return Path(__file__).parent / "lexicons" / f"{language}.json"


@cache
def lexicon(language: str) -> dict[str, Form]:
    """Form of every gloss, letter (one character) and numeral. UserError for another language than qaa and qab."""
    if language not in LANGUAGES:
        raise UserError(f"signed language '{language}' is not an invented one; the embedded corpus has qaa and qab")
    forms = json.loads(lexicon_file(language).read_text(encoding="utf-8"))
    return {gloss: Form(**form) for gloss, form in forms.items()}
