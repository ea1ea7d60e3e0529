"""Standardisation by running statistics of valid entries."""

from collections.abc import Iterable

import torch
from torch import nn


class MaskedStandardise(nn.Module):
    """Zero mean and unit variance a channel over valid frames: batch statistics in training, running ones after.

    [B, N, J, D] and mask [B, N] -> [B, N, J, D], in float32 whatever comes in.
    """

    def __init__(self, slots: int, width: int, momentum: float = 0.02):
        super().__init__()
        self.momentum = momentum
        self.register_buffer("mean", torch.zeros(slots, width))
        self.register_buffer("std", torch.ones(slots, width))
        self.register_buffer("seen", torch.zeros((), dtype=torch.long))

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = x.float()
        if not self.training:
            return (x - self.mean.float()) / (self.std.float() + 1e-3)
        valid = x[mask]
        mean, std = valid.mean(0), (valid.var(0, unbiased=False) + 1e-12).sqrt()
        with torch.no_grad():
            # the first batches count fully, so that the start values do not linger
            rate = max(self.momentum, 1 / (1 + int(self.seen)))
            self.mean.lerp_(mean.detach().to(self.mean), rate)
            self.std.lerp_(std.detach().to(self.std), rate)
            self.seen += 1
        return (x - mean) / (std + 1e-3)

    @torch.no_grad()
    def fit(self, batches: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> None:
        """Statistics of all batches (x, mask) instead of the running ones."""
        count, total, square = 0, 0.0, 0.0
        for x, mask in batches:
            valid = x[mask].double()
            count, total, square = count + len(valid), total + valid.sum(0), square + valid.square().sum(0)
        if count:
            mean = total / count
            self.mean.copy_(mean)
            self.std.copy_((square / count - mean.square()).clamp(min=1e-12).sqrt())
