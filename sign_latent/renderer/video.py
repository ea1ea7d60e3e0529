"""Video files: H.264 in MP4 through PyAV, with provenance in the metadata."""

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import numpy as np

from sign_latent.errors import UserError
from sign_latent.files import file_aside

_QUALITY = "20"  # x264's constant rate factor: edges of fingers stay clean


def write_video(path: str | Path, frames: Iterable[np.ndarray], fps: float, comment: str = "") -> None:
    """Write frames [H, W, 3] uint8 as `.mp4`, whole or not at all; an odd side is cut by one pixel.

    `comment` is kept in the file's metadata (`read_comment`). UserError without frames, for frames that are no such
    pictures or change in size, for a rate outside 0.1–240 and for another suffix.
    """
    path = Path(path)
    if path.suffix.lower() != ".mp4":
        raise UserError(f"{path}: videos are written as .mp4; choose a name that ends so")
    if not 0.1 <= fps <= 240:
        raise UserError(f"{path}: a video of {fps} frames a second cannot be written; give a rate from 0.1 to 240")
    iterator = iter(frames)
    first = next(iterator, None)
    if first is None:
        raise UserError(f"{path}: no frames to write; give at least one")
    height, width = first.shape[:2]
    frames = _checked(path, chain([first], iterator))
    with file_aside(path) as aside:
        _encode(aside, frames, (width // 2 * 2, height // 2 * 2), fps, comment)


def read_comment(path: str | Path) -> str:
    """The comment in a video's metadata, "" if there is none. UserError if the file is missing or not a video."""
    import av

    try:
        with av.open(str(path)) as container:
            return container.metadata.get("comment", "")
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; check the path") from None
    except (av.error.FFmpegError, OSError) as error:
        raise UserError(f"{path}: cannot be read as a video ({error.strerror}); write it anew") from None


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


def _encode(path: Path, frames: Iterable[np.ndarray], size: tuple[int, int], fps: float, comment: str) -> None:
    import av

    rate = Fraction(fps).limit_denominator(1001)
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        if comment:
            container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=rate, options={"crf": _QUALITY, "preset": "veryfast"})
        stream.pix_fmt = "yuv420p"
        stream.width, stream.height = size
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
