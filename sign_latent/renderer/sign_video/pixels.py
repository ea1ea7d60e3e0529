"""Pictures to what is diffused and back."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from sign_latent.renderer.sign_video.settings import PixelSettings

_SPREAD = 0.5  # of pixels in [-1, 1], about
_PIXELS = 1 << 20  # that an autoencoder sees together


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
        self.factor, depth = settings.factor, len(settings.widths)
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
            parts = pictures.split(at_once(pictures.shape[-2:]))
            found = torch.cat([self.vae.encode(some).latent_dist.mode() for some in parts])
        return (found - self.latent_mean) / self.latent_std

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        parts = (z * self.latent_std + self.latent_mean).split(at_once(z.shape[-2:], self.factor))
        return torch.cat([self.vae.decode(some).sample for some in parts])


def at_once(size: Sequence[int], factor: int = 1) -> int:
    """Pictures that an autoencoder sees together: its widest layers take about a kilobyte a pixel."""
    return max(1, _PIXELS // (size[0] * size[1] * factor**2))


PIXELS: dict[str, type[Patches] | type[Pictures]] = {"patches": Patches, "vae": Pictures}
