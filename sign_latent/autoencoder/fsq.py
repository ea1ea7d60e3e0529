"""Finite scalar quantisation (Mentzer et al. 2023) of skeletal-temporal latents: SignViP's tokens, over poses."""

from __future__ import annotations

from dataclasses import dataclass, field

from sign_latent.autoencoder.backbone import BackboneSettings
from sign_latent.autoencoder.discrete import DiscretePoses
from sign_latent.autoencoder.quantiser import FSQ_LEVELS, FiniteScalar
from sign_latent.autoencoder.reconstruction import ReconstructionWeights
from sign_latent.errors import UserError


@dataclass
class PoseFSQSettings(BackboneSettings):
    """FSQ autoencoder: the backbone with a finite scalar quantiser."""

    levels: list[int] = field(default_factory=lambda: [5, 5, 5, 5])
    """Levels of each dimension of a code; SignViP's 5·5·5·5 = 625 codes."""
    bits: int | None = None
    """Instead of levels: log2 of about how many codes, 7 to 12."""
    tokens_per_slot: int = 2
    """Codes a slot and latent frame; P = slots × this."""
    loss: ReconstructionWeights = field(default_factory=ReconstructionWeights)
    """Weights of the reconstruction terms."""

    def __post_init__(self) -> None:
        if self.bits is not None:
            if self.bits not in FSQ_LEVELS:
                raise UserError(f"bits {self.bits}: a book has 2^{min(FSQ_LEVELS)} to 2^{max(FSQ_LEVELS)} codes")
            self.levels = list(FSQ_LEVELS[self.bits])


class PoseFSQ(DiscretePoses):
    """Codes of finite scalars; they need no commitment loss."""

    Settings = PoseFSQSettings

    def __init__(self, settings: PoseFSQSettings):
        super().__init__(settings, FiniteScalar(settings.slots, settings.levels, settings.tokens_per_slot))
