"""SMPL-X parameters of a clip, as several data sets hold them -> a pose of skeleton `smplx`.

- Cameras differ, so the mean root rotation of the clip is removed, which leaves the signer upright and facing +z.
  Translation and shape are left out: points come from forward kinematics with the canonical signer's bones.
- Hands are mostly stored relative to SMPL-X's mean hand (the package's `flat_hand_mean=False`; seen from finger joints
  that would bend backwards otherwise). That mean belongs to the licensed model; unless its file is given
  (`smplx_model`) a relaxed hand of our own stands in, so absolute finger angles are estimates.
- Expression: SMPL-X's ten coefficients are of a learned basis and mean nothing in ours, so expression is zero and face
  points have confidence 0. The jaw keeps its rotation.
- Legs, out of the picture in recordings of signing, are at rest with confidence 0. All other rotations are kept as
  they are, but for whole turns.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.spatial.transform import Rotation

from sign_latent.arrays import read_arrays
from sign_latent.errors import UserError
from sign_latent.pose import Pose, get_skeleton
from sign_latent.pose.kinematics import forward_kinematics, rest_points

SKELETON = get_skeleton("smplx")
WIDTH = 182
"""Numbers a frame: root 0:3, body 3:66, left hand 66:111, right hand 111:156, jaw 156:159, shape 159:169, expression
169:179, translation 179:182."""

# A relaxed hand of our own, in degrees about x, y, z of the right hand: every finger bends at its three joints alike,
# the thumb lies beside the palm. SMPL-X's order: index, middle, little and ring finger, thumb.
_FINGER = ((0, 0, 20), (0, 0, 30), (0, 0, 15))
_RELAXED = (*4 * _FINGER, (10, -15, 5), (0, -10, 5), (0, -10, 5))
_LARGEST = 1e3
"""Radians: what is beyond is no rotation."""
_REST = rest_points()
_HIDDEN = [i for i in SKELETON.still if "eye" not in SKELETON.points[i]] + list(SKELETON.parts["face"])


@dataclass
class Parameters:
    """Axis-angle rotations of a clip in the order of SMPL-X, in radians."""

    body: np.ndarray
    """[T, 66] root and 21 joints of the body."""
    left: np.ndarray
    """[T, 45]"""
    right: np.ndarray
    """[T, 45]"""
    jaw: np.ndarray
    """[T, 3]"""

    @classmethod
    def of_row(cls, values: np.ndarray) -> "Parameters":
        """From [T, 182] in the manner of SignAvatars."""
        return cls(values[:, :66], values[:, 66:111], values[:, 111:156], values[:, 156:159])


def pose_of(parameters: Parameters, seen: np.ndarray, hands: np.ndarray, fps: float) -> Pose:
    """One clip. `seen` [T, 2] says which hands are valid, `hands` [30, 3] is what they are relative to.

    UserError for no frame and for NaN or infinity.
    """
    rotations = _rotations(parameters, hands)
    if len(rotations) == 0:
        raise UserError("no frames")
    if not np.isfinite(rotations).all():
        raise UserError("NaN or infinity")
    if np.abs(rotations).max() > _LARGEST:
        raise UserError(f"rotations beyond {_LARGEST:g} radians; are these other numbers?")
    rotations = _upright(_without_whole_turns(rotations))
    matrices = Rotation.from_rotvec(rotations.reshape(-1, 3)).as_matrix().astype(np.float32)
    points = forward_kinematics(torch.from_numpy(matrices).reshape(-1, 55, 3, 3), rest=_REST).numpy()
    confidence = np.ones(points.shape[:2], np.float32)
    for side, valid in zip(("left_hand", "right_hand"), seen.T, strict=True):
        confidence[:, SKELETON.parts[side]] = valid[:, None]
    confidence[:, _HIDDEN] = 0
    points[confidence == 0] = 0
    expression = np.zeros((len(points), SKELETON.expression), np.float32)
    return Pose(points, confidence, fps, SKELETON, rotations, expression)


def mean_hands(model: Path | None) -> np.ndarray:
    """[30, 3] radians, left then right. UserError where the model's file has none."""
    if model is None:
        right = np.deg2rad(np.array(_RELAXED, dtype=np.float32))
        return np.concatenate([right * np.float32([1, -1, -1]), right])
    fields = read_arrays(model, ("hands_meanl", "hands_meanr"))
    if any(field.size != 45 for field in fields.values()):
        raise UserError(f"{model}: hands_meanl and hands_meanr should have 45 numbers each; give a SMPL-X model npz")
    return np.concatenate([np.float32(field).reshape(15, 3) for field in fields.values()])


def described(model: Path | None) -> dict[str, str]:
    """What a corpus says about its hands and faces."""
    hands = "mean hand of the given model" if model else "relaxed hand of our own"
    return {"hands": hands, "face": "unknown: the source's expression basis is not ours"}


def _rotations(parameters: Parameters, hands: np.ndarray) -> np.ndarray:
    """[T, 55, 3] in SMPL-X's order of joints; legs and eyes at rest."""
    frames = len(parameters.body)
    rotations = np.zeros((frames, 55, 3), np.float32)
    rotations[:, :22] = parameters.body.reshape(frames, 22, 3)
    rotations[:, 22] = parameters.jaw
    with np.errstate(invalid="ignore"):  # NaN is told afterwards
        rotations[:, 25:40] = parameters.left.reshape(frames, 15, 3) + hands[:15]
        rotations[:, 40:] = parameters.right.reshape(frames, 15, 3) + hands[15:]
    rotations[:, list(SKELETON.still)] = 0
    return rotations


def _without_whole_turns(rotations: np.ndarray) -> np.ndarray:
    """The same rotations with angles in [0, pi]; smaller ones are not touched."""
    angle = np.linalg.norm(rotations, axis=-1, keepdims=True)
    turned = np.remainder(angle + np.pi, 2 * np.pi) - np.pi
    return np.where(angle > np.pi, rotations * (turned / np.maximum(angle, 1e-12)), rotations).astype(np.float32)


def _upright(rotations: np.ndarray) -> np.ndarray:
    """The same with the clip's mean root rotation taken away."""
    root = Rotation.from_rotvec(rotations[:, 0])
    rotations[:, 0] = (root.mean().inv() * root).as_rotvec()
    return rotations
