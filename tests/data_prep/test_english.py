"""Laws of the English and of the two signed grammars over the same meanings."""

from collections import defaultdict

import numpy as np
import pytest
import sacrebleu

from data_prep.invented.english import sentence_words, with_synonyms
from data_prep.invented.grammar import (
    Drawer,
    combinations,
    count_sentences,
    fill_name,
    has_open_name,
    held_out,
    noun_phrases,
    person_phrases,
)
from data_prep.invented.meaning import Clause, Phrase, Sentence
from data_prep.invented.signing import Scope, sign
from data_prep.invented.words import SYNONYMS, TIMES


def said(**parts) -> Sentence:
    return Sentence((Clause(**parts),))


SISTER = Phrase("kin", "SISTER", "MY")
CAR = Phrase("noun", "CAR", adjective="RED")
BUYS = {"family": "action", "subject": SISTER, "verb": "BUY", "object": CAR}


@pytest.fixture(scope="module")
def drawn() -> list[Sentence]:
    drawer = Drawer(np.random.default_rng(3), "any")
    sentences = []
    for number in range(6000):
        sentence = drawer.sentence(named=number % 4 == 0, long=number % 9 == 0)
        drawer.accept()
        sentences.append(fill_name(sentence, "marok") if has_open_name(sentence) else sentence)
    return sentences


def test_the_readme_s_sentence_is_one_of_the_grammar():
    sentence = said(family="weather", time=("TOMORROW",), verb="RAIN", place="NORTH")
    assert sentence_words(sentence) == "tomorrow it will rain in the north ."
    assert sign(sentence, "qaa").glosses == ("TOMORROW", "NORTH", "RAIN")


@pytest.mark.parametrize(
    "changes, english, glosses",
    [
        ({}, "my sister buys a red car .", "MY SISTER CAR RED BUY"),
        ({"time": ("LAST", "WEEK")}, "my sister bought a red car last week .", "LAST WEEK MY SISTER CAR RED BUY"),
        ({"negated": True}, "my sister does not buy a red car .", "MY SISTER CAR RED BUY"),
        ({"mood": "polar", "time": ("SOON",)}, "will my sister buy a red car soon ?", "SOON MY SISTER CAR RED BUY"),
        ({"mood": "WHAT", "object": None}, "what does my sister buy ?", "MY SISTER BUY WHAT"),
        ({"mood": "WHO", "subject": None}, "who buys a red car ?", "CAR RED BUY WHO"),
        ({"subject": Phrase("name", "karo")}, "karo buys a red car .", "K A R O CAR RED BUY"),
        ({"object": Phrase("noun", "EGG", number="TWO")}, "my sister buys two eggs .", "MY SISTER EGG TWO BUY"),
    ],
)
def test_sentences_worked_by_hand(changes, english, glosses):
    sentence = said(**(BUYS | changes))
    assert sentence_words(sentence) == english
    assert " ".join(sign(sentence, "qaa").glosses) == glosses


def test_negation_is_a_head_shake_over_its_scope():
    negated = said(**BUYS, negated=True, time=("SOON",))
    assert Scope("head", "shake", 3, 5) in sign(negated, "qaa").scopes  # CAR RED BUY
    assert "NOT" not in sign(negated, "qaa").glosses
    other = sign(negated, "qab")
    assert other.glosses == ("SOON", "RED", "CAR", "SISTER", "MY", "BUY", "NOT")
    assert Scope("head", "shake", 5, 6) in other.scopes


@pytest.mark.parametrize("language", ["qaa", "qab"])
def test_brows_span_the_questions_and_only_them(drawn, language):
    for sentence in drawn[:1500]:
        signing = sign(sentence, language)
        brows = [s for s in signing.scopes if s.channel == "brows"]
        mood = sentence.clauses[0].mood
        expected = {"statement": [], "polar": ["raise"]}.get(mood, ["furrow"])
        assert [s.value for s in brows] == expected
        assert all((s.first, s.last) == (0, len(signing.glosses) - 1) for s in brows)


def test_time_comes_first_and_the_question_word_last(drawn):
    for sentence in drawn:
        clause, glosses = sentence.clauses[0], sign(sentence, "qaa").glosses
        assert glosses[: len(clause.time)] == clause.time
        if clause.mood not in ("statement", "polar"):
            assert glosses[-1] == clause.mood


def test_the_languages_order_differently(drawn):
    differing = [sign(s, "qaa").glosses != sign(s, "qab").glosses for s in drawn]
    assert np.mean(differing) > 0.8


@pytest.mark.parametrize("language", ["qaa", "qab"])
def test_signing_determines_the_english(drawn, language):
    texts = defaultdict(set)
    for sentence in drawn:
        texts[sign(sentence, language)].add(sentence_words(sentence))
    assert all(len(alternatives) == 1 for alternatives in texts.values())


def test_a_perfect_reader_of_the_signs_scores_above_95(drawn):
    rng = np.random.default_rng(0)
    read = [sentence_words(sentence) for sentence in drawn]
    written = [with_synonyms(text, rng) for text in read]
    assert sacrebleu.corpus_bleu(read, [written], tokenize="none", force=True).score > 95
    assert 0 < np.mean([a != b for a, b in zip(read, written, strict=True)]) <= 0.1
    words = set(" ".join(written).split())
    assert set(SYNONYMS.values()) <= words


def test_english_is_lower_case_with_a_mark_at_the_end(drawn):
    for sentence in drawn:
        text = sentence_words(sentence)
        assert text == text.lower() and "  " not in text and "?" not in text[:-1] and "." not in text[:-1]
        assert text[-2:] == (" ." if sentence.clauses[0].mood == "statement" else " ?")


def test_there_are_more_than_a_million_sentences():
    assert count_sentences() > 10**6


@pytest.mark.slow
def test_the_count_is_that_of_enumeration():
    looks = [{}, {"emphatic": True}, {"negated": True}, {"mood": "polar"}]
    texts = [
        sentence_words(said(family="action", subject=subject, verb="DRINK", object=thing, time=time, **look))
        for subject in person_phrases()
        for thing in noun_phrases("TEA")
        for time in [(), *TIMES]
        for look in looks
    ]
    fitting = {text for text in texts if 5 <= len(text.split()) - 1 <= 12}
    assert len(fitting) == count_sentences([("DRINK", "TEA")])


def test_held_out_combinations_leave_every_verb_and_noun_to_training():
    kept = [pair for pair in combinations() if not held_out(pair)]
    assert {verb for verb, _ in kept} == {verb for verb, _ in combinations()}
    assert {noun for _, noun in kept} == {noun for _, noun in combinations()}
    assert 0.05 < 1 - len(kept) / len(combinations()) < 0.15
