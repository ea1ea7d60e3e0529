"""Text → length → latent → pose, with no data set present."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from sign_latent.autoencoder.contract import Autoencoder, frame_mask
from sign_latent.diffusion.guidance import guided
from sign_latent.diffusion.samplers import ddim, seeded_noise
from sign_latent.diffusion.schedules import signal_levels
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose
from sign_latent.registry import Card
from sign_latent.text.encoder import TextFeatures
from sign_latent.text.languages import validate_signed, validate_spoken
from sign_latent.text.vocabulary import Vocabulary
from sign_latent.training import step_seed

LONGEST_TEXT = 1000
"""Characters of one sentence; paragraphs are to be split."""


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
    ) -> list[Pose]:
        """Poses of texts; ``speed`` 2 signs twice as fast.

        ``frames`` fixes the lengths, else the length head predicts them. The noise of text i depends on ``seed`` and i
        alone: the same seed and batch give the same bits, another batch size the same poses up to rounding. Raises
        UserError for an empty or overlong text, a language the model does not know, or impossible numbers.
        """
        self._check(texts, spoken_language, signed_language)
        settings = self.denoiser.settings.diffusion
        steps = settings.sampling_steps if steps is None else steps
        guidance = settings.guidance if guidance is None else guidance
        if not 0.1 <= speed <= 10:
            raise UserError(f"speed {speed}: give a factor from 0.1 to 10")
        if not math.isfinite(guidance):
            raise UserError(f"guidance {guidance}: give a finite weight, such as {settings.guidance:g}")
        text = self.encoder.encode([self.vocabulary.separate(t) for t in texts])
        lengths = self._lengths(text, frames)
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
    def _lengths(self, text: TextFeatures, frames) -> np.ndarray:
        """Frames of each text [B]."""
        count = len(text.mask)
        if frames is not None:
            given = np.broadcast_to(np.asarray(frames), (count,))  # of Python's numbers where one is huge
            if given.min() < 1 or given.max() > 5000:
                raise UserError(f"frames {frames}: give 1 to 5000 frames a clip")
            return given.astype(np.int64)
        context = self.denoiser.read(text)
        latent = self.denoiser.length.choose(self.denoiser.length(context.tokens, context.mask))
        return latent.numpy() * self.autoencoder.spec.stride

    def _check(self, texts: Sequence[str], spoken: str | None, signed: str | None) -> None:
        for text in texts:
            check_text(text)
        for kind, tag, valid in (("spoken", spoken, validate_spoken), ("signed", signed, validate_signed)):
            known = self.card.languages.get(kind, [])
            if tag is not None and valid(tag) not in known:
                raise UserError(
                    f"{kind} language {tag}: model {self.card.name} knows {', '.join(known)}; "
                    "choose one of them or another model"
                )


def check_text(text: str, where: str = "") -> None:
    """UserError for a text that is empty, wordless, overlong or undecodable, ``where`` it stands."""
    place = f"{where}: " if where else ""
    if not text.strip():
        raise UserError(f"{place}text is empty; give a sentence to sign")
    if any("\ud800" <= character <= "\udfff" for character in text):  # what Python makes of undecodable arguments
        raise UserError(f"{place}text {text[:20]!a} is not UTF-8; give a sentence in UTF-8")
    if not any(character.isalnum() for character in text):
        raise UserError(f"{place}text '{text[:20]}' has no words; give a sentence to sign")
    if len(text) > LONGEST_TEXT:
        raise UserError(f"{place}text of {len(text)} characters; give at most {LONGEST_TEXT}, a sentence at a time")


def _doubled(text: TextFeatures) -> TextFeatures:
    """The texts followed by as many empty ones: both halves of guidance in one batch."""
    none = text.emptied()
    return TextFeatures(*(torch.cat([getattr(text, k), getattr(none, k)]) for k in ("sentence", "tokens", "mask")))


def at_speed(pose: Pose, speed: float) -> Pose:
    """The same signing ``speed`` times as fast at the same frame rate."""
    if speed == 1.0:
        return pose
    return replace(pose.resampled(pose.fps / speed), fps=pose.fps)
