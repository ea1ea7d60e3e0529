"""Triangles seen from the front without perspective, in a buffer of depths; all of a frame at once in numpy."""

from dataclasses import dataclass

import numpy as np

_PIXELS = 1 << 20  # of all boxes of triangles that are tried at once
_EDGE = 1e-6  # pixels on an edge belong to both triangles, so that no gap is left between them


@dataclass(frozen=True)
class Hits:
    """What is seen where: `pixels` [P] (row * size + column), the `faces` [P] there, `shares` [P, 3] of their corners
    and `depth` [P]."""

    pixels: np.ndarray
    faces: np.ndarray
    shares: np.ndarray
    depth: np.ndarray


def rasterise(vertices: np.ndarray, faces: np.ndarray, size: int) -> Hits:
    """Vertices [V, 3] in pixels (x right, y down, z towards the viewer) and faces [F, 3] -> the nearest face at each
    pixel's middle of a picture [size, size]; pixels without any are left out."""
    corners = vertices[faces]  # [F, 3, 3]
    low = np.maximum(np.ceil(corners[..., :2].min(axis=1) - 0.5), 0).astype(int)
    high = np.minimum(np.floor(corners[..., :2].max(axis=1) - 0.5), size - 1).astype(int)
    extent = (high - low).max(axis=1) + 1
    drawn = (high >= low).all(axis=1)
    found = []
    side = 1
    while (drawn & (extent > side // 2)).any():
        some = np.nonzero(drawn & (extent > side // 2) & (extent <= side))[0]
        step = max(1, _PIXELS // side**2)
        found += [_tried(corners, low, high, some[i : i + step], side, size) for i in range(0, len(some), step)]
        side *= 2
    if not found:
        return Hits(np.zeros(0, int), np.zeros(0, int), np.zeros((0, 3)), np.zeros(0))
    pixels, numbers, shares, depth = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(depth, kind="stable")
    nearest = np.full(size * size, -1)
    nearest[pixels[order]] = order  # of places given twice the last counts, which is the nearest
    best = nearest[nearest >= 0]
    return Hits(pixels[best], numbers[best], shares[best], depth[best])


def _tried(corners, low, high, some, side: int, size: int) -> tuple[np.ndarray, ...]:
    """Pixels inside the numbered triangles, whose boxes are at most `side` wide and high."""
    steps = np.arange(side)
    columns, rows = low[some, 0, None, None] + steps, low[some, 1, None, None] + steps[:, None]
    x, y = columns + 0.5, rows + 0.5
    (ax, ay), (bx, by), (cx, cy) = (corners[some, i, :2].T[..., None, None] for i in range(3))
    area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    whole = np.where(np.abs(area) > 1e-9, area, np.inf)  # seen from its edge, a triangle covers nothing
    first = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / whole
    second = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / whole
    third = 1 - first - second
    inside = (np.minimum(np.minimum(first, second), third) >= -_EDGE) & np.isfinite(whole)
    inside &= (columns <= high[some, 0, None, None]) & (rows <= high[some, 1, None, None])
    number, row, column = np.nonzero(inside)
    shares = np.stack([first[inside], second[inside], third[inside]], axis=-1)
    depth = (shares * corners[some[number], :, 2]).sum(axis=-1)
    return rows[number, row, 0] * size + columns[number, 0, column], some[number], shares, depth


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """[V, 3] unit normals: means over the faces of each vertex, weighted by their areas."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    total = np.stack(
        [
            sum(np.bincount(faces[:, i], across[:, axis], minlength=len(vertices)) for i in range(3))
            for axis in range(3)
        ],
        axis=-1,
    )
    return total / np.maximum(np.linalg.norm(total, axis=-1, keepdims=True), 1e-12)
