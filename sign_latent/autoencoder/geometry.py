"""From features back to poses: the differentiable end of every pose autoencoder."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from sign_latent.autoencoder.layout import ROTATION_WIDTH, Layout
from sign_latent.pose.kinematics import forward_kinematics, matrix_from_6d, matrix_to_axis_angle
from sign_latent.pose.pose import Pose


@dataclass
class PoseBatch:
    """Padded poses: points [B, T, K, C], confidence [B, T, K], mask [B, T]; matrices [B, T, R, 3, 3] and expression
    [B, T, E] where the skeleton has them."""

    points: torch.Tensor
    confidence: torch.Tensor
    mask: torch.Tensor
    matrices: torch.Tensor | None = None
    expression: torch.Tensor | None = None

    def shown(self, layout: Layout, seen: torch.Tensor) -> PoseBatch:
        """The same with points that are not ``seen`` [K] missing: confidence 0, at the origin, and without expression
        where no point of the face is left."""
        if seen.all():
            return self
        return self.without(seen, bool(seen[list(layout.skeleton.parts["face"])].any()))

    def without(self, seen: torch.Tensor, face: bool) -> PoseBatch:
        """``shown`` where something is not seen and ``face`` is known: no value of ``seen`` decides what is done."""
        return replace(
            self,
            points=self.points * seen[:, None],
            confidence=self.confidence * seen,
            expression=self.expression if face else None,
        )

    def poses(self, layout: Layout, fps: float) -> list[Pose]:
        """One Pose a row, cut to its length."""
        rotations = None if self.matrices is None else matrix_to_axis_angle(self.matrices.float())
        lengths = self.mask.sum(1).tolist()
        return [
            Pose(
                points=self.points[b, :n].detach().float().cpu().numpy(),
                confidence=self.confidence[b, :n].detach().float().cpu().numpy(),
                fps=fps,
                skeleton=layout.skeleton,
                rotations=None if rotations is None else rotations[b, :n].detach().cpu().numpy(),
                expression=None if self.expression is None else self.expression[b, :n].detach().float().cpu().numpy(),
            )
            for b, n in enumerate(lengths)
        ]


def joint_matrices(layout: Layout, features: torch.Tensor) -> torch.Tensor:
    """Rotation matrices [..., R, 3, 3] of all rotated joints from features [..., J, W]; still joints stay at rest."""
    nodes = len(layout.points)
    order = {point: i for i, point in enumerate(layout.skeleton.rotated)}
    own = matrix_from_6d(features[..., :nodes, :ROTATION_WIDTH].float())
    rest = torch.eye(3, device=own.device).expand(*own.shape[:-3], 1, 3, 3)
    table = torch.cat([own, rest], -3)
    place = {order[point]: node for node, point in enumerate(layout.points)}
    return table[..., [place.get(r, nodes) for r in range(len(order))], :, :]


def unpack(layout: Layout, features: torch.Tensor, mask: torch.Tensor) -> PoseBatch:
    """Features [B, T, J, W] to poses; with rotations, points are their forward kinematics on the canonical signer.

    In float32 under autocast too.
    """
    with torch.autocast(features.device.type, enabled=False):
        return _unpack(layout, features, mask)


def _unpack(layout: Layout, features: torch.Tensor, mask: torch.Tensor) -> PoseBatch:
    batch, frames = features.shape[:2]
    points_count = len(layout.skeleton.points)
    nodes = len(layout.points)
    if layout.rotations:
        matrices = joint_matrices(layout, features)
        expression = features[..., -1, : layout.expression].float() if layout.expression else None
        points = forward_kinematics(matrices, expression)
        confidence = mask[..., None].float().expand(-1, -1, points_count)
        return PoseBatch(points, confidence, mask, matrices, expression)
    points = features.new_zeros(batch, frames, points_count, layout.skeleton.dimensions)
    points[:, :, list(layout.points)] = features[..., :nodes, layout.point_columns]
    confidence = features.new_zeros(batch, frames, points_count)
    confidence[:, :, list(layout.points)] = mask[..., None].to(features.dtype)
    return PoseBatch(points, confidence, mask)
