"""SignViP's FSQ autoencoder of multi-condition embeddings: a finite scalar code for each place of a frame."""

from __future__ import annotations

from dataclasses import dataclass, field

from sign_latent.autoencoder.conditions import ConditionSettings, DiscreteConditions
from sign_latent.autoencoder.quantiser import FiniteScalar


@dataclass
class ConditionFSQSettings(ConditionSettings):
    """FSQ autoencoder of condition embeddings."""

    levels: list[int] = field(default_factory=lambda: [5, 5, 5, 5])
    """Levels of each dimension of a code; the paper's 5·5·5·5 = 625 codes."""


class ConditionFSQ(DiscreteConditions):
    """Codes of finite scalars; they need no commitment loss."""

    Settings = ConditionFSQSettings

    def __init__(self, settings: ConditionFSQSettings):
        super().__init__(settings, FiniteScalar(settings.slots, settings.levels, 1))
