"""One layer of a denoiser: pre-normalised modules, each modulated by FiLM and added to the residual.

Sign-SALD, eqs. 5 and 6, over any choice and order of modules; γ = 1 and β = 0 at the start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from sign_latent.layers.attention import Attention, needed_bias
from sign_latent.layers.positions import RelativeBias
from sign_latent.layers.temporal import neighbours
from sign_latent.layers.transformer import FeedForward

KeysValues = tuple[torch.Tensor, torch.Tensor]


@dataclass
class Context:
    """What stays the same over the steps of a generation: what is read, its bias, keys and values for each layer."""

    tokens: torch.Tensor
    mask: torch.Tensor
    bias: torch.Tensor | None
    """Of the keys; None where no text is padded."""
    keys_values: dict[DenoiserLayer, KeysValues]
    frames: dict[DenoiserLayer, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    """Valid frames of the last call and a layer's bias among them; kept while nothing is trained."""


class FiLM(nn.Module):
    """h + γ_t ⊙ change + β_t from the timestep embedding; keep [B, 1, 1, C] scales what is added."""

    def __init__(self, time_width: int, width: int):
        super().__init__()
        self.map = nn.Linear(time_width, 2 * width)
        nn.init.zeros_(self.map.weight)
        nn.init.zeros_(self.map.bias)

    def forward(
        self, h: torch.Tensor, change: torch.Tensor, time: torch.Tensor, keep: torch.Tensor | None = None
    ) -> torch.Tensor:
        gamma, beta = self.map(time).to(h.dtype)[:, None, None].chunk(2, -1)
        gamma = 1 + gamma
        if keep is not None:
            gamma, beta = gamma * keep, beta * keep
        moved = h + beta  # a tensor of its own, into which the rest is added where nothing is trained
        return torch.addcmul(moved, change, gamma, out=None if torch.is_grad_enabled() else moved)


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
            h = self.films[kind](h, change, time, self._kept_channels(h))
        return h

    def _kept_channels(self, h: torch.Tensor) -> torch.Tensor | None:
        if not (self.training and self.dropout):
            return None
        return (torch.rand(len(h), 1, 1, h.shape[-1], device=h.device) >= self.dropout) / (1 - self.dropout)

    def _temporal(self, x, frames, context):
        slots = x.shape[2]
        if not self.takes_sentence:
            return self.parts["temporal"].over_frames(x, self._among(frames, slots, context))
        first = context.tokens[:, None, :1].expand(-1, -1, slots, -1).to(x.dtype)
        valid = nn.functional.pad(frames, (1, 0), value=True)
        return self.parts["temporal"].over_frames(torch.cat([first, x], 1), self._among(valid, slots, context))[:, 1:]

    def _among(self, frames: torch.Tensor, slots: int, context: Context) -> torch.Tensor:
        """The bias [B or 1, slots × heads, N, N] among frames: by distance, and by what is valid if not all are."""
        last, bias = context.frames.get(self, (None, None))
        if last is not None and not torch.is_grad_enabled() and torch.equal(last, frames):
            return bias
        bias = self.distance(frames.shape[1])
        padding = needed_bias(frames)
        bias = (bias if padding is None else bias + padding).repeat(1, slots, 1, 1)
        if not torch.is_grad_enabled():
            context.frames[self] = (frames, bias)
        return bias

    def _skeletal(self, x, frames, context):
        return self.parts["skeletal"].over_slots(x)

    def _cross(self, x, frames, context):
        found = self.parts["cross"](x.flatten(1, 2), context.bias, context.keys_values[self])
        return found.unflatten(1, x.shape[1:3])

    def _convolution(self, x, frames, context):
        return self.parts["convolution"](neighbours(x * frames[:, :, None, None]))

    def _feed(self, x, frames, context):
        return self.parts["feed"](x)
