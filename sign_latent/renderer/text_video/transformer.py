"""DiT blocks over the places of a video: attention within frames, along time, and to the text's tokens.

Every module is modulated by the conditioning vector through AdaLN-zero (Peebles & Xie 2023): x + gate ⊙ module(norm(x)
⊙ (1 + scale) + shift), all three starting at zero. The paper's counts fix what a block holds: a spatial layer
(attention, text, feed-forward), a temporal one (attention, text), and a pointwise feed-forward without modulation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import torch
from torch import nn

from sign_latent.layers.attention import Attention
from sign_latent.layers.positions import sinusoid
from sign_latent.layers.transformer import FeedForward

FACTORISED = ("spatial", "text", "feed", "temporal", "words")
FULL = ("everywhere", "text", "feed")


@dataclass
class VideoContext:
    """What stays the same over the steps of a generation."""

    pooled: torch.Tensor
    """[B, C], of the whole text."""
    bias: torch.Tensor | None
    """Of the tokens that are padding; None where none is."""
    keys_values: dict[nn.Module, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    """Of every cross attention."""


class Adaptive(nn.Module):
    """AdaLN-zero around a module: scale, shift and gate from the conditioning vector [B, E]."""

    def __init__(self, width: int, condition: int):
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(condition, 3 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: torch.Tensor, condition: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the module reads of x [B, T, P, C], and the gate of what it gives."""
        shift, scale, gate = self.modulation(condition).to(x.dtype)[:, None, None].chunk(3, -1)
        return torch.addcmul(shift, self.norm(x), 1 + scale), gate


class VideoTransformer(nn.Module):
    """A DiT block on [B, C, T, H, W]; its attention knows the places within a frame and in time."""

    def __init__(self, width: int, heads: int, condition: int, context: int, factorised: bool = True):
        super().__init__()
        self.kinds = FACTORISED if factorised else FULL
        makers = {
            "feed": lambda: FeedForward(width, 4 * width),
            "text": lambda: Attention(width, heads, context),
            "words": lambda: Attention(width, heads, context),
        }
        self.parts = nn.ModuleDict({k: makers.get(k, lambda: Attention(width, heads))() for k in self.kinds})
        self.adaptive = nn.ModuleDict({kind: Adaptive(width, condition) for kind in self.kinds})
        self.norm, self.last = nn.LayerNorm(width), FeedForward(width, 4 * width)
        nn.init.zeros_(self.last[-1].weight)
        nn.init.zeros_(self.last[-1].bias)

    def cross(self) -> list[Attention]:
        """The attentions that read the text."""
        return [self.parts[kind] for kind in self.kinds if kind in ("text", "words")]

    def forward(self, x: torch.Tensor, condition: torch.Tensor, context: VideoContext) -> torch.Tensor:
        height, width = x.shape[-2:]
        h = x.permute(0, 2, 3, 4, 1).flatten(2, 3)  # a view, where the memory is channels-last
        for kind in self.kinds:
            read, gate = self.adaptive[kind](h, condition)
            h = torch.addcmul(h, gate, getattr(self, f"_{kind}")(self.parts[kind], read, width, context))
        h = h + self.last(self.norm(h))
        return h.unflatten(2, (height, width)).permute(0, 4, 1, 2, 3)

    def _spatial(self, part: Attention, x: torch.Tensor, width: int, context: VideoContext) -> torch.Tensor:
        return part.over_slots(x + _in_frame(x, width))

    def _temporal(self, part: Attention, x: torch.Tensor, width: int, context: VideoContext) -> torch.Tensor:
        return part.over_frames(x + _in_time(x))

    def _everywhere(self, part: Attention, x: torch.Tensor, width: int, context: VideoContext) -> torch.Tensor:
        return part((x + _in_frame(x, width) + _in_time(x)).flatten(1, 2)).unflatten(1, x.shape[1:3])

    def _text(self, part: Attention, x: torch.Tensor, width: int, context: VideoContext) -> torch.Tensor:
        return part(x.flatten(1, 2), context.bias, context.keys_values[part]).unflatten(1, x.shape[1:3])

    _words = _text

    def _feed(self, part: FeedForward, x: torch.Tensor, width: int, context: VideoContext) -> torch.Tensor:
        return part(x)


@cache
def _frame_table(height: int, width: int, channels: int) -> torch.Tensor:
    half = channels // 2
    rows, columns = torch.arange(height), torch.arange(width)
    each = [sinusoid(rows, half)[:, None].expand(-1, width, -1), sinusoid(columns, channels - half)[None]]
    return torch.cat([each[0], each[1].expand(height, -1, -1)], -1).flatten(0, 1)


def _in_frame(x: torch.Tensor, width: int) -> torch.Tensor:
    """Places [P, C] in a frame: half the channels tell the row, the others the column."""
    return _frame_table(x.shape[2] // width, width, x.shape[3]).to(x)


def _in_time(x: torch.Tensor) -> torch.Tensor:
    """Places [T, 1, C] in time."""
    return sinusoid(torch.arange(x.shape[1], device=x.device), x.shape[3]).to(x.dtype)[:, None]
