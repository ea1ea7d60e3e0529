"""Writes a text, token by token, from the encoder's states."""

import torch
from torch import Tensor, nn

from sign_latent.layers.positions import sinusoid
from sign_latent.layers.transformer import DecoderStack, Pairs


class Decoder(DecoderStack):
    """Transformer decoder whose output layer is its embedding table."""

    def __init__(self, tokens: int, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__(width, layers, heads, inner, dropout)
        self.embedding = nn.Embedding(tokens, width)
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        self.bias = nn.Parameter(torch.zeros(tokens))

    def forward(
        self, ids: Tensor, memory: list[Pairs], mask: Tensor, past: list[Pairs] | None = None
    ) -> tuple[Tensor, list[Pairs]]:
        """Logits [B, L, V] of ids [B, L] that follow `past`, and the cache with them added.

        mask [B, N'] marks the valid states. With a cache L must be 1.
        """
        start, width = 0 if past is None else past[0][0].shape[2], self.embedding.embedding_dim
        places = torch.arange(start, start + ids.shape[1], device=ids.device)
        hidden = self.embedding(ids) * width**0.5 + sinusoid(places, width)
        hidden, now = self.decode(hidden, memory, mask, past)
        return hidden @ self.embedding.weight.T + self.bias, now
