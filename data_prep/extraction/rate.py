"""`python -m data_prep.extraction.rate VIDEO`: frames a second of extraction, beside MediaPipe's own.

Its own rate is told twice: of `Holistic.process` alone, on frames that lie decoded in memory, and of the plain loop
that decodes a frame and then processes it. Ours has decoding, gathering and writing in it; it decodes in a thread of
its own, which costs nothing where a core is idle, and takes its share of the time where none is. The three take turns
in one run, with the models loaded beforehand.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from data_prep.extraction.backend import Settings, extract
from data_prep.extraction.mediapipe_holistic import Holistic, load_solution
from data_prep.extraction.video import open_video
from sign_latent import errors
from sign_latent.errors import Parser
from sign_latent.pose import get_skeleton
from sign_latent.pose.formats.pose_file import write_landmarks


def rates(path: Path, repeats: int) -> tuple[float, float, float]:
    """Frames a second, each the median of its turns: of MediaPipe alone, of MediaPipe with decoding, of extraction.

    UserError without mediapipe or video.
    """
    with open_video(path) as video:
        frames = list(video.frames)
    with load_solution(Settings()) as solution, tempfile.TemporaryDirectory() as room:

        def alone() -> None:
            solution.reset()
            for frame in frames:
                solution.process(frame)

        def plain() -> None:
            solution.reset()
            with av.open(str(path)) as container:
                for frame in container.decode(video=0):
                    solution.process(frame.to_ndarray(format="rgb24"))

        def whole() -> None:
            with open_video(path) as video:
                points, confidence, size = extract(Holistic(solution), video.frames, video.fps)
                skeleton = get_skeleton(Holistic.skeleton)
                write_landmarks(Path(room) / "a.pose", skeleton, points, confidence, video.fps, size)

        whole()
        turns = [[_seconds(work) for work in (alone, plain, whole)] for _ in range(repeats)]
    return tuple(len(frames) / float(np.median(column)) for column in zip(*turns, strict=True))


def _seconds(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.extraction.rate", description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--repeats", type=int, default=5, help="turns, of which the median counts")
    chosen = parser.parse_args(arguments)
    for path in chosen.videos:
        alone, plain, ours = rates(path, chosen.repeats)
        print(
            f"{path.name}: extraction {ours:.1f} frames/s; MediaPipe alone {alone:.1f} (ratio {ours / alone:.2f}),",
            end="",
        )
        print(f" with decoding {plain:.1f} (ratio {ours / plain:.2f})")


if __name__ == "__main__":
    errors.run(main)
