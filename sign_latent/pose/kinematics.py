"""Forward kinematics of the `smplx` skeleton with our own canonical signer, and the rotation formats around it.

The chain is SMPL-X's (Pavlakos et al. 2019, eq. 4: each joint turns its subtree about its rest place); bone lengths,
finger tips, face points and expression basis are ours, so no licensed model is needed.
"""

from pathlib import Path

import numpy as np
import roma
import torch
from torch import Tensor

from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError
from sign_latent.pose.face import EXPRESSION_BASIS, METRES_PER_UNIT
from sign_latent.pose.rest import rest_metres
from sign_latent.pose.skeleton import get_skeleton

_SKELETON = get_skeleton("smplx")
_JOINTS = len(_SKELETON.rotated)
_FACE = list(_SKELETON.parts["face"])


def rest_points() -> Tensor:
    """[94, 3] the canonical signer at rest: T-pose, body coordinates, shoulder width 1."""
    return torch.tensor(rest_metres() / METRES_PER_UNIT, dtype=torch.float32)


def _levels() -> list[tuple[Tensor, Tensor, int]]:
    """For every depth of the tree below the root: points (those with children first), their parents' places among
    the points with children of the level above, and how many have children."""
    depth = [0] * len(_SKELETON.points)
    for i, parent in enumerate(_SKELETON.parents):
        depth[i] = 0 if parent < 0 else depth[parent] + 1
    levels, above = [], [0]
    for level in range(1, max(depth) + 1):
        points = [i for i, d in enumerate(depth) if d == level]
        branches = [i for i in points if i in _SKELETON.parents]
        points = branches + [i for i in points if i not in branches]
        parents = [above.index(_SKELETON.parents[i]) for i in points]
        levels.append((torch.tensor(points), torch.tensor(parents), len(branches)))
        above = branches
    return levels


# Autograd cannot save tensors made under inference mode, and the first import may happen there.
with torch.inference_mode(False):
    _EXPRESSION = torch.tensor(EXPRESSION_BASIS, dtype=torch.float32)  # [10, 29, 3]
    _PARENTS = torch.tensor(_SKELETON.parents)
    _LEVELS = _levels()
    # Where each point lies when the levels are laid end to end.
    _STORAGE = torch.argsort(torch.cat([torch.tensor([0]), *(points for points, _, _ in _LEVELS)]))


def forward_kinematics(matrices: Tensor, expression: Tensor | None = None, rest: Tensor | None = None) -> Tensor:
    """Points [..., 94, 3] in body coordinates from local rotations [..., 55, 3, 3] and expression [..., 10].

    `rest` [..., 94, 3] is another signer's rest pose (default `rest_points()`). The pelvis stays at its rest place.
    The expression moves face points in the head's frame, those of the lower lip and chin in the jaw's.
    """
    rest = (rest_points() if rest is None else rest).to(matrices)
    offsets = bone_offsets(rest, expression)  # [..., 94, 3] from the parent, in the parent's frame
    batch = torch.broadcast_shapes(matrices.shape[:-3], offsets.shape[:-2])
    turned = matrices[..., :1, :, :].expand(*batch, 1, 3, 3)
    places = rest[..., :1, :].expand(*batch, 1, 3)
    found = [places]
    for points, parents, branches in _LEVELS:
        frames = turned.index_select(-3, parents.to(turned.device))  # [..., n, 3, 3]
        moved = (frames @ offsets[..., points, :, None])[..., 0]
        places = places.index_select(-2, parents.to(turned.device)) + moved
        found.append(places)
        turned = frames[..., :branches, :, :] @ matrices[..., points[:branches], :, :]
        places = places[..., :branches, :]
    return torch.cat(found, dim=-2).index_select(-2, _STORAGE.to(turned.device))


def global_rotations(matrices: Tensor) -> Tensor:
    """How each joint is turned in body coordinates, [..., 55, 3, 3], from local rotations [..., 55, 3, 3]."""
    turned: list[Tensor] = []
    for joint, parent in enumerate(_SKELETON.parents[:_JOINTS]):  # parents come before their children
        own = matrices[..., joint, :, :]
        turned.append(own if parent < 0 else turned[parent] @ own)
    return torch.stack(turned, -3)


def bone_offsets(rest: Tensor, expression: Tensor | None = None) -> Tensor:
    """From each point's parent to it, in the parent's frame, [..., 94, 3]; the expression [..., 10] moves the face."""
    parents = _PARENTS.to(rest.device).clamp(min=0)
    offsets = rest - rest[..., parents, :]
    if expression is None:
        return offsets
    moved = torch.einsum("...e,efc->...fc", expression, _EXPRESSION.to(rest))
    shape = torch.broadcast_shapes(offsets.shape[:-2], moved.shape[:-2])
    body, face = offsets[..., : _FACE[0], :], offsets[..., _FACE, :] + moved
    return torch.cat([body.expand(*shape, *body.shape[-2:]), face], dim=-2)


def matrix_to_6d(matrices: Tensor) -> Tensor:
    """[..., 3, 3] -> [..., 6]: the first two columns, one after the other (Zhou et al. 2019)."""
    return matrices[..., :2].transpose(-1, -2).flatten(-2)


def matrix_from_6d(values: Tensor) -> Tensor:
    """[..., 6] -> rotation matrices [..., 3, 3] by Gram–Schmidt (Zhou et al. 2019, eq. 15)."""
    return roma.special_gramschmidt(values.unflatten(-1, (2, 3)).transpose(-1, -2))


def axis_angle_to_matrix(vectors: Tensor) -> Tensor:
    """[..., 3] -> [..., 3, 3]."""
    return roma.rotvec_to_rotmat(vectors)


def matrix_to_axis_angle(matrices: Tensor) -> Tensor:
    """[..., 3, 3] -> [..., 3], angle in [0, pi]."""
    return roma.rotmat_to_rotvec(matrices)


def rest_from_smplx_model(path: str | Path) -> Tensor:
    """[94, 3] rest pose with the bone lengths of a licensed SMPL-X model file (npz); tips and face stay ours.

    Joints are J_regressor @ v_template, brought to body coordinates. UserError if the file is not such a model.
    """
    model = read_arrays(path, ("J_regressor", "v_template"))
    try:
        joints = model["J_regressor"] @ model["v_template"]  # [55, 3]
        sound = joints.shape == (_JOINTS, 3) and bool(np.isfinite(joints).all())
    except (TypeError, ValueError):  # of another type, or of shapes that do not fit
        sound = False
    if not sound:
        raise UserError(f"{path}: has no joints of shape ({_JOINTS}, 3); give a SMPL-X model npz")
    left, right = joints[_SKELETON.left_shoulder], joints[_SKELETON.right_shoulder]
    joints = torch.tensor((joints - (left + right) / 2) / np.linalg.norm(left - right), dtype=torch.float32)
    own = rest_points()
    anchors = _PARENTS[_JOINTS:].clone()
    anchors[[point - _JOINTS for point in _FACE]] = _SKELETON.points.index("head")
    return torch.cat([joints, joints[anchors] + own[_JOINTS:] - own[anchors]])
