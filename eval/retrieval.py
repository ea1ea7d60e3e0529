"""Does a generated clip match its own text better than others'? Retrieval in the common space of an aligner.

Takes any two lists of vectors of the same width, one of clips and one of texts (`Aligner.points` or `.latents`, and
`Aligner.text`). A generator that ignores its text is at chance, however real its clips look.
"""

from collections.abc import Sequence

import numpy as np
import torch

from sign_latent.aligner.aligner import ahead
from sign_latent.errors import UserError

RANKS = (1, 5, 10)
WAYS = ("pose_to_text", "text_to_pose")


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def same_text(texts: Sequence[str]) -> np.ndarray:
    """[n, n]: whether clip i and text j belong together; any clip of an equal text is a right answer."""
    names = np.unique(np.asarray(texts), return_inverse=True)[1]
    return names[:, None] == names[None]


def places(scores: np.ndarray, right: np.ndarray, lost: np.ndarray | None = None) -> np.ndarray:
    """Rank [n] of the first right answer of each query, 1 the best; scores and right [n, candidates].

    Wrong answers with an equal score come first. A lost query [n], and one whose right answers are all nan, comes
    after the last candidate.
    """
    wrong = np.isnan(scores)
    rank = 1 + ahead(torch.from_numpy(np.where(wrong, -np.inf, scores)), torch.from_numpy(right)).numpy()
    hopeless = (wrong | ~right).all(1) | (np.zeros(len(scores), bool) if lost is None else lost)
    return np.where(hopeless, scores.shape[1] + 1, rank)


def chance(right: np.ndarray) -> dict[str, float]:
    """What a random order gives: R@k in percent (hypergeometric) and the median rank; right [n, candidates]."""
    from scipy.stats import hypergeom

    candidates, answers = right.shape[1], right.sum(1)
    ranks = np.arange(1, candidates + 1)
    kinds, counts = np.unique(answers, return_counts=True)
    found = np.stack([hypergeom.sf(0, candidates, n, ranks) for n in kinds])  # that one of n is among the first k
    share = counts @ found / counts.sum()
    recall = {k: 100 * float(share[min(k, candidates) - 1]) for k in RANKS}
    return {**{f"R@{k}": value for k, value in recall.items()}, "median_rank": float(ranks[np.argmax(share >= 0.5)])}


def distance_ratio(similarity: np.ndarray, right: np.ndarray, lost: np.ndarray) -> float:
    """Mean distance (1 - cosine) of clips to their own text ÷ to other texts: 1 if the text makes no difference.

    similarity, right [n clips, texts]; a lost clip is as far from its own text as can be, 2, and says nothing of
    others (where all are lost those are taken to be 1 away, as unrelated vectors are).
    """
    apart = np.where(lost[:, None], 2.0, 1 - similarity)
    others = ~right & ~lost[:, None]
    matched = (apart * right).sum(1) / right.sum(1)
    return float(matched.mean() / (apart[others].mean() if others.any() else 1.0))


def table(clips: np.ndarray, text: np.ndarray, texts: Sequence[str]) -> dict[str, dict[str, float] | float]:
    """`pose_to_text` and `text_to_pose` (R@1, R@5, R@10 in percent, median_rank), each beside its `chance`, and
    `distance_ratio` (matched ÷ mismatched).

    clips, text [n, W]: row i of both belongs to texts[i]. A failed clip is a row of nan: as a query it ranks last, as
    a candidate it is never found, as a match it is as far as can be. UserError for fewer than 2 different texts or
    lists of different shape.
    """
    if clips.shape != text.shape or len(clips) != len(texts):
        raise UserError(f"retrieval of {clips.shape} clips and {text.shape} texts; give a vector of one width for each")
    if len(set(texts)) < 2:
        raise UserError("retrieval among clips of one text says nothing; give at least two different texts")
    lost, right = ~np.isfinite(clips).all(1), same_text(texts)
    # Rounded, so that equal vectors are equally near whatever the order in which a product was summed.
    similarity = np.round(unit(clips.astype(float)) @ unit(text.astype(float)).T, 9)
    found = {
        "pose_to_text": _recall(places(similarity, right, lost), len(texts)),
        "text_to_pose": _recall(places(similarity.T, right), len(texts)),
    }
    return {**found, "chance": chance(right), "distance_ratio": distance_ratio(similarity, right, lost)}


def _recall(place: np.ndarray, candidates: int) -> dict[str, float]:
    found = {f"R@{k}": 100 * float((place <= min(k, candidates)).mean()) for k in RANKS}
    return {**found, "median_rank": float(np.median(place))}
