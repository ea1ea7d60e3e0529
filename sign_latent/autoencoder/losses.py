"""Losses of pose autoencoders as small functions; each a mean over valid entries.

Weights are confidences, zero where nothing is known, times whatever a part is to count (``point_weights`` and
``feature_weights`` of the reconstruction make hands count as much as bodies).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F


@dataclass
class Weights:
    """Weights of features [B, T, J, W] in two factors: confidence [B, T, J] and what each feature counts [J, W].

    A product of the two is never made: a step spends more time on passes over features than on the model.
    """

    confidence: torch.Tensor
    features: torch.Tensor

    def __post_init__(self) -> None:
        self.even = bool((self.confidence == self.confidence[..., :1]).all())
        """Whether all nodes of each frame are known alike."""

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """Weighted mean of values [B, T, J, W]."""
        if self.even:
            frames = values.flatten(2) @ self.features.flatten() * self.confidence[..., 0]
        else:
            frames = (values * self.confidence[..., None]).flatten(2) @ self.features.flatten()
        total = (self.confidence.sum((0, 1)) * self.features.sum(1)).sum()
        return frames.sum() / total.clamp(min=1e-6)

    def between(self) -> Weights:
        """Of differences of neighbouring frames, [B, T-1, J]: both must be valid."""
        return Weights(between(self.confidence), self.features)


def masked_mean(values: torch.Tensor, weights: torch.Tensor | Weights) -> torch.Tensor:
    """Mean of ``values`` with ``weights`` broadcast to their shape."""
    if isinstance(weights, Weights):
        return weights.mean(values)
    weights = weights.expand_as(values)
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)


def smooth_l1(
    prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor | Weights, beta: float = 0.1
) -> torch.Tensor:
    """Huber-like L1, quadratic below ``beta``."""
    return masked_mean(F.smooth_l1_loss(prediction, target, reduction="none", beta=beta), weights)


def l1(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor | Weights) -> torch.Tensor:
    """L1, as in Sign-SALD eq. (4)."""
    return masked_mean((prediction - target).abs(), weights)


def square(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor | Weights) -> torch.Tensor:
    """Square error."""
    return masked_mean((prediction - target).square(), weights)


def velocity(x: torch.Tensor) -> torch.Tensor:
    """Differences of neighbouring frames, [B, T-1, …]."""
    return x[:, 1:] - x[:, :-1]


def between(weights: torch.Tensor | Weights) -> torch.Tensor | Weights:
    """The weights of such differences: those of the frame that is known less.

    Not the product, in which what a part counts would be squared.
    """
    return weights.between() if isinstance(weights, Weights) else torch.minimum(weights[:, 1:], weights[:, :-1])


def velocity_l1(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor | Weights) -> torch.Tensor:
    """L1 of velocities, in units a frame."""
    return masked_mean(velocity(prediction - target).abs(), between(weights))


def acceleration_l1(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor | Weights) -> torch.Tensor:
    """L1 of second differences, in units a frame and frame."""
    return masked_mean(velocity(velocity(prediction - target)).abs(), between(between(weights)))


def point_distance(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Euclidean distance of points [..., K, C]; weights [..., K]."""
    return masked_mean(_length(prediction - target), weights)


def geodesic(prediction: torch.Tensor, target: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Angle in radians between rotations [..., R, 3, 3]; weights [..., R].

    By the chord, ‖A − B‖ = 2√2 sin(angle / 2), whose gradient is finite at small angles, unlike the arc cosine's.
    """
    half = _length((prediction - target).flatten(-2)) / 8**0.5
    return masked_mean(2 * half.clamp(max=1 - 1e-6).asin(), weights)


def bone_length(
    prediction: torch.Tensor, target: torch.Tensor, limbs: Sequence[tuple[int, int]], weights: torch.Tensor
) -> torch.Tensor:
    """L1 of the lengths of limbs between points [..., K, C]; weights [..., K] of both ends are multiplied."""
    a, b = torch.tensor(limbs, device=prediction.device).T
    made, real = (_length(x[..., a, :] - x[..., b, :]) for x in (prediction, target))
    return masked_mean((made - real).abs(), weights[..., a] * weights[..., b])


def commitment(x: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Mean square distance of vectors from their codes, which do not move for it (van den Oord et al. 2017, eq. 3)."""
    return (x - codes.detach()).square().mean()


def gaussian_kl(mean: torch.Tensor, std: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, std²) || N(0, 1)), mean over valid latent values; mask [B, N']."""
    kl = 0.5 * (mean.square() + std.square() - 1 - 2 * std.clamp(min=1e-6).log())
    return masked_mean(kl, mask[:, :, None, None].to(kl.dtype))


def _length(x: torch.Tensor) -> torch.Tensor:
    """Euclidean norm of the last dimension, with a gradient of zero at zero."""
    return (x.square().sum(-1) + 1e-12).sqrt() - 1e-6
