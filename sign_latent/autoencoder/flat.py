"""Encoder and decoder without skeletal structure: one vector a frame, convolutions over frames alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import nn

from sign_latent.autoencoder.backbone import PoseSettings, down, temporal_levels, up
from sign_latent.autoencoder.layout import Layout
from sign_latent.layers.temporal import TemporalBlock


@dataclass
class FlatSettings(PoseSettings):
    """Size of a flat encoder and decoder."""

    width: int = 128
    """Channels of a frame inside the model."""
    inner: int | None = None
    """Channels inside a block; fewer than the width let a model be wide at few parameters (default: the width)."""
    dilations: list[int] = field(default_factory=lambda: [1])
    """Frames between the taps of the blocks of a level; where there are more blocks they come round again."""

    @property
    def slots(self) -> int:
        """J': all of a frame is one vector."""
        return 1


def flat_levels(settings: FlatSettings) -> nn.ModuleList:
    """Temporal blocks at each temporal resolution."""
    reach, inner = settings.dilations, settings.inner or settings.width
    return temporal_levels(
        settings.stride,
        lambda: (TemporalBlock(settings.width, inner, reach[i % len(reach)]) for i in range(settings.blocks)),
    )


class FlatEncoder(nn.Module):
    """Normalised features [B, T, J, W] and mask [B, T] -> [B, N', 1, C] and its mask."""

    def __init__(self, layout: Layout, settings: FlatSettings):
        super().__init__()
        chosen = existing(layout)
        self.register_buffer("chosen", torch.tensor(chosen), persistent=False)
        self.frame = nn.Linear(len(chosen), settings.width)
        self.levels = flat_levels(settings)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        h = self.frame(x.flatten(2)[..., self.chosen])
        return down(self.levels, (h * mask[..., None].to(h.dtype))[:, :, None], mask)


class FlatDecoder(nn.Module):
    """[B, N', 1, C] and frame mask [B, T] -> normalised features [B, T, J, W]."""

    def __init__(self, layout: Layout, settings: FlatSettings):
        super().__init__()
        self.shape = (layout.nodes, layout.width)
        chosen = existing(layout)
        self.register_buffer("chosen", torch.tensor(chosen), persistent=False)
        self.levels = flat_levels(settings)
        self.frame = nn.Linear(settings.width, len(chosen))

    def forward(self, h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        features = self.frame(up(self.levels, h, mask)[:, :, 0])
        empty = features.new_zeros(*mask.shape, self.shape[0] * self.shape[1])
        return empty.index_copy(2, self.chosen, features).unflatten(2, self.shape)


def existing(layout: Layout) -> list[int]:
    """Places of the features that exist among all J × W of a frame."""
    columns = layout.point_columns.stop
    places = [node * layout.width + column for node in range(len(layout.points)) for column in range(columns)]
    return places + [(layout.nodes - 1) * layout.width + column for column in range(layout.expression)]
