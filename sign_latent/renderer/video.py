"""Video files through PyAV: H.264 in MP4, VP9 in WebM, and GIF; with provenance in the metadata."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError
from sign_latent.files import file_and_beside, file_aside, read_beside


@dataclass(frozen=True)
class Container:
    """How frames are kept under one suffix. `steps` is how many moments of a second the format can tell apart
    (0 = as many as asked); `palette` whether it holds few colours, and no metadata."""

    codec: str
    pixels: str
    format: str
    options: dict[str, str] = field(default_factory=dict)
    movflags: dict[str, str] = field(default_factory=dict)
    steps: int = 0
    palette: bool = False


# Constant rate factors at which the edges of fingers stay clean.
_VP9 = {"crf": "28", "b": "0", "deadline": "realtime", "cpu-used": "6", "row-mt": "1"}
_H264 = {"crf": "20", "preset": "veryfast"}
CONTAINERS = {
    ".mp4": Container("libx264", "yuv420p", "mp4", _H264, {"movflags": "+faststart"}),
    ".webm": Container("libvpx-vp9", "yuv420p", "webm", _VP9),
    ".gif": Container("gif", "pal8", "gif", steps=100, palette=True),
}
"""Suffix -> how videos are written under it."""


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float, comment: str = "") -> None:
    """Write frames [H, W, 3] uint8 as `.mp4`, `.webm` or `.gif`, whole or not at all; an odd side is cut by one pixel.

    `comment` is kept in the file's metadata, of a `.gif` in a small JSON beside it (`read_comment` reads both). A
    `.gif` counts in hundredths of a second: other rates are kept on average. UserError without frames, for frames that
    are no such pictures or change in size, for a rate outside 0.1–240 (`.gif`: 50) and for another suffix.
    """
    path = Path(path)
    how = CONTAINERS.get(path.suffix.lower())
    if how is None:
        raise UserError(f"{path}: videos are written as {', '.join(CONTAINERS)}; choose a name that ends so")
    highest = how.steps / 2 or 240  # players slow down a GIF with less than two steps a frame
    if not 0.1 <= fps <= highest:
        raise UserError(f"{path}: a video of {fps} frames a second cannot be written; give 0.1 to {highest:g}")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise UserError(f"{path}: no frames to write; give at least one")
    frames = _checked(path, chain([first], iterator))
    with file_and_beside(path, provenance=comment) if how.palette else file_aside(path) as aside:
        _encode(aside, frames, first.shape[:2], fps, comment, how)


def read_comment(path: str | Path) -> str:
    """The comment of a video, "" if there is none. UserError if the file is missing or not a video."""
    import av

    try:
        with av.open(str(path)) as container:
            found = {key.lower(): value for key, value in container.metadata.items()}
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(f"{path}: cannot be read as a video ({error.strerror}); write it anew") from None
    return found.get("comment") or read_beside(Path(path))


def _checked(path: Path, frames: Iterable[np.ndarray]) -> Iterable[np.ndarray]:
    """The frames cut to even sides, which 4:2:0 colour needs."""
    shape = None
    for number, frame in enumerate(frames):
        shape = shape or frame.shape
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or min(frame.shape[:2]) < 2:
            raise UserError(f"{path}: frame {number} is {frame.dtype} {frame.shape}; give uint8 [H, W, 3] pictures")
        if frame.shape != shape:
            raise UserError(f"{path}: frame {number} is {frame.shape}, the first was {shape}; give frames of one size")
        yield np.ascontiguousarray(frame[: shape[0] // 2 * 2, : shape[1] // 2 * 2])


def _encode(
    path: Path, frames: Iterable[np.ndarray], shape: tuple[int, int], fps: float, comment: str, how: Container
) -> None:
    import av

    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", format=how.format, options=how.movflags) as container:
        if comment and not how.palette:
            container.metadata["comment"] = comment
        stream = container.add_stream(how.codec, rate=rate, options=how.options)
        stream.height, stream.width = (side // 2 * 2 for side in shape)
        stream.pix_fmt = how.pixels
        pictures = (av.VideoFrame.from_ndarray(frame, format="rgb24") for frame in frames)
        for picture in _with_palette(pictures, stream, rate) if how.palette else pictures:
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _with_palette(pictures: Iterable, stream, rate: Fraction) -> Iterator:
    """Each picture in 256 colours of its own, so that nothing but one picture is held."""
    from av.filter import Graph

    graph = Graph()
    source = graph.add_buffer(width=stream.width, height=stream.height, format="rgb24", time_base=1 / rate)
    split, palette = graph.add("split"), graph.add("palettegen", "stats_mode=single")
    use, sink = graph.add("paletteuse", "new=1:dither=none"), graph.add("buffersink")
    source.link_to(split)
    split.link_to(palette, 0, 0)
    split.link_to(use, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for number, picture in enumerate(pictures):
        picture.pts, picture.time_base = number, 1 / rate
        graph.push(picture)
        yield from _pulled(graph)
    graph.push(None)
    yield from _pulled(graph)


def _pulled(graph) -> Iterator:
    import av

    while True:
        try:
            yield graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
