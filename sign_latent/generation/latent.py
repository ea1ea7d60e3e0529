"""What generators by way of a latent share: a sentence of any length is decoded as its latent comes."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import torch

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.pieces import decoded, reach
from sign_latent.generation.base import TextToPose
from sign_latent.generation.inputs import features_of
from sign_latent.generation.paragraph import shared, words
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary

FARTHEST = 1.25
"""Largest factor by which a sentence of a long text is made longer or shorter than its model expects."""


@torch.inference_mode()
def head_lengths(model: Any, text: TextFeatures, levels: torch.Tensor | None = None) -> torch.Tensor:
    """Latent frames [B] by a model's length head: medians of what it expects, or quantiles at ``levels`` [B]."""
    context = model.read(text)
    return model.length.choose(model.length(context.tokens, context.mask), levels)


class LatentToPose(TextToPose):
    """A model that makes a latent of a text, with the autoencoder it was trained on."""

    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

    @property
    def fps(self) -> float:
        """Frames a second of what it signs: the autoencoder's."""
        return float(self.autoencoder.spec.fps)

    @abstractmethod
    def latents(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[torch.Tensor]:
        """Consecutive parts [n, J', D] of the latent of a sentence, of so many frames or of its own length."""

    def expected(self, sentences: Sequence[str], options: dict[str, Any]) -> list[int] | None:
        """Frames that the model's length head expects each sentence to take; None where it has none."""
        model = self.model_with_head
        if model is None:
            return None
        texts = (features_of(self, model.settings, [sentence], options) for sentence in sentences)
        return [int(head_lengths(model, text)) * self.autoencoder.spec.stride for text in texts]

    @property
    def model_with_head(self) -> Any | None:
        """The model where it has a length head."""
        return None

    def window(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[Pose]:
        """Consecutive pieces of a sentence."""
        return decoded(self.autoencoder, self.latents(sentence, frames, seed, options), frames, self.around)

    @cached_property
    def around(self) -> int:
        """Latent frames on each side that a decoded frame depends on."""
        return reach(self.autoencoder)

    def lengths(self, frames: int, sentences: Sequence[str], options: dict[str, Any]) -> list[int]:
        """How long each sentence is to be: nothing far from what the model expects, which it would not sign well."""
        expected = self.expected(sentences, options)
        if expected is not None:
            usual = sum(expected)
            frames = min(max(frames, math.ceil(usual / FARTHEST)), math.floor(usual * FARTHEST))
        return shared(max(frames, len(sentences)), expected or words(sentences))
