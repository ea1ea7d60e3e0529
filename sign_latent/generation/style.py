"""Style by a reference clip: how fast its signer signs, how large, and with which proportions.

Each is measured against the model's own neutral signing of what the reference says, so that a sentence with long or
large signs is not taken for a slow or large signer:

* tempo: frames of the neutral clip ÷ frames of the reference, at one rate;
* amplitude: spread of the reference's wrists ÷ that of the neutral clip, where the spread is how far wrists go from
  their own course about the shoulder smoothed over half a second, root mean square, in shoulder widths (of the
  canonical signer where there are rotations);
* proportions: the lengths of the reference's bones, where it has rotations.

They are carried over by resampling, by scaling how far each joint of the arms turns from its smoothed course (without
rotations: how each bone points), and by forward kinematics on the reference's bones. Places of signs, handshapes, face,
pauses, handedness and everything else by which signers differ are not: this is manner in three numbers, no voice. A
single reference is a noisy measure, and signs that need contact may lose it at other proportions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import roma
import torch
from scipy.ndimage import gaussian_filter1d

from sign_latent.errors import UserError
from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics, rest_points
from sign_latent.pose.pose import Pose
from sign_latent.pose.proportions import rest_of
from sign_latent.pose.skeleton import Skeleton

SMOOTHING = 0.25
"""Seconds: standard deviation of the Gaussian that smooths a course; movements within a sign are what is left."""
TEMPO, AMPLITUDE = (0.5, 2.0), (0.5, 2.0)
"""Bounds within which a style is carried over; what is beyond them is no manner of the same signing."""


@dataclass
class Style:
    """Factors against neutral signing, above 1 faster and larger, and a rest pose [94, 3] if its bones are known."""

    tempo: float = 1.0
    amplitude: float = 1.0
    rest: torch.Tensor | None = None


def style_of(reference: Pose, neutral: Pose) -> Style:
    """The style of a reference beside neutral signing of the same text.

    UserError for another skeleton, wrists that are never seen, a still clip, and factors out of bounds: the two then
    hardly say the same.
    """
    if reference.skeleton.name != neutral.skeleton.name:
        raise UserError(
            f"style: the reference has skeleton {reference.skeleton.name}, the model {neutral.skeleton.name}; convert"
        )
    seconds = [len(pose.validate()) / pose.fps for pose in (neutral, reference)]
    spreads = [wrist_spread(pose) for pose in (reference, neutral)]
    if min(spreads) < 1e-4:
        raise UserError("style: the wrists of the reference or of the model stand still; give a clip that signs")
    found = Style(seconds[0] / seconds[1], spreads[0] / spreads[1])
    for name, value, (low, high) in (("tempo", found.tempo, TEMPO), ("amplitude", found.amplitude, AMPLITUDE)):
        if not low <= value <= high:
            raise UserError(
                f"style: {name} {value:.2f} of the model's own is beyond {low} to {high}; does the reference sign "
                "what --style-text says?"
            )
    return found if reference.rotations is None else replace(found, rest=rest_of(reference))


def wrist_spread(pose: Pose) -> float:
    """Root mean square distance of the wrists from their smoothed course about the shoulder of their side, in shoulder
    widths; 0 where none is seen in every frame."""
    points = pose.points if pose.rotations is None else _placed(pose.rotations, rest_points())
    wrists = [pose.skeleton.points.index(f"{side}_wrist") for side in ("left", "right")]
    shoulders = [pose.skeleton.left_shoulder, pose.skeleton.right_shoulder]
    shown = (pose.confidence[:, wrists + shoulders] > 0).all(0).reshape(2, 2).all(0)
    course = (points[:, wrists] - points[:, shoulders])[:, shown]
    return float(np.sqrt(np.square(course - _smooth(course, pose.fps)).sum(-1).mean())) if shown.any() else 0.0


def styled(pose: Pose, style: Style) -> Pose:
    """The pose with the amplitude and the proportions of a style; bones keep their lengths, or get the reference's."""
    if pose.rotations is None:
        return replace(pose, points=_rescaled_bones(pose, style.amplitude))
    rotations = _rescaled_turns(pose, style.amplitude)
    rest = rest_of(pose) if style.rest is None else style.rest
    shown = pose.confidence[..., None] > 0
    return replace(pose, rotations=rotations, points=_placed(rotations, rest, pose.expression) * shown)


def arms(skeleton: Skeleton) -> list[int]:
    """The points of the arms, as the skeleton's pooling into slots has them."""
    slots = dict(skeleton.slot_points(7))
    return sorted({point for side in ("left", "right") for point in slots[f"{side}_arm"]})


def _smooth(course: np.ndarray, fps: float) -> np.ndarray:
    return gaussian_filter1d(course, SMOOTHING * fps, axis=0, mode="nearest")


def _placed(rotations: np.ndarray, rest: torch.Tensor, expression: np.ndarray | None = None) -> np.ndarray:
    face = None if expression is None else torch.tensor(expression)
    return forward_kinematics(axis_angle_to_matrix(torch.tensor(rotations)), face, rest).numpy()


def _rescaled_turns(pose: Pose, factor: float) -> np.ndarray:
    """Rotations [T, R, 3] whose arms turn ``factor`` times as far from their smoothed course."""
    joints = [pose.skeleton.rotated.index(point) for point in arms(pose.skeleton)]
    turned = axis_angle_to_matrix(torch.tensor(pose.rotations[:, joints], dtype=torch.float64))
    course = roma.special_procrustes(torch.from_numpy(_smooth(turned.numpy(), pose.fps)))
    away = roma.rotmat_to_rotvec(course.transpose(-1, -2) @ turned)
    out = pose.rotations.copy()
    out[:, joints] = roma.rotmat_to_rotvec(course @ roma.rotvec_to_rotmat(factor * away)).numpy()
    return out


def _rescaled_bones(pose: Pose, factor: float) -> np.ndarray:
    """Points [T, K, C]: bones of the arms point ``factor`` times as far from their smoothed course, as long as they
    are, and what hangs on them is moved along."""
    skeleton, points = pose.skeleton, pose.points.astype(np.float64)
    moved, within = np.zeros_like(points), set(arms(skeleton))
    for point in _downwards(skeleton):
        above = skeleton.parents[point]
        if above < 0:
            continue
        moved[:, point] = moved[:, above]
        if point in within and above in within:
            bone = points[:, point] - points[:, above]
            course = _smooth(bone, pose.fps)
            other = course + factor * (bone - course)
            length = np.linalg.norm(bone, axis=-1, keepdims=True)
            moved[:, point] += other * (length / np.linalg.norm(other, axis=-1, keepdims=True).clip(min=1e-9)) - bone
    return ((points + moved) * (pose.confidence[..., None] > 0)).astype(np.float32)


def _downwards(skeleton: Skeleton) -> list[int]:
    """Points in an order in which parents come before their children."""

    def depth(point: int) -> int:
        return 0 if point < 0 else 1 + depth(skeleton.parents[point])

    return sorted(range(len(skeleton.points)), key=depth)
