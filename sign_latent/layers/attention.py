"""Multi-head attention over padded sequences."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

SHORT = 128**2
"""Scores a head, queries times keys, up to which attention in bf16 on a CPU keeps all of them at once."""


def attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """softmax(q kᵀ / sqrt(d) + bias) v over [..., heads, length, d].

    On a CPU in bf16 the explicit product is used in training, and for short sequences: there it is faster than
    scaled_dot_product_attention, whose tiles are smaller than what the matrix units take.
    """
    if torch.compiler.is_exporting():  # the other's result lies in memory otherwise than its parts, which ONNX takes
        return plain_attention(q, k, v, bias)
    explicit = torch.is_grad_enabled() or q.shape[-2] * k.shape[-2] <= SHORT
    if explicit and q.device.type == "cpu" and q.dtype == torch.bfloat16:
        return plain_attention(q, k, v, bias)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=None if bias is None else bias.to(q.dtype))


def plain_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """The formula of attention as it stands; all scores are in memory at once."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if bias is not None:  # in place where nothing is trained: a sum with a bias in fp32 would be twice as wide
        scores = scores + bias if torch.is_grad_enabled() else scores.add_(bias)
    return scores.softmax(-1).to(v.dtype) @ v


def padding_bias(mask: torch.Tensor) -> torch.Tensor:
    """Additive bias [B, 1, 1, L] that hides invalid keys; a row without any valid key sees all and is masked later."""
    hidden = ~mask & mask.any(1, keepdim=True)
    return torch.zeros(mask.shape, device=mask.device).masked_fill(hidden, float("-inf"))[:, None, None]


def needed_bias(mask: torch.Tensor) -> torch.Tensor | None:
    """``padding_bias``, or None where nothing is padded and nothing trained (a training does not wait to know)."""
    return None if not torch.is_grad_enabled() and mask.all() else padding_bias(mask)


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
        k, v = self._halves(context)
        return k.transpose(-2, -3), v.transpose(-2, -3)

    def _halves(self, context: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.key_value(context).unflatten(-1, (2, self.heads, -1)).unbind(-3)

    def forward(
        self,
        x: torch.Tensor,
        bias: torch.Tensor | None = None,
        keys_values: tuple[torch.Tensor, torch.Tensor] | None = None,
    ) -> torch.Tensor:
        q = self.query(x).unflatten(-1, (self.heads, -1)).transpose(-2, -3)
        k, v = keys_values or self.keys_values(x)
        return self.out(attend(q, k, v, bias).transpose(-2, -3).flatten(-2))

    def over_frames(self, x: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
        """Attention among the frames of each slot of x [B, N, J, C]; bias [B or 1, heads × J or 1, N, N], slots first.

        The slots are further heads, so nothing is moved in memory to bring a slot's frames together.
        """
        q = self.query(x).unflatten(-1, (self.heads, -1)).flatten(2, 3).transpose(1, 2)
        k, v = (part.flatten(2, 3).transpose(1, 2) for part in self._halves(x))
        return self.out(attend(q, k, v, bias).transpose(1, 2).reshape(x.shape))

    def over_slots(self, x: torch.Tensor) -> torch.Tensor:
        """Attention among the slots of each frame of x [B, N, J, C]."""
        return self(x.flatten(0, 1)).unflatten(0, x.shape[:2])
