"""Frames of a video at a steady rate, decoded by PyAV one at a time."""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Full, Queue
from threading import Event, Thread
from typing import Any

import numpy as np

from sign_latent.errors import UserError, brief

SUFFIXES = (".mp4", ".mov", ".webm", ".gif", ".mkv", ".avi", ".m4v")
_LONGEST_SIDE = 8192
_AHEAD = 4  # frames decoded before they are asked for


@dataclass
class Video:
    """An opened video: `frames` yields [H, W, 3] uint8 RGB pictures, upright, `fps` of them a second."""

    fps: float
    frames: Iterator[np.ndarray]


@contextmanager
def open_video(path: Path) -> Iterator[Video]:
    """Open a video. UserError if it is missing, damaged, without pictures, or its rate cannot be told.

    Pictures of a phone held sideways are turned upright. Where the file's frames are not evenly spaced in time (GIF,
    WebM), each moment of the steady rate shows the last picture that had appeared by then.
    """
    import av

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        with av.open(str(path)) as container:
            stream = next(iter(container.streams.video), None)
            if stream is None:
                raise UserError(f"{path}: holds no pictures")
            if max(stream.width, stream.height) > _LONGEST_SIDE:
                raise UserError(f"{path}: {stream.width} × {stream.height} pixels; make it smaller first")
            stream.thread_type = "AUTO"
            fps = _rate(path, stream)
            with closing(_ahead(steady(_timed(container, stream), fps))) as frames:
                yield Video(fps, frames)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or brief(error)
        raise UserError(f"{path}: cannot be decoded ({reason})") from None


def steady(timed: Iterable[tuple[float, np.ndarray]], fps: float) -> Iterator[np.ndarray]:
    """Pictures at times (seconds, rising) -> one for every 1/fps, from the first picture's time to the last's."""
    held, start, shown = None, 0.0, 0
    for time, picture in timed:
        start = time if held is None else start
        while held is not None and shown < round((time - start) * fps):
            yield held
            shown += 1
        held = picture
    if held is not None:
        yield held


def _rate(path: Path, stream: Any) -> float:
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 1 <= rate <= 240:
            return float(rate)
    raise UserError(f"{path}: does not say how many frames a second it has (1 to 240); convert it first")


def _timed(container: Any, stream: Any) -> Iterator[tuple[float, np.ndarray]]:
    last = -1.0
    for number, frame in enumerate(container.decode(stream)):
        time = number / float(_rate_of(stream)) if frame.time is None else float(frame.time)
        if number == 0 or time > last:  # a clock that runs back would stop the video
            last = time
            yield time, _upright(frame.to_ndarray(format="rgb24"), frame.rotation)


def _rate_of(stream: Any) -> float:
    return float(stream.average_rate or stream.guessed_rate)


def _upright(picture: np.ndarray, rotation: int) -> np.ndarray:
    """`rotation` is the counter-clockwise turn, in degrees, with which players show the picture."""
    return np.ascontiguousarray(np.rot90(picture, round(rotation / 90) % 4))


def _ahead(frames: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The same frames, decoded by a thread of its own while the last one is being looked at."""
    queue: Queue = Queue(_AHEAD)
    stop = Event()

    def put(item: object) -> bool:
        while not stop.is_set():
            try:
                queue.put(item, timeout=0.1)
                return True
            except Full:
                continue
        return False

    def work() -> None:
        try:
            for frame in frames:
                if not put(frame):
                    return
            put(None)
        except Exception as error:
            put(error)  # told where the frames are read

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while (item := queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
