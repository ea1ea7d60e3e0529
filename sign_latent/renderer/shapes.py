"""Outlines as arrays over a whole clip: capsules, smooth curves and projected ellipsoids.

A picture is a list of units painted from the farthest to the nearest; a unit is a list of polygons painted in order.
All places are in body coordinates, seen from the front: x to the right of the picture, y up.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from sign_latent.renderer.look import Colour


@dataclass
class Polygon:
    """`vertices` [T, V, 2]; `visible` [T]; `colour` one for the clip, or [T, 3] uint8."""

    vertices: np.ndarray
    visible: np.ndarray
    colour: Colour | np.ndarray


@dataclass
class Unit:
    """What lies at one depth: `depth` [T], larger = nearer to the viewer."""

    depth: np.ndarray
    polygons: list[Polygon]


def capsule(a: np.ndarray, b: np.ndarray, radius_a, radius_b, bulge_a=1.0, bulge_b=1.0, corners: int = 8) -> np.ndarray:
    """[T, 2 * corners, 2] around the line from a to b [T, 2+]; `bulge` is how round an end is (0 = cut off)."""
    along = b[:, :2] - a[:, :2]
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    along = np.where(length > 1e-6, along / np.maximum(length, 1e-6), np.array([0.0, 1.0]))
    across = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    angle = np.linspace(-np.pi / 2, np.pi / 2, corners)
    cosine, sine = np.cos(angle)[None, :, None], np.sin(angle)[None, :, None]

    def cap(end: np.ndarray, radius, bulge, sign: float) -> np.ndarray:
        radius, bulge = _column(radius), _column(bulge)
        reach = cosine * bulge * along[:, None] + sine * across[:, None]
        return end[:, None, :2] + sign * radius * reach

    return np.concatenate([cap(b, radius_b, bulge_b, 1.0), cap(a, radius_a, bulge_a, -1.0)], axis=1)


def smooth_loop(points: np.ndarray, corners: tuple[int, ...] = (), steps: int = 5) -> np.ndarray:
    """[T, N * steps, 2] closed Catmull–Rom curve through [T, N, 2+] that is sharp at the numbered corners."""
    return np.einsum("vn,tnd->tvd", _loop_weights(points.shape[1], corners, steps), points[..., :2])


def ellipsoid(centre: np.ndarray, axes: np.ndarray, radii, corners: int = 28) -> np.ndarray:
    """[T, corners, 2] outline of an ellipsoid at [T, 3] with axes [T, 3, 3] (columns) of half lengths `radii` (3)."""
    half = axes[:, :2] * np.asarray(radii)  # [T, 2, 3]
    root = np.linalg.cholesky(half @ half.transpose(0, 2, 1) + 1e-9 * np.eye(2))
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)])  # [2, V]
    return centre[:, None, :2] + (root @ circle).transpose(0, 2, 1)


def blend(a: Colour | np.ndarray, b: Colour | np.ndarray, share) -> np.ndarray:
    """Colours [..., 3] uint8 between a (share 0) and b (share 1)."""
    share = np.asarray(share, dtype=np.float32)[..., None]
    return np.clip(np.asarray(a) * (1 - share) + np.asarray(b) * share, 0, 255).astype(np.uint8)


def _column(value) -> np.ndarray:
    return np.reshape(value, (-1, 1, 1))


@cache
def _loop_weights(count: int, corners: tuple[int, ...], steps: int) -> np.ndarray:
    """[N * steps, N]: the curve is linear in the points it goes through."""
    eye = np.eye(count)
    tangent = (np.roll(eye, -1, axis=0) - np.roll(eye, 1, axis=0)) / 2
    tangent[list(corners)] = 0.0
    rows = []
    for i in range(count):
        following = (i + 1) % count
        for s in np.arange(steps) / steps:
            start, end = 2 * s**3 - 3 * s**2 + 1, -2 * s**3 + 3 * s**2
            leave, arrive = s**3 - 2 * s**2 + s, s**3 - s**2
            rows.append(start * eye[i] + end * eye[following] + leave * tangent[i] + arrive * tangent[following])
    return np.stack(rows)
