"""Classifier-free guidance, and what keeps strong guidance from spoiling the latent."""

import torch


def guided(conditional: torch.Tensor, unconditional: torch.Tensor, weight: float) -> torch.Tensor:
    """u + w (c − u) (Ho & Salimans 2022): w = 1 is the conditional prediction, 0 the unconditional one."""
    return unconditional + weight * (conditional - unconditional)


def rescaled(guided: torch.Tensor, conditional: torch.Tensor, frames: torch.Tensor, share: float) -> torch.Tensor:
    """Guided predictions [B, N', J', D] at the deviation of the conditional ones (Lin et al. 2024, eqs. 15 and 16).

    share: φ, from 0 (as it was) to 1. The deviation is that of a sample over its valid frames [B, N'].
    """
    wide, wanted = (_deviation(x, frames) for x in (guided, conditional))
    return guided * (1 - share + share * wanted / wide.clamp(min=1e-8))


def within(t: int, steps: int, interval: tuple[float, float]) -> bool:
    """Whether step t of T lies in an interval of shares of T, the upper end excluded unless it is 1.

    Guidance in a limited interval: Kynkäänniemi et al. 2024.
    """
    low, high = interval
    return low * steps <= t and (t < high * steps)


def _deviation(x: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    valid = frames[:, :, None, None].to(x.dtype)
    count = valid.sum((1, 2, 3), keepdim=True) * x.shape[2] * x.shape[3]
    mean = (x * valid).sum((1, 2, 3), keepdim=True) / count
    return (((x - mean) * valid).square().sum((1, 2, 3), keepdim=True) / count).sqrt()
