"""Layers over joints and frames: skeletal-temporal convolution, pooling and unpooling (Sign-SALD, section 2.1)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from sign_latent.layers.temporal import neighbours

Groups = Sequence[Sequence[int]]


class JointMLP(nn.Module):
    """A linear map of its own for each joint: [J, M, in] -> [J, M, out], M = batch × frames."""

    def __init__(self, joints: int, width_in: int, width_out: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(joints, width_in, width_out) / width_in**0.5)
        self.bias = nn.Parameter(torch.zeros(joints, 1, width_out))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.baddbmm(self.bias.to(x.dtype), x, self.weight.to(x.dtype))


class SkeletalPool(nn.Module):
    """P_skel of eq. (2): each slot is a learned linear map of the joints of its group, [J, M, H] -> [M, J', C]."""

    def __init__(self, groups: Groups, width_in: int, width_out: int):
        super().__init__()
        self.groups = [list(g) for g in groups]
        self.maps = nn.ModuleList(nn.Linear(len(g) * width_in, width_out) for g in self.groups)
        self.register_buffer("order", torch.tensor([j for g in self.groups for j in g]), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # gathered once: the gradient of a gather is as large as x, whatever it gathers
        parts = x.index_select(0, self.order).split([len(g) for g in self.groups])
        slots = [f(part.transpose(0, 1).flatten(1)) for f, part in zip(self.maps, parts, strict=True)]
        return torch.stack(slots, 1)


class SkeletalUnpool(nn.Module):
    """STUnpool over joints, [M, J', C] -> [J, M, H]; a joint of several groups gets their mean, never their sum."""

    def __init__(self, groups: Groups, joints: int, width_in: int, width_out: int):
        super().__init__()
        self.groups = [list(g) for g in groups]
        self.maps = nn.ModuleList(nn.Linear(width_in, len(g) * width_out) for g in self.groups)
        members = [j for g in self.groups for j in g]
        counts = [members.count(j) for j in range(joints)]
        if 0 in counts:
            raise ValueError(f"the pooling map leaves out joints {[j for j, n in enumerate(counts) if n == 0]}")
        self.disjoint = max(counts) == 1
        order = sorted(range(joints), key=members.__getitem__) if self.disjoint else members
        self.register_buffer("order", torch.tensor(order), persistent=False)
        self.register_buffer("share", torch.tensor([1 / n for n in counts])[:, None, None], persistent=False)

    def forward(self, slots: torch.Tensor) -> torch.Tensor:
        parts = [
            f(slots[:, s]).unflatten(1, (len(g), -1))
            for s, (f, g) in enumerate(zip(self.maps, self.groups, strict=True))
        ]
        joints = torch.cat(parts, 1).transpose(0, 1)  # [members, M, H]
        if self.disjoint:
            return joints[self.order]
        empty = joints.new_zeros(len(self.share), *joints.shape[1:])
        return empty.index_add(0, self.order, joints) * self.share.to(joints.dtype)


def normalised_adjacency(nodes: int, edges: Sequence[tuple[int, int]]) -> torch.Tensor:
    """D^-1/2 (A + I) D^-1/2 of an undirected graph, [nodes, nodes]."""
    a = torch.eye(nodes)
    for i, j in edges:
        a[i, j] = a[j, i] = 1.0
    scale = a.sum(1).rsqrt()
    return scale[:, None] * a * scale[None]


class STConv(nn.Module):
    """Residual F_skel(h) ⊕ F_temp(h), eq. (1): graph convolution over slots plus convolution of kernel 3 over frames.

    [B, T, J, C] and mask [B, T] -> [B, T, J, C]; masked frames stay zero, so padding never changes valid frames.
    """

    def __init__(self, width: int, nodes: int, edges: Sequence[tuple[int, int]]):
        super().__init__()
        adjacency = normalised_adjacency(nodes, edges)
        self.register_buffer("support", (adjacency > 0).float(), persistent=False)
        self.adjacency = nn.Parameter(adjacency)
        self.norm = nn.LayerNorm(width)
        self.skeletal = nn.Linear(width, width, bias=False)
        self.temporal = nn.Linear(3 * width, width)
        self.out = nn.Linear(width, width)
        nn.init.zeros_(self.out.bias)

    def forward(self, h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        frames = mask[:, :, None, None].to(h.dtype)
        x = self.norm(h) * frames
        skeletal = self.skeletal(torch.matmul((self.adjacency * self.support).to(x.dtype), x))
        temporal = self.temporal(neighbours(x))
        return h + self.out(F.gelu(skeletal + temporal)) * frames


def pool_time(h: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """P_temp of eq. (2): mean of pairs of valid frames, [B, T, J, C] -> [B, ceil(T / 2), J, C], and the new mask."""
    if h.shape[1] % 2:
        h, mask = F.pad(h, (0, 0, 0, 0, 0, 1)), F.pad(mask, (0, 1))
    pairs = mask.unflatten(1, (-1, 2))
    weights = pairs.to(h.dtype)[..., None, None]
    mean = (h.unflatten(1, (-1, 2)) * weights).sum(2) / weights.sum(2).clamp(min=1)
    return mean, pairs.any(2)


def unpool_time(h: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Doubles the frames of [B, N, J, C] and cuts or masks them to ``mask`` [B, T]."""
    doubled = h.repeat_interleave(2, 1)[:, : mask.shape[1]]
    return doubled * mask[:, :, None, None].to(h.dtype)


def halved_masks(mask: torch.Tensor, times: int) -> list[torch.Tensor]:
    """The masks after 0, 1, … ``times`` halvings."""
    masks = [mask]
    for _ in range(times):
        last = masks[-1]
        last = F.pad(last, (0, last.shape[1] % 2))
        masks.append(last.unflatten(1, (-1, 2)).any(2))
    return masks
