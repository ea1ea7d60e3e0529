"""Text → length → latent → pose, with no data set present."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.diffusion.guidance import guided
from sign_latent.diffusion.samplers import ddim, seeded_noise
from sign_latent.diffusion.schedules import signal_levels
from sign_latent.errors import UserError
from sign_latent.generation.request import at_speed, check_request, given_lengths
from sign_latent.pose.pose import Pose
from sign_latent.registry import Card
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed


@dataclass
class Generator:
    """A denoiser with the autoencoder and the text encoder it was trained on."""

    card: Card
    denoiser: Any
    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

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
    ) -> list[Pose]:
        """Poses of texts; ``speed`` 2 signs twice as fast.

        ``frames`` fixes the lengths, else the length head predicts them: the median of its distribution, or with
        ``vary_length`` a draw from it, so that clips of one text differ in length as recordings do. The noise of text
        i depends on ``seed`` and i alone: the same seed and batch give the same bits, another batch size the same poses
        up to rounding. Raises UserError for an empty or overlong text, a language the model does not know, or
        impossible numbers.
        """
        check_request(self.card, texts, spoken_language, signed_language, speed)
        settings = self.denoiser.settings.diffusion
        steps = settings.sampling_steps if steps is None else steps
        guidance = settings.guidance if guidance is None else guidance
        if not math.isfinite(guidance):
            raise UserError(f"guidance {guidance}: give a finite weight, such as {settings.guidance:g}")
        text = self.encoder.encode([self.vocabulary.separate(t) for t in texts])
        lengths = self._lengths(text, frames, seed if vary_length else None)
        poses: list[Pose | None] = [None] * len(texts)
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            made = self._sample(text.rows(torch.from_numpy(rows)), lengths[rows], rows, steps, guidance, seed)
            for row, pose in zip(rows, made, strict=True):
                poses[row] = at_speed(pose, speed)
        return poses

    @torch.inference_mode()
    def _sample(self, text: TextFeatures, lengths, rows, steps: int, guidance: float, seed: int) -> list[Pose]:
        denoiser, spec = self.denoiser, self.autoencoder.spec
        settings = denoiser.settings.diffusion
        counts = torch.from_numpy(-(-lengths // spec.stride))
        text.tokens, text.mask = (x[:, : int(text.mask.sum(1).max())] for x in (text.tokens, text.mask))
        seeds = [step_seed(seed, int(row)) for row in rows]
        shapes = [(int(n), spec.slots, spec.width) for n in counts]
        z = torch.nn.utils.rnn.pad_sequence(seeded_noise(shapes, seeds), batch_first=True)
        frames = frame_mask(counts)
        own = denoiser.read(text)
        both = denoiser.read(_doubled(text)) if guidance != 1.0 else None
        guided_below = settings.guided * settings.steps

        def denoise(z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
            if both is None or t[0] >= guided_below:
                return denoiser(z, t, frames, own)
            twice = denoiser(z.repeat(2, 1, 1, 1), t.repeat(2), frames.repeat(2, 1), both)
            return guided(*twice.chunk(2), guidance)

        levels = signal_levels(settings.schedule, settings.steps, settings.terminal)
        clean = ddim(denoise, z, levels, settings.prediction, steps, settings.clamp)
        return self.autoencoder.poses(clean * frames[:, :, None, None], lengths.tolist())

    @torch.inference_mode()
    def _lengths(self, text: TextFeatures, frames, seed: int | None) -> np.ndarray:
        """Frames of each text [B]; drawn by ``seed`` and place of the text where a seed is given."""
        if frames is not None:
            return given_lengths(frames, len(text.mask))
        context = self.denoiser.read(text)
        levels = None
        if seed is not None:
            levels = torch.tensor([_uniform(step_seed(seed, row, _LENGTH)) for row in range(len(text.mask))])
        latent = self.denoiser.length.choose(self.denoiser.length(context.tokens, context.mask), levels)
        return latent.numpy() * self.autoencoder.spec.stride


_LENGTH = 1
"""The stream of random numbers that lengths are drawn from; 0 is that of the noise."""


def _uniform(seed: int) -> float:
    """A number in [0, 1) that is the seed's alone."""
    return torch.rand((), generator=torch.Generator().manual_seed(seed)).item()


def _doubled(text: TextFeatures) -> TextFeatures:
    """The texts followed by as many empty ones: both halves of guidance in one batch."""
    none = text.emptied()
    return TextFeatures(*(torch.cat([getattr(text, k), getattr(none, k)]) for k in ("sentence", "tokens", "mask")))
