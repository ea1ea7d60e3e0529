"""Text → length → latent → pose, with no data set present."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Unpack

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.diffusion.known import Known
from sign_latent.diffusion.samplers import seeded_noise
from sign_latent.errors import UserError
from sign_latent.generation.base import Options, TextToPose
from sign_latent.generation.editing import JUMPS, Edit, edited
from sign_latent.generation.precision import halved
from sign_latent.generation.request import check_request, length_levels
from sign_latent.generation.sampling import Sampling, predictor
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed

SAMPLING = ("sampler", "steps", "guidance", "guidance_rescale", "guidance_interval", "precision")
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
        return frozenset({"vary_length", *SAMPLING})

    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text; clips of similar length are sampled together."""
        sampling = Sampling.of(self.denoiser.settings.diffusion, *map(options.get, SAMPLING))
        text = self.encoder.encode([self.vocabulary.separate(t) for t in texts])
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

    def edit(self, clip: Pose, text: str, edit: Edit, **how: Any) -> Pose:
        """The clip with what ``edit`` does not keep made anew, to suit what is kept and the ``text`` of the whole.

        What is kept is in the result to the bit, and what stood in place of what is made has no part in it. ``how`` is
        that of ``edit_all``. UserError as of ``generate``, and for a clip or an edit that cannot be.
        """
        return self.edit_all([clip], [text], [edit], **how)[0]

    def edit_all(
        self,
        clips: Sequence[Pose],
        texts: Sequence[str],
        edits: Sequence[Edit],
        seed: int = 0,
        jumps: int = JUMPS,
        spoken_language: str | None = None,
        signed_language: str | None = None,
        batch_size: int = 32,
        **options: Unpack[Options],
    ) -> list[Pose]:
        """``edit`` of many clips, sampled together; ``jumps`` is that of ``Known``."""
        check_request(self.card, texts, spoken_language, signed_language, 1.0)
        chosen = self.chosen(options)
        if "vary_length" in chosen:
            raise UserError("vary-length: an edited clip has the length of the clip, or --frames; leave it out")
        sampling = Sampling.of(self.denoiser.settings.diffusion, *map(chosen.get, SAMPLING))
        return edited(self, clips, texts, edits, sampling, seed, jumps, batch_size)

    @torch.inference_mode()
    def _sample(
        self, text: TextFeatures, lengths, rows, sampling: Sampling, seed: int, known: Known | None = None
    ) -> list[Pose]:
        spec = self.autoencoder.spec
        denoiser = self._halved if sampling.precision == "bf16" else self.denoiser
        counts = torch.from_numpy(-(-lengths // spec.stride))
        text = text.cut()
        shapes = [(int(n), spec.slots, spec.width) for n in counts]
        seeds = [step_seed(seed, int(row)) for row in rows]

        def noise(seeds: list[int]) -> torch.Tensor:
            return torch.nn.utils.rnn.pad_sequence(seeded_noise(shapes, seeds), batch_first=True)

        frames = frame_mask(counts)

        def fresh(step: int) -> torch.Tensor:
            return noise([step_seed(seed, step, _ADDED) for seed in seeds])

        predict = predictor(denoiser, text, frames, sampling.precision)
        clean = sampling.run(predict, noise(seeds), frames, denoiser.settings.diffusion, fresh, known)
        return self.autoencoder.poses(clean * frames[:, :, None, None], lengths.tolist())

    @torch.inference_mode()
    def _lengths(self, text: TextFeatures, seed: int | None) -> np.ndarray:
        """Frames of each text [B]; drawn by ``seed`` and place of the text where a seed is given."""
        context = self.denoiser.read(text)
        levels = None if seed is None else length_levels(seed, range(len(text.mask)))
        latent = self.denoiser.length.choose(self.denoiser.length(context.tokens, context.mask), levels)
        return latent.numpy() * self.autoencoder.spec.stride

    @cached_property
    def _halved(self) -> Any:
        """The denoiser with matrices in bf16."""
        return halved(self.denoiser)


_ADDED = 2
"""Stream of random numbers that noise added on the way is drawn from; 0 is the first noise's, 1 that of lengths."""
