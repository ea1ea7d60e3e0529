"""Text scores against cases computed by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.text_scores import TextScores, edits, f_measure, mean_nll, signatures

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


def test_chrf_by_hand():
    # Characters without spaces: unigrams a b against a c, one of two; the bigrams ab and ac differ; no longer ones.
    # Precision and recall are (1/2 + 0) / 2, and so is every F of them.
    assert TextScores(["ab"], ["ac"]).table()["chrf"] == pytest.approx(25)
    # a b c against a b: precisions 2/3, 1/2 and recalls 1, 1 of unigrams and bigrams; trigrams are in one of them only.
    p, r = (2 / 3 + 1 / 2) / 2, 1
    assert TextScores(["abc"], ["ab"]).table()["chrf"] == pytest.approx(100 * 5 * p * r / (4 * p + r))


def test_words_of_any_script_are_compared_whole():
    """rouge-score's own words are runs of a-z and digits, under which these two would be equal."""
    table = TextScores(["grüße"], ["größe"]).table()
    assert table["rouge_l"] == table["rouge_l_legacy"] == 0
    assert TextScores(["वर्षा होगी ।"], ["वर्षा होगी"]).table()["rouge_l"] == pytest.approx(100)


def test_rouge_is_rouge_scores_on_plain_english():
    from rouge_score.rouge_scorer import RougeScorer

    made, true = ["It will rain, tomorrow.", "the man eats"], ["It will not rain tomorrow!", "the old man eats ."]
    plain = [RougeScorer(["rougeL"]).score(t, m)["rougeL"].fmeasure for m, t in zip(made, true, strict=True)]
    assert TextScores(made, true).table()["rouge_l"] == pytest.approx(100 * np.mean(plain))


def test_failures_count_in_every_text_score():
    whole, part = (TextScores([x, "f g h i j"], ["a b c d e", "f g h i j"]).table() for x in ("a b c d e", ""))
    # Half the words are there, all of them right: BLEU is its brevity penalty exp(1 - 10 / 5).
    assert part["bleu4"] == pytest.approx(100 * math.exp(-1)) and part["wer"] == 50
    assert part["rouge_l"] == part["exact"] == 50
    assert part["chrf"] < whole["chrf"] == 100


def test_a_failure_has_the_likelihood_of_a_reader_who_sees_nothing():
    assert mean_nll(np.array([0.5, np.nan, 1.5]), np.array([4.0, 7.0, 5.0])) == pytest.approx((0.5 + 7 + 1.5) / 3)


def test_signatures_are_complete():
    found = signatures()
    assert found["bleu"].startswith("nrefs:1|case:lc|eff:no|tok:13a|smooth:exp|version:")
    assert found["chrf"].startswith("nrefs:1|case:lc|eff:yes|nc:6|nw:0|space:no|version:")
    assert "beta:1.2" in found["rouge_l"] and "rouge-score 0." in found["rouge_l"]
