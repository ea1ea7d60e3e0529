"""Text → the training clip of the nearest text. The one generator that needs its corpus at hand."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from sign_latent.aligner.vectors import AlignedEncoder
from sign_latent.baselines.retrieval import NearestText, normalised
from sign_latent.corpus.read import ClipSet, Corpus
from sign_latent.errors import UserError
from sign_latent.generation.base import TextToPose
from sign_latent.generation.request import to_length
from sign_latent.pose.pose import Pose
from sign_latent.registry import Card
from sign_latent.text.encoder import TextEncoder

CORPUS = "SIGN_LATENT_CORPUS"
"""Environment variable that names the corpus folder where it is no longer where it was."""


@dataclass
class Retrieval(TextToPose):
    """An index of texts with the clips it points into; it draws nothing."""

    model: NearestText
    encoder: TextEncoder | AlignedEncoder
    clips: ClipSet

    @property
    def fps(self) -> float:
        """Frames a second of what it signs: the corpus's."""
        return float(self.clips.corpus.fps)

    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text; a given length stretches it."""
        starts = range(0, len(texts), batch_size)
        found = [self.encoder.encode(texts[i : i + batch_size]).sentence.numpy() for i in starts]
        clips = [self.clips[int(i)] for i in self.model.nearest(normalised(np.concatenate(found)))]
        poses = [clip.pose.with_signs(clip.signs) for clip in clips]
        return poses if lengths is None else [to_length(p, int(n)) for p, n in zip(poses, lengths, strict=True)]


def clips_of(card: Card, model: NearestText) -> ClipSet:
    """The clips that an index points into. UserError where the corpus is missing or another than it was built from."""
    folder = os.environ.get(CORPUS) or model.settings.corpus
    try:
        corpus = Corpus.open(folder)
    except UserError as error:
        raise UserError(
            f"artefact {card.name}: reads its clips from corpus {folder}, but {error}; or set {CORPUS} to its folder"
        ) from None
    if corpus.hash != card.corpus_hash:
        raise UserError(
            f"artefact {card.name}: was built from corpus {card.corpus_hash[:12]}, {folder} is {corpus.hash[:12]}; "
            f"set {CORPUS} to the folder of its own, or build it again"
        )
    return corpus.split(model.settings.split, dominant=True)
