"""Vector quantisation of skeletal-temporal latents, plain or residual: what FSQ is compared with (SignViP, fig. 4)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from sign_latent.autoencoder.backbone import BackboneSettings
from sign_latent.autoencoder.codebook import Codebooks
from sign_latent.autoencoder.discrete import DiscretePoses
from sign_latent.autoencoder.reconstruction import ReconstructionWeights


@dataclass
class PoseVQSettings(BackboneSettings):
    """VQ autoencoder: the backbone with learnt books."""

    bits: int = 10
    """log2 of the codes of a book."""
    code_width: int = 4
    """Numbers of a code."""
    tokens_per_slot: int = 2
    """Codes a slot and latent frame; P = slots × this."""
    residual: bool = False
    """Each code of a slot is of what those before it left, instead of its own part of the vector."""
    shared: bool = True
    """All slots share their books; otherwise each has its own."""
    decay: float = 0.95
    """Of the averages that codes follow."""
    dead: float = 0.05
    """Codes found less often than this in a step, on average, are replaced; 0 = never."""
    rotation: bool = True
    """Gradients pass the codes rotated (Fifty et al. 2024) instead of unchanged."""
    commitment: float = 0.25
    """Weight of the distance of vectors from their codes; 0.25 in van den Oord et al. (2017)."""
    loss: ReconstructionWeights = field(default_factory=ReconstructionWeights)
    """Weights of the reconstruction terms."""


class PoseVQ(DiscretePoses):
    """Codes of learnt books."""

    Settings = PoseVQSettings

    def __init__(self, settings: PoseVQSettings):
        s = settings
        books = Codebooks(
            s.slots, 2**s.bits, s.code_width, s.tokens_per_slot, s.residual, s.shared, s.decay, s.dead, s.rotation
        )
        super().__init__(settings, books)

    def loss(self, features: torch.Tensor, confidence: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """The reconstruction terms and λ · commitment."""
        losses = super().loss(features, confidence, mask)
        return losses | {"loss": losses["loss"] + self.settings.commitment * losses["commitment"]}
