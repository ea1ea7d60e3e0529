"""Arms by analytic two-bone inverse kinematics: where the wrist and the hand shall be, to joint rotations."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

REACH = 0.985  # share of the full arm length that is ever used, so that elbows never lock


@dataclass(frozen=True)
class ArmBones:
    """Resting bone vectors of one arm [3] and the sense of its elbow hinge about y (+1 right, -1 left)."""

    upper: np.ndarray
    fore: np.ndarray
    hinge: float


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _frame(along: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Rotation matrices [..., 3, 3] whose columns are the bone, the hinge made perpendicular to it, and their cross."""
    along = _unit(along)
    hinge = _unit(hinge - along * (along * hinge).sum(-1, keepdims=True))
    return np.stack([along, hinge, np.cross(along, hinge)], axis=-1)


def elbow_place(shoulder: np.ndarray, wrist: np.ndarray, lengths: tuple[float, float], pole: np.ndarray) -> tuple:
    """Elbow [T, 3] and reachable wrist [T, 3] for two bone lengths; the elbow points as far along `pole` as it can."""
    upper, fore = lengths
    reach = wrist - shoulder
    distance = np.linalg.norm(reach, axis=-1, keepdims=True)
    direction = reach / np.maximum(distance, 1e-9)
    distance = np.clip(distance, abs(upper - fore) + 0.25, (upper + fore) * REACH)
    along = (upper**2 - fore**2 + distance**2) / (2 * distance)
    height = np.sqrt(np.maximum(upper**2 - along**2, 1e-9))
    side = _unit(pole - direction * (pole * direction).sum(-1, keepdims=True))
    return shoulder + along * direction + height * side, shoulder + distance * direction


def solve_arm(bones: ArmBones, shoulder: np.ndarray, chest: np.ndarray, wrist: np.ndarray, hand: np.ndarray, pole):
    """Local rotations (shoulder, elbow, wrist), each [T, 3, 3], and the twist of the forearm [T] in radians.

    shoulder [T, 3] and chest [T, 3, 3]: the shoulder's place and the global rotation above it; wrist [T, 3] and
    hand [T, 3, 3]: global targets; pole [T, 3]: where the elbow shall point. About half of the forearm's twist is
    taken by the elbow joint, as the two bones of a forearm do; it moves no joint.
    """
    lengths = float(np.linalg.norm(bones.upper)), float(np.linalg.norm(bones.fore))
    elbow, wrist = elbow_place(shoulder, wrist, lengths, pole)
    upper, fore = elbow - shoulder, wrist - elbow
    hinge = np.cross(upper, fore)
    rest_hinge = np.array([0.0, bones.hinge, 0.0])
    above = _frame(upper, hinge) @ _frame(bones.upper, rest_hinge).T  # global rotation of the upper arm
    below = _frame(fore, hinge) @ _frame(bones.fore, rest_hinge).T
    turn = np.swapaxes(below, -1, -2) @ hand
    axis = _unit(bones.fore)
    quaternion = Rotation.from_matrix(turn).as_quat()
    angle = 2 * np.arctan2(quaternion[:, :3] @ axis, quaternion[:, 3])
    twist = (angle + np.pi) % (2 * np.pi) - np.pi  # at rest the forearm is in the middle of its range
    # a periodic share, so that turning past half a circle throws no joint about; half of a small twist
    half = Rotation.from_rotvec(axis * np.sin(twist)[:, None] / 2).as_matrix()
    return (
        np.swapaxes(chest, -1, -2) @ above,
        np.swapaxes(above, -1, -2) @ below @ half,
        np.swapaxes(half, -1, -2) @ turn,
        twist,
    )


def wrist_bend(local: np.ndarray, fore: np.ndarray) -> np.ndarray:
    """Angle [T] in radians by which the hand is bent away from the forearm, its twist left out."""
    axis = _unit(fore)
    return np.arccos(np.clip((local @ axis) @ axis, -1, 1))
