"""What everything that signs texts has in common: one `generate`, and the options that it may be given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import numpy as np

from sign_latent.card import Card
from sign_latent.errors import UserError
from sign_latent.generation.inputs import check_kind
from sign_latent.generation.request import Tags, at_speed, check_request, given_lengths
from sign_latent.pose.pose import Pose


class Options(TypedDict, total=False):
    """How poses are made; what is left out or None is as the generator's settings have it.

    A generator refuses what it has no use for.
    """

    vary_length: bool
    """Draw lengths from what the model expects instead of taking the median: clips differ as recordings do."""
    steps: int | None
    """Sampling steps, or passes of a masked translator."""
    guidance: float | None
    """Weight of the text; 1 is none beyond the model's own."""
    sampler: str | None
    """ddim, ddpm, dpm_solver, euler or heun."""
    guidance_rescale: float | None
    """Share of guidance's contrast that is taken back, 0 to 1."""
    guidance_interval: tuple[float, float] | None
    """Noise steps that are guided, as shares from 0 to 1."""
    temperature: float | None
    """Of a translator's choice of tokens; 0 takes the likeliest."""
    top_p: float | None
    """Share of the probability that a translator draws tokens from."""
    beam: int | None
    """Hypotheses that a translator's search keeps."""
    gloss: bool
    """The texts are glosses."""


@dataclass
class TextToPose(ABC):
    """A published model with all that it takes to sign a text, with no data set present (but for retrieval)."""

    card: Card

    def generate(
        self,
        texts: Sequence[str],
        frames: int | Sequence[int] | None = None,
        speed: float = 1.0,
        seed: int = 0,
        spoken_language: Tags = None,
        signed_language: Tags = None,
        batch_size: int = 32,
        **options: Unpack[Options],
    ) -> list[Pose]:
        """Poses of texts; ``speed`` 2 signs twice as fast, ``frames`` fixes the lengths, which else the model chooses.

        What is drawn for text i depends on ``seed`` and i alone: the same seed and batch give the same bits, another
        batch size the same poses up to rounding. Languages are tags for all texts, or one for each; they may be left
        out where the model knows one pair. Raises UserError for an empty or overlong text, languages the model does not
        know or was not told, impossible numbers, and an option that the model has no use for.
        """
        languages = check_request(self.card, texts, spoken_language, signed_language, speed)
        check_kind(self.card, bool(options.get("gloss")))
        chosen = {**self.chosen(options), "languages": languages}
        lengths = None if frames is None else given_lengths(frames, len(texts))
        return [at_speed(pose, speed) for pose in self.signed(list(texts), lengths, seed, batch_size, chosen)]

    def chosen(self, options: Options) -> dict[str, Any]:
        """The options that were given. UserError for one that this model has no use for."""
        given = {name: value for name, value in options.items() if value is not None and value is not False}
        for name, value in given.items():
            if name not in self.used:
                flag = name.replace("_", "-")
                raise UserError(f"{flag} {value}: model {self.card.name} has no use for it; leave --{flag} out")
        return given

    @property
    def used(self) -> frozenset[str]:
        """Names of the options that the model has a use for."""
        return frozenset()

    @abstractmethod
    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text, of the given lengths [B] in frames or of its own.

        ``options`` are those that were given, and ``languages``, a pair of tags for each text.
        """
