"""Retrieval of clips by cosine: of the text that is nearest to the one asked for, or of the nearest signing.

The first, by sentence vectors, is what a lookup without learning scores; the second is by an aligner. The artefact
holds vectors and numbers of clips; the clips stay in the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from sign_latent.cache import cached


@dataclass
class NearestTextSettings:
    """Where the clips are, and the shape of the index."""

    corpus: str = ""
    """Folder of the corpus at the time of building."""
    split: str = "train"
    """Split that is searched."""
    texts: int = 0
    """Distinct texts, or clips."""
    width: int = 384
    """Width of a vector."""


class NearestText(nn.Module):
    """Vectors [N, S] of the distinct texts of a split, or of its clips, and the clip [N] of each."""

    Settings = NearestTextSettings

    def __init__(self, settings: NearestTextSettings) -> None:
        super().__init__()
        self.settings = settings
        self.register_buffer("vectors", torch.zeros(settings.texts, settings.width))
        self.register_buffer("clips", torch.zeros(settings.texts, dtype=torch.long))

    def nearest(self, vectors: np.ndarray) -> np.ndarray:
        """The clip [B] whose own vector has the largest cosine with each of the unit vectors [B, S]."""
        return self.clips.numpy()[(vectors @ self.vectors.numpy().T).argmax(1)]


def indexed(encoder, texts: Sequence[str], corpus: str = "", split: str = "train") -> NearestText:
    """The index of the texts of a split; of several clips with one text the first counts."""
    first = {text: i for i, text in reversed(list(enumerate(texts)))}
    known = sorted(first)
    return index_of(unit_vectors(encoder, known), [first[text] for text in known], corpus, split)


def index_of(vectors: np.ndarray, clips: Sequence[int], corpus: str = "", split: str = "train") -> NearestText:
    """The index of unit vectors [N, S] that stand for clips."""
    index = NearestText(NearestTextSettings(corpus, split, len(clips), vectors.shape[1]))
    index.vectors.copy_(torch.from_numpy(vectors))
    index.clips.copy_(torch.tensor(clips))
    return index


def unit_vectors(encoder, texts: Sequence[str], batch_size: int = 128) -> np.ndarray:
    """Sentence vectors [n, S] of length 1, cached by the encoder's hash and the texts."""
    from tqdm import tqdm

    def compute() -> dict[str, np.ndarray]:
        starts = tqdm(
            range(0, len(texts), batch_size),
            desc="encoding texts",
            unit="batch",
            disable=None if len(texts) > 4 * batch_size else True,
        )
        found = [np.asarray(encoder.encode(texts[i : i + batch_size]).sentence) for i in starts]
        return {"sentence": np.concatenate(found)}

    return normalised(cached("sentences", (encoder.hash, *texts), compute)["sentence"])


def normalised(vectors: np.ndarray) -> np.ndarray:
    """Vectors [n, S] at length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
