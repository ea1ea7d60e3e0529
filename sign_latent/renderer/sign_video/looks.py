"""Whether a picture shows a signer as those of a model's training do, as its Reference Net sees them."""

from __future__ import annotations

import math

import torch
from torch import nn

from sign_latent.renderer.sign_video.unets import BESIDE, Bank

_LEAST = math.log(1 / 3)
_FAR = 8.0  # standard deviations of the training's signers


class KnownLooks(nn.Module):
    """A linear classifier of pooled features of reference pictures, kept in the weights.

    It was shown the training's signers and pictures in their colours without them (`signerless`). It does not detect
    persons: it tells what is like those signers from what is like noise, patterns and pieces. Until it is fitted,
    everything is known.
    """

    def __init__(self, width: int):
        super().__init__()
        self.register_buffer("look_mean", torch.zeros(2 * width))
        self.register_buffer("look_std", torch.ones(2 * width))
        self.register_buffer("look_weight", torch.zeros(2 * width))
        self.register_buffer("look_bias", torch.zeros(()))

    @staticmethod
    def pooled(bank: Bank) -> torch.Tensor:
        """Means and deviations over the places of every layer, [B, 2 · C of all layers]."""
        parts = [(x.float().mean(1), x.float().std(1)) for name, x in sorted(bank.items()) if name != BESIDE]
        return torch.cat([part for both in parts for part in both], dim=1)

    def _features(self, found: torch.Tensor) -> torch.Tensor:
        return ((found - self.look_mean) / self.look_std).clamp(-_FAR, _FAR)

    def knows(self, found: torch.Tensor) -> torch.Tensor:
        """Whether the odds of each of pooled features [B, 2 · C] to be of a signer are at least one to three, [B]."""
        return self._features(found) @ self.look_weight + self.look_bias >= _LEAST

    def known(self, bank: Bank) -> torch.Tensor:
        """The same of each picture that the Reference Net saw, [B]."""
        return self.knows(self.pooled(bank))

    def fit(self, signers: torch.Tensor, others: torch.Tensor) -> None:
        """Learns from pooled features [N, 2 · C] of pictures of signers and of pictures without them."""
        from sklearn.linear_model import LogisticRegression

        self.look_mean.copy_(signers.mean(0))
        self.look_std.copy_(signers.std(0).clamp(min=1e-6))
        x, shown = self._features(torch.cat([signers, others])), [True] * len(signers) + [False] * len(others)
        # a penalty of a hundredth of the squared weights beside the mean loss
        found = LogisticRegression(C=50 / len(x), max_iter=1000).fit(x.cpu().numpy(), shown)
        self.look_weight.copy_(torch.from_numpy(found.coef_[0]))
        self.look_bias.fill_(float(found.intercept_[0]))
