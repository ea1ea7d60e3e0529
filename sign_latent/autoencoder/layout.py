"""Which numbers of a pose an autoencoder sees, and where: nodes (joints and the face) with a row of features each.

A node is a point that is not still, with its rotation where it has one; where the skeleton has expression coefficients,
they are one more node in the head's slot, and points that follow from rotations (finger tips, face) are left out, since
forward kinematics gives them back.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch

from sign_latent.errors import UserError
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics, matrix_to_6d
from sign_latent.pose.pose import Pose
from sign_latent.pose.skeleton import Skeleton, get_skeleton

# Smallest standard deviations by which features are divided: below, differences cannot be seen.
ROTATION_FLOOR, POINT_FLOOR, EXPRESSION_FLOOR = 0.03, 0.01, 0.05
ROTATION_WIDTH = 6


@dataclass(frozen=True)
class Layout:
    """Nodes [J] of a skeleton with W features each; `present` [J, W] says which exist."""

    skeleton: Skeleton
    rotations: bool
    points: tuple[int, ...]
    """Point index of each node, without the expression node."""
    expression: int
    """Number of coefficients in the last node; 0 = there is no such node."""

    @property
    def nodes(self) -> int:
        return len(self.points) + (self.expression > 0)

    @property
    def width(self) -> int:
        return max(self.expression, (ROTATION_WIDTH if self.rotations else 0) + self.skeleton.dimensions)

    @property
    def point_columns(self) -> slice:
        start = ROTATION_WIDTH if self.rotations else 0
        return slice(start, start + self.skeleton.dimensions)

    @property
    def features(self) -> tuple[str, ...]:
        return (*(("rotations",) if self.rotations else ()), "points", *(("expression",) if self.expression else ()))

    def present(self) -> torch.Tensor:
        """[J, W] bool."""
        there = torch.zeros(self.nodes, self.width, dtype=torch.bool)
        there[: len(self.points), : self.point_columns.stop] = True
        if self.expression:
            there[-1, : self.expression] = True
        return there

    def seen(self, unseen: Collection[str]) -> torch.Tensor:
        """[K] bool of the skeleton's points: all but those of these names."""
        return torch.tensor([point not in unseen for point in self.skeleton.points])

    def floors(self) -> torch.Tensor:
        """[J, W] least standard deviation of each feature."""
        floor = torch.full((self.nodes, self.width), ROTATION_FLOOR if self.rotations else POINT_FLOOR)
        floor[:, self.point_columns] = POINT_FLOOR
        if self.expression:
            floor[-1] = EXPRESSION_FLOOR
        return floor

    def groups(self, slots: int) -> list[list[int]]:
        """Node indices of each slot of the skeleton's pooling to ``slots``; one group of all nodes for 1."""
        if slots == 1:
            return [list(range(self.nodes))]
        place = {point: node for node, point in enumerate(self.points)}
        face = set(self.skeleton.parts["face"])
        groups = []
        for _, points in self.skeleton.slot_points(slots):
            group = [place[p] for p in points if p in place]
            if self.expression and face & set(points):
                group.append(self.nodes - 1)
            groups.append(group)
        return groups

    def slot_edges(self, slots: int) -> tuple[tuple[int, int], ...]:
        return () if slots == 1 else self.skeleton.slot_edges(slots)

    def node_edges(self) -> list[tuple[int, int]]:
        """Bones between nodes, bridging points that are no nodes; the expression node hangs on the head's."""
        place, edges = {point: node for node, point in enumerate(self.points)}, []
        for point, node in place.items():
            above = self._node_above(point, place)
            if above is not None:
                edges.append((above, node))
        if self.expression:
            above = self._node_above(self.skeleton.parts["face"][0], place)
            edges.append((above, self.nodes - 1))
        return edges

    def point_nodes(self) -> list[int]:
        """For each of the K points the node that answers for it: itself, the nearest node above, the face's node."""
        place = {point: node for node, point in enumerate(self.points)}
        face = set(self.skeleton.parts["face"]) if self.expression else set()
        nodes = []
        for point in range(len(self.skeleton.points)):
            above = place.get(point, self._node_above(point, place))
            nodes.append(self.nodes - 1 if point in face and point not in place else above or 0)
        return nodes

    def _node_above(self, point: int, place: dict[int, int]) -> int | None:
        above = self.skeleton.parents[point]
        while above >= 0 and above not in place:
            above = self.skeleton.parents[above]
        return place.get(above)


def layout_of(skeleton_name: str) -> Layout:
    """The layout of a skeleton: rotations wherever the skeleton has them."""
    skeleton = get_skeleton(skeleton_name)
    rotated = set(skeleton.rotated)
    points = tuple(p for p in skeleton.signing if p in rotated) if rotated else skeleton.signing
    return Layout(skeleton, bool(rotated), points, skeleton.expression)


def pack(layout: Layout, pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    """Features [T, J, W] and the confidence of each node [T, J] of a clip.

    Where the skeleton has rotations, points are those of the canonical signer (forward kinematics of the rotations), so
    that a signer's proportions are not part of what is encoded. Raises UserError where the pose lacks rotations that
    the skeleton has.
    """
    if pose.skeleton.name != layout.skeleton.name:
        raise UserError(
            f"pose of skeleton {pose.skeleton.name} given to an autoencoder of skeleton {layout.skeleton.name}; "
            "convert it first (sign_latent.pose.convert)"
        )
    out = np.zeros((len(pose), layout.nodes, layout.width), np.float32)
    confidence = np.ones((len(pose), layout.nodes), np.float32)
    nodes = len(layout.points)
    confidence[:, :nodes] = pose.confidence[:, list(layout.points)]
    if not layout.rotations:
        out[:, :nodes, layout.point_columns] = pose.points[:, list(layout.points)]
        return out, confidence
    if pose.rotations is None:
        raise UserError(
            f"pose of skeleton {pose.skeleton.name} without rotations; prepare it with rotations, or convert it"
        )
    matrices = axis_angle_to_matrix(torch.tensor(pose.rotations))
    order = {point: i for i, point in enumerate(layout.skeleton.rotated)}
    out[:, :nodes, :ROTATION_WIDTH] = matrix_to_6d(matrices[:, [order[p] for p in layout.points]]).numpy()
    out[:, :nodes, layout.point_columns] = forward_kinematics(matrices)[:, list(layout.points)].numpy()
    if layout.expression and pose.expression is not None:
        out[:, -1, : layout.expression] = pose.expression
        confidence[:, -1] = pose.confidence[:, list(layout.skeleton.parts["face"])].mean(1)
    elif layout.expression:
        confidence[:, -1] = 0
    return out, confidence
