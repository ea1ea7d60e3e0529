"""SignViP's multi-condition encoder: pictures of conditions to the embeddings that guide the video.

The paper's eight convolutions that each halve both sides cannot be; its public code has seven grouped 3×3 ones, three
of them of stride 2, one group a condition. Here as many as the latent needs, two for each halving and one at first.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import nn


class MultiConditionEncoder(nn.Module):
    """[N, 3 · conditions, H, W] in [0, 1] to embeddings [N, C, h, w]; conditions never mix."""

    def __init__(self, conditions: int, widths: Sequence[int]):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(3 * conditions, widths[0], 3, padding=1, groups=conditions)]
        for width, wider in itertools.pairwise(widths):
            for out, stride in ((width, 1), (wider, 2)):
                layers += [nn.SiLU(), nn.Conv2d(width, out, 3, stride, 1, groups=conditions)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.layers(pictures)
