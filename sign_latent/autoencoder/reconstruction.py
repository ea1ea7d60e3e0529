"""The reconstruction loss that all pose autoencoders share (Sign-SALD eq. 4 without its KL term)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

import torch

from sign_latent.autoencoder.geometry import unpack
from sign_latent.autoencoder.layout import Layout
from sign_latent.autoencoder.losses import (
    Weights,
    acceleration_l1,
    bone_length,
    geodesic,
    l1,
    smooth_l1,
    square,
    velocity_l1,
)

TERMS = ("square", "velocity", "acceleration", "position", "geodesic", "bones")
POSITION_UNIT = 0.1
"""Shoulder widths in which errors of places are given."""
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
    geodesic: float = 0.0
    """Angles between local rotations, in radians."""
    bones: float = 0.0
    """Lengths of limbs, L1 in 0.1 shoulder widths; of no use where rotations give the points."""
    parts: dict[str, float] = field(default_factory=lambda: dict(PARTS))
    """How much of every term each part of the skeleton has, however few numbers describe it: a mouth shape is ten
    coefficients among four hundred, yet alone tells some signs apart, and weighed like the rest it was not learnt."""
    share: float = 0.25
    """Share of the clips of a batch on which forward kinematics and the terms that need it are computed; it is the
    dearest part of the step."""


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


@cache
def _features_once(layout: Layout, parts: tuple[tuple[str, float], ...]) -> torch.Tensor:
    return feature_weights(layout, dict(parts))


@cache
def _points_once(layout: Layout, parts: tuple[tuple[str, float], ...]) -> tuple[list[int], torch.Tensor]:
    return layout.point_nodes(), point_weights(layout, dict(parts))


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
    """Terms on normalised features [B, T, J, W]; confidence [B, T, J] is zero where nothing is known.

    Always in float32: under autocast, sums over features and forward kinematics would be rounded to three digits.
    """
    with torch.autocast(predicted.device.type, enabled=False):
        valid = Weights(confidence, _features_once(layout, tuple(weights.parts.items())).to(confidence))
        losses = {
            "motion": smooth_l1(predicted, target, valid),
            "square": square(predicted, target, valid),
            "velocity": velocity_l1(predicted, target, valid),
            "acceleration": acceleration_l1(predicted, target, valid),
        }
        count = max(1, round(weights.share * len(target)))
        some = predicted[:count], target[:count], confidence[:count]
        return losses | body_losses(layout, weights, *some, denormalise)


def body_losses(layout, weights, predicted, target, confidence, denormalise) -> dict[str, torch.Tensor]:
    """Terms on the bodies that features stand for, of those that are weighed: position, geodesic, bones."""
    if not (layout.rotations and (weights.position or weights.geodesic)) and not weights.bones:
        return {}
    mask = (confidence > 0).any(2)
    made = unpack(layout, denormalise(predicted), mask)
    with torch.no_grad():
        real = unpack(layout, denormalise(target), mask)
    nodes, scale = _points_once(layout, tuple(weights.parts.items()))
    valid = confidence[:, :, nodes] * scale.to(confidence)
    losses = {}
    if layout.rotations and weights.position:
        losses["position"] = position_loss(made.points, real.points, valid[..., None])
    if layout.rotations and weights.geodesic:
        rotated = list(layout.skeleton.rotated)
        losses["geodesic"] = geodesic(made.matrices, real.matrices, valid[..., rotated])
    if weights.bones:
        losses["bones"] = bone_length(made.points, real.points, layout.skeleton.limbs, valid) / POSITION_UNIT
    return losses


def position_loss(points: torch.Tensor, truth: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """L1 of points and of their velocities, in 0.1 shoulder widths."""
    return (l1(points, truth, weights) + velocity_l1(points, truth, weights)) / POSITION_UNIT


def weighted_total(weights: ReconstructionWeights, losses: dict[str, torch.Tensor]) -> torch.Tensor:
    """motion + Σ λ · term."""
    known = {name: getattr(weights, name) for name in TERMS}
    return losses["motion"] + sum(weight * losses[name] for name, weight in known.items() if name in losses)
