"""The drawn signer's head: where it is and how it is turned, skull, hair and the outline of the face."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from sign_latent.pose.face import FACE_REST, METRES_PER_UNIT
from sign_latent.pose.rest import rest_metres
from sign_latent.pose.skeleton import get_skeleton
from sign_latent.pose.skeletons.parts import FACE
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look
from sign_latent.renderer.shapes import Polygon, blend, capsule, ellipsoid, smooth_loop

_REST = {name: place / METRES_PER_UNIT for name, place in zip(FACE, FACE_REST, strict=True)}
_REST |= {side: _REST[f"{side}_iris"] * (1.0, 1.0, 0.9) for side in ("left_eye", "right_eye")}
_REST["nose"] = np.array((0.0, 0.020, 0.118)) / METRES_PER_UNIT
_REST["head"] = _REST["nose"]  # in skeletons of few points the head is a point of the nose
_JOINTS = ("left_eye", "right_eye", "jaw")  # of the head of SMPL-X; its eyes are the middles of the eyeballs

# All in metres, in the head's own frame (origin at the skull's base, x to the signer's left, y up, z forward).
SKULL = ((0.0, 0.068, 0.000), (0.082, 0.113, 0.104))
JAW = ((0.0, 0.006, 0.030), (0.064, 0.062, 0.062))
BUN = ((0.0, 0.195, -0.030), (0.044, 0.040, 0.044))
LONG = ((0.0, 0.020, -0.030), (0.104, 0.175, 0.080))
EAR = ((0.077, 0.042, -0.004), (0.010, 0.031, 0.018))
# Left half of the outline of the face, from hairline to chin, and how far each point follows the chin.
MASK = (
    (0.000, 0.132, 0.078, 0.0),
    (0.030, 0.127, 0.074, 0.0),
    (0.054, 0.110, 0.060, 0.0),
    (0.067, 0.082, 0.048, 0.0),
    (0.071, 0.045, 0.034, 0.0),
    (0.068, 0.010, 0.030, 0.1),
    (0.058, -0.024, 0.034, 0.5),
    (0.036, -0.053, 0.062, 0.9),
    (0.000, -0.066, 0.084, 1.0),
)
NOSE = ((0.0, 0.048, 0.097), (0.016, 0.013, 0.100), (0.0, 0.016, 0.124), (-0.016, 0.013, 0.100))


@dataclass(frozen=True)
class HeadFrame:
    """`origin` [T, 3], `axes` [T, 3, 3] (columns x, y, z times the head's size) and `visible` [T]."""

    origin: np.ndarray
    axes: np.ndarray
    visible: np.ndarray

    def place(self, metres) -> np.ndarray:
        """[T, N, 3] body coordinates of [N, 3] or [T, N, 3] places in the head's own frame."""
        units = np.asarray(metres, dtype=np.float32) / METRES_PER_UNIT
        return self.origin[:, None] + np.einsum("tij,...nj->tni", self.axes, units)


def head_frame(marks: Landmarks) -> HeadFrame:
    """From the eyes and the upper lip; else from the head's joints, or the eyes and the nose; else upright."""
    frames = [
        _from_three(marks, "left_eye_outer", "right_eye_outer", "lip_upper"),
        _from_three(marks, *_JOINTS, _joints()),
    ]
    frames += [_from_three(marks, "left_eye", "right_eye", "nose"), _upright(marks, "nose"), _upright(marks, "head")]
    chosen = frames.pop()
    while frames:
        better = frames.pop()
        keep = better.visible
        chosen = HeadFrame(
            np.where(keep[:, None], better.origin, chosen.origin),
            np.where(keep[:, None, None], better.axes, chosen.axes),
            keep | chosen.visible,
        )
    return chosen


def skull(marks: Landmarks, frame: HeadFrame, look: Look) -> list[Polygon]:
    """Ears, hair, jaw and the face's skin, from the back to the front."""
    seen = frame.visible
    ears = [(_ball(frame, EAR, side), seen & (frame.axes[:, 2, 0] * side > 0.35)) for side in (1.0, -1.0)]
    mask = np.array([*MASK, *((-x, y, z, w) for x, y, z, w in MASK[-2:0:-1])])
    outline = frame.place(mask[:, :3]) + mask[:, 3:] * _chin_shift(marks, frame)[:, None]
    skin = smooth_loop(outline, steps=3)
    nose = frame.place(NOSE)
    scalp = look.skin if look.hair_style == "bald" else look.hair
    polygons = [Polygon(ear, seen, look.shade) for ear, _ in ears]
    if look.hair_style == "bun":
        polygons.append(Polygon(_ball(frame, BUN), seen, look.hair))
    polygons += [Polygon(_ball(frame, SKULL), seen, scalp), Polygon(_ball(frame, JAW), seen, look.shade)]
    polygons += [Polygon(skin, seen, look.skin)]
    polygons += [Polygon(ear, near, look.shade) for ear, near in ears]
    polygons += [Polygon(nose[..., :2], seen, tuple(blend(look.skin, look.shade, 0.5).tolist()))]
    polygons += [Polygon(capsule(nose[:, 1], nose[:, 3], 0.006, 0.006), seen, look.shade)]
    return polygons


def long_hair(frame: HeadFrame, look: Look) -> list[Polygon]:
    """What falls behind the neck and the shoulders."""
    return [Polygon(_ball(frame, LONG), frame.visible & (look.hair_style == "long"), look.hair)]


def _ball(frame: HeadFrame, place_and_radii, side: float = 1.0) -> np.ndarray:
    place, radii = place_and_radii
    centre = frame.place(np.array([place]) * (side, 1.0, 1.0))[:, 0]
    return ellipsoid(centre, frame.axes, np.array(radii) / METRES_PER_UNIT)


def _chin_shift(marks: Landmarks, frame: HeadFrame) -> np.ndarray:
    """[T, 3] how far the chin is from where a closed mouth has it, along the head's own vertical."""
    rest = frame.place(np.array([_REST["chin"]]) * METRES_PER_UNIT)[:, 0]
    vertical = frame.axes[:, :, 1]
    size = np.maximum((vertical**2).sum(-1, keepdims=True), 1e-6)
    shift = ((marks.at("chin") - rest) * vertical).sum(-1, keepdims=True) / size * vertical
    return np.where((marks.visible("chin") & frame.visible)[:, None], shift, 0.0)


@cache
def _joints() -> dict[str, np.ndarray]:
    """Places of `_JOINTS` at rest, in shoulder widths in the head's own frame."""
    rest = dict(zip(get_skeleton("smplx").points, rest_metres(), strict=True))
    return {name: (rest[name] - rest["head"]) / METRES_PER_UNIT for name in _JOINTS}


def _from_three(marks: Landmarks, left: str, right: str, below: str, canonical: dict = _REST) -> HeadFrame:
    """The similarity that takes three points of the canonical head to those of the pose."""
    visible = marks.visible(left, right, below)
    places = [marks.at(name) for name in (left, right, below)]
    rest = [canonical[name][None] for name in (left, right, below)]
    own, base = _triad(*places, marks.flat), _triad(*rest, marks.flat)
    rotation = own @ base.transpose(0, 2, 1)
    gauge = marks.gauge or marks
    measured = [gauge.at(name) for name in (left, right, below)]
    size = _head_size(measured, rest, gauge.visible(left, right, below), marks.flat)
    axes = rotation * size
    eyes = (rest[0] + rest[1]) / 2
    origin = (places[0] + places[1]) / 2 - np.einsum("tij,tj->ti", axes, np.broadcast_to(eyes, (len(axes), 3)))
    return HeadFrame(origin, axes, visible)


def _head_size(places: list[np.ndarray], rest: list[np.ndarray], visible: np.ndarray, flat: bool) -> float:
    """One size for the clip. Flat pictures foreshorten: the largest of width and height is nearest to the truth."""
    if not visible.any():
        return 1.0
    keep = [2] if flat else []

    def lengths(left, right, below) -> np.ndarray:
        sides = np.stack([left - right, (left + right) / 2 - below])
        sides[..., keep] = 0.0
        return np.linalg.norm(sides, axis=-1)  # [2, T]

    ratio = lengths(*(place[visible] for place in places)) / lengths(*rest)
    size = np.percentile(ratio.max(axis=0), 75) if flat else np.median(ratio[0])
    return float(np.clip(size, 0.5, 1.8))


def _triad(left: np.ndarray, right: np.ndarray, below: np.ndarray, flat: bool) -> np.ndarray:
    """[T, 3, 3] right-handed frame: x between the eyes, y up from the third point."""
    x = left - right
    y = (left + right) / 2 - below
    if flat:
        x, y = x * (1.0, 1.0, 0.0), y * (1.0, 1.0, 0.0)
    x = _unit(x, (1.0, 0.0, 0.0))
    y = _unit(y - (y * x).sum(-1, keepdims=True) * x, (0.0, 1.0, 0.0))
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def _unit(vector: np.ndarray, otherwise: tuple[float, float, float]) -> np.ndarray:
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return np.where(length > 1e-6, vector / np.maximum(length, 1e-6), np.array(otherwise))


def _upright(marks: Landmarks, name: str) -> HeadFrame:
    """A head of canonical size with its nose at the point, leaning from the middle of the shoulders."""
    neck = (marks.at("left_shoulder") + marks.at("right_shoulder")) / 2
    lean = _unit((marks.at(name) - neck) * (1.0, 1.0, 0.0), (0.0, 1.0, 0.0))
    x = np.stack([lean[:, 1], -lean[:, 0], 0 * lean[:, 0]], axis=-1)
    axes = np.stack([x, lean, np.cross(x, lean)], axis=-1)
    origin = marks.at(name) - np.einsum("tij,j->ti", axes, _REST["nose"])
    return HeadFrame(origin, axes, marks.visible(name))
