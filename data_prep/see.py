"""`python -m data_prep.see CORPUS --regressor NAME --out CORPUS2`: poses that are found again in pictures of clips.

Each clip is drawn in a look of its own, and a pose regressor (`stages/video_judges.py`) finds the signer's points in
the pictures. A judge that is trained on CORPUS2 reads videos as that regressor sees them (`eval.renderer --judge`).
Pictures of the split `train` are changed as in the training of regressors, so that the judge knows imperfect ones.
"""

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path

import numpy as np

from data_prep.changing import in_processes, rewrite, told
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.stream import stream
from sign_latent.errors import Parser, UserError
from sign_latent.files import check_place

SEEN = "seen"
"""Key of a corpus' information: what was found again in which pictures."""
_TOGETHER = 16
"""Clips handed to a process at once."""


@dataclass(frozen=True)
class Options:
    """How the clips are shown."""

    looks: int = 512
    """Looks that are drawn from."""
    body: str = "capsules"
    """What signers are made of, as for drawing."""
    seed: int = 2
    """Draws the looks, and the changes of the pictures. `eval.renderer` draws its looks by 1."""
    fps: float | None = None
    """Frames a second that are drawn and seen; None takes those of the corpus."""
    precision: str = "32"
    """Of the regressor's maps: 32 or bf16."""


def see_corpus(
    source: Path,
    out: Path,
    regressor: str,
    options: Options,
    jobs: int = 1,
    most: int | None = None,
    splits: Sequence[str] | None = None,
) -> str:
    """Write the corpus of seen poses of the splits (default: all), at most so many clips each; returns its hash.

    UserError if the source is no corpus, lacks a split, OUT is taken, or the artefact is no regressor of its skeleton.
    """
    from sign_latent import registry

    check_place(out)
    corpus = Corpus.open(source)
    card = registry.load(regressor, expect={"model": "pose_regressor"}).card
    if card.settings["skeleton"] != corpus.skeleton.name:
        raise UserError(
            f"artefact {regressor}: finds points of skeleton {card.settings['skeleton']}, and {source} has "
            f"{corpus.skeleton.name}; train one on that corpus (stages/video_judges.py)"
        )
    chosen = list(corpus.splits) if splits is None else list(splits)
    count = sum(min(corpus.counts.get(split, 0), most or 10**9) for split in chosen)
    clips = chain.from_iterable(islice((clip for _, clip in stream(corpus, [split])), most) for split in chosen)
    work = partial(see_clips, regressor=regressor, options=options)
    seen = told(in_processes(clips, work, jobs, _TOGETHER), "see", count)
    return rewrite(corpus, out, seen, (SEEN, {"regressor": card.reference, **asdict(options)}), fps=options.fps)


def see_clips(clips: list[Clip], regressor: str, options: Options) -> list[Clip]:
    """The clips with what a published regressor finds in their pictures; all else is as it was."""
    from sign_latent import registry
    from sign_latent.evaluator.video_pose import as_pose, see
    from sign_latent.generation.precision import autocast
    from sign_latent.renderer.rendered import look_of, pictures_of

    model, found = registry.load(regressor).model, []
    for clip in clips:
        clip = clip if options.fps is None else clip.resampled(options.fps)
        look, size = look_of(clip.id, options.looks, options.seed), model.settings.size
        video = np.stack(list(pictures_of(clip.pose, look, size, options.body)))
        if clip.split == "train":
            video = _changed(video, f"{options.seed}\x1f{clip.id}")
        with autocast(options.precision):
            found.append(replace(clip, pose=as_pose(see(model, video), model, clip.pose.fps)))
    return found


def _changed(video: np.ndarray, of: str) -> np.ndarray:
    """The pictures uint8 [T, S, S, 3], changed all alike; how is a pure function of the name."""
    import torch

    from sign_latent.evaluator.pictures import Changes, changed, to_input

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int.from_bytes(hashlib.sha256(of.encode()).digest()[:8], "big"))
        seen, _, _ = changed(to_input(video, video.shape[1])[None], Changes(nonsense=0))
    return (255 * seen[0]).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(
        prog="python -m data_prep.see",
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("corpus", type=Path, help="folder of a corpus")
    parser.add_argument("--regressor", required=True, help="a published pose regressor of that skeleton")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new corpus")
    parser.add_argument("--looks", type=int, default=Options.looks, help="looks that are drawn from")
    parser.add_argument("--body", default=Options.body, help="what signers are made of, as for drawing")
    parser.add_argument("--seed", type=int, default=Options.seed, help="draws looks and changes of pictures")
    parser.add_argument("--fps", type=float, help="frames a second that are drawn and seen (default: the corpus')")
    parser.add_argument(
        "--precision", choices=("32", "bf16"), default=Options.precision, help="of the regressor's maps"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--split", action="append", help="only this split (repeatable; default: all)")
    parser.add_argument("--clips", type=int, help="only the first so many clips of each split")
    given = parser.parse_args(arguments)
    for name, least in {"looks": 1, "jobs": 1, "clips": 1, "seed": 0}.items():
        if getattr(given, name) is not None and getattr(given, name) < least:
            raise UserError(f"--{name} {getattr(given, name)}: give at least {least}")
    if given.fps is not None and not 0 < given.fps < float("inf"):
        raise UserError(f"--fps {given.fps:g}: give a number above 0")
    options = Options(given.looks, given.body, given.seed, given.fps, given.precision)
    see_corpus(given.corpus, given.out, given.regressor, options, given.jobs, given.clips, given.split)
    print(f"wrote {given.out}")


if __name__ == "__main__":
    errors.run(main)
