"""Condition guider: embeddings of conditions to what is added to the denoising U-Net on its way down."""

from __future__ import annotations

import torch
from diffusers.models.downsampling import Downsample2D
from diffusers.models.resnet import ResnetBlock2D
from torch import nn

from sign_latent.renderer.sign_video.settings import UNetSettings
from sign_latent.renderer.sign_video.temporal import TemporalLayer, begin_at_nothing, zero


class ConditionGuider(nn.Module):
    """Embeddings [B · F, C, h, w] of windows of F frames to a feature for each down block, at its size.

    Each level: residual convolutions, a temporal layer, and a projection that is zero at first.
    """

    def __init__(self, channels: int, settings: UNetSettings, blocks: int, window: int):
        super().__init__()
        widths, entering = settings.widths, [settings.widths[0], *settings.widths[:-1]]
        self.enter = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList(
            nn.Sequential(*(_convolutions(a if i == 0 else b, b, settings.groups) for i in range(blocks)))
            for a, b in zip(entering, widths, strict=True)
        )
        self.temporal = nn.ModuleList(_over_time(width, settings, window) for width in widths)
        self.leave = nn.ModuleList(
            zero(nn.Conv2d(width, wanted, 1)) for width, wanted in zip(widths, entering, strict=True)
        )
        self.down = nn.ModuleList(Downsample2D(width, use_conv=True) for width in widths[:-1])
        begin_at_nothing(self)

    def forward(self, embeddings: torch.Tensor, frames: int) -> list[torch.Tensor]:
        h, features = self.enter(embeddings), []
        for i, (block, temporal, leave) in enumerate(zip(self.blocks, self.temporal, self.leave, strict=True)):
            h = temporal(block(h), num_frames=frames)
            features.append(leave(h))
            if i < len(self.down):
                h = self.down[i](h)
        return features


class _Convolutions(ResnetBlock2D):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x, None)


def _convolutions(channels: int, out: int, groups: int) -> nn.Module:
    return _Convolutions(in_channels=channels, out_channels=out, groups=groups, temb_channels=None)


def _over_time(width: int, settings: UNetSettings, window: int) -> TemporalLayer:
    return TemporalLayer(
        settings.heads,
        width // settings.heads,
        in_channels=width,
        norm_num_groups=settings.groups,
        activation_fn="geglu",
        positional_embeddings="sinusoidal",
        num_positional_embeddings=max(window, 32),
    )
