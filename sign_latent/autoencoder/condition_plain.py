"""Continuous latents of multi-condition embeddings: SignViP's ablation without quantisation (figure 3c)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sign_latent.autoencoder.conditions import ConditionAutoencoder, ConditionSettings
from sign_latent.autoencoder.quantiser import Losses


@dataclass
class ConditionPlainSettings(ConditionSettings):
    """Autoencoder of condition embeddings without quantisation."""

    latent_width: int = 4
    """D: numbers of a place; as many as FSQ's codes have levels."""


class ConditionPlain(ConditionAutoencoder):
    """Encoder and decoder with nothing between them: the latent has no noise and no tokens."""

    Settings = ConditionPlainSettings

    def __init__(self, settings: ConditionPlainSettings):
        super().__init__(settings, settings.latent_width)

    def raw_encode(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the encoder makes [B, N, P, D], and a std of zero."""
        mean, _ = self.continuous(x, mask)
        return mean, torch.zeros_like(mean)

    def squeezed(self, h: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        """All of it."""
        return h, {}
