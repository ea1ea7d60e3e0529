"""A text is split into its sentences and nothing of it is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sign_latent.text.sentences import clauses, sentences


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


def words(text):
    return len(text.split())


@pytest.mark.parametrize(
    ("sentence", "longest", "expected"),
    [
        ("it rains, anna is here.", 5, ["it rains, anna is here."]),
        ("it rains, anna is here.", 4, ["it rains,", "anna is here."]),
        ("it rains, he eats, anna is here.", 4, ["it rains, he eats,", "anna is here."]),
        ("at 12:30 anna has 3,000 well-known apples.", 2, ["at 12:30 anna has 3,000 well-known apples."]),
        ("it rains – anna is here—he eats - yes.", 3, ["it rains", "anna is here", "he eats yes."]),
        ("今天下雨，安娜在这里；他吃。", 0, ["今天下雨，", "安娜在这里；", "他吃。"]),
        ("إنها تمطر، آنا هنا.", 2, ["إنها تمطر،", "آنا هنا."]),
        ("it rains, , anna is here", 3, ["it rains, ,", "anna is here"]),
    ],
)
def test_a_sentence_that_is_too_long_is_taken_apart_at_its_clauses_alone(sentence, longest, expected):
    assert clauses(sentence, longest, words) == expected


@given(st.text(st.sampled_from("ab3 ,;:—-.،，")), st.integers(0, 6))
def test_no_word_is_lost_and_what_can_be_short_is(sentence, longest):
    found = clauses(sentence, longest, words)
    assert [c for c in "".join(found) if c.isalnum()] == [c for c in sentence if c.isalnum()]
    assert all(any(c.isalnum() for c in clause) for clause in found) or len(found) <= 1
    again = [part for clause in found for part in clauses(clause, longest, words)]
    assert len(again) == len(found)  # none can be shorter
