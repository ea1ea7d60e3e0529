"""`python -m data_prep.fit CORPUS --out CORPUS2`: key points in space or in the picture become SMPL-X rotations.

CORPUS2 has skeleton `smplx`: rotations fitted by inverse kinematics, points by forward kinematics, confidence as in
CORPUS (a hand that was lost stays lost). How far the fit lies from the key points stands in its `corpus.json` under
`info.fit`, for the corpus and for every clip, in shoulder widths and by part.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path

from data_prep.changing import in_processes
from data_prep.fitting.clips import Errors, Options, fit_clips, summary
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.write import write_corpus
from sign_latent.errors import Parser, UserError
from sign_latent.files import check_place
from sign_latent.pose import get_skeleton

_TOGETHER = 64
"""Clips handed to a process at once."""


def fit_corpus(
    source: Path, out: Path, options: Options | None = None, jobs: int = 1, clips: int | None = None
) -> dict:
    """Write the fitted corpus; return what `info.fit` says. UserError if the source is no corpus or OUT is taken."""
    options = options or Options()
    if options.bones not in ("canonical", "signer"):
        raise UserError(f"unknown bones {options.bones!r}; known: canonical, signer")
    check_place(out)
    if out.exists():
        raise UserError(f"corpus {out}: exists already and is never overwritten; choose another name or remove it")
    corpus = Corpus.open(source)
    told: dict[str, Errors] = {}
    about = {"bones": options.bones, "plane": options.plane, "source": corpus.hash, "reprojection": {}, "clips": told}
    everything = chain.from_iterable(corpus.split(name) for name in corpus.splits)
    fitted = in_processes(islice(everything, clips), partial(fit_clips, options=options), jobs, _TOGETHER)

    def written() -> Iterator[Clip]:
        for clip, found in _watched(fitted, min(sum(corpus.counts.values()), clips or 10**9)):
            told[clip.id] = {part: round(value, 4) for part, value in found.items()}
            yield clip
        about["reprojection"] |= summary(told.values())

    write_corpus(out, written(), get_skeleton("smplx"), corpus.fps, corpus.info | {"fit": about}, corpus.drops)
    return about


def _watched(clips: Iterable, count: int) -> Iterable:
    from tqdm import tqdm

    return tqdm(clips, total=count, unit="clip", delay=2)


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.fit", description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a corpus of any skeleton")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new corpus")
    parser.add_argument("--plane", action="store_true", help="leave the depth out where the corpus has one")
    parser.add_argument("--bones", default=Options.bones, help="of the points written: canonical or signer")
    parser.add_argument("--smplx-model", type=Path, help="licensed SMPL-X model file (npz) for its bones")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--clips", type=int, help="stop after so many clips")
    chosen = parser.parse_args(arguments)
    for name in ("jobs", "clips"):
        if getattr(chosen, name) is not None and getattr(chosen, name) < 1:
            raise UserError(f"--{name} {getattr(chosen, name)}: give at least 1")
    options = Options(chosen.plane, chosen.bones, chosen.smplx_model)
    about = fit_corpus(chosen.corpus, chosen.out, options, chosen.jobs, chosen.clips)
    for part, row in about["reprojection"].items():
        print(
            f"{part:12} {row['median']:.3f} shoulder widths off in the median clip, {row['p95']:.3f} in the worst 5 %"
        )
    print(f"wrote {chosen.out}")


if __name__ == "__main__":
    errors.run(main)
