"""Corpus BLEU from counts a sentence, so that any resample of sentences is scored without reading them again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def bleu_rows(hypotheses: Sequence[str], references: Sequence[str]) -> np.ndarray:
    """[n, 10]: lengths of hypothesis and reference, matched n-grams (4), n-grams (4), for each sentence."""
    from sacrebleu.metrics import BLEU

    scorer = BLEU(lowercase=True)
    found = [scorer.corpus_score([h], [[r]]) for h, r in zip(hypotheses, references, strict=True)]
    rows = [[s.sys_len, s.ref_len, *s.counts, *s.totals] for s in found]
    return np.array(rows, dtype=np.int64).reshape(-1, 10)


def bleu_of(rows: np.ndarray, weights: np.ndarray | None = None, order: int = 4) -> np.ndarray:
    """Corpus BLEU-`order` (Papineni et al. 2002), 0–100, of sentences [n, 10], i of which counts weights[..., i] times.

    One number, or one for each row of weights.
    """
    from sacrebleu.metrics import BLEU

    def score(total: np.ndarray) -> float:
        counts, totals = total[2 : 2 + order].tolist(), total[6 : 6 + order].tolist()
        lengths = int(total[0]), int(total[1])
        return BLEU.compute_bleu(counts, totals, *lengths, smooth_method="exp", max_ngram_order=order).score

    return np.apply_along_axis(score, -1, rows.sum(0) if weights is None else weights @ rows)[()]
