"""From pose features to a sequence of hidden states at a quarter of the frame rate."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4


def positions(length: int, width: int, device: torch.device) -> Tensor:
    """Sinusoidal positions [length, width] (Vaswani et al. 2017, section 3.5)."""
    rate = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    angle = torch.arange(length, device=device)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)[:, :width]


class FrontEnd(nn.Module):
    """Features [B, T, F] -> [B, ceil(T / 4), W] by a linear map and two convolutions of stride 2.

    Padded frames are zeroed before each convolution, so that they act as the zero padding of an unpadded clip.
    """

    def __init__(self, features: int, width: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.down = nn.ModuleList(nn.Conv1d(width, width, 5, stride=2, padding=2) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, features: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        hidden = F.gelu(self.enter(features))
        for convolution in self.down:
            hidden = convolution((hidden * mask[..., None]).transpose(1, 2)).transpose(1, 2)
            hidden, mask = F.gelu(hidden), mask[:, ::2]
        return self.norm(drop_channels(hidden, self.dropout)), mask


def drop_channels(hidden: Tensor, dropout: nn.Dropout1d) -> Tensor:
    """Drops whole channels of [B, N, W]: on a CPU far cheaper than dropping elements."""
    return dropout(hidden.transpose(1, 2)).transpose(1, 2)


class Attention(nn.Module):
    """Multi-head attention over `memory` (or over itself), with optional cached keys and values."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.leave = nn.Linear(width, width), nn.Linear(width, width)
        self.pair = nn.Linear(width, 2 * width)

    def keys(self, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values, each [B, heads, M, W / heads], of memory [B, M, W]."""
        key, value = self.pair(memory).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return key, value

    def forward(
        self, hidden: Tensor, pairs: tuple[Tensor, Tensor], mask: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        query = self.query(hidden).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        found = F.scaled_dot_product_attention(query, *pairs, attn_mask=mask, is_causal=causal)
        return self.leave(found.transpose(1, 2).flatten(-2))


class FeedForward(nn.Sequential):
    """Linear -> GELU -> linear."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__(nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width))


class TransformerLayer(nn.Module):
    """Pre-norm self-attention and feed-forward layer."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention, self.feed = Attention(width, heads), FeedForward(width, inner)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        normal = self.norm1(hidden)
        found = self.attention(normal, self.attention.keys(normal), mask[:, None, None, :])
        hidden = hidden + drop_channels(found, self.dropout)
        return hidden + drop_channels(self.feed(self.norm2(hidden)), self.dropout)


class ConvolutionLayer(nn.Module):
    """Residual layer of a dilated depthwise convolution over time and a pointwise feed-forward."""

    def __init__(self, width: int, dilation: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.feed = nn.LayerNorm(width), FeedForward(width, inner)
        self.mix = nn.Conv1d(width, width, 5, padding=2 * dilation, dilation=dilation, groups=width)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        shown = (hidden * mask[..., None]).transpose(1, 2)
        mixed = self.mix(shown).transpose(1, 2)
        return hidden + drop_channels(self.feed(self.norm(mixed)), self.dropout)


class RecurrentLayer(nn.Module):
    """Residual layer of a bidirectional gated recurrent unit over the valid frames."""

    def __init__(self, width: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.recur = nn.GRU(width, inner, batch_first=True, bidirectional=True)
        self.leave = nn.Linear(2 * inner, width)
        self.dropout = nn.Dropout1d(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        lengths = mask.sum(1).clamp(min=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(self.norm(hidden), lengths, batch_first=True, enforce_sorted=False)
        found, _ = nn.utils.rnn.pad_packed_sequence(self.recur(packed)[0], batch_first=True, total_length=mask.shape[1])
        return hidden + drop_channels(self.leave(found), self.dropout)


class Transformer(nn.Module):
    """Transformer layers over sinusoidal positions."""

    def __init__(self, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(TransformerLayer(width, heads, inner, dropout) for _ in range(layers))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        hidden = hidden + positions(hidden.shape[1], hidden.shape[2], hidden.device)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


class Convolutional(nn.Module):
    """Dilated convolutions (1, 2, 4, 1, 2, 4, …), then one recurrent layer for what lies farther away."""

    def __init__(self, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        stack = [ConvolutionLayer(width, 2 ** (i % 3), inner, dropout) for i in range(layers)]
        self.layers = nn.ModuleList([*stack, RecurrentLayer(width, width // 2, dropout)])

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


SHAPES = {"transformer": Transformer, "convolution": Convolutional}
