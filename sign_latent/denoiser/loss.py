"""The denoising loss of any denoiser over any latent."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sign_latent.diffusion.predictions import add_noise, training_target
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


def masked_square(prediction: torch.Tensor, target: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Mean square error of each sample [B] over its valid frames."""
    error = (prediction.float() - target).square().mean((2, 3)) * frames
    return error.sum(1) / frames.sum(1)


def denoising_error(
    model, clean: torch.Tensor, noise: torch.Tensor, t: torch.Tensor, frames: torch.Tensor, context
) -> torch.Tensor:
    """Square error [B] of the prediction at steps t [B] (Sign-SALD eq. 8, for any prediction)."""
    settings: DiffusionSettings = model.settings.diffusion
    level = signal_levels(settings.schedule, settings.steps, settings.terminal).to(clean)[t][:, None, None, None]
    target = training_target(settings.prediction, clean, noise, level)
    return masked_square(model(add_noise(clean, noise, level), t, frames, context), target, frames)


def drop_texts(text: TextFeatures, share: float) -> tuple[TextFeatures, torch.Tensor]:
    """Replaces a share of the texts by the empty text; also tells which were kept [B]."""
    kept = torch.rand(len(text.mask), device=text.mask.device) >= share
    return TextFeatures(text.sentence * kept[:, None], text.tokens, text.mask & kept[:, None]), kept


def denoising_loss(model, batch: LatentBatch, length_weight: float = 0.1) -> dict[str, torch.Tensor]:
    """Denoising at a random step a sample, plus the length head's cross entropy on texts that were kept."""
    settings: DiffusionSettings = model.settings.diffusion
    clean = batch.mean + batch.std * torch.randn_like(batch.std)
    text, kept = drop_texts(batch.text, settings.drop_text)
    # stratified over the batch: the same marginal with less variance
    places = (torch.arange(len(clean)) + torch.rand(len(clean))) / len(clean)
    t = (places * settings.steps).long().clamp(max=settings.steps - 1)[torch.randperm(len(clean))].to(clean.device)
    context = model.read(text)
    denoising = denoising_error(model, clean, torch.randn_like(clean), t, batch.frames, context).mean()
    logits = model.length(context.tokens, context.mask)
    length = model.length.loss(logits[kept], batch.frames.sum(1)[kept]) if kept.any() else logits.sum() * 0
    return {"loss": denoising + length_weight * length, "denoising": denoising, "length": length}
