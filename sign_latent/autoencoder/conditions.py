"""Autoencoders of multi-condition embeddings (SignViP, section 3.5): [B, N, C, h, w] to h'·w' places a frame.

Encoder and decoder are those of Stable Diffusion's VAE, as the paper says; at four widths they make 12 places (4×3) of
the embeddings of a 272×224 frame (34×28) and 64 of a 512×512 one (64×64). The paper is silent on the channels of an
embedding. Where a size is no multiple of the compression, what is decoded is resized to it. What a place holds is what
sets the models apart.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import torch
import torch.nn.functional as F

from sign_latent.autoencoder.contract import frame_mask
from sign_latent.autoencoder.losses import masked_mean
from sign_latent.autoencoder.quantiser import Losses, Quantiser
from sign_latent.autoencoder.tokens import Discrete
from sign_latent.autoencoder.whitening import Whitened
from sign_latent.errors import UserError


@dataclass
class ConditionSettings:
    """What autoencoders of condition embeddings have in common."""

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
    fps: float = 25.0
    """Frames a second."""
    stride: ClassVar[int] = 1

    def places(self) -> tuple[int, int]:
        """Height and width in places. UserError where nothing is left."""
        height, width = self.size
        for _ in self.widths[1:]:
            height, width = height // 2, width // 2
        if not height * width:
            raise UserError(f"embeddings of {self.size} are too small for {len(self.widths)} levels")
        return height, width

    @property
    def slots(self) -> int:
        """P: places of a frame. UserError for none."""
        height, width = self.places()
        return height * width


class ConditionAutoencoder(Whitened):
    """z [B, N, P, D] holds D numbers for each place of the image; domain ``condition``."""

    def __init__(self, settings: ConditionSettings, width: int):
        from diffusers.models.autoencoders.vae import Decoder, Encoder

        super().__init__(settings, settings.slots, width)
        shape = dict(
            block_out_channels=tuple(settings.widths),
            layers_per_block=settings.blocks,
            norm_num_groups=settings.groups,
        )
        depth = len(settings.widths)
        self.encoder = Encoder(settings.channels, width, ("DownEncoderBlock2D",) * depth, double_z=False, **shape)
        self.decoder = Decoder(width, settings.channels, ("UpDecoderBlock2D",) * depth, **shape)
        self.register_buffer("feature_mean", torch.zeros(settings.channels, 1, 1))
        self.register_buffer("feature_std", torch.ones(settings.channels, 1, 1))

    @property
    def spec(self):
        """The LatentSpec; slots are places of the image."""
        from sign_latent.registry import LatentSpec

        slots, width = self.latent_mean.shape
        return LatentSpec(
            domain="condition",
            skeleton="",
            features=("condition",),
            fps=self.settings.fps,
            stride=self.settings.stride,
            slots=slots,
            width=width,
            codes=self.codes,
            places=self.places,
            dead=tuple(self.latent_dead.flatten().nonzero().flatten().tolist()),
        )

    def normalise(self, embeddings: torch.Tensor) -> torch.Tensor:
        return (embeddings - self.feature_mean) / self.feature_std

    def continuous(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """What the encoder makes of normalised embeddings, [B, N, P, D], and its mask."""
        h = self.encoder(x.flatten(0, 1))
        return h.flatten(2).transpose(1, 2).unflatten(0, mask.shape).float(), mask

    @abstractmethod
    def squeezed(self, h: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        """What the decoder sees of ``continuous``, and what that adds to a loss."""

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

    def raw_decode(self, seen: torch.Tensor) -> torch.Tensor:
        """Normalised embeddings of what the decoder sees [B, N, P, D]."""
        h = seen.flatten(0, 1).transpose(1, 2).unflatten(2, self.settings.places())
        x = self.decoder(h)
        if list(x.shape[-2:]) != list(self.settings.size):
            x = F.interpolate(x, size=self.settings.size, mode="bilinear")
        return x.unflatten(0, seen.shape[:2])

    def loss(self, embeddings: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
        """Square error of normalised embeddings, eq. (6); beside it, what ``squeezed`` adds."""
        x = self.normalise(embeddings)
        seen, added = self.squeezed(*self.continuous(x, mask))
        error = (self.raw_decode(seen).float() - x).square()
        return {"loss": masked_mean(error, mask[:, :, None, None, None].to(error)), **added}


class DiscreteConditions(Discrete, ConditionAutoencoder):
    """A place holds one code of any quantiser."""

    def __init__(self, settings: ConditionSettings, quantiser: Quantiser):
        super().__init__(settings, quantiser.width)
        self.use(quantiser)

    def squeezed(self, h: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, Losses]:
        """Codes, through which gradients pass."""
        codes, added = self.quantiser(h, mask)
        return self.quantiser.merged(codes), added
