"""The command line of `eval/report.py`."""

import argparse
from pathlib import Path

from eval.computing import add_device
from eval.systems import LENGTHS, VIEWS
from sign_latent.errors import UserError

DRAWS = 1000
"""Fewest bootstrap draws, and their number unless another is given."""


def parse(about: str, arguments: list[str] | None = None) -> argparse.Namespace:
    """The options of a report. UserError for what contradicts itself or would be ignored in silence."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    system = parser.add_mutually_exclusive_group(required=True)
    system.add_argument("--generator", help="name of a published generator")
    system.add_argument("--poses", type=Path, help="folder of another system's .pose or .npz files")
    real = parser.add_mutually_exclusive_group(required=True)
    real.add_argument("--corpus", help="corpus folder; files of --poses are named by its clip ids")
    real.add_argument("--references", type=Path, help="folder of recorded .pose or .npz files instead of a corpus")
    parser.add_argument("--out", required=True, type=Path, help="folder for report.json, report.html and report.tex")
    parser.add_argument("--texts", type=Path, help="texts of --references: csv or tsv with columns id and text")
    parser.add_argument(
        "--split", action="append", help="split that is judged (may be repeated; default test_sentences)"
    )
    parser.add_argument(
        "--judge", action="append", help="a published back-translator (repeatable; default: judge-report, judge-ctc)"
    )
    parser.add_argument("--name", help="what to call the system of --poses (default: its folder)")
    parser.add_argument(
        "--mend", action="store_true", help="put wrong axes, units and rates of --poses right, and say so"
    )
    parser.add_argument(
        "--view",
        choices=VIEWS,
        help="how --poses show left-handed signers: mirrored (dominant; default with a corpus) or as recorded",
    )
    parser.add_argument("--baseline", action="append", help="a published generator to table beside (may be repeated)")
    parser.add_argument("--aligner", help="a published aligner of points, for retrieval")
    parser.add_argument("--clips", type=int, help="judge only the first so many clips (of each split)")
    parser.add_argument("--beam", type=int, default=1, help="beam of the judges")
    parser.add_argument("--lengths", nargs="+", choices=LENGTHS, default=list(LENGTHS), help="rows of a generator")
    parser.add_argument("--seeds", type=int, default=3, help="generation seeds")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--steps", type=int, help="sampling steps (default: the generator's)")
    parser.add_argument("--guidance", type=float, help="guidance (default: the generator's)")
    parser.add_argument("--sampler", help="sampler: ddim, ddpm, dpm_solver, euler or heun (default: the generator's)")
    parser.add_argument("--guidance-rescale", type=float, help="share of guidance's contrast that is taken back")
    parser.add_argument(
        "--guidance-interval", type=float, nargs=2, metavar=("LOW", "HIGH"), help="noise steps that are guided, 0 to 1"
    )
    parser.add_argument("--precision", help="precision: 32, bf16 or, of translators, int8 (default: the generator's)")
    parser.add_argument(
        "--input",
        choices=("text", "gloss"),
        default="text",
        help="what the generator is given of a clip (default text)",
    )
    parser.add_argument("--draws", type=int, default=DRAWS, help="bootstrap draws")
    parser.add_argument("--reports", type=Path, default=Path("reports"), help="folder that keeps a copy by name@hash")
    add_device(parser)
    options = parser.parse_args(arguments)
    _check(options)
    return options


def _check(options: argparse.Namespace) -> None:
    """UserError for what contradicts itself or would be ignored in silence."""
    if options.draws < DRAWS or (options.clips is not None and options.clips < 2) or options.seeds < 1:
        raise UserError(f"a report needs at least 2 clips, {DRAWS} bootstrap draws and one seed; give more")
    if options.generator and not options.corpus:
        raise UserError(
            "a generator is judged on a corpus, whose texts it signs; give --corpus instead of --references"
        )
    if options.input == "gloss" and not options.generator:
        raise UserError("--input gloss means nothing without --generator; drop it, or give both")
    for option, needed in _ONLY_WITH.items():
        if getattr(options, option) and not getattr(options, needed):
            raise UserError(f"--{option.replace('_', '-')} means nothing without --{needed}; drop it, or give both")


SAMPLING = ("steps", "guidance", "sampler", "guidance_rescale", "guidance_interval", "precision")
"""Options that a generator is given as they are."""
_ONLY_WITH = {"texts": "references", "split": "corpus", "name": "poses", "mend": "poses", "view": "poses"} | {
    name: "generator" for name in SAMPLING
}
"""Option -> the option without which it would be ignored in silence."""
