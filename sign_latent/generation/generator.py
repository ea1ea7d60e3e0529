"""Text → length → latent → pose, with no data set present."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Unpack

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.autoencoder.pieces import decoded
from sign_latent.diffusion.known import Known
from sign_latent.diffusion.samplers import seeded_noise
from sign_latent.errors import UserError
from sign_latent.generation.base import Options
from sign_latent.generation.editing import JUMPS, Edit, edited
from sign_latent.generation.inputs import Tell, features_of
from sign_latent.generation.latent import LatentToPose, head_lengths
from sign_latent.generation.overlap import following, overlapping, windowed
from sign_latent.generation.paragraph import sentence_seed
from sign_latent.generation.precision import halved
from sign_latent.generation.provenance import provenance, told
from sign_latent.generation.request import Tags, check_batch_size, length_levels
from sign_latent.generation.sampling import Sampling, check_taught, predictor
from sign_latent.pose.pose import Pose
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed

SAMPLING = ("sampler", "steps", "guidance", "guidance_rescale", "guidance_interval", "precision")
"""Options of `Sampling.of`, in its order."""


@dataclass
class Generator(LatentToPose):
    """A denoiser with the autoencoder and the text encoder it was trained on."""

    denoiser: Any
    autoencoder: Autoencoder
    encoder: Any
    vocabulary: Vocabulary

    @property
    def used(self) -> frozenset[str]:
        """Names of the options that the model has a use for."""
        return frozenset({"vary_length", "gloss", *SAMPLING})

    @torch.inference_mode()
    def signed(
        self, texts: list[str], lengths: np.ndarray | None, seed: int, batch_size: int, options: dict[str, Any]
    ) -> list[Pose]:
        """A pose a text; clips of similar length are sampled together."""
        sampling = self.check(options)
        text = features_of(self, self.denoiser.settings, texts, options)
        if lengths is None:
            lengths = self._lengths(text, seed if options.get("vary_length") else None)
        else:
            self.doubt(text, lengths)
        poses: list[Pose | None] = [None] * len(texts)
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            z = self._sample(text.rows(torch.from_numpy(rows)), lengths[rows], rows, sampling, seed)
            for row, pose in zip(rows, self.autoencoder.poses(z, lengths[rows].tolist()), strict=True):
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
        spoken_language: Tags = None,
        signed_language: Tags = None,
        batch_size: int = 32,
        **options: Unpack[Options],
    ) -> list[Pose]:
        """``edit`` of many clips, sampled together; ``jumps`` is that of ``Known``."""
        check_batch_size(batch_size)
        if not len(clips) == len(texts) == len(edits):
            raise UserError(f"edit: {len(clips)} clips, {len(texts)} texts, {len(edits)} edits; give each clip its own")
        chosen = self.asked(texts, spoken_language, signed_language, options=options)
        if "vary_length" in chosen:
            raise UserError("vary-length: an edited clip has the length of the clip, or --frames; leave it out")
        features = features_of(self, self.denoiser.settings, list(texts), chosen)
        made = edited(self, clips, features, edits, self.check(chosen), seed, jumps, batch_size)
        return [
            told(pose, provenance(self.card, text, seed, signed))
            for pose, text, (_, signed) in zip(made, texts, chosen["languages"], strict=True)
        ]

    def check(self, options: dict[str, Any]) -> Sampling:
        """How to sample. UserError for an unknown sampler, impossible numbers, and what a student was not taught."""
        own = self.denoiser.settings.diffusion
        sampling = Sampling.of(own, *map(options.get, SAMPLING))
        check_taught(self.card, own, sampling.sampler, sampling.steps)
        return sampling

    def latents(self, sentence: str, frames: int | None, seed: int, options: dict[str, Any]) -> Iterator[torch.Tensor]:
        """The latent [N', J', D] of a sentence, in one part."""
        yield self._window(sentence, frames, seed, options)

    def _window(
        self,
        sentence: str,
        frames: int | None,
        seed: int,
        options: dict[str, Any],
        before: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The latent [N', J', D] of a sentence, which begins with the latent frames [k, J', D] ``before`` if given."""
        text = features_of(self, self.denoiser.settings, [sentence], options)
        lengths = np.array([frames]) if frames else self._lengths(text, seed if options.get("vary_length") else None)
        known = None
        if before is not None:
            stride = self.autoencoder.spec.stride
            lengths = np.maximum(lengths, (len(before) + 1) * stride)
            known = following(before, int(-(-lengths[0] // stride)))
        return self._sample(text, lengths, np.zeros(1, int), self.check(options), seed, known)[0]

    def overlapping(
        self,
        sentences: Sequence[str],
        frames: int | None,
        seed: int,
        options: dict[str, Any],
        tell: Tell,
        overlap: int,
    ) -> tuple[Iterator[Pose], int]:
        """Sentences in windows that share so many latent frames, and the frames of that where ``frames`` are given."""
        if overlap < 1:
            raise UserError(f"overlap {overlap}: give 0 or more latent frames")
        lengths: list[int] | None = None
        made = 0
        if frames is not None:
            stride = self.autoencoder.spec.stride
            whole = frames + overlap * stride * (len(sentences) - 1)
            counts, made = windowed(self.lengths(whole, sentences, options, tell), stride, overlap)
            lengths = (counts * stride).tolist()

        latents = self.windows(sentences, lengths, seed, options, overlap)
        return decoded(self.autoencoder, latents, None, self.around), made

    def windows(
        self, sentences: Sequence[str], lengths: Sequence[int] | None, seed: int, options: dict[str, Any], overlap: int
    ) -> Iterator[torch.Tensor]:
        """What each sentence adds [n, J', D] to one latent, in windows of these lengths in frames or of their own."""

        def window(place: int, before: torch.Tensor | None) -> torch.Tensor:
            length = None if lengths is None else lengths[place]
            return self._window(sentences[place], length, sentence_seed(seed, place), options, before)

        return overlapping(window, len(sentences), overlap)

    @property
    def network(self) -> Any:
        """The denoiser."""
        return self.denoiser

    @torch.inference_mode()
    def _sample(
        self, text: TextFeatures, lengths, rows, sampling: Sampling, seed: int, known: Known | None = None
    ) -> torch.Tensor:
        spec = self.autoencoder.spec
        denoiser = self._halved if sampling.precision == "bf16" else self.denoiser
        counts = torch.from_numpy(-(-lengths // spec.stride))
        text = text.cut().to(self.device)
        shapes = [(int(n), spec.slots, spec.width) for n in counts]
        seeds = [step_seed(seed, int(row)) for row in rows]

        def noise(seeds: list[int]) -> torch.Tensor:
            return torch.nn.utils.rnn.pad_sequence(seeded_noise(shapes, seeds), batch_first=True).to(self.device)

        frames = frame_mask(counts, device=self.device)

        def fresh(step: int) -> torch.Tensor:
            return noise([step_seed(seed, step, _ADDED) for seed in seeds])

        predict = predictor(denoiser, text, frames, sampling.precision)
        clean = sampling.run(predict, noise(seeds), frames, denoiser.settings.diffusion, fresh, known)
        return clean * frames[:, :, None, None]

    def _lengths(self, text: TextFeatures, seed: int | None) -> np.ndarray:
        """Frames of each text [B]; drawn by ``seed`` and place of the text where a seed is given."""
        levels = None if seed is None else length_levels(seed, range(len(text.mask)))
        return head_lengths(self.denoiser, text, levels).numpy() * self.autoencoder.spec.stride

    @cached_property
    def _halved(self) -> Any:
        """The denoiser with matrices in bf16."""
        return halved(self.denoiser)


_ADDED = 2
"""Stream of random numbers that noise added on the way is drawn from; 0 is the first noise's, 1 that of lengths."""
