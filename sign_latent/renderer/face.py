"""Brows, eyes with gaze, and mouth of the drawn signer: what carries questions, negation and mouthing."""

import itertools

import numpy as np

from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look
from sign_latent.renderer.shapes import Polygon, capsule, smooth_loop

BROW = (0.012, 0.014, 0.013, 0.010, 0.006)
_LID = 0.005
_DOT = 0.022
_IRIS = 0.19  # of the width of the eye
_SAMPLES = np.linspace(0.0, 1.0, 9)
_ARCH = 4 * _SAMPLES * (1 - _SAMPLES)  # a parabola of height 1 between the corners
LIPS = ("mouth_left", "lip_upper_left", "lip_upper", "lip_upper_right")
LIPS += ("mouth_right", "lip_lower_right", "lip_lower", "lip_lower_left")
_GAP = ("mouth_left", "lip_upper_inner", "mouth_right", "lip_lower_inner")


def brows(marks: Landmarks, look: Look) -> list[Polygon]:
    """Two lines of four strokes each, thinner towards the temples."""
    polygons = []
    for side in ("left", "right"):
        names = [f"{side}_brow{i}" for i in range(1, 6)]
        for i, (a, b) in enumerate(itertools.pairwise(names)):
            line = capsule(marks.at(a), marks.at(b), BROW[i], BROW[i + 1], corners=5)
            polygons.append(Polygon(line, marks.visible(a, b), look.brow))
    return polygons


def eyes(marks: Landmarks, look: Look) -> list[Polygon]:
    """White, iris and lid line; dark without an iris: no gaze is invented; a dot where there is only a point."""
    if marks.known("left_eye_outer", "right_eye_outer"):
        return [polygon for side in ("left", "right") for polygon in _eye(marks, side, look)]
    places = [(marks.at(name), marks.visible(name)) for name in ("left_eye", "right_eye")]
    return [Polygon(capsule(place, place, _DOT, _DOT), visible, look.iris) for place, visible in places]


def mouth(marks: Landmarks, look: Look) -> list[Polygon]:
    """Lips, the dark between them when they part, and teeth when they part wide."""
    visible = marks.visible(*LIPS)
    polygons = [Polygon(smooth_loop(marks.many(LIPS), corners=(0, 4)), visible, look.lips)]
    gap = marks.many(_GAP)[..., :2]
    middle = gap[:, [0, 2]].mean(axis=1, keepdims=True)
    gap[:, [0, 2]] += 0.1 * (middle - gap[:, [0, 2]])
    visible = visible & marks.visible(*_GAP)
    upper, lower = _bow(gap[:, 0], gap[:, 2], gap[:, 1]), _bow(gap[:, 0], gap[:, 2], gap[:, 3])
    height = np.linalg.norm(gap[:, 1] - gap[:, 3], axis=-1)
    polygons.append(Polygon(_between(upper, lower), visible, look.mouth))
    teeth = upper + np.minimum(0.4, 0.018 / np.maximum(height, 1e-6))[:, None, None] * (lower - upper)
    polygons.append(Polygon(_between(upper, teeth), visible & (height > 0.03), look.teeth))
    line = np.stack([upper, lower]).mean(axis=0)
    polygons += [Polygon(stroke, visible, look.mouth) for stroke in _line(line[:, ::2], 0.005)]
    return polygons


def _eye(marks: Landmarks, side: str, look: Look) -> list[Polygon]:
    outer, inner, upper = (marks.at(f"{side}_eye_{place}")[:, :2] for place in ("outer", "inner", "upper"))
    visible = marks.visible(*(f"{side}_eye_{place}" for place in ("outer", "inner", "upper")))
    gazing = visible & marks.visible(f"{side}_eye_iris")
    width = np.linalg.norm(inner - outer, axis=-1, keepdims=True)
    along = (inner - outer) / np.maximum(width, 1e-6)
    up = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    up = np.where(up[:, 1:] < 0, -up, up)
    height = ((upper - (outer + inner) / 2) * up).sum(-1, keepdims=True)
    height = np.maximum(height, 0.0)
    depth = 0.14 * width * np.clip(height / np.maximum(0.15 * width, 1e-6), 0, 1)
    straight = outer[:, None] + (inner - outer)[:, None] * _SAMPLES[:, None]
    above = straight + (height * _ARCH)[..., None] * up[:, None]
    below = straight - (depth * _ARCH)[..., None] * up[:, None]
    white = np.where(gazing[:, None], np.array(look.eye), np.array(look.iris)).astype(np.uint8)
    iris = _iris(marks.at(f"{side}_eye_iris")[:, :2], outer, along, up, width, height, depth)
    polygons = [Polygon(_between(above, below), visible, white), Polygon(iris, gazing, look.iris)]
    return polygons + [Polygon(stroke, visible, look.brow) for stroke in _line(above[:, ::2], _LID)]


def _iris(place, outer, along, up, width, height, depth) -> np.ndarray:
    """[T, 14, 2] a disc cut off by the lids; its middle stays between them, for eyes without an iris show no gaze."""
    angle = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    offset = place - outer
    radius = _IRIS * width

    def between_lids(u: np.ndarray, v: np.ndarray) -> np.ndarray:
        share = np.clip(u / np.maximum(width, 1e-6), 0, 1)
        arch = 4 * share * (1 - share)
        return np.clip(v, -depth * arch, height * arch)

    u = np.clip((offset * along).sum(-1, keepdims=True), radius, width - radius)
    v = between_lids(u, (offset * up).sum(-1, keepdims=True))
    u, v = u + radius * np.cos(angle), v + radius * np.sin(angle)
    v = between_lids(u, v)
    return outer[:, None] + u[..., None] * along[:, None] + v[..., None] * up[:, None]


def _bow(a: np.ndarray, b: np.ndarray, top: np.ndarray) -> np.ndarray:
    """[T, 9, 2] a parabola from a to b whose middle is at `top`."""
    straight = a[:, None] + (b - a)[:, None] * _SAMPLES[:, None]
    return straight + (top - (a + b) / 2)[:, None] * _ARCH[:, None]


def _between(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    return np.concatenate([upper, lower[:, ::-1]], axis=1)


def _line(points: np.ndarray, radius: float) -> list[np.ndarray]:
    """Strokes along [T, N, 2]."""
    return [capsule(points[:, i], points[:, i + 1], radius, radius, corners=4) for i in range(points.shape[1] - 1)]
