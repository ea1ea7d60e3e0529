"""Multi-head attention over padded sequences."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """softmax(q kᵀ / sqrt(d) + bias) v over [..., heads, length, d].

    In training under CPU autocast the explicit product is used: there, the backward pass of
    scaled_dot_product_attention in bf16 is slower than the matrix products it saves.
    """
    if torch.is_grad_enabled() and q.device.type == "cpu" and q.dtype == torch.bfloat16:
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
        if bias is not None:
            scores = scores + bias
        return scores.softmax(-1).to(v.dtype) @ v
    return F.scaled_dot_product_attention(q, k, v, attn_mask=None if bias is None else bias.to(q.dtype))


def padding_bias(mask: torch.Tensor) -> torch.Tensor:
    """Additive bias [B, 1, 1, L] that hides invalid keys; a row without any valid key sees all and is masked later."""
    hidden = ~mask & mask.any(1, keepdim=True)
    return torch.zeros(mask.shape, device=mask.device).masked_fill(hidden, float("-inf"))[:, None, None]


class Attention(nn.Module):
    """q of x [M, L, C], keys and values of ``context`` [M, S, C'] or x itself; bias broadcasts to [M, heads, L, S]."""

    def __init__(self, width: int, heads: int, context_width: int | None = None):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(context_width or width, 2 * width)
        self.out = nn.Linear(width, width)

    def keys_values(self, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values [M, heads, S, d] of a context; computed once where the context stays the same."""
        both = self.key_value(context).unflatten(-1, (2, self.heads, -1))
        k, v = both.unbind(-3)
        return k.transpose(-2, -3), v.transpose(-2, -3)

    def forward(
        self,
        x: torch.Tensor,
        bias: torch.Tensor | None = None,
        keys_values: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(-2, -3)
        k, v = keys_values or self.keys_values(x)
        return self.out(attend(q, k, v, bias).transpose(-2, -3).flatten(-2))
