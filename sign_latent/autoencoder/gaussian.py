"""The Gaussian bottleneck of variational autoencoders, between any encoder and decoder of poses."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.losses import gaussian_kl
from sign_latent.autoencoder.reconstruction import ReconstructionWeights, reconstruction_losses, weighted_total

# Annotations here are types, not strings: jsonargparse would look strings up in the modules of those who inherit them.


@dataclass
class GaussianSettings:
    """Of the bottleneck and of the loss."""

    latent_width: int = 16
    """D: channels of a latent slot, apart from the width of the model."""
    kl: float = 2e-3
    """λ_KL; the papers are silent."""
    loss: ReconstructionWeights = field(default_factory=ReconstructionWeights)
    """Weights of the reconstruction terms."""


class GaussianAutoencoder(Autoencoder):
    """A variational autoencoder; ``encoder`` and ``decoder`` are built of layout and settings."""

    def __init__(self, settings, encoder: Callable, decoder: Callable):
        super().__init__(settings, settings.latent_width)
        self.encoder = encoder(self.layout, settings)
        self.to_latent = nn.Linear(settings.width, 2 * settings.latent_width)
        self.from_latent = nn.Linear(settings.latent_width, settings.width)
        self.decoder = decoder(self.layout, settings)

    def raw_encode(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and std [B, N', J', D] of the posterior."""
        h, _ = self.encoder(x, mask)
        mean, log_variance = self.to_latent(h).float().chunk(2, -1)
        return mean, (0.5 * log_variance.clamp(-14, 6)).exp()

    def raw_decode(self, z: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Normalised features [B, T, J, W] from an unwhitened latent."""
        return self.decoder(self.from_latent(z), mask)

    def loss(self, features: torch.Tensor, confidence: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """L_m + λ_pos L_pos + λ_vel L_vel + λ_KL L_KL (Sign-SALD eq. 4), with an acceleration term of ours."""
        x = self.normalise(features) * mask[..., None, None]  # padding becomes the mean pose, a valid rotation
        mean, std = self.raw_encode(x, mask)
        predicted = self.raw_decode(mean + std * torch.randn_like(std), mask).float()
        weights = self.settings.loss
        losses = reconstruction_losses(
            self.layout, weights, predicted, x, confidence * mask[..., None], self.denormalise
        )
        losses["kl"] = gaussian_kl(mean, std, self.latent_frames(mask))
        return {"loss": weighted_total(weights, losses) + self.settings.kl * losses["kl"], **losses}
