"""Writes a text, token by token, from the encoder's states."""

import torch
from torch import Tensor, nn

from sign_latent.evaluator.encoder import Attention, FeedForward, drop_channels, positions

Pairs = tuple[Tensor, Tensor]


class DecoderLayer(nn.Module):
    """Pre-norm causal self-attention, attention to the states, feed-forward."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.itself, self.other = Attention(width, heads), Attention(width, heads)
        self.feed = FeedForward(width, inner)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, hidden: Tensor, memory: Pairs, mask: Tensor, past: Pairs | None) -> tuple[Tensor, Pairs]:
        normal = self.norms[0](hidden)
        pairs = self.itself.keys(normal)
        if past is not None:
            pairs = (torch.cat([past[0], pairs[0]], 2), torch.cat([past[1], pairs[1]], 2))
        hidden = hidden + drop_channels(self.itself(normal, pairs, causal=past is None), self.dropout)
        hidden = hidden + drop_channels(self.other(self.norms[1](hidden), memory, mask), self.dropout)
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
        return [layer.other.keys(states) for layer in self.layers]

    def forward(
        self, ids: Tensor, memory: list[Pairs], mask: Tensor, past: list[Pairs] | None = None
    ) -> tuple[Tensor, list[Pairs]]:
        """Logits [B, L, V] of ids [B, L] that follow `past`, and the cache with them added.

        mask [B, N'] marks the valid states. With a cache L must be 1.
        """
        start = 0 if past is None else past[0][0].shape[2]
        width = self.embedding.embedding_dim
        hidden = self.embedding(ids) * width**0.5
        hidden = hidden + positions(start + ids.shape[1], width, ids.device)[start:]
        now = []
        for i, layer in enumerate(self.layers):
            hidden, pairs = layer(hidden, memory[i], mask[:, None, None, :], None if past is None else past[i])
            now.append(pairs)
        return self.norm(hidden) @ self.embedding.weight.T + self.bias, now
