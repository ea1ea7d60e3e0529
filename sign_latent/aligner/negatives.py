"""Which texts are hard to tell apart, and batches that hold them together: the wrong answers that teach most.

Two texts are a minimal pair where one word stands in the place of another and all else is the same; where a text has
no such partner, those whose frozen sentence vectors are nearest take their place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sign_latent.corpus.batching import batch_indices
from sign_latent.training import step_seed


def minimal_pairs(texts: Sequence[str]) -> list[np.ndarray]:
    """For each text the rows of those that differ from it in one word, in order."""
    holes: dict[tuple[str, ...], list[int]] = {}
    words = [text.split() for text in texts]
    for row, line in enumerate(words):
        for place in range(len(line)):
            holes.setdefault((*line[:place], "", *line[place + 1 :]), []).append(row)
    partners: list[set[int]] = [set() for _ in texts]
    for rows in holes.values():
        for row in rows:
            partners[row].update(other for other in rows if words[other] != words[row])
    return [np.array(sorted(found), dtype=np.int64) for found in partners]


def nearest(vectors: np.ndarray, count: int, rows: int = 1024) -> np.ndarray:
    """For each of the unit vectors [N, S] the ``count`` others [N, count] of the largest cosine, nearest first."""
    count = min(count, len(vectors) - 1)
    found = np.empty((len(vectors), count), dtype=np.int64)
    if count < 1:
        return found
    for start in range(0, len(vectors), rows):
        scores = vectors[start : start + rows] @ vectors.T
        scores[np.arange(len(scores)), np.arange(start, start + len(scores))] = -np.inf
        best = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1, kind="stable")
        found[start : start + rows] = np.take_along_axis(best, order, 1)
    return found


def hard_texts(texts: Sequence[str], vectors: np.ndarray, count: int = 8) -> list[np.ndarray]:
    """For each distinct text the rows of its minimal pairs, or where it has none of its ``count`` nearest texts."""
    near = nearest(vectors, count)
    return [found if len(found) else near[row] for row, found in enumerate(minimal_pairs(texts))]


class HardBatches:
    """Clips of a training step, a share of which are clips of texts that are hard to tell from those of the others.

    A pure function of seed and step, so that a resumed run sees the same batches.
    """

    def __init__(self, lengths: np.ndarray, text: np.ndarray, partners: list[np.ndarray], share: float) -> None:
        """lengths [N] of clips in frames, text [N] the number of each clip's text, partners of each text."""
        self.lengths, self.text, self.partners, self.share = lengths, text, partners, share
        order = np.argsort(text, kind="stable")
        self.clips = np.split(order, np.cumsum(np.bincount(text, minlength=len(partners)))[:-1])

    def __call__(self, batch_size: int, seed: int, step: int) -> np.ndarray:
        """At most ``batch_size`` clips; first those in their turn, then the partners of the first of them."""
        wanted = min(int(self.share * batch_size), batch_size // 2)
        own = batch_indices(self.lengths, batch_size - wanted, seed, step)
        chance = np.random.default_rng(step_seed(seed, step))
        found = [self._opposite(clip, chance) for clip in own[:wanted]]
        return np.concatenate([own, [clip for clip in found if clip is not None]]).astype(np.int64)

    def _opposite(self, clip: int, chance: np.random.Generator) -> int | None:
        texts = self.partners[self.text[clip]]
        return int(chance.choice(self.clips[chance.choice(texts)])) if len(texts) else None
