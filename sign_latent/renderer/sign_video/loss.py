"""The denoising loss of SignViP (eq. 5) on single frames, and on windows of them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from sign_latent.diffusion.predictions import add_noise, training_target
from sign_latent.renderer.sign_video.clips import VideoBatch
from sign_latent.renderer.sign_video.model import SignVideo


@dataclass
class SignVideoLossSettings:
    """What is dropped, swapped and weighed in training."""

    drop_reference: float = 0.1
    """Share of clips whose reference is not seen, so that a video can be made without one."""
    swapped: float = 0.001
    """p, probability that a frame's condition is another clip's (condition augmentation)."""
    hands: float = 4.0
    """How much more than elsewhere an error where a hand is counts."""
    most: float = 5.0
    """Bound of the weight of errors of x0, which is that of v, 1 / (1 − ᾱ)."""


def video_loss(model: SignVideo, batch: VideoBatch, settings: SignVideoLossSettings, together: bool) -> dict:
    """Mean square error of the prediction; ``together`` frames of a clip are a window of one noise level.

    Conditions and references are dropped at random, each by itself: ``diffusion.drop_text`` and ``drop_reference``.
    """
    how = model.settings.diffusion
    clips, frames = batch.video.shape[:2]
    kept = torch.rand(clips, device=batch.video.device) >= settings.drop_reference
    bank = model.bank(model.latents(batch.reference[:, None])[:, 0], kept)
    clean, embeddings = model.latents(batch.video), model.embed(batch.conditions)
    if not together:
        clean, embeddings = (x.flatten(0, 1)[:, None] for x in (clean, embeddings))
    seen = torch.rand(len(clean), device=clean.device) >= how.drop_text
    embeddings = embeddings * seen[:, None, None, None, None].to(embeddings)
    levels = how.levels().to(clean.device).float()
    t = torch.randint(how.steps, (len(clean),), device=clean.device)
    level = levels[t][:, None, None, None, None]
    noise = torch.randn_like(clean)
    found = model(add_noise(clean, noise, level), t, embeddings, bank)
    error = (found - training_target(how.prediction, clean, noise, level)).square()
    if how.prediction == "x0":
        error = error / (1 - level).clamp(min=1 / settings.most)
    weight = 1 + settings.hands * _shown(batch.hands, clean.shape[-2:]).view(len(clean), -1, 1, *clean.shape[-2:])
    return {"loss": (error * weight).sum() / weight.expand_as(error).sum(), "plain": error.mean().detach()}


def _shown(hands: torch.Tensor, places: torch.Size) -> torch.Tensor:
    """[B · F, h, w]: 1 at places of which any pixel shows a hand."""
    return F.adaptive_max_pool2d(hands.flatten(0, 1)[:, None].float(), tuple(places))[:, 0]
