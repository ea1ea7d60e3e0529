"""From noise to a clean latent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence

import torch

from sign_latent.diffusion.predictions import to_clean, to_noise
from sign_latent.diffusion.schedules import trailing_steps

Denoise = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(z_t [B, …], t [B] long) -> prediction [B, …]."""


def seeded_noise(shapes: Sequence[Sequence[int]], seeds: Sequence[int]) -> list[torch.Tensor]:
    """Standard normal noise, a generator for each sample, so that a sample's noise does not depend on its batch."""
    return [
        torch.randn(*shape, generator=torch.Generator().manual_seed(seed))
        for shape, seed in zip(shapes, seeds, strict=True)
    ]


def ddim(
    denoise: Denoise,
    noise: torch.Tensor,
    levels: torch.Tensor,
    prediction: str,
    steps: int,
    clamp: float | None = None,
) -> torch.Tensor:
    """Deterministic DDIM (Song et al. 2021, eq. 12, η = 0) on trailing steps; returns z_0."""
    return deque(ddim_path(denoise, noise, levels, prediction, steps, clamp), maxlen=1).pop()


def ddim_path(
    denoise: Denoise,
    noise: torch.Tensor,
    levels: torch.Tensor,
    prediction: str,
    steps: int,
    clamp: float | None = None,
) -> Iterator[torch.Tensor]:
    """The clean latent as predicted at each step of ``ddim``; the last one is the sample.

    ``clamp`` bounds |z_0| (latents are whitened, so 6 is far outside); the noise is derived again after it.
    """
    z = noise
    visited = trailing_steps(len(levels), steps)
    for i, t in enumerate(visited):
        level = levels[t].to(z)
        output = denoise(z, torch.full((len(z),), t, dtype=torch.long, device=z.device))
        clean = to_clean(prediction, output, z, level)
        if clamp is not None:
            clean = clean.clamp(-clamp, clamp)
        yield clean
        if i + 1 < len(visited):
            following = levels[visited[i + 1]].to(z)
            z = following.sqrt() * clean + (1 - following).sqrt() * to_noise(clean, z, level)
