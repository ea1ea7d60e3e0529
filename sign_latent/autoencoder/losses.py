"""Losses of pose autoencoders as small functions; each a mean over valid entries, weights broadcast."""

from __future__ import annotations

import torch


def masked_mean(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean of ``values`` with ``weights`` broadcast to their shape."""
    weights = weights.expand_as(values)
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)


def smooth_l1(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor, beta: float = 0.1) -> torch.Tensor:
    """Huber-like L1, quadratic below ``beta``."""
    difference = (prediction - target).abs()
    value = torch.where(difference < beta, difference.square() / (2 * beta), difference - beta / 2)
    return masked_mean(value, weights)


def l1(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """L1, as in Sign-SALD eq. (4)."""
    return masked_mean((prediction - target).abs(), weights)


def velocity(x: torch.Tensor, weights: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Differences of neighbouring frames [B, T-1, …] and the weights where both are valid."""
    return x[:, 1:] - x[:, :-1], weights[:, 1:] * weights[:, :-1]


def difference_l1(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor, order: int) -> torch.Tensor:
    """L1 of the order-th temporal difference: 1 = velocity, 2 = acceleration."""
    error = prediction - target
    for _ in range(order):
        error, weights = velocity(error, weights)
    return masked_mean(error.abs(), weights)


def gaussian_kl(mean: torch.Tensor, std: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, std²) || N(0, 1)), mean over valid latent values; mask [B, N']."""
    kl = 0.5 * (mean.square() + std.square() - 1 - 2 * std.clamp(min=1e-6).log())
    return masked_mean(kl, mask[:, :, None, None].to(kl.dtype))
