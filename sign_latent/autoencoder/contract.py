"""What every autoencoder of poses can do: encode, decode, spec, tokens; whitening lives in its weights."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch

from sign_latent.autoencoder.geometry import PoseBatch, unpack
from sign_latent.autoencoder.layout import layout_of, pack
from sign_latent.autoencoder.whitening import DEAD_VARIANCE, Whitened
from sign_latent.corpus.batching import pad
from sign_latent.errors import UserError
from sign_latent.pose.pose import Pose

__all__ = ["DEAD_VARIANCE", "Autoencoder", "feature_statistics", "frame_mask"]


def frame_mask(lengths: Sequence[int] | torch.Tensor, frames: int | None = None, device=None) -> torch.Tensor:
    """[B, T] bool from lengths in frames."""
    lengths = torch.as_tensor(lengths).to(device=device)
    return torch.arange(int(frames or lengths.max()), device=lengths.device) < lengths[:, None]


class Autoencoder(Whitened):
    """Base of all pose autoencoders.

    A subclass gives ``raw_encode(x, mask)`` -> mean, std [B, N', J', D] before whitening (std zero if deterministic),
    ``raw_decode(z, mask)`` -> normalised features, and ``loss``.
    """

    def __init__(self, settings, latent_width: int):
        super().__init__(settings, settings.slots, latent_width)
        self.layout = layout_of(settings.skeleton)
        shape = (self.layout.nodes, self.layout.width)
        self.register_buffer("feature_mean", torch.zeros(shape))
        self.register_buffer("feature_std", torch.ones(shape))
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

    def set_feature_statistics(self, mean: torch.Tensor, std: torch.Tensor) -> None:
        """Normalisation of the features [J, W]; std is floored where differences are invisible."""
        self.feature_mean.copy_(mean * self.present)
        self.feature_std.copy_(torch.where(self.present, torch.maximum(std, self.layout.floors()), torch.ones(())))

    def normalise(self, features: torch.Tensor) -> torch.Tensor:
        return (features - self.feature_mean) / self.feature_std * self.present

    def denormalise(self, x: torch.Tensor) -> torch.Tensor:
        return (x.float() * self.feature_std + self.feature_mean) * self.present

    def fill(self, features: np.ndarray, confidence: np.ndarray, offset: np.ndarray | None = None) -> np.ndarray:
        """Features [..., J, W] with the training mean, in place, for nodes of confidence [..., J] zero.

        Where a joint is missing, whatever numbers stand for it are not encoded. ``offset`` [J, W] is what was taken
        away from the features.
        """
        *frames, node = np.nonzero(confidence <= 0)
        if len(node):
            mean = self.feature_mean.float().cpu().numpy() - (0 if offset is None else offset)
            features[(*frames, node)] = mean[node]
        return features

    def pack(self, poses: Sequence[Pose]) -> tuple[torch.Tensor, torch.Tensor]:
        """Features [B, T, J, W] and mask [B, T] of poses; another frame rate is resampled."""
        resampled = [p if p.fps == self.settings.fps else p.resampled(self.settings.fps) for p in poses]
        features, mask = pad([self.fill(*pack(self.layout, p)) for p in resampled])
        return features.to(self.feature_mean.device), mask.to(self.feature_mean.device)

    def encode(self, poses: Sequence[Pose]) -> tuple[torch.Tensor, torch.Tensor]:
        """z [B, N', J', D] (the posterior mean) and its mask [B, N'], N' = ceil(T / stride)."""
        features, mask = self.pack(poses)
        return self.posterior(features, mask)[0], self.latent_frames(mask)

    def decode_features(self, z: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Features [B, T, J, W] in their own units from whitened z and the frame mask [B, T]."""
        return self.denormalise(self.raw_decode(self.unwhitened(z).to(self.dtype), mask))

    def decode(self, z: torch.Tensor, lengths: Sequence[int]) -> PoseBatch:
        """Poses of the given lengths in frames; what training never saw has confidence 0.

        Raises UserError where z has too few latent frames, or NaN.
        """
        needed = -(-max(lengths) // self.settings.stride)
        if z.shape[1] < needed:
            raise UserError(
                f"latent of {z.shape[1]} frames cannot be decoded to {max(lengths)} frames; it needs {needed}"
            )
        self.refuse_unfinished(z)
        mask = frame_mask(lengths, device=z.device)
        return unpack(self.layout, self.decode_features(z[:, :needed], mask), mask).shown(self.layout, self.seen)

    def poses(self, z: torch.Tensor, lengths: Sequence[int]) -> list[Pose]:
        """``decode`` as a list of poses."""
        return self.decode(z, lengths).poses(self.layout, self.settings.fps)


def feature_statistics(
    clips: Iterable[tuple[np.ndarray, np.ndarray]], present: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and std [J, W] over the frames of clips (features [T, J, W], confidence [T, J]) in which a node is seen.

    A node that is never seen has mean 0 and std 0.
    """
    count, total, square = 0, 0.0, 0.0
    for features, confidence in clips:
        shown = (confidence > 0)[..., None]
        features = np.where(shown, features.astype(np.float64), 0)
        count, total, square = count + shown.sum(0), total + features.sum(0), square + np.square(features).sum(0)
    count = np.maximum(count, 1)
    mean = total / count
    std = np.sqrt(np.maximum(square / count - np.square(mean), 0))
    return torch.from_numpy(mean).float() * present, torch.from_numpy(std).float()
