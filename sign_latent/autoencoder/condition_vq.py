"""Vector quantisation of multi-condition embeddings: what FSQ is compared with (SignViP, figures 4d and 4e)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sign_latent.autoencoder.codebook import Codebooks
from sign_latent.autoencoder.conditions import ConditionSettings, DiscreteConditions


@dataclass
class ConditionVQSettings(ConditionSettings):
    """VQ autoencoder of condition embeddings."""

    bits: int = 9
    """log2 of the codes; the paper compares 7 to 12, and its FSQ has 625."""
    code_width: int = 4
    """Numbers of a code: as many as FSQ's have levels."""
    decay: float = 0.95
    """Of the averages that codes follow."""
    dead: float = 0.05
    """Codes found less often than this in a step, on average, are replaced; 0 = never."""
    rotation: bool = True
    """Gradients pass the codes rotated (Fifty et al. 2024) instead of unchanged."""
    commitment: float = 0.25
    """Weight of the distance of vectors from their codes; 0.25 in van den Oord et al. (2017)."""


class ConditionVQ(DiscreteConditions):
    """Codes of one learnt book, which all places share."""

    Settings = ConditionVQSettings

    def __init__(self, settings: ConditionVQSettings):
        s = settings
        how = {"decay": s.decay, "dead": s.dead, "rotation": s.rotation}
        super().__init__(settings, Codebooks(s.slots, 2**s.bits, s.code_width, 1, **how))

    def loss(self, embeddings: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Square error of normalised embeddings and λ · commitment."""
        losses = super().loss(embeddings, mask)
        return losses | {"loss": losses["loss"] + self.settings.commitment * losses["commitment"]}
