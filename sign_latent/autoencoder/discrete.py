"""Discrete autoencoders of poses: the skeletal-temporal backbone around any quantiser."""

from __future__ import annotations

import torch
from torch import nn

from sign_latent.autoencoder.backbone import Decoder, Encoder
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.quantiser import Quantiser
from sign_latent.autoencoder.reconstruction import reconstruction_losses, weighted_total
from sign_latent.autoencoder.tokens import Discrete


class DiscretePoses(Discrete, Autoencoder):
    """z holds the codes themselves, [B, N', J', D], whitened like any latent."""

    def __init__(self, settings, quantiser: Quantiser):
        super().__init__(settings, quantiser.width)
        self.encoder = Encoder(self.layout, settings)
        self.to_latent = nn.Linear(settings.width, quantiser.entered)
        self.use(quantiser)
        self.from_latent = nn.Linear(quantiser.entered, settings.width)
        self.decoder = Decoder(self.layout, settings)

    def continuous(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What enters the quantiser, [B, N', J', E], and its mask."""
        h, latent_mask = self.encoder(x, mask)
        return self.to_latent(h).float(), latent_mask

    def raw_decode(self, merged: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Normalised features [B, T, J, W] of merged codes [B, N', J', E]."""
        return self.decoder(self.from_latent(merged), mask)

    def loss(self, features: torch.Tensor, confidence: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """The reconstruction terms in ``loss``; beside it, what the quantiser adds."""
        x = self.normalise(features) * mask[..., None, None]  # padding becomes the mean pose, a valid rotation
        codes, added = self.quantiser(*self.continuous(x, mask))
        predicted = self.raw_decode(self.quantiser.merged(codes), mask).float()
        weights = self.settings.loss
        losses = reconstruction_losses(
            self.layout, weights, predicted, x, confidence * mask[..., None], self.denormalise
        )
        return {"loss": weighted_total(weights, losses), **losses, **added}
