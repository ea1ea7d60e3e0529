"""Layers of translators: over frames, with keys and values of earlier frames kept, and apart for each place."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.layers.attention import Attention, attend
from sign_latent.layers.transformer import FeedForward, Pairs, drop_channels
from sign_latent.translator.settings import TranslatorSettings


class Cache:
    """Keys and values [..., L, d] of frames already read, in room that is made once."""

    def __init__(self, room: int) -> None:
        self.room, self.length = room, 0
        self.pairs: Pairs | None = None

    def extend(self, keys: Tensor, values: Tensor) -> Pairs:
        """Those of all frames so far, after adding some."""
        if self.pairs is None:
            shape = (*keys.shape[:-2], self.room, keys.shape[-1])
            self.pairs = keys.new_empty(shape), values.new_empty(shape)
        start, self.length = self.length, self.length + keys.shape[-2]
        for kept, new in zip(self.pairs, (keys, values), strict=True):
            kept[..., start : self.length, :] = new
        return self.pairs[0][..., : self.length, :], self.pairs[1][..., : self.length, :]

    def pick(self, rows: Tensor) -> None:
        """Goes on with some rows of the batch, in that order; a row may come several times."""
        if self.pairs is not None:
            self.pairs = self.pairs[0][rows], self.pairs[1][rows]


class FrameLayer(nn.Module):
    """Pre-norm self-attention over frames, attention to the text where it is read so, feed-forward."""

    def __init__(self, s: TranslatorSettings) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(s.width) for _ in range(2 + (s.text == "cross")))
        self.itself = Attention(s.width, s.heads)
        self.text = Attention(s.width, s.heads) if s.text == "cross" else None
        self.feed = FeedForward(s.width, s.feed * s.width)
        self.dropout = nn.Dropout1d(s.dropout)

    def forward(self, h: Tensor, bias: Tensor | None, memory: Pairs | None, hidden: Tensor, cache: Cache | None):
        """[B, L, W] -> the same; bias hides frames, ``hidden`` invalid tokens of the text."""
        normal = self.norms[0](h)
        pairs = self.itself.keys_values(normal)
        pairs = pairs if cache is None else cache.extend(*pairs)
        h = h + drop_channels(self.itself(normal, bias, pairs), self.dropout)
        if self.text is not None:
            h = h + drop_channels(self.text(self.norms[1](h), hidden, memory), self.dropout)
        return h + drop_channels(self.feed(self.norms[-1](h)), self.dropout)


class LinearApart(nn.Module):
    """A linear map of its own for each of P places: [P, M, in], or one [1, M, in] for all, -> [P, M, out]."""

    def __init__(self, places: int, width_in: int, width_out: int) -> None:
        super().__init__()
        bound = width_in**-0.5
        self.weight = nn.Parameter(torch.empty(places, width_out, width_in).uniform_(-bound, bound))
        self.bias = nn.Parameter(torch.zeros(places, 1, width_out))

    def forward(self, x: Tensor) -> Tensor:
        x = x.expand(len(self.weight), -1, -1)
        if len(x[0]) < x.shape[2] and self.weight.dtype != torch.bfloat16:
            # the gradient of few rows lies as the weights do; else it is copied, which takes longer than the product
            return torch.baddbmm(self.bias.transpose(1, 2), self.weight, x.transpose(1, 2)).transpose(1, 2)
        # of many rows copies of the rows take longer, and few rows of a halved model are twice as fast this way
        return torch.baddbmm(self.bias, x, self.weight.transpose(1, 2))


class Places(nn.Module):
    """P parallel heads: states of frames [B, L, W] -> logits of the tokens of each, [P, ..., codes].

    The heads are computed together. Norms have no scale and shift of their own: each is followed by linear maps that
    have them.
    """

    def __init__(self, s: TranslatorSettings) -> None:
        super().__init__()
        self.settings = s
        if s.place == "layer":
            self.query_key_value = nn.Linear(s.width, 3 * s.places * s.width)
            self.mixed = LinearApart(s.places, s.width, s.width)
        if s.place != "linear":
            inner = s.place_feed * s.width
            self.inward = LinearApart(s.places, s.width, inner)
            self.outward = LinearApart(s.places, inner, s.width)
        self.last = LinearApart(s.places, s.width, s.codes)

    def forward(self, h: Tensor, bias: Tensor | None, cache: Cache | None = None) -> Tensor:
        """What the logits are read from, [P, B, L, W], or [1, B, L, W] where that is the same; bias hides frames."""
        s, x = self.settings, h.flatten(0, 1)[None]
        if s.place == "layer":
            x = _added(x, self.mixed(self._attended(h, bias, cache)))
        if s.place != "linear":
            x = _added(x, self.outward(F.gelu(self.inward(_normed(x)))))
        return x.unflatten(1, h.shape[:2])

    def logits(self, x: Tensor) -> Tensor:
        """[P, ..., W], or [1, ..., W], -> [P, ..., codes] in float32."""
        return self.last(_normed(x).flatten(1, -2)).float().unflatten(1, x.shape[1:-1])

    def _attended(self, h: Tensor, bias: Tensor | None, cache: Cache | None) -> Tensor:
        s = self.settings
        split = self.query_key_value(_normed(h)).unflatten(-1, (3, s.places * s.heads, -1))
        q, k, v = (part.transpose(1, 2) for part in split.unbind(2))  # [B, P · heads, L, d]
        pairs = (k, v) if cache is None else cache.extend(k, v)
        mixed = attend(q, *pairs, bias).unflatten(1, (s.places, s.heads))  # [B, P, heads, L, d]
        return mixed.permute(1, 0, 3, 2, 4).flatten(3).flatten(1, 2)


def _normed(x: Tensor) -> Tensor:
    return F.layer_norm(x, x.shape[-1:])


def _added(x: Tensor, change: Tensor) -> Tensor:
    """Their sum, in bf16 where that is what changes come in: there are P times as many as states of frames."""
    return x.to(change.dtype) + change


def causal_bias(length: int, device: torch.device) -> Tensor | None:
    """[L, L] that hides later frames; None for a single frame, which has none."""
    if length == 1:
        return None
    return torch.full((length, length), -torch.inf, device=device).triu(1)
