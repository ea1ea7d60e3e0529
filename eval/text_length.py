"""How far a text alone determines how long its signing takes: learned from real clips, tested on held-out ones."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sign_latent.text.vocabulary import normalise_text

FREQUENT = 5
"""Times a word must occur in training to have a duration of its own; the others count by their letters."""
RIDGE = 1.0


def median_deviation(values: np.ndarray) -> float:
    """Median distance from the median."""
    return float(np.median(np.abs(values - np.median(values))))


@dataclass
class TextLength:
    """Linear prediction of the logarithm of a clip's seconds from its words (ridge regression)."""

    words: dict[str, int]
    weights: np.ndarray

    @classmethod
    def fit(cls, texts: Sequence[str], seconds: np.ndarray) -> "TextLength":
        """From the texts [n] of real clips and their lengths [n] in seconds."""
        counts = Counter(word for text in texts for word in normalise_text(text).split())
        words = {word: i for i, word in enumerate(sorted(w for w, times in counts.items() if times >= FREQUENT))}
        model = cls(words, np.zeros(0))
        inputs = model._inputs(texts)
        penalty = RIDGE * np.eye(inputs.shape[1])
        penalty[-1, -1] = 0  # the constant
        model.weights = np.linalg.solve(inputs.T @ inputs + penalty, inputs.T @ np.log(seconds))
        return model

    def _inputs(self, texts: Sequence[str]) -> np.ndarray:
        """[n, words + 3]: counts of frequent words, of all words, letters of the others, 1."""
        rows = np.zeros((len(texts), len(self.words) + 3))
        rows[:, -1] = 1
        for row, text in zip(rows, texts, strict=True):
            for word in normalise_text(text).split():
                row[-3] += 1
                if word in self.words:
                    row[self.words[word]] += 1
                else:
                    row[-2] += len(word)
        return rows

    def log_seconds(self, texts: Sequence[str]) -> np.ndarray:
        """Predicted logarithm of the seconds [n]."""
        return self._inputs(texts) @ self.weights


def repeated_spread(texts: Sequence[str], seconds: np.ndarray) -> tuple[float, int]:
    """How clips of equal text differ in length: median |logarithm of the ratio| of pairs ÷ √2, and the number of pairs.

    No reading of the text can predict lengths better than that.
    """
    rows: dict[str, list[float]] = {}
    for text, length in zip(texts, np.log(seconds), strict=True):
        rows.setdefault(normalise_text(text), []).append(float(length))
    pairs = [abs(a - b) for found in rows.values() for a, b in itertools.pairwise(found)]
    return (float(np.median(pairs)) / np.sqrt(2) if pairs else float("nan")), len(pairs)
