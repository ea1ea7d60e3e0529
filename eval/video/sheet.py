"""A contact sheet: the reference image and evenly spread frames of every row, for some clips."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from eval.video.scenes import Scene
from sign_latent.files import file_aside

COLUMNS = 8
GAP, HEAD = 2, 14


def sheet(scenes: list[Scene], shown: dict[str, dict[int, np.ndarray]], columns: int = COLUMNS) -> Image.Image:
    """One block a clip: its text, then a line for each row, named, whose first picture is the reference image.

    shown: row -> number of a scene -> video uint8 [T, H, W, 3], whose tempo may be its own: its frames are spread over
    its own length.
    """
    numbers = sorted(next(iter(shown.values())))
    high, wide = scenes[numbers[0]].real.shape[1:3]
    label = max(90, max(6 * len(name) for name in shown) + 8)
    width, line = label + (columns + 1) * (wide + GAP), high + GAP
    height = len(numbers) * (HEAD + len(shown) * line)
    page = Image.new("RGB", (width, height), (255, 255, 255))
    draw = ImageDraw.Draw(page)
    for block, number in enumerate(numbers):
        scene, top = scenes[number], block * (HEAD + len(shown) * line)
        frames = ", ".join(map(str, _spread(scene.real, columns).tolist()))
        draw.text((2, top + 1), f"{scene.text}   (frames {frames} of the recording)"[:180], fill=(0, 0, 0))
        for row, (name, videos) in enumerate(shown.items()):
            at = top + HEAD + row * line
            draw.text((2, at + high // 2 - 6), name, fill=(0, 0, 0))
            video = videos[number]
            for place, picture in enumerate([scene.reference, *video[_spread(video, columns)]]):
                page.paste(Image.fromarray(picture), (label + place * (wide + GAP), at))
    return page


def _spread(video: np.ndarray, columns: int) -> np.ndarray:
    return np.linspace(0, len(video) - 1, columns).round().astype(int)


def png(page: Image.Image) -> bytes:
    """The sheet as a PNG file."""
    held = io.BytesIO()
    page.save(held, format="PNG", optimize=True)
    return held.getvalue()


def write(content: bytes, path: Path) -> None:
    """A file, whole or not at all."""
    with file_aside(path) as aside:
        aside.write_bytes(content)
