"""A VAE without skeletal structure: Sign-SALD's ablation "w/o ST-Latent", a flat latent z [B, N', 1, D].

All features of a frame are one vector. At equal latent values a frame and equal parameters it is what the skeletal
VAE is to be compared with, so what could be tuned is a setting; of its own, the paper says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from sign_latent.autoencoder.flat import FlatDecoder, FlatEncoder, FlatSettings
from sign_latent.autoencoder.gaussian import GaussianAutoencoder, GaussianSettings


@dataclass
class PlainVAESettings(GaussianSettings, FlatSettings):
    """Plain VAE: a flat encoder and decoder with a Gaussian bottleneck."""

    latent_width: int = 112
    """D: channels of the latent; by default as many as the skeletal VAE has in its seven slots."""


class PlainVAE(GaussianAutoencoder):
    """The baseline without skeleton."""

    Settings = PlainVAESettings

    def __init__(self, settings: PlainVAESettings):
        super().__init__(settings, FlatEncoder, FlatDecoder)
