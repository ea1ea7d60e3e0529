"""Sign-SALD's skeleton-aware VAE (section 2.1): z [B, N', J', D], N' = ceil(T / stride)."""

from __future__ import annotations

from dataclasses import dataclass

from sign_latent.autoencoder.backbone import BackboneSettings, Decoder, Encoder
from sign_latent.autoencoder.gaussian import GaussianAutoencoder, GaussianSettings


@dataclass
class SkeletalVAESettings(GaussianSettings, BackboneSettings):
    """Skeletal VAE: the backbone with a Gaussian bottleneck."""


class SkeletalVAE(GaussianAutoencoder):
    """Sign-SALD's autoencoder. J' is a setting; ``plain_vae`` is its ablation without skeletal structure."""

    Settings = SkeletalVAESettings

    def __init__(self, settings: SkeletalVAESettings):
        super().__init__(settings, Encoder, Decoder)
