"""Layers over frames alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def neighbours(x: torch.Tensor, dilation: int = 1) -> torch.Tensor:
    """What a convolution of kernel 3 over frames sees: [B, T, J, C] -> [B, T, J, 3 C], zeros beyond both ends."""
    padded = F.pad(x, (0, 0, 0, 0, dilation, dilation))
    return torch.cat([padded[:, : x.shape[1]], x, padded[:, 2 * dilation :]], -1)


class TemporalBlock(nn.Module):
    """Residual convolution of kernel 3 over frames, ``dilation`` frames between taps, ``inner`` channels inside.

    [B, T, J, C] and mask [B, T] -> [B, T, J, C]; masked frames stay zero, so padding never changes valid frames.
    """

    def __init__(self, width: int, inner: int, dilation: int = 1):
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(width)
        self.temporal = nn.Linear(3 * width, inner)
        self.out = nn.Linear(inner, width)
        nn.init.zeros_(self.out.bias)

    def forward(self, h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        frames = mask[:, :, None, None].to(h.dtype)
        taps = neighbours(self.norm(h) * frames, self.dilation)
        return h + self.out(F.gelu(self.temporal(taps))) * frames
