"""Pictures to what is diffused and back."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from sign_latent.renderer.sign_video.settings import PixelSettings

_SPREAD = 0.5  # of pixels in [-1, 1], about


class Patches(nn.Module):
    """Squares of pixels as channels: z is pixels at twice their size, so that |z| is at most 2."""

    def __init__(self, settings: PixelSettings):
        super().__init__()
        self.patch = settings.patch

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """z [N, 3 p², h, w] of pictures [N, 3, H, W] in [-1, 1]."""
        return F.pixel_unshuffle(pictures, self.patch) / _SPREAD

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return F.pixel_shuffle(z * _SPREAD, self.patch)


class Pictures(nn.Module):
    """The latents of an AutoencoderKL, whitened by statistics in the weights."""

    def __init__(self, settings: PixelSettings):
        from diffusers import AutoencoderKL

        super().__init__()
        depth = len(settings.widths)
        self.vae = AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * depth,
            up_block_types=("UpDecoderBlock2D",) * depth,
            block_out_channels=tuple(settings.widths),
            layers_per_block=settings.blocks,
            norm_num_groups=settings.groups,
            latent_channels=settings.channels,
        )
        self.register_buffer("latent_mean", torch.zeros(settings.channels, 1, 1))
        self.register_buffer("latent_std", torch.full((settings.channels, 1, 1), 1 / self.vae.config.scaling_factor))

    def encode(self, pictures: torch.Tensor) -> torch.Tensor:
        """z [N, C, h, w]: posterior means of pictures [N, 3, H, W] in [-1, 1]."""
        with torch.no_grad():
            return (self.vae.encode(pictures).latent_dist.mode() - self.latent_mean) / self.latent_std

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        return self.vae.decode(z * self.latent_std + self.latent_mean).sample


PIXELS: dict[str, type[Patches] | type[Pictures]] = {"patches": Patches, "vae": Pictures}
