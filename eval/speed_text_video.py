"""How fast text becomes pixels: entries of the table of `eval.speed`, of the network of configs/text_video/medium.yaml."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from eval.cost import Cost
from sign_latent.denoiser.loss import LatentBatch
from sign_latent.generation.precision import autocast, halved
from sign_latent.generation.sampling import Sampling, predictor
from sign_latent.renderer.text_video.loss import video_loss
from sign_latent.renderer.text_video.settings import TextVideoSettings
from sign_latent.renderer.text_video.unet import TextVideo
from sign_latent.text.encoder import TextFeatures

if TYPE_CHECKING:
    from eval.speed import Bench

FRAMES, LONG, BATCH, TOKENS, STEPS = 16, 32, 1, 10, 8
"""Frames of a training clip and of a sampled one, clips of a training step, tokens of a text, sampling steps."""
MEDIUM = {"base": 32, "multiples": [1, 2, 4, 6], "heads": 4, "dropout": 0.0}
"""Settings of configs/text_video/medium.yaml."""
SIZES: dict = {**MEDIUM, "text_width": 768, "sentence_width": 384}


def texts(settings: TextVideoSettings, count: int) -> TextFeatures:
    """Texts of random features."""
    tokens = torch.randn(count, TOKENS, settings.text_width)
    return TextFeatures(torch.randn(count, settings.sentence_width), tokens, torch.ones(tokens.shape[:2], dtype=bool))


def sampling(bench: Bench, precision: str) -> Cost:
    """A clip of `LONG` frames from noise in `STEPS` guided steps, both halves of guidance in one batch."""
    model = TextVideo(TextVideoSettings(**SIZES)).eval()
    settings, noise = model.settings.diffusion, torch.randn(1, LONG, model.settings.size**2, 3)
    read, frames = texts(model.settings, 1), torch.ones(1, LONG, dtype=torch.bool)
    how = Sampling.of(settings, steps=STEPS, guidance=5.0, precision=precision)
    model = halved(model) if precision == "bf16" else model
    with torch.inference_mode():
        return bench.cost(lambda: how.run(predictor(model, read, frames, precision), noise, frames, settings, None))


def training(bench: Bench, precision: str) -> Cost:
    """An optimiser step on `BATCH` clips of `FRAMES` frames."""
    model = TextVideo(TextVideoSettings(**SIZES)).train()
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)
    clean = torch.rand(BATCH, FRAMES, model.settings.size**2, 3) * 2 - 1
    frames = torch.ones(clean.shape[:2], dtype=torch.bool)
    batch = LatentBatch(clean, torch.zeros(()).expand(clean.shape), frames, texts(model.settings, BATCH))

    def once() -> None:
        with autocast(precision):
            loss = video_loss(model, batch)["loss"]
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    return bench.cost(once)


TEXT_VIDEOS: dict[str, Callable[[Bench], Cost]] = {
    "text_video_step": lambda bench: training(bench, "32"),
    "text_video_step_bf16": lambda bench: training(bench, "bf16"),
    "text_video_8_steps": lambda bench: sampling(bench, "32"),
    "text_video_8_steps_bf16": lambda bench: sampling(bench, "bf16"),
}
"""What can be measured -> what it costs, with 42.8 M parameters at 64 x 64 pixels."""
