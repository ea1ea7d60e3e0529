"""Finite scalar quantisation (Mentzer et al. 2023) of skeletal-temporal latents: SignViP's tokens, over poses.

The quantiser is vector-quantize-pytorch's. Its traps are met here: 4-D input is taken for video, so slots are
flattened; the bound runs in fp32 on standardised input, since it collapses when what enters has small spread; indices
out of the book and NaN pass it silently, so both are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

import torch
from torch import nn

from sign_latent.autoencoder.backbone import BackboneSettings, Decoder, Encoder
from sign_latent.autoencoder.contract import Autoencoder
from sign_latent.autoencoder.reconstruction import ReconstructionWeights, reconstruction_losses, weighted_total
from sign_latent.errors import UserError
from sign_latent.layers.standardise import MaskedStandardise


@dataclass
class PoseFSQSettings(BackboneSettings):
    """FSQ autoencoder: the backbone with a finite scalar quantiser."""

    levels: list[int] = field(default_factory=lambda: [5, 5, 5, 5])
    """Levels of each dimension of a code; SignViP's 5·5·5·5 = 625 codes."""
    tokens_per_slot: int = 2
    """Codes a slot and latent frame; P = slots × this."""
    loss: ReconstructionWeights = field(default_factory=ReconstructionWeights)
    """Weights of the reconstruction terms."""


class PoseFSQ(Autoencoder):
    """z holds the codes themselves, [B, N', J', levels × tokens_per_slot], whitened like any latent."""

    Settings = PoseFSQSettings

    def __init__(self, settings: PoseFSQSettings):
        from vector_quantize_pytorch import FSQ

        width = len(settings.levels) * settings.tokens_per_slot
        super().__init__(settings, width)
        self.encoder = Encoder(self.layout, settings)
        self.to_latent = nn.Linear(settings.width, width)
        self.standardise = MaskedStandardise(settings.slots, width)
        self.quantiser = FSQ(levels=list(settings.levels))
        self.from_latent = nn.Linear(width, settings.width)
        self.decoder = Decoder(self.layout, settings)
        self.codes = prod(settings.levels)
        self.places = settings.slots * settings.tokens_per_slot

    def raw_encode(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Codes [B, N', J', D] with straight-through gradient, and a std of zero."""
        h, latent_mask = self.encoder(x, mask)
        bound_in = self.standardise(self.to_latent(h).float(), latent_mask)
        flat = bound_in.unflatten(-1, (-1, len(self.settings.levels))).flatten(0, -2)
        codes, _ = self.quantiser(flat[None])
        z = codes[0].view_as(bound_in)
        return z, torch.zeros_like(z)

    def raw_decode(self, z: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Snaps z to codes (straight-through), then decodes to normalised features [B, T, J, W]."""
        return self.decoder(self.from_latent(self._snap(z)), mask)

    def tokens(self, z: torch.Tensor) -> torch.Tensor:
        """Token ids [B, N', P] of a whitened latent; UserError for NaN."""
        if not torch.isfinite(z).all():
            raise UserError("latent holds NaN or infinity and has no tokens; the generator that made it has diverged")
        digits = self._digits(z * self.latent_std + self.latent_mean)
        return (digits * self.quantiser._basis).sum(-1).long().flatten(2)

    def from_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        """Whitened latent [B, N', J', D] of token ids [B, N', P]; UserError for an id outside the book."""
        if tokens.numel() and (int(tokens.min()) < 0 or int(tokens.max()) >= self.codes):
            raise UserError(
                f"token {int(tokens.max())} outside the book of {self.codes} codes; end and padding are no codes"
            )
        digits = (
            tokens.unflatten(2, (self.settings.slots, -1))[..., None] // self.quantiser._basis
        ) % self.quantiser._levels
        half = self.quantiser._levels // 2
        return (((digits - half) / half).flatten(-2) - self.latent_mean) / self.latent_std

    def _digits(self, raw: torch.Tensor) -> torch.Tensor:
        """Nearest level of each code dimension, [B, N', J', tokens_per_slot, levels] integers."""
        half = self.quantiser._levels // 2
        raw = raw.float().unflatten(-1, (-1, len(self.settings.levels)))
        return (raw * half + half).round().clamp(min=0).minimum((self.quantiser._levels - 1).to(raw))

    def _snap(self, raw: torch.Tensor) -> torch.Tensor:
        half = self.quantiser._levels // 2
        codes = ((self._digits(raw) - half) / half).flatten(-2)
        return raw + (codes - raw).detach() if raw.requires_grad else codes

    def loss(self, features: torch.Tensor, confidence: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Reconstruction terms only: FSQ needs no commitment loss."""
        x = self.normalise(features) * mask[..., None, None]  # padding becomes the mean pose, a valid rotation
        z, _ = self.raw_encode(x, mask)
        predicted = self.decoder(self.from_latent(z), mask).float()
        weights = self.settings.loss
        losses = reconstruction_losses(
            self.layout, weights, predicted, x, confidence * mask[..., None], self.denormalise
        )
        return {"loss": weighted_total(weights, losses), **losses}
