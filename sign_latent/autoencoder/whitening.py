"""Whitening of latents inside the weights: what all autoencoders share, whatever they encode."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from sign_latent.errors import UserError

# A channel whose posterior mean varies less than this over the training split carries nothing (as counted for
# "active units", Burda et al. 2016).
DEAD_VARIANCE = 0.01

Batches = Iterable[tuple[torch.Tensor, torch.Tensor]]


class Whitened(nn.Module):
    """A module whose latent z [B, N', J', D] has zero mean and unit variance on its training split.

    A subclass gives ``normalise(x)`` and ``raw_encode(x, mask)`` -> mean, std before whitening (std zero if
    deterministic); its ``settings.stride`` is frames a latent frame. The variance is that of the *sampled* latent; dead
    channels are listed and not amplified.
    """

    codes: int | None = None
    places: int | None = None

    def __init__(self, settings, slots: int, latent_width: int):
        super().__init__()
        self.settings = settings
        self.register_buffer("latent_mean", torch.zeros(slots, latent_width))
        self.register_buffer("latent_std", torch.ones(slots, latent_width))
        self.register_buffer("latent_dead", torch.zeros(slots, latent_width, dtype=torch.bool))

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights; statistics and quantisers compute in float32 whatever it is."""
        return self.latent_mean.dtype

    def latent_frames(self, mask: torch.Tensor) -> torch.Tensor:
        """Mask [B, N'] of latent frames from that of frames [B, T]."""
        return mask[:, :: self.settings.stride]

    def posterior(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Whitened mean and std of z, [B, N', J', D] each, masked."""
        mean, std = self.raw_encode(self.normalise(features).to(self.dtype), mask)
        valid = self.latent_frames(mask)[:, :, None, None].float()
        return self.whitened(mean) * valid, std.float() / self.latent_std.float() * valid

    def whitened(self, raw: torch.Tensor) -> torch.Tensor:
        """z from a latent as the encoder makes it."""
        return (raw.float() - self.latent_mean.float()) / self.latent_std.float()

    def unwhitened(self, z: torch.Tensor) -> torch.Tensor:
        """The latent as the decoder takes it, from z."""
        return z.float() * self.latent_std.float() + self.latent_mean.float()

    def settle(self, batches: Callable[[], Batches]) -> None:
        """Fits to the averaged weights what followed the weights during training instead of being averaged with them.

        ``batches()`` gives (features, mask) of the whole training split. Nothing of that kind is in a Gaussian latent.
        """

    @torch.no_grad()
    def fit_whitening(self, batches: Batches) -> None:
        """Sets the whitening buffers from batches of (features, mask) of the whole training split.

        The variance is that of sampled z: Var[mean] + E[std²]. Raises UserError where there are no frames.
        """
        self.latent_mean.zero_()
        self.latent_std.fill_(1)
        count, total, square, noise = 0, 0.0, 0.0, 0.0
        for features, mask in batches:
            mean, std = self.posterior(features, mask)
            valid = self.latent_frames(mask)
            mean, std = mean[valid].double(), std[valid].double()
            count += len(mean)
            total, square, noise = total + mean.sum(0), square + mean.square().sum(0), noise + std.square().sum(0)
        if not count:
            raise UserError("whitening: the training split has no frames; give a corpus with training clips")
        centre = total / count
        spread = square / count - centre.square()
        self.latent_dead.copy_(spread < DEAD_VARIANCE)
        self.latent_mean.copy_(centre)
        variance = (spread + noise / count).clamp(min=0)
        # a dead channel without noise would be amplified without bound: it keeps its own scale
        self.latent_std.copy_(torch.where(variance < DEAD_VARIANCE, torch.ones_like(variance), variance).sqrt())

    def refuse_unfinished(self, z: torch.Tensor) -> None:
        """UserError where z holds NaN or infinity."""
        if not torch.isfinite(z).all():
            raise UserError("latent holds NaN or infinity; the generator that made it has diverged")
