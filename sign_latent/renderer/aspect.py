"""Pictures that are no squares: the middle of the square that a window shows, as long as the longer side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Size = int | Sequence[int]
"""Side of a square in pixels, or height and width."""


def sides(size: Size) -> tuple[int, int]:
    """Height and width."""
    height, width = (size, size) if isinstance(size, int) else size
    return int(height), int(width)


def named(size: Size) -> str:
    """For the name of a file: of a square its side alone."""
    height, width = sides(size)
    return str(height) if height == width else f"{height}x{width}"


def corner(size: Size) -> tuple[int, int]:
    """Top and left of pictures in their square, pixels."""
    height, width = sides(size)
    side = max(height, width)
    return (side - height) // 2, (side - width) // 2


def middle(pictures: np.ndarray, size: Size) -> np.ndarray:
    """The middle [..., H, W, C] of squares [..., S, S, C], S = max(H, W)."""
    (height, width), (top, left) = sides(size), corner(size)
    return pictures[..., top : top + height, left : left + width, :]


def filled(pictures: np.ndarray) -> np.ndarray:
    """Squares [..., S, S, C] whose middle are the pictures [..., H, W, C]: their edges are repeated to either side."""
    height, width = size = pictures.shape[-3:-1]
    if height == width:
        return pictures
    side = max(size)
    before = corner(size)
    room = [(first, side - length - first) for first, length in zip(before, size, strict=True)]
    return np.pad(pictures, [(0, 0)] * (pictures.ndim - 3) + [*room, (0, 0)], mode="edge")


def bounds(size: Size) -> tuple[np.ndarray, np.ndarray]:
    """Left and top [2], right and bottom [2], of pictures in their square, as shares of its side."""
    (height, width), (top, left) = sides(size), corner(size)
    low = np.array([left, top])
    return low / max(height, width), (low + (width, height)) / max(height, width)
