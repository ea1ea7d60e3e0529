"""Laws of words and spelling."""

from hypothesis import given
from hypothesis import strategies as st

from sign_latent.text.vocabulary import Vocabulary, normalise_text


def test_examples():
    words = Vocabulary(["my", "name", "is"])
    assert normalise_text("Hello,  World! Don't") == "hello , world ! don't"
    assert words.separate("My name is Mark.") == "my name is m a r k" and "." not in words
    assert normalise_text("हिन्दी में।") == "हिन्दी में ।"
    assert words.separate("हिन्दी") == "हि न् दी"
    assert words.separate("My name — is O'Neil ☂️ 😀!") == "my name is o n e i l"
    assert words.unused("My name — is O'Neil ☂️ 😀!") == ["—", "'", "☂", "\ufe0f", "😀", "!"]


@given(st.text())
def test_normalising_twice_is_once(text):
    assert normalise_text(normalise_text(text)) == normalise_text(text)


@given(st.text(), st.sets(st.text(min_size=1, max_size=5)))
def test_separating_twice_is_once_and_loses_no_letter(text, words):
    vocabulary = Vocabulary(words)
    once = vocabulary.separate(text)
    assert vocabulary.separate(once) == once
    assert list(filter(str.isalnum, once)) == list(filter(str.isalnum, normalise_text(text)))


ODD = st.text(st.sampled_from("aé4 .,!?'’…—%€&«»☂😀👍🏽\u200d\ufe0f\u0301\u20e3\n") | st.characters())
"""Texts full of what is neither letter nor digit."""


@given(ODD, st.sets(ODD.map(normalise_text) | st.sampled_from([".", "?", "😀", "'"])))
def test_nothing_reaches_an_encoder_but_known_words_letters_and_digits(text, words):
    """What else there is, and that alone, is told to be left out."""
    vocabulary = Vocabulary(words)
    kept, left = vocabulary.separate(text).split(), vocabulary.unused(text)
    assert all(piece in vocabulary or any(map(str.isalnum, piece)) for piece in kept)
    assert not any(map(str.isalnum, "".join(left))) and not set(left) & {*kept, *vocabulary.words}
    assert set("".join([*kept, *left])) == set(normalise_text(text)) - {" "} and len(left) == len(set(left))


@given(st.text())
def test_a_known_text_is_only_normalised(text):
    assert Vocabulary(normalise_text(text).split()).separate(text) == normalise_text(text)


def test_building_counts_words():
    texts = ["Rain, rain in Rome"] * 2 + ["rain"]
    assert Vocabulary.build(texts, minimum=4).words == ("rain",)
    assert "rome" in Vocabulary.build(texts, minimum=2) and "rome" not in Vocabulary.build(texts, minimum=3)


def test_letters_of_scripts_that_no_word_has_are_foreign():
    words = Vocabulary(["rain", "снег", "."])
    assert words.foreign("Rain, жук and Žižek — снег!") == []
    assert words.foreign("4 雨 4 rain 😀 ?") == ["4", "雨"]
    assert Vocabulary(["rain", "7"]).foreign("42") == [] and Vocabulary(["."]).foreign("a") == ["a"]
