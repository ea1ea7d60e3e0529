"""Pre-norm transformer layers: over a sequence, and over what is being written about one."""

import torch
from torch import Tensor, nn

from sign_latent.layers.attention import Attention, padding_bias
from sign_latent.layers.positions import sinusoid

Pairs = tuple[Tensor, Tensor]
"""Keys and values [B, heads, L, d]."""


def drop_channels(hidden: Tensor, dropout: nn.Dropout1d) -> Tensor:
    """Drops whole channels of [B, N, W]: on a CPU far cheaper than dropping elements."""
    return dropout(hidden.transpose(1, 2)).transpose(1, 2)


class FeedForward(nn.Sequential):
    """Linear -> GELU -> linear; to another width where one is given."""

    def __init__(self, width: int, inner: int, width_out: int | None = None) -> None:
        super().__init__(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width_out or width))


class TransformerLayer(nn.Module):
    """Pre-norm self-attention and feed-forward layer."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.feed = Attention(width, heads), FeedForward(width, inner)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        hidden = hidden + drop_channels(self.attention(self.norm1(hidden), bias), self.dropout)
        return hidden + drop_channels(self.feed(self.norm2(hidden)), self.dropout)


class Transformer(nn.Module):
    """Transformer layers over sinusoidal positions: hidden [B, N, W], mask [B, N] -> [B, N, W]."""

    def __init__(self, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(width, heads, inner, dropout) for _ in range(layers))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        hidden = hidden + sinusoid(torch.arange(hidden.shape[1], device=hidden.device), hidden.shape[2])
        bias = padding_bias(mask)
        for layer in self.layers:
            hidden = layer(hidden, bias)
        return hidden


class DecoderLayer(nn.Module):
    """Pre-norm causal self-attention, attention to the states, feed-forward."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.itself, self.other = Attention(width, heads), Attention(width, heads)
        self.feed = FeedForward(width, inner)
        self.dropout = nn.Dropout1d(dropout)

    def forward(
        self, hidden: Tensor, ahead: Tensor | None, memory: Pairs, bias: Tensor, past: Pairs | None
    ) -> tuple[Tensor, Pairs]:
        normal = self.norms[0](hidden)
        pairs = self.itself.keys_values(normal)
        if past is not None:
            pairs = (torch.cat([past[0], pairs[0]], 2), torch.cat([past[1], pairs[1]], 2))
        hidden = hidden + drop_channels(self.itself(normal, ahead, pairs), self.dropout)
        hidden = hidden + drop_channels(self.other(self.norms[1](hidden), bias, memory), self.dropout)
        return hidden + drop_channels(self.feed(self.norms[2](hidden)), self.dropout), pairs


class DecoderStack(nn.Module):
    """Decoder layers and a final norm."""

    def __init__(self, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(width, heads, inner, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def memory(self, states: Tensor) -> list[Pairs]:
        """Keys and values of the states [B, N', W], one pair a layer; computed once a clip."""
        return [layer.other.keys_values(states) for layer in self.layers]

    def decode(
        self, hidden: Tensor, memory: list[Pairs], mask: Tensor, past: list[Pairs] | None = None
    ) -> tuple[Tensor, list[Pairs]]:
        """Normed states [B, L, W] of inputs [B, L, W] that follow `past`, and the cache with them added.

        mask [B, N'] marks the valid states. With a cache L must be 1.
        """
        bias, length = padding_bias(mask), hidden.shape[1]
        ahead = None if past is not None else torch.full((length, length), -torch.inf, device=hidden.device).triu(1)
        now = []
        for i, layer in enumerate(self.layers):
            hidden, pairs = layer(hidden, ahead, memory[i], bias, None if past is None else past[i])
            now.append(pairs)
        return self.norm(hidden), now
