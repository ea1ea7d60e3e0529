"""A text is split into its sentences and nothing of it is lost."""

import pytest

from sign_latent.text.sentences import sentences


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Dr. Smith will bring 3.5 apples. Who eats?", "en", ["Dr. Smith will bring 3.5 apples.", "Who eats?"]),
        ("rain comes . anna is here ? yes", None, ["rain comes.", "anna is here?", "yes"]),
        ("Am 3. Mai regnet es. Morgen auch.", "de", ["Am 3. Mai regnet es.", "Morgen auch."]),
        ("你好。今天下雨。", "zh-Hant-TW", ["你好。", "今天下雨。"]),
        ("a title\n\nthe text", "en", ["a title", "the text"]),
        ("broken by\na line", "en", ["broken by a line"]),
        ("One. Two.", "qtx", ["One.", "Two."]),
        ("what do you eat ?", "en", ["what do you eat ?"]),
        ("  \n ", "en", []),
        ("...", "en", ["..."]),
    ],
)
def test_sentences_of_texts(text, language, expected):
    assert sentences(text, language) == expected


def test_what_has_no_words_stays_with_a_sentence():
    found = sentences("It rains. …\n\n—\n\nAnna is here.\n\n* * *")
    assert all(any(c.isalnum() for c in sentence) for sentence in found)
    assert "".join("".join(found).split()) == "Itrains.…—Annaishere.***"
