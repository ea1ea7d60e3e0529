"""From pose features to a sequence of hidden states at a quarter of the frame rate."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.layers.attention import Attention, padding_bias
from sign_latent.layers.positions import sinusoid

STRIDE = 4


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

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        hidden = hidden + drop_channels(self.attention(self.norm1(hidden), bias), self.dropout)
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
        hidden = hidden + sinusoid(torch.arange(hidden.shape[1], device=hidden.device), hidden.shape[2])
        bias = padding_bias(mask)
        for layer in self.layers:
            hidden = layer(hidden, bias)
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
