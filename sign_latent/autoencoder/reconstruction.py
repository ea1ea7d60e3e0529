"""The reconstruction loss that all pose autoencoders share (Sign-SALD eq. 4 without its KL term)."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from sign_latent.autoencoder.geometry import unpack
from sign_latent.autoencoder.layout import Layout
from sign_latent.autoencoder.losses import difference_l1, l1, masked_mean, smooth_l1

PARTS = {"body": 0.4, "left_hand": 0.2, "right_hand": 0.2, "face": 0.2}


@dataclass
class ReconstructionWeights:
    """Weights λ of the terms; the paper is silent on them."""

    position: float = 0.5
    """Points by forward kinematics, L1 in normalised units (divided by 0.1 shoulder widths)."""
    square: float = 1.0
    """Square error of features. L1 alone settles on the median, which for a mouth that is at rest in 97 % of the
    frames is rest: what is rare was never learnt."""
    velocity: float = 0.5
    """Differences of neighbouring frames of features."""
    acceleration: float = 0.25
    """Second differences of features; a smaller weight leaves reconstructions jittery."""
    parts: dict[str, float] = field(default_factory=lambda: dict(PARTS))
    """How much of every term each part of the skeleton has, however few numbers describe it: a mouth shape is ten
    coefficients among four hundred, yet alone tells some signs apart, and weighed like the rest it was not learnt."""
    share: float = 0.25
    """Share of the clips of a batch on which forward kinematics is run; it is the dearest part of the step."""


def point_weights(layout: Layout, parts: dict[str, float]) -> torch.Tensor:
    """Weights [K] of a skeleton's points, zero for still ones; each part's sum to its share of ``parts``."""
    there = torch.ones(len(layout.skeleton.points))
    there[list(layout.skeleton.still)] = 0
    return _shared(there[:, None], [list(layout.skeleton.parts[name]) for name in parts], parts)[:, 0]


def feature_weights(layout: Layout, parts: dict[str, float]) -> torch.Tensor:
    """Weights [J, W] of the features of nodes, zero for those that do not exist; otherwise as ``point_weights``."""
    members = {name: set(layout.skeleton.parts[name]) for name in parts}
    nodes = [[n for n, point in enumerate(layout.points) if point in members[name]] for name in parts]
    if layout.expression:
        nodes[list(parts).index("face")].append(layout.nodes - 1)
    return _shared(layout.present().float(), nodes, parts)


def _shared(there: torch.Tensor, members: list[list[int]], parts: dict[str, float]) -> torch.Tensor:
    """``there`` [M, W], zero or one, scaled so that the rows of each part sum to its share."""
    weights = torch.zeros_like(there)
    for rows, share in zip(members, parts.values(), strict=True):
        weights[rows] = there[rows] * share / there[rows].sum().clamp(min=1)
    return weights


def reconstruction_losses(
    layout: Layout,
    weights: ReconstructionWeights,
    predicted: torch.Tensor,
    target: torch.Tensor,
    confidence: torch.Tensor,
    denormalise,
) -> dict[str, torch.Tensor]:
    """Terms on normalised features [B, T, J, W]; confidence [B, T, J] is zero where nothing is known."""
    frames = confidence[..., None] * feature_weights(layout, weights.parts).to(confidence)
    losses = {
        "motion": smooth_l1(predicted, target, frames),
        "square": masked_mean((predicted - target).square(), frames),
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
    scale = point_weights(layout, weights.parts).to(points)
    valid = (confidence[:, :, layout.point_nodes()] * scale)[..., None]
    return (l1(points, truth, valid) + difference_l1(points, truth, valid, 1)) / 0.1


def weighted_total(weights: ReconstructionWeights, losses: dict[str, torch.Tensor]) -> torch.Tensor:
    """motion + Σ λ · term."""
    known = {name: getattr(weights, name) for name in ("square", "velocity", "acceleration", "position")}
    return losses["motion"] + sum(weight * losses[name] for name, weight in known.items() if name in losses)
