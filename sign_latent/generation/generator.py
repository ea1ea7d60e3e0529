"""Text → length → latent → pose, with no data set present."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.diffusion.samplers import seeded_noise
from sign_latent.generation.base import TextToPose
from sign_latent.generation.inputs import features_of
from sign_latent.generation.request import length_levels
from sign_latent.generation.sampling import Sampling
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed

SAMPLING = ("sampler", "steps", "guidance", "guidance_rescale", "guidance_interval")
"""Options of `Sampling.of`, in its order."""


@dataclass
class Generator(TextToPose):
    """A denoiser with the autoencoder and the text encoder it was trained on."""

    denoiser: Any
    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

    @property
    def used(self) -> frozenset[str]:
        """Names of the options that the model has a use for."""
        return frozenset({"vary_length", "gloss", *SAMPLING})

    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text; clips of similar length are sampled together."""
        sampling = Sampling.of(self.denoiser.settings.diffusion, *map(options.get, SAMPLING))
        text = features_of(self, self.denoiser.settings, texts, options)
        if lengths is None:
            lengths = self._lengths(text, seed if options.get("vary_length") else None)
        poses: list[Pose | None] = [None] * len(texts)
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            made = self._sample(text.rows(torch.from_numpy(rows)), lengths[rows], rows, sampling, seed)
            for row, pose in zip(rows, made, strict=True):
                poses[row] = pose
        return poses

    @torch.inference_mode()
    def _sample(self, text: TextFeatures, lengths, rows, sampling: Sampling, seed: int) -> list[Pose]:
        denoiser, spec = self.denoiser, self.autoencoder.spec
        counts = torch.from_numpy(-(-lengths // spec.stride))
        text = text.cut()
        shapes = [(int(n), spec.slots, spec.width) for n in counts]
        seeds = [step_seed(seed, int(row)) for row in rows]

        def noise(seeds: list[int]) -> torch.Tensor:
            return torch.nn.utils.rnn.pad_sequence(seeded_noise(shapes, seeds), batch_first=True)

        frames = frame_mask(counts)
        # the text is read once a sample: alone, or beside as many empty texts for both halves of guidance
        contexts = cache(lambda both: denoiser.read(text.doubled() if both else text))

        def predict(z: torch.Tensor, t: torch.Tensor, both: bool) -> torch.Tensor:
            twice = 2 if both else 1
            return denoiser(z.repeat(twice, 1, 1, 1), t.repeat(twice), frames.repeat(twice, 1), contexts(both))

        def fresh(step: int) -> torch.Tensor:
            return noise([step_seed(seed, step, _ADDED) for seed in seeds])

        clean = sampling.run(predict, noise(seeds), frames, denoiser.settings.diffusion, fresh)
        return self.autoencoder.poses(clean * frames[:, :, None, None], lengths.tolist())

    @torch.inference_mode()
    def _lengths(self, text: TextFeatures, seed: int | None) -> np.ndarray:
        """Frames of each text [B]; drawn by ``seed`` and place of the text where a seed is given."""
        context = self.denoiser.read(text)
        levels = None if seed is None else length_levels(seed, range(len(text.mask)))
        latent = self.denoiser.length.choose(self.denoiser.length(context.tokens, context.mask), levels)
        return latent.numpy() * self.autoencoder.spec.stride


_ADDED = 2
"""Stream of random numbers that noise added on the way is drawn from; 0 is the first noise's, 1 that of lengths."""
