"""`python -m data_prep.doctor CORPUS [--out DIR] [--max-… SHARE]`: what a corpus holds and what is wrong with it.

Prints a summary; `--out` adds `doctor.json` (`data_prep.health.schema` says what it means) and `doctor.html`, a page
with the worst clips drawn. Each finding names what helps. Ends with exit code 1 where a figure is above what was
allowed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from data_prep.health.checks import CHECKS, DROPPED
from data_prep.health.diagnosis import diagnosis_of
from data_prep.health.facts import Facts, facts_of
from data_prep.health.ledger import Ledger, opened
from data_prep.health.page import html_of, lines_of, shown_clips
from data_prep.health.pictures import figure
from data_prep.health.schema import Diagnosis
from eval.report_file import to_json
from sign_latent import errors
from sign_latent.corpus.read import Corpus
from sign_latent.corpus.stream import fetch, stream
from sign_latent.errors import Parser, UserError
from sign_latent.files import folder_aside
from sign_latent.progress import Progress


def examine(corpus: Corpus, allowed: dict[str, float], out: Path | None = None) -> Diagnosis:
    """The diagnosis; with `out`, a new folder, also `doctor.json` and `doctor.html` in it.

    allowed: finding -> the figure above which it counts as exceeded. UserError for a damaged corpus and a taken folder.
    """
    with opened() as ledger:
        ledger.fill(_measured(corpus))
        diagnosis = diagnosis_of(corpus, ledger, allowed)
        if out is not None:
            _write(corpus, ledger, diagnosis, out)
    return diagnosis


def _measured(corpus: Corpus) -> Iterator[Facts]:
    progress = Progress("doctor", sum(corpus.counts.values()), unit="clips")
    for place, clip in stream(corpus):
        yield facts_of(place, clip)
        progress.advance()
    progress.close()


def _write(corpus: Corpus, ledger: Ledger, diagnosis: Diagnosis, out: Path) -> None:
    names = shown_clips(diagnosis)
    figures = {clip.id: figure(clip) for clip in fetch(corpus, map(ledger.place, names))}
    with folder_aside(out, "diagnosis") as folder:
        (folder / "doctor.json").write_text(to_json(diagnosis), encoding="utf-8")
        (folder / "doctor.html").write_text(html_of(diagnosis, figures), encoding="utf-8")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = Parser(prog="python -m data_prep.doctor", description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, help="folder of a corpus")
    parser.add_argument("--out", type=Path, help="new folder for doctor.json and doctor.html")
    about = {name: check.about for name, check in CHECKS.items()} | {DROPPED: "share of clips left out by the importer"}
    for name, meaning in about.items():
        parser.add_argument(f"--max-{name}", type=float, metavar="SHARE", help=meaning)
    given = vars(parser.parse_args(arguments))
    limits = {name: given[f"max_{name.replace('-', '_')}"] for name in about}
    allowed = {name: limit for name, limit in limits.items() if limit is not None}
    for name, limit in allowed.items():
        if not 0 <= limit <= 1:
            raise UserError(f"--max-{name} {limit:g}: give a share from 0 to 1")
    diagnosis = examine(Corpus.open(given["corpus"]), allowed, given["out"])
    print("\n".join(lines_of(diagnosis)))
    if given["out"]:
        print(f"wrote {given['out']}")
    over = [finding.name for finding in diagnosis.findings if finding.exceeded]
    if over:
        print(f"above what is allowed: {', '.join(over)}", file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    errors.run(main)
