"""`python -m data_prep.clean CORPUS --out CORPUS2 [--fill] [--smooth] …`: a corpus with what extractors spoil mended.

Whatever is asked for is done in this order: segments, swaps, outliers, fill, smooth, trim, fps, dominant. The new
corpus says under `cleaning` in its `corpus.json` what was done, with which settings, and how much it changed.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from data_prep.changing import rewrite, watched
from data_prep.cleaning.dominant import to_dominant
from data_prep.cleaning.gaps import fill_gaps
from data_prep.cleaning.outliers import remove_outliers
from data_prep.cleaning.rate import to_rate
from data_prep.cleaning.record import Record
from data_prep.cleaning.rest import trim_rest
from data_prep.cleaning.segments import read_segments, segment
from data_prep.cleaning.smoothing import smooth
from data_prep.cleaning.swaps import repair_swaps
from sign_latent import errors
from sign_latent.corpus.clip import Clip
from sign_latent.corpus.read import Corpus
from sign_latent.errors import Parser, UserError
from sign_latent.files import file_hash


@dataclass(frozen=True)
class Operation:
    """A way to clean, as the command line offers it: `--name VALUE`, or `--name` alone for the usual value."""

    run: Callable[..., list[Clip]]
    setting: str
    """Argument of `run` that takes the value."""
    usual: float | str | None
    """Value of `--name` alone; None where one must be given."""
    help: str


OPERATIONS: dict[str, Operation] = {
    "segments": Operation(
        segment, "segments", None, "cut clips at the times of a table (id, start, end, text; seconds)"
    ),
    "swaps": Operation(repair_swaps, "jump", 0.2, "exchange sides back that jump to each other's place, by so much"),
    "outliers": Operation(remove_outliers, "distance", 0.3, "points so far off their path become missing"),
    "fill": Operation(fill_gaps, "seconds", 0.2, "fill losses of at most so many seconds"),
    "smooth": Operation(smooth, "hertz", 8.0, "low-pass filter without delay at so many Hz"),
    "trim": Operation(trim_rest, "still", 0.05, "cut rest at both ends, in which nothing goes further than this"),
    "fps": Operation(to_rate, "fps", None, "resample to so many frames a second"),
    "dominant": Operation(to_dominant, "side", "right", "mirror clips whose dominant hand is the other one"),
}
"""In the order in which they are done. Distances are shoulder widths."""


def clean(corpus: Corpus, out: Path, steps: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Write the cleaned corpus; returns what each step did, as it stands in the corpus.

    steps: name of an operation -> its settings. UserError if none is asked for, or a setting cannot be.
    """
    if not steps:
        raise UserError(f"nothing to clean; ask for one of --{', --'.join(OPERATIONS)}")
    drops, done, clips = list(corpus.drops), [], watched(corpus, "clean")
    for name in (name for name in OPERATIONS if name in steps):
        record = Record(drops=drops)
        settings = dict(steps[name])
        said = dict(settings)
        if name == "segments":
            table = Path(settings["segments"])
            settings = {"segments": read_segments(table)}
            said = {"table": table.name, "sha256": file_hash(table)}
        done.append({"operation": name, "settings": said, "counts": record.counts})
        clips = _applied(clips, partial(OPERATIONS[name].run, record=record, **settings))
    fps = float(steps["fps"]["fps"]) if "fps" in steps else corpus.fps
    rewrite(corpus, out, clips, ("cleaning", {"steps": done}), drops, fps)
    return done


def _applied(clips: Iterable[Clip], run: Callable[[Clip], list[Clip]]) -> Iterator[Clip]:
    for clip in clips:
        yield from run(clip)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m data_prep.clean", description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of a corpus")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new corpus")
    for name, operation in OPERATIONS.items():
        kind = {float: float, str: str}.get(type(operation.usual), Path if name == "segments" else float)
        usual = {} if operation.usual is None else {"nargs": "?", "const": operation.usual}
        said = "" if operation.usual is None else f" (alone: {operation.usual})"
        parser.add_argument(
            f"--{name}", type=kind, metavar=operation.setting.upper(), help=operation.help + said, **usual
        )
    parser.add_argument("--guess-hand", type=float, default=0.0, metavar="FACTOR",
                        help="with --dominant, where none is said: that goes so many times as far")  # fmt: skip
    return parser


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    given = vars(_parser().parse_args(arguments))
    steps = {
        name: {operation.setting: given[name]} for name, operation in OPERATIONS.items() if given[name] is not None
    }
    for name, settings in steps.items():
        value = next(iter(settings.values()))
        if isinstance(value, float) and not 0 < value < float("inf"):
            raise UserError(f"--{name} {value:g}: give a number above 0")
    if "dominant" in steps:
        if given["dominant"] not in ("left", "right"):
            raise UserError(f"--dominant {given['dominant']}: give left or right")
        steps["dominant"]["guess"] = given["guess_hand"]
    for step in clean(Corpus.open(given["corpus"]), given["out"], steps):
        counts = ", ".join(f"{name} {number}" for name, number in step["counts"].items()) or "nothing changed"
        print(f"{step['operation']}: {counts}")
    print(f"wrote {given['out']}")


if __name__ == "__main__":
    errors.run(main)
