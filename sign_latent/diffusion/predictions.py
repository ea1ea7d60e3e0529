"""What a denoiser may predict: the noise ε, the clean latent x0 or one of two velocities; how each gives the others.

v = sqrt(ᾱ) ε − sqrt(1 − ᾱ) z_0 (Salimans & Ho 2022); flow = ε − z_0, that of the straight line from data to noise (Liu
et al. 2023). All levels ᾱ broadcast against the latent.
"""

from __future__ import annotations

import torch

from sign_latent.errors import UserError

PREDICTIONS = ("epsilon", "x0", "v", "flow")


def add_noise(clean: torch.Tensor, noise: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """z_t = sqrt(ᾱ) z_0 + sqrt(1 − ᾱ) ε."""
    return level.sqrt() * clean + (1 - level).sqrt() * noise


def training_target(kind: str, clean: torch.Tensor, noise: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """What the denoiser is trained to predict."""
    check_prediction(kind)
    targets = {
        "epsilon": lambda: noise,
        "x0": lambda: clean,
        "v": lambda: level.sqrt() * noise - (1 - level).sqrt() * clean,
        "flow": lambda: noise - clean,
    }
    return targets[kind]()


def to_clean(kind: str, output: torch.Tensor, noisy: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """z_0 from a prediction; for ε alone this is undefined at ᾱ = 0."""
    check_prediction(kind)
    found = {
        "epsilon": lambda: (noisy - (1 - level).sqrt() * output) / level.sqrt(),
        "x0": lambda: output,
        "v": lambda: level.sqrt() * noisy - (1 - level).sqrt() * output,
        "flow": lambda: (noisy - (1 - level).sqrt() * output) / (level.sqrt() + (1 - level).sqrt()),
    }
    return found[kind]()


def to_noise(clean: torch.Tensor, noisy: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """ε that agrees with a clean latent, derived after any clamping of it."""
    return (noisy - level.sqrt() * clean) / (1 - level).sqrt().clamp(min=1e-8)


def check_prediction(kind: str, levels: torch.Tensor | None = None) -> None:
    """UserError for an unknown prediction, and for ε where the last of the levels ᾱ [T] is pure noise."""
    if kind not in PREDICTIONS:
        raise UserError(f"unknown prediction {kind!r}; known: {', '.join(PREDICTIONS)}")
    if kind == "epsilon" and levels is not None and levels[-1] == 0:
        raise UserError("prediction epsilon says nothing of a pure noise, in which this schedule ends; predict v")
