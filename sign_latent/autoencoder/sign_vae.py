"""Text2SignDiff's SignVAE: key points to 20 numbers a latent frame, z [B, N', 1, 20].

The paper gives the 79 key points (skeleton ``upper79``), the 20 dimensions and clips of up to 256 frames, and nothing
else. Ours is convolutional and has no longest clip; one latent a frame or a stride of frames, and dilated
convolutions that see about a second around each, are our choice. On a skeleton with rotations it encodes these too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sign_latent.autoencoder.flat import FlatDecoder, FlatEncoder, FlatSettings
from sign_latent.autoencoder.gaussian import GaussianAutoencoder, GaussianSettings


@dataclass
class SignVAESettings(GaussianSettings, FlatSettings):
    """SignVAE: a flat encoder and decoder with a narrow Gaussian bottleneck."""

    latent_width: int = 20
    """D: channels of the latent, the paper's 20."""
    blocks: int = 3
    """Blocks a temporal level."""
    dilations: list[int] = field(default_factory=lambda: [1, 2, 4])
    """Frames between the taps of the blocks of a level; where there are more blocks they come round again."""


class SignVAE(GaussianAutoencoder):
    """Text2SignDiff's autoencoder."""

    Settings = SignVAESettings

    def __init__(self, settings: SignVAESettings):
        super().__init__(settings, FlatEncoder, FlatDecoder)
