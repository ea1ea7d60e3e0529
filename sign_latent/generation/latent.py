"""What generators by way of a latent share: a sentence of any length is decoded as its latent comes."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.pieces import decoded, reach
from sign_latent.device import device_of
from sign_latent.generation.base import TextToPose
from sign_latent.generation.inputs import Tell, features_of, warner
from sign_latent.generation.paragraph import shared, words
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary

FARTHEST = 1.25
"""Largest factor by which a sentence of a long text is made longer or shorter than its model expects."""
PLAUSIBLE = 0.99
"""Probability of the lengths that a given one is doubted outside of, if it is more than `FARTHEST` off as well."""


@torch.inference_mode()
def head_lengths(model: Any, text: TextFeatures, levels: torch.Tensor | None = None) -> torch.Tensor:
    """Latent frames [B], on the processor, by a model's length head: medians of what it expects, or quantiles at
    ``levels`` [B]."""
    context = model.read(text.to(device_of(model)))
    return model.length.choose(model.length(context.tokens, context.mask).cpu(), levels)


@torch.inference_mode()
def head_spans(model: Any, text: TextFeatures) -> np.ndarray:
    """Fewest, usual and most latent frames [B, 3] by a model's length head: `PLAUSIBLE` lies between the outer two."""
    logits = model.length(*model.reader(text.to(device_of(model)))).cpu()
    levels = ((1 - PLAUSIBLE) / 2, 0.5, (1 + PLAUSIBLE) / 2)
    chosen = [model.length.choose(logits, logits.new_full((len(logits),), level)) for level in levels]
    return torch.stack(chosen, 1).numpy()


class LatentToPose(TextToPose):
    """A model that makes a latent of a text, with the autoencoder it was trained on."""

    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

    @property
    def device(self) -> torch.device:
        """Where it computes; texts are read on the processor, noise and chances are drawn there."""
        return device_of(self.network)

    @property
    def fps(self) -> float:
        """Frames a second of what it signs: the autoencoder's."""
        return float(self.autoencoder.spec.fps)

    @abstractmethod
    def latents(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[torch.Tensor]:
        """Consecutive parts [n, J', D] of the latent of a sentence, of so many frames or of its own length."""

    @property
    @abstractmethod
    def network(self) -> Any:
        """What makes latents of texts, with its settings."""

    @property
    def longest(self) -> int:
        """Most frames of a sentence that the model makes by itself."""
        return self.network.settings.longest * self.autoencoder.spec.stride

    def spans(self, sentences: Sequence[str], options: dict[str, Any]) -> np.ndarray | None:
        """Fewest, usual and most frames [n, 3] that the model expects each sentence to take; None without a length
        head."""
        if not hasattr(self.network, "length"):
            return None
        texts = (features_of(self, self.network.settings, [sentence], options) for sentence in sentences)
        return np.concatenate([self._span(text) for text in texts])

    def doubt(self, text: TextFeatures, lengths: np.ndarray) -> None:
        """Warns of lengths [B] in frames that the model hardly expects of the texts."""
        fewest, most = np.ones_like(lengths), np.full_like(lengths, self.longest)
        if hasattr(self.network, "length"):
            fewest, _, most = self._span(text).T
        far = np.flatnonzero((lengths < fewest) | (lengths > most)).tolist()
        if far:
            first, alone = far[0], len(lengths) == 1
            many = "" if alone else f" ({len(far)} of {len(lengths)} texts)"
            which = "this text" if alone else f"text {first + 1}"
            warner(self.card)(_doubt(which, fewest[first], most[first], lengths[first]) + many)

    def _span(self, text: TextFeatures) -> np.ndarray:
        """`spans` of texts that were read."""
        stride = self.autoencoder.spec.stride
        low, usual, high = head_spans(self.network, text).T
        fewest = np.minimum((low - 1) * stride + 1, np.floor(usual * stride / FARTHEST).astype(int))
        most = np.maximum(high * stride, np.ceil(usual * stride * FARTHEST).astype(int))
        return np.stack([fewest, usual * stride, most], 1)

    def window(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[Pose]:
        """Consecutive pieces of a sentence."""
        return decoded(self.autoencoder, self.latents(sentence, frames, seed, options), frames, self.around)

    @cached_property
    def around(self) -> int:
        """Latent frames on each side that a decoded frame depends on."""
        return reach(self.autoencoder)

    def lengths(self, frames: int, sentences: Sequence[str], options: dict[str, Any], tell: Tell) -> list[int]:
        """How long each sentence is to be: nothing far from what the model expects, which it would not sign well."""
        spans = self.spans(sentences, options)
        if spans is None:
            if frames > (most := self.longest * len(sentences)):
                tell(_doubt("this text", 1, most, frames))
            return shared(max(frames, len(sentences)), words(sentences))
        fewest, usual, most = spans.sum(0).tolist()
        if not fewest <= frames <= most:
            tell(_doubt("this text", fewest, most, frames))
        frames = min(max(frames, math.ceil(usual / FARTHEST)), math.floor(usual * FARTHEST))
        return shared(max(frames, len(sentences)), spans[:, 1].tolist())


def _doubt(text: str, fewest: int, most: int, frames: int) -> str:
    return (
        f"expects {fewest} to {most} frames of {text}; it hardly learnt to sign it in {frames}; leave frames out, "
        "or give one of these"
    )
