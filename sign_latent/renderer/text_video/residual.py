"""Convolutional parts of the 3D U-Net, over [B, C, T, H, W] in channels-last memory; none of them changes T."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def silent(layer: nn.Conv3d) -> nn.Conv3d:
    """The same layer, starting at zero."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class ResidualBlock(nn.Module):
    """Two 3³ convolutions around the conditioning vector [B, E], which is added to each channel."""

    def __init__(self, width_in: int, width: int, condition: int, groups: int, dropout: float):
        super().__init__()
        self.norms = nn.ModuleList([nn.GroupNorm(groups, width_in), nn.GroupNorm(groups, width)])
        self.first = nn.Conv3d(width_in, width, 3, padding=1)
        self.condition = nn.Linear(condition, width)
        self.dropout = nn.Dropout3d(dropout)
        self.second = silent(nn.Conv3d(width, width, 3, padding=1))
        self.beside = nn.Identity() if width_in == width else nn.Conv3d(width_in, width, 1)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        h = self.first(F.silu(self.norms[0](x)))
        h = h + self.condition(condition).to(h.dtype)[:, :, None, None, None]
        return self.beside(x) + self.second(self.dropout(F.silu(self.norms[1](h))))


class Halve(nn.Module):
    """Half the height and width, all frames."""

    def __init__(self, width: int):
        super().__init__()
        self.convolution = nn.Conv3d(width, width, 3, (1, 2, 2), 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.convolution(x)


class Double(nn.Module):
    """Twice the height and width, the same frames."""

    def __init__(self, width: int):
        super().__init__()
        self.convolution = nn.Conv3d(width, width, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.convolution(F.interpolate(x, scale_factor=(1.0, 2.0, 2.0), mode="nearest"))


class ConvolutionBlock(nn.Module):
    """What stands in the place of a transformer where there is none: attention becomes a convolution over each frame.

    As in the transformer it is modulated by the conditioning vector (AdaLN-zero), and a pointwise feed-forward follows.
    """

    def __init__(self, width: int, condition: int, groups: int):
        super().__init__()
        self.norms = nn.ModuleList(nn.GroupNorm(groups, width) for _ in range(2))
        self.modulation = nn.Linear(condition, 3 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.over_frame = nn.Conv3d(width, width, (1, 3, 3), padding=(0, 1, 1))
        self.inner, self.outer = nn.Conv3d(width, 4 * width, 1), silent(nn.Conv3d(4 * width, width, 1))

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        shift, scale, gate = self.modulation(condition).to(x.dtype)[:, :, None, None, None].chunk(3, 1)
        x = x + gate * self.over_frame(self.norms[0](x) * (1 + scale) + shift)
        return x + self.outer(F.gelu(self.inner(self.norms[1](x))))
