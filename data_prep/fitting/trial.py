"""`python -m data_prep.fitting.trial CORPUS`: how near known bodies are met when only their points are shown.

The clips of a corpus of skeleton `smplx` are shown as another skeleton (`--points`), in the plane if asked (`--plane`),
and fitted; the table tells how far the fitted points lie from the known ones in the picture, in depth and in space,
by part, in shoulder widths, and how many frames a second of processor time were fitted.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data_prep.fitting.clips import Options, fit_clips
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.errors import Parser, UserError
from sign_latent.pose import get_skeleton
from sign_latent.pose.convert import convert

_SKELETON = get_skeleton("smplx")


def trial(clips: Sequence[Clip], points: str, plane: bool) -> tuple[dict[str, np.ndarray], float]:
    """Part -> differences [n, 3] of all known points, and frames fitted a second of processor time.

    UserError for clips of another skeleton than `smplx`.
    """
    if any(clip.pose.skeleton != _SKELETON for clip in clips):
        raise UserError("a trial needs a corpus of skeleton smplx, whose points are known; give such a one")
    shown = [Clip(**vars(clip) | {"pose": convert(clip.pose, points)}) for clip in clips]
    start = time.process_time()
    fitted = [clip.pose for clip, _ in fit_clips(shown, Options(plane=plane, bones="signer"))]
    seconds = time.process_time() - start
    found: dict[str, list[np.ndarray]] = {}
    for clip, pose in zip(clips, fitted, strict=True):
        apart = pose.points - clip.pose.points
        known = (clip.pose.confidence > 0) & (pose.confidence > 0)
        for part, chosen in parts().items():
            found.setdefault(part, []).append(apart[:, chosen][known[:, chosen]])
    rate = sum(len(clip.pose) for clip in clips) / seconds
    return {part: np.concatenate(rows) for part, rows in found.items()}, rate


def parts() -> dict[str, list[int]]:
    """The rows of the table -> points."""
    place = _SKELETON.points.index
    rows = {
        "head": [place("head"), place("neck")],
        "elbows": [place("left_elbow"), place("right_elbow")],
        "wrists": [place("left_wrist"), place("right_wrist")],
        "hands": [*_SKELETON.parts["left_hand"], *_SKELETON.parts["right_hand"]],
        "finger tips": [i for i, name in enumerate(_SKELETON.points) if name.endswith("_tip")],
    }
    return rows | {"all": list(range(len(_SKELETON.points)))}


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.fitting.trial", description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--clips", type=int, default=100, help="so many, evenly spread over the split")
    parser.add_argument("--points", default="smplx", help="skeleton whose points are shown")
    parser.add_argument("--plane", action="store_true", help="x and y alone")
    chosen = parser.parse_args(arguments)
    split = Corpus.open(chosen.corpus).split(chosen.split)
    clips = [split[int(i)] for i in np.linspace(0, len(split) - 1, min(max(chosen.clips, 1), len(split)))]
    found, rate = trial(clips, chosen.points, chosen.plane)
    print(f"{len(clips)} clips as {chosen.points}{', x and y alone' if chosen.plane else ''}: {rate:.0f} frames/s")
    print(f"{'shoulder widths':16}{'picture':>16}{'depth':>16}{'space':>16}   (median, 95th percentile)")
    for part, apart in found.items():
        columns = (np.linalg.norm(apart[:, :2], axis=-1), np.abs(apart[:, 2]), np.linalg.norm(apart, axis=-1))
        cells = "".join(f"{np.median(x):9.3f}{np.percentile(x, 95):7.3f}" for x in columns if x.size)
        print(f"{part:16}{cells}")


if __name__ == "__main__":
    errors.run(main)
