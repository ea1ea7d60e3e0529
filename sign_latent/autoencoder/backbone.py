"""The skeletal-temporal encoder and decoder (Sign-SALD, fig. 2) around any bottleneck.

Encoder: per-joint MLP, optional STConv over joints, skeletal pooling to J' slots, then levels of STConv blocks and
temporal halving. The decoder mirrors it. The paper is silent on depth, widths and on where pooling stands; pooling
before the STConv blocks of the levels was both faster and more exact in trials, and ``joint_blocks`` puts blocks before
it as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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

Edges = Sequence[tuple[int, int]]


@dataclass
class PoseSettings:
    """What every autoencoder of poses is told."""

    skeleton: str = "smplx"
    """Name of the skeleton."""
    fps: float = 25.0
    """Frames a second of the poses."""
    unseen: tuple[str, ...] = ()
    """Points that no training clip shows; they are decoded with confidence 0."""
    stride: int = 4
    """Frames a latent frame: 1, 2, 4 or 8."""
    width: int = 64
    """Channels inside the model, of a slot where the latent has several."""
    blocks: int = 1
    """Blocks a temporal level."""


@dataclass
class BackboneSettings(PoseSettings):
    """Size of the skeletal-temporal encoder and decoder."""

    slots: int = 7
    """J': slots of the latent; a key of the skeleton's pooling maps, or 1 for a flat latent."""
    apart: bool = False
    """Nothing passes from slot to slot: each is encoded and decoded alone, as part-wise tokens are."""
    joint_width: int = 32
    """Channels of a joint before pooling."""
    joint_blocks: int = 0
    """STConv blocks at joint resolution, before pooling."""


def halvings(stride: int) -> int:
    """log2 of the stride; UserError unless it is 1, 2, 4 or 8."""
    if stride not in (1, 2, 4, 8):
        raise UserError(f"stride {stride}: temporal pooling halves; give 1, 2, 4 or 8")
    return stride.bit_length() - 1


def slot_edges(layout: Layout, settings: BackboneSettings) -> Edges:
    """Pairs of slots between which something passes."""
    return () if settings.apart else layout.slot_edges(settings.slots)


def joint_edges(layout: Layout, settings: BackboneSettings) -> Edges:
    """Pairs of nodes between which something passes before they are pooled."""
    edges = layout.node_edges()
    if not settings.apart:
        return edges
    groups = [set(group) for group in layout.groups(settings.slots)]
    return [edge for edge in edges if any(group.issuperset(edge) for group in groups)]


def temporal_levels(stride: int, blocks: Callable[[], Iterable[nn.Module]]) -> nn.ModuleList:
    """``blocks()`` at each temporal resolution of that stride."""
    return nn.ModuleList(nn.ModuleList(blocks()) for _ in range(halvings(stride) + 1))


def down(levels: nn.ModuleList, h: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Blocks of each level on [B, T, J, C], frames halved between levels -> [B, N', J, C] and its mask."""
    for i, blocks in enumerate(levels):
        if i:
            h, mask = pool_time(h, mask)
        for block in blocks:
            h = block(h, mask)
    return h, mask


def up(levels: nn.ModuleList, h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mirror of ``down``: [B, N', J, C] and the frame mask [B, T] -> [B, T, J, C]."""
    masks = halved_masks(mask, len(levels) - 1)
    for i, blocks in enumerate(levels):
        level = masks[len(masks) - 1 - i]
        h = unpool_time(h, level) if i else h * level[:, :, None, None].to(h.dtype)
        for block in blocks:
            h = block(h, level)
    return h


class JointFrames(nn.Module):
    """STConv blocks over joints: joints first [J, M, H] in and out, M = B·T."""

    def __init__(self, nodes: int, edges: Edges, width: int, blocks: int):
        super().__init__()
        self.blocks = nn.ModuleList(STConv(width, nodes, edges) for _ in range(blocks))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if not self.blocks:
            return x
        h = x.unflatten(1, mask.shape).permute(1, 2, 0, 3)
        for block in self.blocks:
            h = block(h, mask)
        return h.permute(2, 0, 1, 3).flatten(1, 2)


def slot_levels(layout: Layout, settings: BackboneSettings) -> nn.ModuleList:
    """STConv blocks over slots, at each temporal resolution."""
    edges = slot_edges(layout, settings)
    return temporal_levels(
        settings.stride, lambda: (STConv(settings.width, settings.slots, edges) for _ in range(settings.blocks))
    )


class Encoder(nn.Module):
    """Normalised features [B, T, J, W] and mask [B, T] -> [B, N', J', C] and its mask."""

    def __init__(self, layout: Layout, settings: BackboneSettings):
        super().__init__()
        groups, between = layout.groups(settings.slots), joint_edges(layout, settings)
        self.joints = JointMLP(layout.nodes, layout.width, settings.joint_width)
        self.frames = JointFrames(layout.nodes, between, settings.joint_width, settings.joint_blocks)
        self.pool = SkeletalPool(groups, settings.joint_width, settings.width)
        self.levels = slot_levels(layout, settings)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        batch, frames = mask.shape
        h = F.gelu(self.joints(x.flatten(0, 1).transpose(0, 1)))
        h = self.pool(self.frames(h, mask)).unflatten(0, (batch, frames))
        return down(self.levels, h * mask[:, :, None, None].to(h.dtype), mask)


class Decoder(nn.Module):
    """[B, N', J', C] and frame mask [B, T] -> normalised features [B, T, J, W]."""

    def __init__(self, layout: Layout, settings: BackboneSettings):
        super().__init__()
        groups, between = layout.groups(settings.slots), joint_edges(layout, settings)
        self.levels = slot_levels(layout, settings)
        self.unpool = SkeletalUnpool(groups, layout.nodes, settings.width, settings.joint_width)
        self.frames = JointFrames(layout.nodes, between, settings.joint_width, settings.joint_blocks)
        self.joints = JointMLP(layout.nodes, settings.joint_width, layout.width)

    def forward(self, h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        h = up(self.levels, h, mask)
        x = F.gelu(self.unpool(h.flatten(0, 1)))
        x = self.joints(self.frames(x, mask))
        return x.transpose(0, 1).unflatten(0, mask.shape)
