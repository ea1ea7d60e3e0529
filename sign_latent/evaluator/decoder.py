"""Writes a text, token by token, from the encoder's states."""

import torch
from torch import Tensor, nn

from sign_latent.evaluator.encoder import FeedForward, drop_channels
from sign_latent.layers.attention import Attention, padding_bias
from sign_latent.layers.positions import sinusoid

Pairs = tuple[Tensor, Tensor]


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


class Decoder(nn.Module):
    """Transformer decoder whose output layer is its embedding table."""

    def __init__(self, tokens: int, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(tokens, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.layers = nn.ModuleList(DecoderLayer(width, heads, inner, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(tokens))

    def memory(self, states: Tensor) -> list[Pairs]:
        """Keys and values of the states [B, N', W], one pair a layer; computed once a clip."""
        return [layer.other.keys_values(states) for layer in self.layers]

    def forward(
        self, ids: Tensor, memory: list[Pairs], mask: Tensor, past: list[Pairs] | None = None
    ) -> tuple[Tensor, list[Pairs]]:
        """Logits [B, L, V] of ids [B, L] that follow `past`, and the cache with them added.

        mask [B, N'] marks the valid states. With a cache L must be 1.
        """
        start, length = 0 if past is None else past[0][0].shape[2], ids.shape[1]
        width = self.embedding.embedding_dim
        places = torch.arange(start, start + length, device=ids.device)
        hidden = self.embedding(ids) * width**0.5 + sinusoid(places, width)
        bias = padding_bias(mask)
        ahead = None if past is not None else torch.full((length, length), -torch.inf, device=ids.device).triu(1)
        now = []
        for i, layer in enumerate(self.layers):
            hidden, pairs = layer(hidden, ahead, memory[i], bias, None if past is None else past[i])
            now.append(pairs)
        return self.norm(hidden) @ self.embedding.weight.T + self.bias, now
