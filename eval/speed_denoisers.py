"""How fast a denoiser of Sign-SALD's size samples and trains: entries of the table of `eval.speed`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from eval.cost import Cost
from eval.speed_autoencoders import small_vae
from sign_latent.denoiser.loss import LatentBatch, denoising_loss
from sign_latent.denoiser.sald import SaldDenoiser, SaldSettings
from sign_latent.generation.precision import autocast, halved
from sign_latent.generation.sampling import Sampling, predictor
from sign_latent.text.encoder import TextFeatures

if TYPE_CHECKING:
    from eval.speed import Bench

FRAMES, BATCH, TOKENS = 64, 8, 10
"""Latent frames of a clip (256 frames), clips of a training step, tokens of a text."""
STEPS, FEW = 50, 4
PAPER = {"width": 256, "layers": 5, "heads": 8, "feed": 4, "text_layers": 0, "dropout": 0.1}
"""The size of configs/denoiser/paper.yaml, over the latent of a small skeletal VAE."""
SIZES: dict = {**PAPER, "text_width": 512, "sentence_width": 512}


def texts(settings: SaldSettings, count: int) -> TextFeatures:
    """Texts of random features."""
    mask = torch.ones(count, TOKENS, dtype=torch.bool)
    tokens = torch.randn(count, TOKENS, settings.text_width)
    return TextFeatures(torch.randn(count, settings.sentence_width), tokens, mask)


def sampling(bench: Bench, steps: int, guidance: float, precision: str) -> Cost:
    """A clip from noise to poses: read the text, sample (both halves of guidance in one batch), decode."""
    vae, model = small_vae().eval(), SaldDenoiser(SaldSettings(**SIZES)).eval()
    spec, settings, read = vae.spec, model.settings.diffusion, texts(model.settings, 1)
    noise, frames = torch.randn(1, FRAMES, spec.slots, spec.width), torch.ones(1, FRAMES, dtype=torch.bool)
    how = Sampling.of(settings, steps=steps, guidance=guidance, precision=precision)
    model = halved(model) if precision == "bf16" else model

    def once() -> None:
        clean = how.run(predictor(model, read, frames, precision), noise, frames, settings, None)
        vae.poses(clean, [FRAMES * spec.stride])

    with torch.inference_mode():
        return bench.cost(once)


def training(bench: Bench, precision: str) -> Cost:
    """An optimiser step of the denoising loss on clips of which none is padded."""
    model = SaldDenoiser(SaldSettings(**SIZES)).train()
    shape = (BATCH, FRAMES, model.settings.latent_slots, model.settings.latent_width)
    frames = torch.ones(shape[:2], dtype=torch.bool)
    batch = LatentBatch(torch.randn(shape), torch.full(shape, 0.1), frames, texts(model.settings, BATCH))
    return step_cost(bench, model, denoising_loss, batch, precision)


def step_cost(
    bench: Bench, model: torch.nn.Module, loss: Callable[..., dict[str, torch.Tensor]], batch: object, precision: str
) -> Cost:
    """An optimiser step: the loss, its gradients, new weights."""
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4, fused=True)

    def once() -> None:
        with autocast(precision):
            found = loss(model, batch)["loss"]
        found.backward()
        optimiser.step()
        optimiser.zero_grad()

    return bench.cost(once)


DENOISERS: dict[str, Callable[[Bench], Cost]] = {
    "sald_50_steps": lambda bench: sampling(bench, STEPS, 2.0, "32"),
    "sald_50_steps_bf16": lambda bench: sampling(bench, STEPS, 2.0, "bf16"),
    "sald_4_steps": lambda bench: sampling(bench, FEW, 1.0, "32"),
    "sald_4_steps_bf16": lambda bench: sampling(bench, FEW, 1.0, "bf16"),
    "sald_step": lambda bench: training(bench, "32"),
    "sald_step_bf16": lambda bench: training(bench, "bf16"),
}
"""What can be measured -> what it costs, with 10.2 M parameters on 64 latent frames of 7 slots: 256 frames sampled in
50 guided steps and decoded, or in the 4 of a student whose guidance is built in; a training step of 8 clips."""
