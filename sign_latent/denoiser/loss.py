"""The denoising loss of any denoiser over any latent, and what may be added to it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from sign_latent.denoiser.semantic import SemanticLoss
from sign_latent.diffusion.predictions import add_noise, to_clean, training_target
from sign_latent.diffusion.schedules import signal_levels
from sign_latent.diffusion.settings import DiffusionSettings
from sign_latent.text.encoder import TextFeatures


@dataclass
class LatentBatch:
    """Whitened posterior mean and std [B, N', J', D], valid latent frames [B, N'], and the texts."""

    mean: torch.Tensor
    std: torch.Tensor
    frames: torch.Tensor
    text: TextFeatures
    meaning: torch.Tensor | None = None
    """An aligner's vectors of the texts [B, space], for semantic supervision."""


def masked_square(prediction: torch.Tensor, target: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Mean square error of each sample [B] over its valid frames."""
    error = (prediction.float() - target).square().mean((2, 3)) * frames
    return error.sum(1) / frames.sum(1)


@dataclass
class Denoised:
    """A prediction [B, N', J', D] beside what it should have been, at levels ᾱ [B, 1, 1, 1] of noisy latents."""

    output: torch.Tensor
    target: torch.Tensor
    noisy: torch.Tensor
    level: torch.Tensor

    def error(self, frames: torch.Tensor) -> torch.Tensor:
        """Square error of each sample [B] (Sign-SALD eq. 8, for any prediction)."""
        return masked_square(self.output, self.target, frames)

    def clean(self, settings: DiffusionSettings) -> torch.Tensor:
        """The clean latent that it means, within the bound of sampling: where little signal is left ε says little."""
        found = to_clean(settings.prediction, self.output.float(), self.noisy, self.level.clamp(min=1e-8))
        return found.clamp(-settings.clamp, settings.clamp)


def denoised(
    model, clean: torch.Tensor, noise: torch.Tensor, t: torch.Tensor, frames: torch.Tensor, context
) -> Denoised:
    """What the model predicts at steps t [B]."""
    settings: DiffusionSettings = model.settings.diffusion
    level = signal_levels(settings.schedule, settings.steps, settings.terminal).to(clean)[t][:, None, None, None]
    noisy = add_noise(clean, noise, level)
    target = training_target(settings.prediction, clean, noise, level)
    return Denoised(model(noisy, t, frames, context), target, noisy, level)


def drop_texts(text: TextFeatures, share: float) -> tuple[TextFeatures, torch.Tensor]:
    """Replaces a share of the texts, their marks with them, by the empty text; also tells which were kept [B]."""
    kept = torch.rand(len(text.mask), device=text.mask.device) >= share
    return replace(text, sentence=text.sentence * kept[:, None], mask=text.mask & kept[:, None]), kept


def drawn_steps(count: int, steps: int) -> torch.Tensor:
    """A random step below ``steps`` for each of a batch [B], stratified: the same marginal with less variance."""
    places = (torch.arange(count) + torch.rand(count)) / count
    return (places * steps).long().clamp(max=steps - 1)[torch.randperm(count)]


def denoising_loss(
    model, batch: LatentBatch, length_weight: float = 0.1, semantic: SemanticLoss | None = None
) -> dict[str, torch.Tensor]:
    """Denoising at a random step a sample, plus the length head's cross entropy on texts that were kept.

    With ``semantic`` the predicted clean latents of these are drawn to their texts as well.
    """
    settings: DiffusionSettings = model.settings.diffusion
    clean = batch.mean + batch.std * torch.randn_like(batch.std)
    text, kept = drop_texts(batch.text, settings.drop_text)
    t = drawn_steps(len(clean), settings.steps).to(clean.device)
    context = model.read(text)
    made = denoised(model, clean, torch.randn_like(clean), t, batch.frames, context)
    denoising = made.error(batch.frames).mean()
    logits = model.length(context.tokens, context.mask)
    length = model.length.loss(logits[kept], batch.frames.sum(1)[kept]) if kept.any() else logits.sum() * 0
    losses = {"loss": denoising + length_weight * length, "denoising": denoising, "length": length}
    if semantic is None or not kept.any():
        return losses
    predicted = made.clean(settings)
    drawn = semantic(predicted[kept], batch.frames[kept], batch.meaning[kept], t[kept], settings.steps)
    return losses | {"loss": losses["loss"] + semantic.settings.weight * drawn, "semantic": drawn}
