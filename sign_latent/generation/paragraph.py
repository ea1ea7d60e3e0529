"""A text of any length as what is signed one after the other: its sentences, their seeds and their lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sign_latent.errors import UserError
from sign_latent.generation.request import LONGEST_CLIP
from sign_latent.text.checks import LONGEST_TEXT, check_text
from sign_latent.text.sentences import sentences
from sign_latent.training import step_seed


def checked_sentences(text: str, language: str | None = None) -> list[str]:
    """The sentences of a text. UserError for a text that is empty, wordless or undecodable, and for a sentence that is
    overlong.
    """
    check_text(text, longest=None)
    parts = sentences(text, language)
    for number, part in enumerate(parts, 1):
        if len(part) > LONGEST_TEXT:
            which = f"sentence {number} of {len(parts)}, '{part[:20]}…', is" if len(parts) > 1 else "text is a sentence"
            raise UserError(
                f"{which} of {len(part)} characters; give at most {LONGEST_TEXT} a sentence, and end sentences with "
                "a full stop or an empty line"
            )
    return parts


def sentence_seed(seed: int, place: int) -> int:
    """The seed of the sentence at a place; that of the first is the text's own, so that one sentence is a clip."""
    return step_seed(seed, place, _SENTENCE) if place else seed


def check_frames(frames: int, sentences: int) -> None:
    """UserError for a length that no text of so many sentences may have."""
    if not 1 <= frames <= sentences * LONGEST_CLIP:
        raise UserError(f"frames {frames}: give 1 to {sentences * LONGEST_CLIP} frames")


def shared(frames: int, weights: Sequence[float]) -> list[int]:
    """How many of ``frames`` each sentence gets, by its weight; one at least, of which the frames are to be enough."""
    count = len(weights)
    ends = np.round(np.cumsum(weights) / np.sum(weights) * (frames - count)).astype(int) + np.arange(1, count + 1)
    return np.diff(ends, prepend=0).tolist()


def words(sentences: Sequence[str]) -> list[int]:
    """How many words each sentence has."""
    return [len(sentence.split()) for sentence in sentences]


_SENTENCE = 3
"""The stream of random numbers that seeds of later sentences are drawn from."""
