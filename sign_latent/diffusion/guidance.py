"""Classifier-free guidance."""

import torch


def guided(conditional: torch.Tensor, unconditional: torch.Tensor, weight: float) -> torch.Tensor:
    """u + w (c − u) (Ho & Salimans 2022): w = 1 is the conditional prediction, 0 the unconditional one."""
    return unconditional + weight * (conditional - unconditional)
