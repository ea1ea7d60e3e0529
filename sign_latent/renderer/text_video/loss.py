"""The loss of text to video: denoising at a random step a clip, a share of the texts dropped."""

from __future__ import annotations

import numpy as np
import torch

from sign_latent.denoiser.loss import LatentBatch, denoised, drawn_steps, drop_texts
from sign_latent.text.encoder import TextFeatures


def to_latent(videos: np.ndarray) -> torch.Tensor:
    """Pictures uint8 [B, T, H, W, 3] as a latent [B, T, H · W, 3] in [-1, 1]."""
    return (torch.from_numpy(videos).float() / 127.5 - 1).flatten(2, 3)


def to_pictures(latent: torch.Tensor, size: int) -> np.ndarray:
    """The inverse of ``to_latent``, values beyond [-1, 1] clipped: uint8 [B, T, H, W, 3]."""
    pixels = ((latent.float().clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8)
    return pixels.unflatten(2, (size, -1)).cpu().numpy()


def video_batch(videos: np.ndarray, text: TextFeatures) -> LatentBatch:
    """Pictures uint8 [B, T, H, W, 3] and their texts as the denoising loss and the audit take them."""
    clean = to_latent(videos)
    exact = clean.new_zeros(()).expand(clean.shape)
    return LatentBatch(clean, exact, torch.ones(clean.shape[:2], dtype=torch.bool), text)


def video_loss(model, batch: LatentBatch) -> dict[str, torch.Tensor]:
    """Mean square error of what the model predicts; the same noise is in the input and in the target."""
    settings, text = model.settings.diffusion, batch.text
    if model.settings.text == "random":
        text = text.of_others(torch.randperm(len(text.mask)))
    text, _ = drop_texts(text, settings.drop_text)
    t = drawn_steps(len(batch.mean), settings.steps).to(batch.mean.device)
    made = denoised(model, batch.mean, torch.randn_like(batch.mean), t, batch.frames, model.read(text))
    return {"loss": made.error(batch.frames).mean()}
