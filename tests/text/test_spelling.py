"""The place of a letter in a spelled word does not hang on where the word stands."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sign_latent.text.encoder import TextEncoder
from sign_latent.text.spelling import COLUMNS, spelled_letters, spelling_columns

WORD = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzéß"), min_size=2, max_size=9)


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.load(spelling=True)


def of_letters(encoder: TextEncoder, text: str, word: str) -> torch.Tensor:
    """The columns of the letters of a word that is spelled once in a text [letters, COLUMNS]."""
    columns = encoder.encode([text]).tokens[0, :, -COLUMNS:]
    found = columns[columns.any(-1)]
    assert len(found) == len(word)
    return found


def test_letters_are_counted_from_both_ends_of_their_word():
    assert list(spelled_letters("will m a r k see x o")) == [
        *((5, 0, 3), (7, 1, 2), (9, 2, 1), (11, 3, 0)),
        *((17, 0, 1), (19, 1, 0)),
    ]


def test_a_letter_alone_is_a_word():
    assert list(spelled_letters("did i see a dog ?")) == []


@given(WORD, st.lists(WORD, max_size=4), st.lists(WORD, max_size=4))
def test_the_word_before_and_after_changes_nothing(word, before, after):
    text = " ".join([*before, *word, *after])
    found = [(i, rest) for _, i, rest in spelled_letters(text)]
    assert found == [(i, len(word) - 1 - i) for i in range(len(word))]


@given(st.integers(2, 12))
def test_no_two_letters_of_a_word_have_the_same_columns(count):
    text = " ".join("a" * count)
    rows = spelling_columns(text, [(2 * i, 2 * i + 1) for i in range(count)])
    apart = np.linalg.norm(rows[:, None] - rows[None], axis=-1)
    assert (apart[~np.eye(count, dtype=bool)] > 0.5).all()


def test_a_name_is_told_in_the_same_way_wherever_it_stands(encoder):
    first = of_letters(encoder, "m a r k will come tomorrow", "mark")
    last = of_letters(encoder, "tomorrow they will see m a r k", "mark")
    torch.testing.assert_close(first, last)


def test_padding_and_what_is_no_letter_have_none(encoder):
    read = encoder.encode(["the house is big", "e v a", ""])
    assert not read.tokens[[0, 2], :, -COLUMNS:].any()
    assert read.tokens[1, :, -COLUMNS:].any(-1).tolist()[:5] == [False, True, True, True, False]
    plain = TextEncoder.load().encode(["the house is big", "e v a", ""])
    torch.testing.assert_close(read.tokens[..., :-COLUMNS], plain.tokens)


def test_the_card_brings_the_columns_back(encoder):
    from sign_latent.text.installed import installed

    assert encoder.width == TextEncoder.load().width + COLUMNS
    assert installed(encoder.description).width == encoder.width
    assert installed(TextEncoder.load().description).width == encoder.width - COLUMNS
