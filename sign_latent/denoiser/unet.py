"""Text2SignDiff's denoiser: a U-Net over latent time, conditioned on the step and, by cross attention, on the text.

z_t [B, N', J', D] -> prediction of the same shape; the slots of a latent frame are one vector. The paper says no more
than that it is a U-Net. Ours has in every layer a convolution, attention among frames and attention to the words. Time
is halved by the mean of pairs of valid frames and doubled again, so that any length is whole, and the halves of a
padded row are those of the row alone.
"""

from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import nn

from sign_latent.denoiser.base import CommonSettings, Denoiser, silent_linear
from sign_latent.denoiser.layer import Context, DenoiserLayer
from sign_latent.layers.positions import both_ends
from sign_latent.layers.skeletal import pool_time, unpool_time

KINDS = ("convolution", "temporal", "cross")


@dataclass
class UNetSettings(CommonSettings):
    """Sizes of the U-Net; the paper is silent on them."""

    multiples: list[int] = field(default_factory=lambda: [1, 1, 2])
    """Channels of each resolution as multiples of width; each has half the frames of the one before."""
    blocks: int = 1
    """Layers of each resolution, on the way down and on the way up; the lowest is passed once."""


class UNetDenoiser(Denoiser):
    """Text2SignDiff's denoiser over any latent."""

    Settings = UNetSettings

    def __init__(self, settings: UNetSettings):
        super().__init__(settings)
        s = settings
        widths = [s.width * m for m in s.multiples]
        flat = s.latent_slots * s.latent_width

        def level(width: int) -> nn.ModuleList:
            how = (KINDS, width, s.heads, s.feed * width, s.dropout, s.width)
            return nn.ModuleList(DenoiserLayer(*how) for _ in range(s.blocks))

        pairs = list(pairwise(widths))
        self.inward = nn.Linear(flat, widths[0])
        self.down = nn.ModuleList(level(width) for width in widths)
        self.narrow = nn.ModuleList(nn.Linear(above, below) for above, below in pairs)
        self.merge = nn.ModuleList(nn.Linear(below + above, above) for above, below in pairs)
        self.up = nn.ModuleList(level(width) for width in widths[:-1])
        self.norm = nn.LayerNorm(widths[0])
        self.outward = silent_linear(widths[0], flat)

    def forward(self, z: torch.Tensor, t: torch.Tensor, frames: torch.Tensor, context: Context) -> torch.Tensor:
        h = (self.inward(z.flatten(2)) + both_ends(frames, self.inward.out_features))[:, :, None]
        time, mask, kept = self.condition(t, context), frames, []
        for i, level in enumerate(self.down):
            if i:
                kept.append((h, mask))
                h, mask = pool_time(h, mask)
                h = self.narrow[i - 1](h)
            for layer in level:
                h = layer(h, time, mask, context)
        for level, merge in zip(reversed(self.up), reversed(self.merge), strict=True):
            beside, mask = kept.pop()
            h = merge(torch.cat([unpool_time(h, mask), beside], -1))
            for layer in level:
                h = layer(h, time, mask, context)
        return self.outward(self.norm(h[:, :, 0])).float().unflatten(-1, z.shape[2:]) * frames[:, :, None, None]
