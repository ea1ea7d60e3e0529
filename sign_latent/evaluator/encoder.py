"""From pose features to a sequence of hidden states at a quarter of the frame rate."""

import torch.nn.functional as F
from torch import Tensor, nn

from sign_latent.layers.transformer import FeedForward, Transformer, drop_channels

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


class Mixed(nn.Module):
    """Dilated convolutions for what is near, then transformer layers for what is far; half of the layers each."""

    def __init__(self, width: int, layers: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        near = (layers + 1) // 2
        self.near = nn.ModuleList(ConvolutionLayer(width, 2 ** (i % 3), inner, dropout) for i in range(near))
        self.far = Transformer(width, layers - near, heads, inner, dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        for layer in self.near:
            hidden = layer(hidden, mask)
        return self.far(hidden, mask)


SHAPES = {"transformer": Transformer, "convolution": Convolutional, "mixed": Mixed}
