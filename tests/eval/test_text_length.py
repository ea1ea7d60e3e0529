"""Lengths are learned from words, and repeated texts bound what can be learned."""

import numpy as np
import pytest

from eval.text_length import TextLength, median_deviation, repeated_spread


def test_lengths_that_words_determine_are_predicted():
    chance = np.random.default_rng(0)
    factors = {word: float(f) for word, f in zip("abcdefgh", chance.uniform(0.9, 1.4, 8), strict=True)}
    texts = [" ".join(chance.choice(list("abcdefgh"), size=chance.integers(2, 7))) for _ in range(400)]
    seconds = np.array([np.prod([factors[word] for word in text.split()]) for text in texts])
    model = TextLength.fit(texts[:300], seconds[:300])
    assert model.log_seconds(texts[300:]) == pytest.approx(np.log(seconds[300:]), abs=0.05)


def test_rare_words_count_by_their_letters():
    texts = [f"name{'x' * n}" + "y" * i for n in range(1, 11) for i in range(3)]
    seconds = np.exp([0.1 * len(text) for text in texts])
    assert TextLength.fit(texts, seconds).log_seconds(["z" * 12])[0] == pytest.approx(1.2, abs=0.1)


def test_repeated_texts_by_hand():
    spread, pairs = repeated_spread(["a", "b", "A", "c", "a"], np.exp([0.0, 5.0, 0.2, 9.0, 0.6]))
    assert pairs == 2 and spread == pytest.approx(0.3 / np.sqrt(2))
    assert np.isnan(repeated_spread(["a", "b"], np.ones(2))[0])
    assert median_deviation(np.array([1.0, 2.0, 10.0])) == 1
