"""Text scores against cases computed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.text_scores import TextScores, edits, f_measure, signatures

WORDS = st.lists(st.sampled_from("abc"), max_size=6)


def test_bleu_by_hand():
    scores = TextScores(["a b c d e"], ["a b c d f"])
    # n-gram precisions 4/5, 3/4, 2/3, 1/2, equal lengths
    assert scores.bleu() == pytest.approx(100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)
    assert scores.bleu(order=1) == pytest.approx(80)
    assert scores.bleu(order=2) == pytest.approx(100 * math.sqrt(4 / 5 * 3 / 4))


def test_a_short_hypothesis_pays_the_brevity_penalty():
    assert TextScores(["a b c d"], ["a b c d e"]).bleu() == pytest.approx(100 * math.exp(1 - 5 / 4))


def test_corpus_bleu_is_sacrebleus():
    from sacrebleu.metrics import BLEU

    made, true = ["it will rain .", "the man eats", "x y z w v"], ["it will rain now .", "the man eats .", "a b c d e"]
    assert TextScores(made, true).bleu() == pytest.approx(BLEU(lowercase=True).corpus_score(made, [true]).score)


def test_weights_count_sentences_as_often_as_repetition_does():
    made, true = ["a b c d e", "f g h i", "a b x d e"], ["a b c d f", "f g h i j", "a b c d e"]
    again = TextScores([made[i] for i in (0, 0, 2)], [true[i] for i in (0, 0, 2)])
    assert TextScores(made, true).bleu(np.array([2, 0, 1])) == pytest.approx(again.bleu())


def test_truth_scores_full_and_a_failure_nothing():
    table = TextScores(["It will rain."], ["it will rain ."]).table()
    assert [table[name] for name in ("bleu4", "chrf", "rouge_l", "exact")] == pytest.approx([100] * 4)
    assert table["wer"] == 0
    empty = TextScores([""], ["it will rain ."]).table()
    assert [empty[name] for name in ("bleu4", "rouge_l", "exact")] == [0, 0, 0]
    assert empty["wer"] == 100


def test_word_errors_by_hand():
    assert edits(["a", "b", "c"], ["a", "x", "c", "d"]) == 2
    assert TextScores(["a b c", "d"], ["a x c d", "d"]).table()["wer"] == pytest.approx(100 * 2 / 5)


@given(WORDS, WORDS, WORDS)
def test_word_errors_are_a_distance(a, b, c):
    assert edits(a, b) == edits(b, a) >= abs(len(a) - len(b))
    assert (edits(a, b) == 0) == (a == b)
    assert edits(a, c) <= edits(a, b) + edits(b, c)


def test_rouge_by_hand():
    table = TextScores(["police kill the gunman"], ["police killed the gunman today"]).table()
    # longest common subsequence: police the gunman, 3 of 4 words and 3 of 5
    p, r = 3 / 4, 3 / 5
    assert table["rouge_l"] == pytest.approx(100 * 2 * p * r / (p + r))
    assert table["rouge_l_legacy"] == pytest.approx(100 * 2.44 * p * r / (r + 1.44 * p))
    assert f_measure(0.0, 0.0) == 0


def test_signatures_state_the_tokenizer_and_the_version():
    assert "tok:13a" in signatures()["bleu"] and "version:" in signatures()["chrf"]
