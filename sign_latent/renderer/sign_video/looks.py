"""Whether a picture looks like those of the signers that a model was trained on, as its Reference Net sees them."""

from __future__ import annotations

import torch
from torch import nn

from sign_latent.renderer.sign_video.unets import BESIDE, Bank

_SPARE = 2.0


class KnownLooks(nn.Module):
    """A Gaussian of pooled features of reference pictures, one variance a feature, kept in the weights.

    It does not detect persons: it tells what is unlike all signers of the training from what is not. Until it is
    fitted, everything is known.
    """

    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("look_mean", torch.zeros(2 * width))
        self.register_buffer("look_std", torch.ones(2 * width))
        self.register_buffer("look_bound", torch.full((), torch.finfo(torch.float32).max))

    @staticmethod
    def pooled(bank: Bank) -> torch.Tensor:
        """Means and deviations over the places of every layer, [B, 2 · C of all layers]."""
        parts = [(x.float().mean(1), x.float().std(1)) for name, x in sorted(bank.items()) if name != BESIDE]
        return torch.cat([part for both in parts for part in both], dim=1)

    def distance(self, bank: Bank) -> torch.Tensor:
        """Mean square of standardised features, [B]; about 1 for the training's signers."""
        return ((self.pooled(bank) - self.look_mean) / self.look_std).square().mean(1)

    def known(self, bank: Bank) -> torch.Tensor:
        """Whether each picture is less far than twice the farthest of the training, [B]."""
        return self.distance(bank) <= self.look_bound

    @torch.no_grad()
    def fit(self, banks: list[Bank]) -> None:
        """Learns the looks of some pictures of the training."""
        found = torch.cat([self.pooled(bank) for bank in banks])
        self.look_mean.copy_(found.mean(0))
        self.look_std.copy_(found.std(0).clamp(min=1e-6))
        self.look_bound.copy_(_SPARE * torch.cat([self.distance(bank) for bank in banks]).max())
