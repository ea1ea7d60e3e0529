"""Shaded solids seen from the front without perspective: tapered capsules and ellipsoids in a buffer of depths.

Every solid is painted for all frames of a chunk at once, in a window as large as its largest box of those frames.
Places are in pixels: x to the right, y down, z towards the viewer; pixel (row i, column j) has its middle at
(j + 0.5, i + 0.5).
"""

from dataclasses import dataclass, replace

import numpy as np

from sign_latent.renderer.look import Colour, Window

FAR = -1e9
_LIGHT = np.array(
    (0.0, -0.6, 0.8), dtype=np.float32
)  # from above and in front: a mirrored signer is lit as the mirrored picture
_AMBIENT = 0.50
_LEAST = 1e-9  # cubic pixels; less has no inside
_RIM = 0.55  # how bright a surface is that turns away from the viewer: what tells neighbouring fingers apart


@dataclass(frozen=True)
class Capsule:
    """All points within a radius, which runs from `radii[0]` at `a` to `radii[1]` at `b`, of the line between them.

    `a`, `b` [T, 3], `visible` [T]; `flat` paints without shading.
    """

    a: np.ndarray
    b: np.ndarray
    radii: tuple[float, float]
    visible: np.ndarray
    colour: Colour
    flat: bool = False

    def placed(self, frames: slice, window: Window, size: int) -> "Capsule":
        """Some frames of a capsule in body coordinates, in a picture of `size` pixels."""
        ends = (to_pixels(end[frames], window, size) for end in (self.a, self.b))
        radii = tuple(radius * window.scale(size) for radius in self.radii)
        return Capsule(*ends, radii, self.visible[frames], self.colour, self.flat)

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners [T, 2] of what the solid covers."""
        ends = np.stack([self.a[:, :2], self.b[:, :2]])
        reach = np.array(self.radii)[:, None, None]
        return (ends - reach).min(axis=0), (ends + reach).max(axis=0)

    def surface(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Depth [T, h, w] (`FAR` where missed) and normal (three [T, h, w]) of the side that is seen.

        The surface is the upper hull of spheres along the line; the sphere that is highest above a pixel lies where
        the slope of the line cancels that of the sphere. With a taper its radius is that of the first guess.
        """
        ax, ay, az = (self.a[:, i, None, None] for i in range(3))
        dx, dy, dz = (self.b[:, i, None, None] - self.a[:, i, None, None] for i in range(3))
        flat_square = np.maximum(dx * dx + dy * dy, 1e-6)
        length, sine = np.sqrt(flat_square), dz / np.sqrt(flat_square + dz * dz)
        along = ((x - ax) * dx + (y - ay) * dy) / length
        aside = ((x - ax) * dy - (y - ay) * dx) / length
        first, last = self.radii
        share = np.clip(along / length, 0, 1)
        for _ in range(2):
            radius = first + share * (last - first)
            share = np.clip((along + np.sqrt(np.maximum(radius**2 - aside**2, 0)) * sine) / length, 0, 1)
        radius = first + share * (last - first)
        nx, ny = x - ax - share * dx, y - ay - share * dy
        height = radius**2 - nx * nx - ny * ny
        nz = np.sqrt(np.maximum(height, 0))
        depth = np.where(height > 0, az + share * dz + nz, FAR)
        return depth, (nx / radius, ny / radius, nz / radius)


@dataclass(frozen=True)
class Ellipsoid:
    """`centre` [T, 3], `axes` [T, 3, 3] whose columns are its half axes, `visible` [T]."""

    centre: np.ndarray
    axes: np.ndarray
    visible: np.ndarray
    colour: Colour
    flat: bool = False

    def placed(self, frames: slice, window: Window, size: int) -> "Ellipsoid":
        """Some frames of an ellipsoid in body coordinates, in a picture of `size` pixels."""
        scale = window.scale(size)
        axes = self.axes[frames] * np.array([scale, -scale, scale], dtype=np.float32)[:, None]
        centre = to_pixels(self.centre[frames], window, size)
        # where points are not known they may all lie in one place, and there is no solid
        visible = self.visible[frames] & (np.abs(np.linalg.det(axes)) > _LEAST)
        axes = np.where(visible[:, None, None], axes, np.eye(3, dtype=axes.dtype))
        return replace(self, centre=centre, axes=axes, visible=visible)

    def box(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners [T, 2] of what the solid covers."""
        reach = np.linalg.norm(self.axes[:, :2], axis=-1)
        return self.centre[:, :2] - reach, self.centre[:, :2] + reach

    def surface(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """As of a capsule: the greater root of the quadratic form of the ellipsoid in z."""
        inverse = np.linalg.inv(self.axes)
        form = np.einsum("tki,tkj->tij", inverse, inverse)[..., None, None].astype(np.float32)  # [T, 3, 3, 1, 1]
        x, y = x - self.centre[:, 0, None, None], y - self.centre[:, 1, None, None]
        linear = form[:, 0, 2] * x + form[:, 1, 2] * y
        constant = form[:, 0, 0] * x * x + 2 * form[:, 0, 1] * x * y + form[:, 1, 1] * y * y - 1
        root = linear * linear - form[:, 2, 2] * constant
        z = (np.sqrt(np.maximum(root, 0)) - linear) / form[:, 2, 2]
        normal = [form[:, i, 0] * x + form[:, i, 1] * y + form[:, i, 2] * z for i in range(3)]
        size = np.sqrt(np.maximum(sum(part * part for part in normal), 1e-12))
        depth = np.where(root > 0, self.centre[:, 2, None, None] + z, FAR)
        return depth, tuple(part / size for part in normal)


Solid = Capsule | Ellipsoid


class Canvas:
    """`colour` [T, H, W, 3] float32 and `depth` [T, H, W]; nearer solids hide farther ones, in whatever order."""

    def __init__(self, frames: int, size: int, background: Colour) -> None:
        self.colour = np.empty((frames, size, size, 3), dtype=np.float32)
        self.colour[:] = background
        self.depth = np.full((frames, size, size), FAR, dtype=np.float32)

    def add(self, solid: Solid) -> None:
        """Paint the solid where it is seen and nearer than what is there."""
        frames, size, _ = self.depth.shape
        low, high = solid.box()
        low = np.floor(low).astype(int)
        high = np.ceil(high).astype(int)
        some = np.nonzero(solid.visible & (high > 0).all(axis=1) & (low < size).all(axis=1))[0]
        if not len(some):
            return
        width, height = np.minimum((high - low)[some].max(axis=0), size)
        left, top = (np.clip(low[:, i], 0, size - extent) for i, extent in enumerate((width, height)))
        rows = top[:, None] + np.arange(height)
        columns = left[:, None] + np.arange(width)
        x, y = columns[:, None, :].astype(np.float32) + 0.5, rows[:, :, None].astype(np.float32) + 0.5
        depth, normal = solid.surface(x, y)
        place = np.arange(frames)[:, None, None], rows[:, :, None], columns[:, None, :]
        wins = (depth > self.depth[place]) & solid.visible[:, None, None] & (depth > FAR)
        frame, row, column = np.nonzero(wins)
        where = frame, rows[frame, row], columns[frame, column]
        self.depth[where] = depth[wins]
        tone = np.ones(len(frame), np.float32) if solid.flat else shade(*(part[wins] for part in normal))
        self.colour[where] = tone[:, None] * np.array(solid.colour, dtype=np.float32)

    def pictures(self, fine: int) -> np.ndarray:
        """[T, H / fine, W / fine, 3] uint8: means of `fine` by `fine` pixels."""
        total = sum(self.colour[:, i::fine, j::fine] for i in range(fine) for j in range(fine))
        return np.clip(total / fine**2 + 0.5, 0, 255).astype(np.uint8)


def to_pixels(places: np.ndarray, window: Window, size: int) -> np.ndarray:
    """Body coordinates [..., 3] -> pixels of a picture of `size` pixels, y down, depth in pixels too."""
    scale = window.scale(size)
    factor, shift = (scale, -scale, scale), (size / 2 - window.x * scale, size / 2 + window.y * scale, 0.0)
    return (places * np.array(factor) + np.array(shift)).astype(np.float32)


def shade(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Brightness of a surface with that unit normal: light that falls on it, less where it turns away."""
    lit = np.maximum(x * _LIGHT[0] + y * _LIGHT[1] + z * _LIGHT[2], 0)
    return (_AMBIENT + (1.12 - _AMBIENT) * lit) * (_RIM + (1 - _RIM) * np.sqrt(np.clip(1.6 * z, 0, 1)))
