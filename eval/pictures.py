"""Pictures for pages: texts as signers who are drawn sign them, and as trained renderers show them.

python -m eval.pictures --out docs/images
python -m eval.pictures --out docs/images --renderer my-renderer
python -m eval.pictures --out docs/images --renderer my-signs --text rain --text tomorrow

Without a renderer `drawn.png`, `capsules.png` and `looks.png`; with one, a file of its name: a row for each text where
it goes from text to pixels, else the pose, drawn, and below it a row for each invented signer, whose picture comes
first. Frames are spread over the whole clip.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from eval.computing import add_device
from eval.video.scenes import Stage, portrait
from eval.video.sheet import write
from eval.video.systems import as_pictured
from sign_latent.errors import Parser, UserError, run
from sign_latent.generation.api import DEFAULT_MODEL, load
from sign_latent.pose.pose import Pose
from sign_latent.pose.streams import cut, taken
from sign_latent.renderer.aspect import middle, sides
from sign_latent.renderer.draw import draw_pose
from sign_latent.renderer.look import signer_look
from sign_latent.renderer.trained import load_renderer

TEXT = "tomorrow it will rain in the north"
MOST = 120_000
"""Bytes of a file: pages are kept in the repository."""
COLOURS = (256, 128, 64, 32)
GAP = 2

Row = Sequence[np.ndarray]
"""Pictures uint8 [H, W, 3] beside each other."""


def spread(length: int, count: int) -> np.ndarray:
    """Numbers of so many frames, from the first to the last."""
    return np.linspace(0, length - 1, count).round().astype(int)


def grid(rows: Sequence[Row], most: int) -> Image.Image:
    """Rows of pictures of one size, below each other; larger ones than `most` pixels are reduced."""
    height, width = rows[0][0].shape[:2]
    share = min(1.0, most / max(height, width))
    height, width = round(height * share), round(width * share)
    columns = max(len(row) for row in rows)
    size = (columns * (width + GAP) - GAP, len(rows) * (height + GAP) - GAP)
    page = Image.new("RGB", size, (255, 255, 255))
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            image = Image.fromarray(np.ascontiguousarray(picture))
            image = image if share == 1 else image.resize((width, height), Image.Resampling.BOX)
            page.paste(image, (x * (width + GAP), y * (height + GAP)))
    return page


def small_png(page: Image.Image) -> bytes:
    """A PNG of at most `MOST` bytes, in as many colours as that allows. UserError where it takes more in the fewest."""
    for colours in COLOURS:
        held = io.BytesIO()
        page.quantize(colours, dither=Image.Dither.NONE).save(held, format="PNG", optimize=True)
        if held.tell() <= MOST:
            return held.getvalue()
    raise UserError(f"pictures: take {held.tell()} bytes, more than {MOST}; give fewer --columns, --looks or --text")


def drawn(pose: Pose, options: argparse.Namespace) -> dict[str, list[Row]]:
    """Name of a file -> its rows, of all that needs no training."""
    some, size = taken(pose, spread(len(pose), options.columns)), options.size
    found: dict[str, list[Row]] = {
        body: [list(draw_pose(some, size, body=body, gauge=pose))] for body in ("drawn", "capsules")
    }
    half = taken(pose, np.array([len(pose) // 2]))
    looks = [signer_look(seed) for seed in range(1, options.columns + 1)]
    found["looks"] = [
        [next(draw_pose(half, size, look, body=body, gauge=pose)) for look in looks] for body in ("drawn", "capsules")
    ]
    return found


def shown(pose: Pose, renderer, options: argparse.Namespace) -> Iterator[Row]:
    """The pose, drawn, and what a renderer of poses makes of it in the looks of invented signers."""
    size, fps = renderer.settings.size, renderer.settings.fps
    pose = pose if pose.fps == fps else pose.resampled(fps)
    pose = cut(pose, 0, min(len(pose), options.frames or len(pose)))
    numbers = spread(len(pose), options.columns - 1)
    square = list(draw_pose(taken(pose, numbers), max(sides(size)), gauge=pose))
    yield [np.full((*sides(size), 3), 255, np.uint8), *(middle(picture, size) for picture in square)]
    for look in range(1, options.looks + 1):
        reference = portrait(pose, look, Stage(size, fps))
        video = renderer.render(as_pictured(pose, signer_look(look).window()), reference, seed=options.seed)
        yield [reference, *video[numbers]]


def rendered(options: argparse.Namespace) -> dict[str, list[Row]]:
    """Name of a trained renderer -> its rows."""
    renderer, card = load_renderer(options.renderer, options.device)
    if renderer.condition == "pose":
        return {card.name: list(shown(posed(options), renderer, options))}
    videos = [renderer.render(text, frames=options.frames, seed=options.seed) for text in options.text]
    return {card.name: [video[spread(len(video), options.columns)] for video in videos]}


def posed(options: argparse.Namespace) -> Pose:
    """What a model signs of the first text."""
    return load(options.model, device=options.device).generate(options.text[0], seed=options.seed)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line. UserError for numbers of which nothing can be made."""
    parser = Parser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=Path, help="folder of the pictures")
    parser.add_argument("--renderer", help="a published renderer, whose name the file gets")
    add_device(parser, "models")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="what signs poses")
    parser.add_argument("--text", action="append", help=f"repeatable where a renderer reads texts (default: {TEXT})")
    parser.add_argument("--columns", type=int, default=6, help="pictures in a row")
    parser.add_argument("--looks", type=int, default=2, help="of --renderer: invented signers, a row each")
    parser.add_argument("--size", type=int, default=160, help="pixels of a picture's longer side, at most")
    parser.add_argument("--frames", type=int, help="of --renderer: so many frames of the pose, or of the video")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    for name, least in (("columns", 2), ("looks", 1), ("frames", 1)):
        value = getattr(options, name)
        if value is not None and value < least:
            raise UserError(f"--{name} {value}: give at least {least}")
    options.text = options.text or [TEXT]
    return options


def main() -> None:
    options = parse()
    found = rendered(options) if options.renderer else drawn(posed(options), options)
    made = {options.out / f"{name}.png": small_png(grid(rows, options.size)) for name, rows in found.items()}
    for path, content in made.items():
        write(content, path)
        print(f"{path}: {len(content):,} bytes")


if __name__ == "__main__":
    run(main)
