"""How well texts read off poses match the true texts. Hypotheses and references are normalised the same way.

A failed clip is read as the empty text: no n-gram, character or word of its reference is matched, it shortens the
hypotheses for BLEU's brevity penalty, every word of its reference is an error, and its likelihood is that of a reader
who sees nothing (`mean_nll`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sign_latent.evaluator.bleu import bleu_of, bleu_rows
from sign_latent.text.vocabulary import normalise_text

LEGACY_BETA = 1.2
"""Weight of recall in the ROUGE-L of older papers (Lin 2004 leaves it open; the script they share takes 1.2)."""


def edits(hypothesis: Sequence[str], reference: Sequence[str]) -> int:
    """Fewest substitutions, insertions and deletions that turn one word list into the other (Levenshtein)."""
    row = list(range(len(reference) + 1))
    for i, word in enumerate(hypothesis, 1):
        corner, row[0] = row[0], i
        for j, other in enumerate(reference, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (word != other))
    return row[-1]


def f_measure(precision: float, recall: float, beta: float = 1.0) -> float:
    """(1 + β²)PR / (R + β²P), 0 where nothing matches (Lin 2004, eq. 4)."""
    below = recall + beta**2 * precision
    return (1 + beta**2) * precision * recall / below if below > 0 else 0.0


@dataclass
class TextScores:
    """Sufficient statistics of every sentence, from which any resample is scored without reading the texts again."""

    hypotheses: list[str]
    references: list[str]

    def __post_init__(self) -> None:
        self.hypotheses = [normalise_text(text) for text in self.hypotheses]
        self.references = [normalise_text(text) for text in self.references]

    def _pairs(self) -> list[tuple[str, str]]:
        return list(zip(self.hypotheses, self.references, strict=True))

    @cached_property
    def bleu_rows(self) -> np.ndarray:
        """[n, 10]: lengths of hypothesis and reference, matched n-grams (4), n-grams (4), for each sentence."""
        return bleu_rows(self.hypotheses, self.references)

    def bleu(self, weights: np.ndarray | None = None, order: int = 4) -> np.ndarray:
        """Corpus BLEU-`order` (Papineni et al. 2002), 0–100, where sentence i counts weights[..., i] times."""
        return bleu_of(self.bleu_rows, weights, order)

    @cached_property
    def word_errors(self) -> np.ndarray:
        """[n, 2]: edits and reference words of each sentence."""
        return np.array([[edits(h.split(), r.split()), len(r.split())] for h, r in self._pairs()]).reshape(-1, 2)

    def rouge(self) -> tuple[float, float]:
        """Mean ROUGE-L in percent: with β = 1 and with the legacy β = 1.2."""
        from rouge_score.rouge_scorer import RougeScorer

        scorer = RougeScorer(["rougeL"], tokenizer=Words())
        found = [scorer.score(r, h)["rougeL"] for h, r in self._pairs()]
        means = [np.mean([f_measure(s.precision, s.recall, beta) for s in found]) for beta in (1.0, LEGACY_BETA)]
        return 100 * float(means[0]), 100 * float(means[1])

    def table(self) -> dict[str, float]:
        """BLEU-1..4, chrF, ROUGE-L (two forms), WER and the share of exact sentences, all in percent."""
        wrong, words = self.word_errors.sum(0)
        rouge, legacy = self.rouge()
        return {
            **{f"bleu{n}": self.bleu(order=n) for n in (1, 2, 3, 4)},
            "chrf": _chrf().corpus_score(self.hypotheses, [self.references]).score,
            "rouge_l": rouge,
            "rouge_l_legacy": legacy,
            "wer": 100 * float(wrong) / max(1, int(words)),
            "exact": 100 * float(np.mean([h == r for h, r in self._pairs()])),
        }


class Words:
    """Words of a normalised text in any script, without punctuation; rouge-score's own reads only a-z and digits."""

    def tokenize(self, text: str) -> list[str]:
        return [word for word in text.split() if any(character.isalnum() for character in word)]


def mean_nll(nll: np.ndarray, blind: np.ndarray) -> float:
    """Mean nats a token of the reference texts given the poses [n]; a failed clip (nan) counts as if nothing was seen.

    blind [n]: the same judge's value for each text given a pose in which nothing is seen
    (`sign_latent.evaluator.embedding.blank_pose`), its guess from the language alone.
    """
    return float(np.mean(np.where(np.isfinite(nll), nll, blind)))


def _bleu():
    from sacrebleu.metrics import BLEU

    return BLEU(lowercase=True)


def _chrf():
    from sacrebleu.metrics import CHRF

    return CHRF(lowercase=True)


def signatures() -> dict[str, str]:
    """What exactly was computed, as sacrebleu states it, and in its manner for ROUGE-L."""
    from importlib.metadata import version

    scorers = {"bleu": _bleu(), "chrf": _chrf()}
    for scorer in scorers.values():
        scorer.corpus_score(["a"], [["a"]])  # the number of references is known only after a score
    rouge = f"nrefs:1|case:lc|tok:words|beta:1|legacy beta:{LEGACY_BETA}|version:rouge-score {version('rouge-score')}"
    return {**{name: str(scorer.get_signature()) for name, scorer in scorers.items()}, "rouge_l": rouge}
