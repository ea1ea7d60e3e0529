"""The reconstruction loss that all pose autoencoders share (Sign-SALD eq. 4 without its KL term)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sign_latent.autoencoder.geometry import unpack
from sign_latent.autoencoder.layout import Layout
from sign_latent.autoencoder.losses import difference_l1, l1, smooth_l1


@dataclass
class ReconstructionWeights:
    """Weights λ of the terms; the paper is silent on them."""

    position: float = 0.5
    """Points by forward kinematics, L1 in normalised units (divided by 0.1 shoulder widths)."""
    velocity: float = 0.5
    """Differences of neighbouring frames of features."""
    acceleration: float = 0.25
    """Second differences of features; a smaller weight leaves reconstructions jittery."""
    hands: float = 2.0
    """Weight of hand points against others in the position term."""
    share: float = 0.25
    """Share of the clips of a batch on which forward kinematics is run; it is the dearest part of the step."""


def reconstruction_losses(
    layout: Layout,
    weights: ReconstructionWeights,
    predicted: torch.Tensor,
    target: torch.Tensor,
    confidence: torch.Tensor,
    denormalise,
) -> dict[str, torch.Tensor]:
    """Terms on normalised features [B, T, J, W]; confidence [B, T, J] is zero where nothing is known."""
    frames = (confidence * layout.present().any(1).to(confidence))[..., None] * layout.present().to(confidence)
    losses = {
        "motion": smooth_l1(predicted, target, frames),
        "velocity": difference_l1(predicted, target, frames, 1),
        "acceleration": difference_l1(predicted, target, frames, 2),
    }
    if layout.rotations and weights.position:
        count = max(1, round(weights.share * len(target)))
        losses["position"] = position_loss(
            layout, weights, predicted[:count], target[:count], confidence[:count], denormalise
        )
    return losses


def position_loss(layout, weights, predicted, target, confidence, denormalise) -> torch.Tensor:
    """L1 between forward kinematics of prediction and target, and between their velocities; in 0.1 shoulder widths."""
    mask = (confidence > 0).any(2)
    points = unpack(layout, denormalise(predicted), mask).points
    with torch.no_grad():
        truth = unpack(layout, denormalise(target), mask).points
    scale = torch.ones(points.shape[2], device=points.device)
    for part in ("left_hand", "right_hand"):
        scale[list(layout.skeleton.parts[part])] = weights.hands
    scale[list(layout.skeleton.still)] = 0
    valid = (confidence[:, :, layout.point_nodes()] * scale)[..., None]
    return (l1(points, truth, valid) + difference_l1(points, truth, valid, 1)) / 0.1


def weighted_total(weights: ReconstructionWeights, losses: dict[str, torch.Tensor]) -> torch.Tensor:
    """motion + Σ λ · term."""
    total = losses["motion"] + weights.velocity * losses["velocity"] + weights.acceleration * losses["acceleration"]
    return total + weights.position * losses["position"] if "position" in losses else total
