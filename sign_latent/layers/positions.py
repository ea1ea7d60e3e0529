"""Sinusoidal embeddings of positions and timesteps, and a learned relative bias."""

from __future__ import annotations

import math

import torch
from torch import nn


def sinusoid(positions: torch.Tensor, width: int, longest: float = 10000.0) -> torch.Tensor:
    """[...] -> [..., width] (Vaswani et al. 2017)."""
    half = width // 2
    rates = torch.exp(-math.log(longest) * torch.arange(half, device=positions.device) / half)
    angles = positions[..., None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], -1)


def both_ends(mask: torch.Tensor, width: int) -> torch.Tensor:
    """Embedding [B, L, width] of the place counted from the start and from the last valid place of mask [B, L].

    So the end of a padded row is as well known as its start.
    """
    place = torch.arange(mask.shape[1], device=mask.device)
    remaining = mask.sum(1, keepdim=True) - 1 - place
    return sinusoid(place, width) + sinusoid(remaining.clamp(min=0), width).flip(-1)


class RelativeBias(nn.Module):
    """A learned bias a head and distance, distances beyond ``reach`` sharing the last: [1, heads, L, L]."""

    def __init__(self, heads: int, reach: int = 16):
        super().__init__()
        self.reach = reach
        self.table = nn.Parameter(torch.zeros(heads, 2 * reach + 1))

    def forward(self, length: int) -> torch.Tensor:
        place = torch.arange(length, device=self.table.device)
        distance = (place[None] - place[:, None]).clamp(-self.reach, self.reach) + self.reach
        return self.table[:, distance][None]
