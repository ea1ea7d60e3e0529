"""What every autoencoder of poses can do: encode, decode, spec, tokens; whitening lives in its weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import nn

from sign_latent.autoencoder.geometry import PoseBatch, unpack
from sign_latent.autoencoder.layout import layout_of, pack
from sign_latent.corpus.batching import pad
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose

# A channel whose posterior mean varies less than this over the training split carries nothing (as counted for
# "active units", Burda et al. 2016).
DEAD_VARIANCE = 0.01


def frame_mask(lengths: Sequence[int] | torch.Tensor, frames: int | None = None, device=None) -> torch.Tensor:
    """[B, T] bool from lengths in frames."""
    lengths = torch.as_tensor(lengths, device=device)
    return torch.arange(int(frames or lengths.max()), device=lengths.device) < lengths[:, None]


class Autoencoder(nn.Module):
    """Base of all pose autoencoders.

    A subclass gives ``raw_encode(x, mask)`` -> mean, std [B, N', J', D] before whitening (std zero if deterministic),
    ``raw_decode(z, mask)`` -> normalised features, and ``loss``. z is whitened with buffers: zero mean and unit
    variance of the *sampled* latent on the training split; dead channels are listed in ``spec`` and not amplified.
    """

    def __init__(self, settings, latent_width: int):
        super().__init__()
        self.settings = settings
        self.layout = layout_of(settings.skeleton)
        shape = (self.layout.nodes, self.layout.width)
        self.register_buffer("feature_mean", torch.zeros(shape))
        self.register_buffer("feature_std", torch.ones(shape))
        self.register_buffer("latent_mean", torch.zeros(settings.slots, latent_width))
        self.register_buffer("latent_std", torch.ones(settings.slots, latent_width))
        self.register_buffer("latent_dead", torch.zeros(settings.slots, latent_width, dtype=torch.bool))
        self.register_buffer("present", self.layout.present(), persistent=False)
        self.register_buffer("seen", self.layout.seen(settings.unseen), persistent=False)

    @property
    def spec(self):
        """The LatentSpec: domain, skeleton, features, fps, stride, shape and codes of the latent."""
        from sign_latent.registry import LatentSpec

        return LatentSpec(
            domain="pose",
            skeleton=self.layout.skeleton.name,
            features=self.layout.features,
            fps=self.settings.fps,
            stride=self.settings.stride,
            unseen=tuple(self.settings.unseen),
            slots=self.settings.slots,
            width=self.latent_mean.shape[1],
            codes=self.codes,
            places=self.places,
            dead=tuple(self.latent_dead.flatten().nonzero().flatten().tolist()),
        )

    codes: int | None = None
    places: int | None = None

    def set_feature_statistics(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        """Normalisation of the features [J, W]; std is floored where differences are invisible."""
        self.feature_mean.copy_(mean * self.present)
        self.feature_std.copy_(torch.where(self.present, torch.maximum(std, self.layout.floors()), torch.ones(())))

    def normalise(self, features: torch.Tensor) -> torch.Tensor:
        return (features - self.feature_mean) / self.feature_std * self.present

    def denormalise(self, x: torch.Tensor) -> torch.Tensor:
        return (x.float() * self.feature_std + self.feature_mean) * self.present

    def pack(self, poses: Sequence[Pose]) -> tuple[torch.Tensor, torch.Tensor]:
        """Features [B, T, J, W] and mask [B, T] of poses; another frame rate is resampled."""
        resampled = [p if p.fps == self.settings.fps else p.resampled(self.settings.fps) for p in poses]
        features, mask = pad([pack(self.layout, p)[0] for p in resampled])
        return features.to(self.feature_mean), mask.to(self.feature_mean.device)

    def posterior(self, features: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Whitened mean and std of z, [B, N', J', D] each, masked."""
        mean, std = self.raw_encode(self.normalise(features), mask)
        valid = mask[:, :: self.settings.stride, None, None].to(mean.dtype)
        return (mean - self.latent_mean) / self.latent_std * valid, std / self.latent_std * valid

    def encode(self, poses: Sequence[Pose]) -> tuple[torch.Tensor, torch.Tensor]:
        """z [B, N', J', D] (the posterior mean) and its mask [B, N'], N' = ceil(T / stride)."""
        features, mask = self.pack(poses)
        return self.posterior(features, mask)[0], mask[:, :: self.settings.stride]

    def decode_features(self, z: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Features [B, T, J, W] in their own units from whitened z and the frame mask [B, T]."""
        return self.denormalise(self.raw_decode(z * self.latent_std + self.latent_mean, mask))

    def decode(self, z: torch.Tensor, lengths: Sequence[int]) -> PoseBatch:
        """Poses of the given lengths in frames; what training never saw has confidence 0.

        Raises UserError where z has too few latent frames, or NaN.
        """
        needed = -(-max(lengths) // self.settings.stride)
        if z.shape[1] < needed:
            raise UserError(
                f"latent of {z.shape[1]} frames cannot be decoded to {max(lengths)} frames; it needs {needed}"
            )
        if not torch.isfinite(z).all():
            raise UserError("latent holds NaN or infinity; the generator that made it has diverged")
        mask = frame_mask(lengths, device=z.device)
        return unpack(self.layout, self.decode_features(z[:, :needed], mask), mask).shown(self.layout, self.seen)

    def poses(self, z: torch.Tensor, lengths: Sequence[int]) -> list[Pose]:
        """``decode`` as a list of poses."""
        return self.decode(z, lengths).poses(self.layout, self.settings.fps)

    @torch.no_grad()
    def fit_whitening(self, batches: Iterable[tuple[torch.Tensor, torch.Tensor]]) -> None:
        """Sets the whitening buffers from batches of (features, mask) of the whole training split.

        The variance is that of sampled z: Var[mean] + E[std²].
        """
        self.latent_mean.zero_()
        self.latent_std.fill_(1)
        count, total, square, noise = 0, 0.0, 0.0, 0.0
        for features, mask in batches:
            mean, std = self.posterior(features, mask)
            valid = mask[:, :: self.settings.stride]
            mean, std = mean[valid].double(), std[valid].double()
            count += len(mean)
            total, square, noise = total + mean.sum(0), square + mean.square().sum(0), noise + std.square().sum(0)
        centre = total / count
        spread = square / count - centre.square()
        self.latent_dead.copy_(spread < DEAD_VARIANCE)
        self.latent_mean.copy_(centre)
        variance = (spread + noise / count).clamp(min=0)
        # a dead channel without noise would be amplified without bound: it keeps its own scale
        self.latent_std.copy_(torch.where(variance < DEAD_VARIANCE, torch.ones_like(variance), variance).sqrt())


def feature_statistics(features: Iterable[np.ndarray], present: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and std [J, W] over all frames of clips [T, J, W]."""
    count, total, square = 0, 0.0, 0.0
    for clip in features:
        clip = clip.astype(np.float64)
        count, total, square = count + len(clip), total + clip.sum(0), square + np.square(clip).sum(0)
    mean = total / count
    std = np.sqrt(np.maximum(square / count - np.square(mean), 0))
    return torch.from_numpy(mean).float() * present, torch.from_numpy(std).float()
