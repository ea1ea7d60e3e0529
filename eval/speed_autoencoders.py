"""How fast autoencoders train, encode and decode: entries of the table of `eval.speed`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.fsq import PoseFSQ, PoseFSQSettings
from sign_latent.autoencoder.skeletal_vae import SkeletalVAE, SkeletalVAESettings

if TYPE_CHECKING:
    from eval.speed import Bench

VAE_BATCH, FSQ_BATCH = (8, 256), (4, 64)
"""Clips and frames."""


def small_vae() -> SkeletalVAE:
    """A skeletal VAE of 0.16 M parameters on the 46 nodes of `smplx`."""
    return SkeletalVAE(SkeletalVAESettings(width=48, joint_width=16))


def batch(model: Autoencoder, clips: int, frames: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features near the rest pose, confidence and mask, all frames valid."""
    generator = torch.Generator().manual_seed(0)
    shape = (clips, frames, model.layout.nodes, model.layout.width)
    features = 0.2 * torch.randn(shape, generator=generator)
    if model.layout.rotations:
        features[..., [0, 4]] += 1  # the identity, as a rotation in six numbers
    return features, torch.ones(shape[:3]), torch.ones(shape[:2], dtype=torch.bool)


def step(model: Autoencoder, clips: int, frames: int, half: bool = False) -> Callable[[], None]:
    """One optimiser step on such a batch; under bf16 autocast where ``half``."""
    made = batch(model.train(), clips, frames)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-4)

    def once() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = model.loss(*made)["loss"]
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    return once


def vae_step(bench: Bench) -> float:
    """A training step of a skeletal VAE of 0.16 M parameters on 8 clips of 256 frames."""
    return bench.seconds(step(small_vae(), *VAE_BATCH))


def vae_step_bf16(bench: Bench) -> float:
    """The same under bf16 autocast."""
    return bench.seconds(step(small_vae(), *VAE_BATCH, half=True))


def vae_encode_decode(bench: Bench) -> float:
    """Features of 8 clips of 256 frames to latents and back to bodies."""
    model = small_vae().eval()
    features, _, mask = batch(model, *VAE_BATCH)

    def once() -> None:
        model.decode(model.posterior(features, mask)[0], mask.sum(1).tolist())

    with torch.inference_mode():
        return bench.seconds(once)


def fsq_step(bench: Bench) -> float:
    """A training step of the FSQ autoencoder at its default size on 4 clips of 64 frames."""
    return bench.seconds(step(PoseFSQ(PoseFSQSettings()), *FSQ_BATCH))


AUTOENCODERS: dict[str, Callable[[Bench], float]] = {
    "vae_step": vae_step,
    "vae_step_bf16": vae_step_bf16,
    "vae_encode_decode": vae_encode_decode,
    "fsq_step": fsq_step,
}
"""What can be measured -> seconds of it."""
