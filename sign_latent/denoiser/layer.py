"""One layer of a denoiser: pre-normalised modules, each modulated by FiLM and added to the residual.

Sign-SALD, eqs. 5 and 6, over any choice and order of modules; γ = 1 and β = 0 at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from sign_latent.layers.attention import Attention, padding_bias
from sign_latent.layers.positions import RelativeBias
from sign_latent.layers.temporal import neighbours
from sign_latent.layers.transformer import FeedForward

KeysValues = tuple[torch.Tensor, torch.Tensor]


@dataclass
class Context:
    """What stays the same over the steps of a generation: what is read, its bias, keys and values for each layer."""

    tokens: torch.Tensor
    mask: torch.Tensor
    bias: torch.Tensor
    keys_values: dict[DenoiserLayer, KeysValues]


class FiLM(nn.Module):
    """γ_t ⊙ h + β_t from the timestep embedding."""

    def __init__(self, time_width: int, width: int):
        super().__init__()
        self.map = nn.Linear(time_width, 2 * width)
        nn.init.zeros_(self.map.weight)
        nn.init.zeros_(self.map.bias)

    def forward(self, h: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        gamma, beta = self.map(time)[:, None, None].chunk(2, -1)
        return (1 + gamma) * h + beta


class DenoiserLayer(nn.Module):
    """Modules on [B, N', J', C], by kind and in the given order.

    ``temporal``: a slot's frames attend to each other; ``skeletal``: a frame's slots; ``cross``: all to the text;
    ``convolution``: kernel 3 over frames; ``feed``: feed-forward. With ``sentence`` the first token of the text takes
    part in temporal attention as one more frame. outer: width of the text and of the timestep, if another.
    """

    def __init__(
        self,
        kinds: Sequence[str],
        width: int,
        heads: int,
        inner: int,
        dropout: float = 0.0,
        outer: int | None = None,
        sentence: bool = False,
    ):
        super().__init__()
        self.kinds, self.dropout, self.takes_sentence = list(kinds), dropout, sentence
        makers = {
            "temporal": lambda: Attention(width, heads),
            "skeletal": lambda: Attention(width, heads),
            "cross": lambda: Attention(width, heads, outer),
            "convolution": lambda: FeedForward(3 * width, inner, width),
            "feed": lambda: FeedForward(width, inner),
        }
        self.parts = nn.ModuleDict({kind: makers[kind]() for kind in self.kinds})
        self.norms = nn.ModuleDict({kind: nn.LayerNorm(width) for kind in self.kinds})
        self.films = nn.ModuleDict({kind: FiLM(outer or width, width) for kind in self.kinds})
        if "temporal" in self.kinds:
            self.distance = RelativeBias(heads)

    def forward(self, h: torch.Tensor, time: torch.Tensor, frames: torch.Tensor, context: Context) -> torch.Tensor:
        for kind in self.kinds:
            change = getattr(self, f"_{kind}")(self.norms[kind](h), frames, context)
            change = self.films[kind](change, time)
            if self.training and self.dropout:
                keep = torch.rand(len(h), 1, 1, h.shape[-1], device=h.device) >= self.dropout
                change = change * keep / (1 - self.dropout)
            h = h + change
        return h

    def _temporal(self, x, frames, context):
        batch, count, slots, _ = x.shape
        x, prefix = x.transpose(1, 2), 0
        if self.takes_sentence:
            x, prefix = torch.cat([context.tokens[:, None, :1].expand(-1, slots, -1, -1).to(x.dtype), x], 2), 1
        bias = self.distance(count + prefix) + padding_bias(nn.functional.pad(frames, (prefix, 0), value=True))
        bias = bias[:, None].expand(-1, slots, -1, -1, -1)
        return self.parts["temporal"](x, bias)[:, :, prefix:].transpose(1, 2)

    def _skeletal(self, x, frames, context):
        return self.parts["skeletal"](x)

    def _cross(self, x, frames, context):
        found = self.parts["cross"](x.flatten(1, 2), context.bias, context.keys_values[self])
        return found.unflatten(1, x.shape[1:3])

    def _convolution(self, x, frames, context):
        return self.parts["convolution"](neighbours(x * frames[:, :, None, None]))

    def _feed(self, x, frames, context):
        return self.parts["feed"](x)
