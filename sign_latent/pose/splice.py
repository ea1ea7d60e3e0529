"""Given and made motion in one clip: what is given stays to the bit, what is made is bent to meet it.

In time a made stretch begins and ends where the given frames do: what the two differ by at a border fades away within
the stretch. In the body a made part hangs on the joint that carries it, and its bones are the given signer's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import roma
import torch

from sign_latent.pose.kinematics import axis_angle_to_matrix, forward_kinematics
from sign_latent.pose.pose import Pose
from sign_latent.pose.proportions import rest_of
from sign_latent.pose.resample import read_at
from sign_latent.pose.skeleton import Skeleton

BLEND = 8
"""Frames within which what made and given frames differ by at a border has faded away."""


@dataclass
class Cut:
    """What of a clip is made anew: the points ``part`` [K] in the frames that are not ``kept`` [T], both bool."""

    kept: np.ndarray
    part: np.ndarray

    def given(self, points: list[int] | tuple[int, ...] | slice = slice(None)) -> np.ndarray:
        """[T, K'] bool of these points."""
        return self.kept[:, None] | ~self.part[points if isinstance(points, slice) else list(points)]

    def stretches(self) -> list[tuple[int, int]]:
        """First and one past the last frame of each run of frames that are not kept."""
        edges = np.flatnonzero(np.diff(np.concatenate([[True], self.kept, [True]])))
        return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))

    def fades(self, blend: int) -> list[tuple[int, slice, np.ndarray]]:
        """(kept frame at a border, frames of the stretch, weights) of each border; 1 at the border, 0 from ``blend``
        frames on, with no slope at both ends (smoothstep), and at most 1 where two borders meet."""
        found = []
        for start, end in self.stretches():
            away = np.arange(1, end - start + 1) / min(blend, end - start + 1)
            weight = (1 - away.clip(max=1) ** 2 * (3 - 2 * away.clip(max=1))).astype(np.float32)
            borders = [(start - 1, weight), (end, weight[::-1])]
            found += [(border, slice(start, end), w) for border, w in borders if 0 <= border < len(self.kept)]
        return found


def rows_of(pose: Pose, frames: np.ndarray) -> Pose:
    """The frames of these numbers [T'], as they are."""
    arrays = {name: getattr(pose, name) for name in ("points", "confidence", "rotations", "expression")}
    return replace(pose, **{name: None if array is None else array[frames] for name, array in arrays.items()})


def bridged(given: Pose, cut: Cut) -> Pose:
    """The given clip with plain motion where it is to be made anew: straight from border to border, held at the ends.

    Points that no frame keeps are missing instead (confidence 0). Nothing of what stood there is left.
    """
    known = np.flatnonzero(cut.kept)
    if not len(known):
        return replace(given, confidence=np.where(cut.given(), given.confidence, np.float32(0)))
    times = np.interp(np.arange(len(given)), known, np.arange(len(known)))
    return _mixed(given, read_at(rows_of(given, known), times), cut)


def spliced(given: Pose, made: Pose, cut: Cut, blend: int = BLEND) -> Pose:
    """The given clip with what is cut taken from a made one of as many frames, skeleton and rate.

    All that is given is in the result to the bit. Where the skeleton has rotations, these are joined, and points follow
    from them by forward kinematics on the given signer's bones; else points are joined.
    """
    face = None if given.expression is None else np.zeros_like(given.expression)  # at rest where none is made
    made = replace(made, expression=face if face is None or made.expression is None else made.expression)
    fades = cut.fades(blend)
    if made.expression is not None:
        made.expression = _faded(made.expression, given.expression - made.expression, fades)
    if made.rotations is not None and given.rotations is not None:
        made.rotations = _turned(given.rotations, made.rotations, fades)
        joined = _mixed(given, made, cut)
        made.points = _kinematics(
            joined, rest_of(rows_of(given, np.flatnonzero(cut.kept)) if cut.kept.any() else given)
        )
    apart = np.where(given.confidence[..., None] > 0, given.points - made.points, np.float32(0))
    moved = _faded(made.points, apart, fades)
    for point in np.flatnonzero(cut.part):
        carrier = carrier_of(given.skeleton, int(point), cut.part)
        if carrier >= 0:
            moved[:, point] = made.points[:, point] + apart[:, carrier]
    made.points = moved * (made.confidence[..., None] > 0)
    return _mixed(given, made, cut)


def carrier_of(skeleton: Skeleton, point: int, part: np.ndarray) -> int:
    """The nearest point above this one that is not of the part [K]; -1 where there is none."""
    above = skeleton.parents[point]
    while above >= 0 and part[above]:
        above = skeleton.parents[above]
    return above


def _mixed(given: Pose, made: Pose, cut: Cut) -> Pose:
    """All that is given, and else what is made."""

    def choose(name: str, there: np.ndarray) -> np.ndarray | None:
        first, second = getattr(given, name), getattr(made, name)
        return None if first is None or second is None else np.where(_like(there, first), first, second)

    face = cut.given(given.skeleton.parts["face"]).all(1, keepdims=True)
    places = {"points": cut.given(), "confidence": cut.given(), "rotations": cut.given(given.skeleton.rotated)}
    return replace(given, **{name: choose(name, there) for name, there in (places | {"expression": face}).items()})


def _like(mask: np.ndarray, array: np.ndarray) -> np.ndarray:
    return mask.reshape(*mask.shape, *(1,) * (array.ndim - mask.ndim))


def _faded(made: np.ndarray, apart: np.ndarray, fades: list) -> np.ndarray:
    """[T, …] made values moved by what they differ by at the borders."""
    out = made.copy()
    for border, frames, weight in fades:
        out[frames] += _like(weight, made) * apart[border]
    return out


def _turned(given: np.ndarray, made: np.ndarray, fades: list) -> np.ndarray:
    """The same of axis-angle rotations [T, R, 3]: turned by a share of the turn from the made to the given one."""
    first, second = (axis_angle_to_matrix(torch.tensor(x)) for x in (given, made))
    out = second.clone()
    for border, frames, weight in fades:
        turn = roma.rotmat_to_rotvec(first[border] @ second[border].transpose(-1, -2))  # [R, 3]
        share = torch.from_numpy(weight.copy())[:, None, None] * turn
        out[frames] = roma.rotvec_to_rotmat(share) @ out[frames]
    return roma.rotmat_to_rotvec(out).numpy()


def _kinematics(pose: Pose, rest: torch.Tensor) -> np.ndarray:
    face = None if pose.expression is None else torch.tensor(pose.expression)
    return forward_kinematics(axis_angle_to_matrix(torch.tensor(pose.rotations)), face, rest).numpy()
