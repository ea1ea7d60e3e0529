"""The skeletal-temporal encoder and decoder (Sign-SALD, fig. 2) around any bottleneck.

Encoder: per-joint MLP, optional STConv over joints, skeletal pooling to J' slots, then levels of STConv blocks and
temporal halving. The decoder mirrors it. The paper is silent on depth, widths and on where pooling stands; pooling
before the STConv blocks of the levels was both faster and more exact in trials, and ``joint_blocks`` puts blocks before
it as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from sign_latent.autoencoder.layout import Layout
from sign_latent.errors import UserError
from sign_latent.layers.skeletal import (
    JointMLP,
    SkeletalPool,
    SkeletalUnpool,
    STConv,
    halved_masks,
    pool_time,
    unpool_time,
)


@dataclass
class BackboneSettings:
    """Size of the skeletal-temporal encoder and decoder."""

    skeleton: str = "smplx"
    """Name of the skeleton."""
    fps: float = 25.0
    """Frames a second of the poses."""
    unseen: tuple[str, ...] = ()
    """Points that no training clip shows; they are decoded with confidence 0."""
    slots: int = 7
    """J': slots of the latent; a key of the skeleton's pooling maps, or 1 for a flat latent."""
    stride: int = 4
    """Frames a latent frame: 1, 2, 4 or 8."""
    width: int = 64
    """Channels of a slot inside the model."""
    joint_width: int = 32
    """Channels of a joint before pooling."""
    joint_blocks: int = 0
    """STConv blocks at joint resolution, before pooling."""
    blocks: int = 1
    """STConv blocks a temporal level."""


def halvings(stride: int) -> int:
    """log2 of the stride; UserError unless it is 1, 2, 4 or 8."""
    if stride not in (1, 2, 4, 8):
        raise UserError(f"stride {stride}: temporal pooling halves; give 1, 2, 4 or 8")
    return stride.bit_length() - 1


class JointFrames(nn.Module):
    """STConv blocks over joints: joints first [J, M, H] in and out, M = B·T."""

    def __init__(self, layout: Layout, width: int, blocks: int):
        super().__init__()
        edges = layout.node_edges()
        self.blocks = nn.ModuleList(STConv(width, layout.nodes, edges) for _ in range(blocks))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if not self.blocks:
            return x
        h = x.unflatten(1, mask.shape).permute(1, 2, 0, 3)
        for block in self.blocks:
            h = block(h, mask)
        return h.permute(2, 0, 1, 3).flatten(1, 2)


class Encoder(nn.Module):
    """Normalised features [B, T, J, W] and mask [B, T] -> [B, N', J', C] and its mask."""

    def __init__(self, layout: Layout, settings: BackboneSettings):
        super().__init__()
        groups, edges = layout.groups(settings.slots), layout.slot_edges(settings.slots)
        self.joints = JointMLP(layout.nodes, layout.width, settings.joint_width)
        self.frames = JointFrames(layout, settings.joint_width, settings.joint_blocks)
        self.pool = SkeletalPool(groups, settings.joint_width, settings.width)
        levels = halvings(settings.stride) + 1
        self.levels = nn.ModuleList(
            nn.ModuleList(STConv(settings.width, settings.slots, edges) for _ in range(settings.blocks))
            for _ in range(levels)
        )

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        batch, frames = mask.shape
        h = F.gelu(self.joints(x.flatten(0, 1).transpose(0, 1)))
        h = self.pool(self.frames(h, mask)).unflatten(0, (batch, frames))
        h = h * mask[:, :, None, None].to(h.dtype)
        for i, blocks in enumerate(self.levels):
            if i:
                h, mask = pool_time(h, mask)
            for block in blocks:
                h = block(h, mask)
        return h, mask


class Decoder(nn.Module):
    """[B, N', J', C] and frame mask [B, T] -> normalised features [B, T, J, W]."""

    def __init__(self, layout: Layout, settings: BackboneSettings):
        super().__init__()
        groups, edges = layout.groups(settings.slots), layout.slot_edges(settings.slots)
        levels = halvings(settings.stride) + 1
        self.levels = nn.ModuleList(
            nn.ModuleList(STConv(settings.width, settings.slots, edges) for _ in range(settings.blocks))
            for _ in range(levels)
        )
        self.unpool = SkeletalUnpool(groups, layout.nodes, settings.width, settings.joint_width)
        self.frames = JointFrames(layout, settings.joint_width, settings.joint_blocks)
        self.joints = JointMLP(layout.nodes, settings.joint_width, layout.width)

    def forward(self, h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        masks = halved_masks(mask, len(self.levels) - 1)
        for i, blocks in enumerate(self.levels):
            level = masks[len(masks) - 1 - i]
            h = unpool_time(h, level) if i else h * level[:, :, None, None].to(h.dtype)
            for block in blocks:
                h = block(h, level)
        x = F.gelu(self.unpool(h.flatten(0, 1)))
        x = self.joints(self.frames(x, mask))
        return x.transpose(0, 1).unflatten(0, mask.shape)
