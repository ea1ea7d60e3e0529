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


def middle(pictures: np.ndarray, size: Size) -> np.ndarray:
    """The middle [..., H, W, C] of squares [..., S, S, C], S = max(H, W)."""
    height, width = sides(size)
    top, left = (pictures.shape[-3] - height) // 2, (pictures.shape[-2] - width) // 2
    return pictures[..., top : top + height, left : left + width, :]
