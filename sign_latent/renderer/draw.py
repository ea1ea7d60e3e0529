"""Pose to picture without training: anti-aliased, with hands and face drawn so that they can be read."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from sign_latent.errors import UserError
from sign_latent.files import file_aside
from sign_latent.pose.pose import Pose
from sign_latent.renderer import solid
from sign_latent.renderer.caption import captioned, draw_label
from sign_latent.renderer.figure import units_of
from sign_latent.renderer.head import head_frame
from sign_latent.renderer.landmarks import Landmarks
from sign_latent.renderer.look import Look, Window
from sign_latent.renderer.shapes import Unit

_FINE = 1536  # pixels of the picture before it is reduced, about
_CHUNK = 64
_HAND_HALF, _FACE_HALF = 0.40, 0.36


def draw_pose(
    pose: Pose,
    size: int = 512,
    look: Look | None = None,
    caption: str = "",
    window: Window | None = None,
    gauge: Pose | None = None,
    body: str = "drawn",
    font: str | None = None,
) -> Iterator[np.ndarray]:
    """Frames [size, size, 3] uint8 of the signer seen from the front, at the pose's own frame rate.

    The picture shows a fixed `window` of the body coordinates; points of confidence 0 are not drawn. A `caption` stands
    in a band below, in the `font` of a file or one that the system has: frames are then higher, and nothing of the
    picture is covered. `gauge` is a clip by which the sizes
    of head and hands are measured (default: the pose). `body` is as for `painter_of`. UserError for a pose that is not
    whole, a size below 16 pixels or another body.
    """
    if size < 16:
        raise UserError(f"a picture of {size} pixels shows nothing; give a size of at least 16")
    look = look or Look()
    window = window or look.window()
    yield from captioned(painter_of(body)(pose, size, look, window, gauge), caption, look, font)


def paint(pose: Pose, size: int, look: Look, window: Window, gauge: Pose | None) -> Iterator[np.ndarray]:
    """The drawn body: polygons at several times the size, reduced. Only where there is something is anything done."""
    fine = int(np.clip(round(_FINE / size), 1, 4))
    units = units_of(Landmarks.of(pose, gauge), look)
    empty = np.full((size, size, 3), look.background, dtype=np.uint8)
    for start in range(0, len(pose), _CHUNK):
        frames = slice(start, min(start + _CHUNK, len(pose)))
        placed = [_placed(unit, frames, window, size * fine) for unit in units]
        left, top, right, bottom = _box([row for rows in placed for row in rows], size, fine)
        corner = np.array([left, top], dtype=np.float32) * fine
        painted = [[(np.ascontiguousarray(vertices - corner), *more) for vertices, *more in rows] for rows in placed]
        blank = Image.new("RGB", ((right - left) * fine, (bottom - top) * fine), look.background)
        depth = np.stack([unit.depth[frames] for unit in units], axis=1)
        for number, order in enumerate(np.argsort(depth, axis=1, kind="stable").tolist()):
            picture = empty.copy()
            if right > left and bottom > top:
                image = blank.copy()
                _paint(image, order, painted, number)
                picture[top:bottom, left:right] = np.asarray(image.reduce(fine))
            yield picture


Painter = Callable[[Pose, int, Look, Window, Pose | None], Iterator[np.ndarray]]
BODIES: dict[str, Painter] = {"drawn": paint, "capsules": solid.paint}
"""What a signer can be made of -> how it is painted."""


def painter_of(body: str) -> Painter:
    """How a body is painted: one of `BODIES`, or the mesh of a SMPL-X model file. UserError for any other."""
    if Path(body).suffix == ".npz":
        from sign_latent.renderer import mesh

        mesh.read_mesh(body)
        return partial(mesh.paint, body)
    if body not in BODIES:
        raise UserError(f"body {body}: unknown; give {', '.join(BODIES)} or the .npz of a SMPL-X model")
    return BODIES[body]


def draw_stream(poses: Iterable[Pose], **how: Any) -> Iterator[np.ndarray]:
    """`draw_pose` of one clip that comes in parts, one after the other; sizes are those of the first part."""
    gauge = None
    for pose in poses:
        gauge = gauge or pose
        yield from draw_pose(pose, gauge=gauge, **how)


def contact_sheet(
    pose: Pose,
    path: str | Path,
    columns: int = 6,
    frames: int | Sequence[int] = 12,
    size: int = 256,
    look: Look | None = None,
    zoom: bool = False,
) -> None:
    """Write a PNG of pictures in rows: `frames` evenly spread ones, or those numbered.

    `zoom` adds below each picture the face and both hands, enlarged, for inspection.
    """
    numbers = _spread(len(pose), frames) if isinstance(frames, int) else list(frames)
    if not numbers or min(numbers) < 0 or max(numbers) >= len(pose):
        raise UserError(f"frames {numbers} are not all in a clip of {len(pose)} frames; number them from 0")
    some = _take(pose, numbers)
    tiles = [_tile(some, i, size, look, zoom, f"{number}") for i, number in enumerate(numbers)]
    columns = max(1, min(columns, len(tiles)))
    rows = -(-len(tiles) // columns)
    height, width = tiles[0].shape[:2]
    sheet = np.full((rows * (height + 2), columns * (width + 2), 3), 255, dtype=np.uint8)
    for i, tile in enumerate(tiles):
        top, left = i // columns * (height + 2), i % columns * (width + 2)
        sheet[top : top + height, left : left + width] = tile
    with file_aside(path) as aside:
        Image.fromarray(sheet).save(aside, format="PNG")


def _placed(unit: Unit, frames: slice, window: Window, pixels: int) -> list[tuple]:
    """The unit's polygons in pixels [T, V, 2]; whether each is seen and its colour, by frame."""
    scale = window.scale(pixels)
    factor, shift = np.array([scale, -scale]), pixels / 2 + np.array([-window.x, window.y]) * scale
    rows = []
    for polygon in unit.polygons:
        # Pillow cuts off what follows the point, which is another way of rounding on the other side of 0.
        vertices = np.floor(polygon.vertices[frames] * factor + shift).astype(np.float32)
        if isinstance(polygon.colour, np.ndarray):
            colours = [tuple(colour) for colour in polygon.colour[frames].tolist()]
        else:
            colours = [polygon.colour] * len(vertices)
        rows.append((vertices, polygon.visible[frames].tolist(), colours))
    return rows


def _box(rows: list[tuple], size: int, fine: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of all that is seen in the frames, in pixels of the picture, within it."""
    seen = [vertices[visible].reshape(-1, 2) for vertices, visible, _ in rows if any(visible)]
    if not seen:
        return 0, 0, 0, 0
    low = np.min([vertices.min(axis=0) for vertices in seen], axis=0)
    high = np.max([vertices.max(axis=0) for vertices in seen], axis=0) + 1
    corners = np.concatenate([np.floor(low / fine), np.ceil(high / fine)])
    return tuple(np.clip(corners, 0, size).astype(int).tolist())


def _paint(image: Image.Image, order: list[int], units: list[list], number: int) -> None:
    draw = ImageDraw.Draw(image)
    for unit in order:
        for vertices, visible, colours in units[unit]:
            if visible[number]:
                draw.polygon(vertices[number], fill=colours[number])


def _spread(length: int, count: int) -> list[int]:
    return sorted({round(i) for i in np.linspace(0, length - 1, max(1, min(count, length)))})


def _take(pose: Pose, numbers: list[int]) -> Pose:
    """Some frames as a clip of their own."""
    return replace(
        pose,
        points=pose.points[numbers],
        confidence=pose.confidence[numbers],
        rotations=None,
        expression=None,
    )


def _tile(pose: Pose, number: int, size: int, look: Look | None, zoom: bool, label: str) -> np.ndarray:
    one = _take(pose, [number])
    whole = draw_label(next(draw_pose(one, size, look)), label, look or Look())
    if not zoom:
        return whole
    third = size // 3
    blank = np.full((third, size - 2 * third, 3), (look or Look()).background, dtype=np.uint8)
    insets = [
        next(draw_pose(one, third, look, window=window)) if window else blank[:, :third] for window in _close_ups(one)
    ]
    insets.append(blank[:, : size - 3 * third])
    return np.concatenate([whole, np.concatenate(insets, axis=1)], axis=0)


def _close_ups(pose: Pose) -> list[Window | None]:
    """Windows on the right hand (left in the picture), the face and the left hand of a single frame; None if unseen."""
    marks = Landmarks.of(pose)
    frame = head_frame(marks)
    middles = [marks.at(f"{side}_middle1")[0] for side in ("right", "left")]
    seen = [marks.visible(f"{side}_middle1")[0] for side in ("right", "left")]
    middles.insert(1, frame.place(((0.0, 0.04, 0.05),))[0, 0])
    seen.insert(1, frame.visible[0])
    halves = (_HAND_HALF, _FACE_HALF, _HAND_HALF)
    return [
        Window(float(x), float(y), half) if visible else None
        for (x, y, _), half, visible in zip(middles, halves, seen, strict=True)
    ]
