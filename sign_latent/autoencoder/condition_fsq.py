"""SignViP's FSQ autoencoder of multi-condition embeddings (section 3.5): [B, N, C, h, w] to h'·w' tokens a frame.

Encoder and decoder are those of Stable Diffusion's VAE, as the paper says; at four widths they make 12 tokens (4×3) of
the embeddings of a 272×224 frame (34×28) and 64 of a 512×512 one (64×64). The paper is silent on the channels of an
embedding. Where a size is no multiple of the compression, what is decoded is resized to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
import torch.nn.functional as F

from sign_latent.autoencoder.contract import frame_mask
from sign_latent.autoencoder.losses import masked_mean
from sign_latent.autoencoder.quantiser import FiniteScalar
from sign_latent.autoencoder.tokens import Discrete
from sign_latent.errors import UserError


@dataclass
class ConditionFSQSettings:
    """FSQ autoencoder of condition embeddings."""

    channels: int = 320
    """C: channels of an embedding."""
    size: list[int] = field(default_factory=lambda: [34, 28])
    """Height and width of an embedding."""
    widths: list[int] = field(default_factory=lambda: [128, 256, 512, 512])
    """Channels of each spatial level; between two of them, height and width are halved."""
    blocks: int = 2
    """Residual blocks a level."""
    groups: int = 32
    """Groups of the normalisations; divides every width."""
    levels: list[int] = field(default_factory=lambda: [5, 5, 5, 5])
    """Levels of each dimension of a code; the paper's 5·5·5·5 = 625 codes."""
    fps: float = 25.0
    """Frames a second."""
    stride: ClassVar[int] = 1

    def places(self) -> tuple[int, int]:
        """Height and width in tokens."""
        height, width = self.size
        for _ in self.widths[1:]:
            height, width = height // 2, width // 2
        return height, width


class ConditionFSQ(Discrete):
    """z [B, N, P, D] holds the code of each place; domain ``condition``."""

    Settings = ConditionFSQSettings

    def __init__(self, settings: ConditionFSQSettings):
        from diffusers.models.autoencoders.vae import Decoder, Encoder

        height, width = settings.places()
        if not height * width:
            raise UserError(f"embeddings of {settings.size} are too small for {len(settings.widths)} levels")
        quantiser = FiniteScalar(height * width, settings.levels, 1)
        super().__init__(settings, height * width, quantiser.width)
        shape = dict(
            block_out_channels=tuple(settings.widths),
            layers_per_block=settings.blocks,
            norm_num_groups=settings.groups,
        )
        depth = len(settings.widths)
        self.encoder = Encoder(
            settings.channels, len(settings.levels), ("DownEncoderBlock2D",) * depth, double_z=False, **shape
        )
        self.use(quantiser)
        self.decoder = Decoder(len(settings.levels), settings.channels, ("UpDecoderBlock2D",) * depth, **shape)
        self.register_buffer("feature_mean", torch.zeros(settings.channels, 1, 1))
        self.register_buffer("feature_std", torch.ones(settings.channels, 1, 1))

    @property
    def spec(self):
        """The LatentSpec; slots are places of the image."""
        from sign_latent.registry import LatentSpec

        return LatentSpec(
            domain="condition",
            skeleton="",
            features=("condition",),
            fps=self.settings.fps,
            stride=self.settings.stride,
            slots=self.places,
            width=self.latent_mean.shape[1],
            codes=self.codes,
            places=self.places,
            dead=tuple(self.latent_dead.flatten().nonzero().flatten().tolist()),
        )

    def normalise(self, embeddings: torch.Tensor) -> torch.Tensor:
        return (embeddings - self.feature_mean) / self.feature_std

    def continuous(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What enters the quantiser, [B, N, P, D], and its mask."""
        h = self.encoder(x.flatten(0, 1))
        return h.flatten(2).transpose(1, 2).unflatten(0, mask.shape).float(), mask

    def encode(self, embeddings: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """z [B, N, P, D] of embeddings [B, N, C, h, w], and its mask [B, N]."""
        return self.posterior(embeddings, mask)[0], mask

    def decode(self, z: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
        """Embeddings [B, N, C, h, w], zero beyond each length. Raises UserError where z is too short, or NaN."""
        if z.shape[1] < max(lengths):
            raise UserError(f"latent of {z.shape[1]} frames cannot be decoded to {max(lengths)} frames")
        self.refuse_unfinished(z)
        z, mask = z[:, : max(lengths)], frame_mask(lengths, device=z.device)
        x = self.raw_decode(self.unwhitened(z).to(self.dtype))
        return (x.float() * self.feature_std + self.feature_mean) * mask[:, :, None, None, None]

    def raw_decode(self, merged: torch.Tensor) -> torch.Tensor:
        """Normalised embeddings of codes [B, N, P, D]."""
        h = merged.flatten(0, 1).transpose(1, 2).unflatten(2, self.settings.places())
        x = self.decoder(h)
        if list(x.shape[-2:]) != list(self.settings.size):
            x = F.interpolate(x, size=self.settings.size, mode="bilinear")
        return x.unflatten(0, merged.shape[:2])

    def loss(self, embeddings: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Square error of normalised embeddings, eq. (6)."""
        x = self.normalise(embeddings)
        codes = self.quantiser(*self.continuous(x, mask))[0]
        error = (self.raw_decode(codes).float() - x).square()
        return {"loss": masked_mean(error, mask[:, :, None, None, None].to(error))}
