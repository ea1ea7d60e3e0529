"""What generators without a diffusion share: the same `generate` as that of `generator.Generator`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sign_latent.errors import UserError
from sign_latent.generation.request import at_speed, check_request, given_lengths
from sign_latent.pose.pose import Pose
from sign_latent.registry import Card


@dataclass
class Baseline(ABC):
    """A system that ours are compared with."""

    card: Card

    def generate(
        self,
        texts: Sequence[str],
        frames: int | Sequence[int] | None = None,
        speed: float = 1.0,
        steps: int | None = None,
        guidance: float | None = None,
        seed: int = 0,
        spoken_language: str | None = None,
        signed_language: str | None = None,
        batch_size: int = 32,
        vary_length: bool = False,
        sampler: str | None = None,
        guidance_rescale: float | None = None,
        guidance_interval: tuple[float, float] | None = None,
    ) -> list[Pose]:
        """Poses of texts; ``speed`` 2 signs twice as fast, ``frames`` fixes the lengths.

        The pose of text i depends on ``seed``, i and the text alone. Raises UserError for an empty or overlong text, a
        language the model does not know, impossible numbers, and for what only sampling has, and
        ``vary_length``, which it has not.
        """
        check_request(self.card, texts, spoken_language, signed_language, speed)
        sampling = {"steps": steps, "guidance": guidance, "sampler": sampler}
        sampling |= {"guidance-rescale": guidance_rescale, "guidance-interval": guidance_interval}
        for name, value in sampling.items():
            if value is not None:
                raise UserError(f"{name} {value}: model {self.card.name} does not sample; leave --{name} out")
        if vary_length:
            raise UserError(f"vary_length: model {self.card.name} has no distribution of lengths; leave it out")
        lengths = None if frames is None else given_lengths(frames, len(texts))
        poses = self.signed(list(texts), lengths, seed, batch_size)
        return [at_speed(pose, speed) for pose in poses]

    @abstractmethod
    def signed(self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int) -> list[Pose]:
        """A pose a text, of the given lengths [B] in frames or of its own."""
