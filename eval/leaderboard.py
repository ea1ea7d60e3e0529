"""Any number of reports as one page of ranks; reports of different settings are refused, not mixed.

python eval/leaderboard.py REPORT... -o page.html
"""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path

from eval.case import UNEXAMINED
from eval.markup import cell, digits_of, document, ordered, table
from eval.plots import forest
from eval.report_file import read
from eval.rows import SYSTEM
from eval.schema import Estimate, Report
from eval.verdict import place
from sign_latent.errors import UserError, run

SCORES = {"bleu4": "BLEU-4", "chrf": "chrF", "wer": "WER", "nll": "NLL"}
RANKS = "Ranks by the first judge, the accused below all others; controls last"
POSE = {"mpjpe/all": "MPJPE", "motion_ratio": "motion", "duration_ratio": "duration"}


def settings(report: Report) -> dict[str, object]:
    """What must be the same for figures to be compared: name -> value."""
    real, sure = report.references, report.uncertainty
    # The version of a scorer is part of its signature, but not of what it computes.
    said = {name: re.sub(r"\|?version:[^|]*", "", line) for name, line in report.signatures.items()}
    return {
        "schema version": report.version,
        "corpus": real.hash,
        "split": ", ".join(real.splits) or "files",
        "clip set": f"{real.clips} clips, {real.clip_set}",
        "fps": real.fps,
        "skeleton": real.skeleton,
        "judges": ", ".join(f"{judged.name} (beam {judged.beam})" for judged in report.judges),
        "intervals": f"{sure.draws} draws over {sure.clusters} clusters ({sure.unit}), {sure.level:g}",
        **{f"{name} signature": line for name, line in sorted(said.items())},
    }


def refuse_mixing(reports: Sequence[tuple[str, Report]]) -> None:
    """UserError naming the first thing in which a report differs from the first one, or a system that comes twice."""
    (first, one), *others = reports
    for path, other in others:
        here, there = settings(one), settings(other)
        for name in sorted(here.keys() | there.keys(), key=lambda n: list(here).index(n) if n in here else len(here)):
            if here.get(name) != there.get(name):
                raise UserError(
                    f"{path}: its {name} is {there.get(name)}, where {first} has {here.get(name)}; "
                    "make both reports with the same settings"
                )
    known: dict[str, str] = {}
    for path, report in reports:
        same = known.setdefault(json.dumps(asdict(report.system), sort_keys=True), path)
        if same != path:
            raise UserError(f"{path}: judges the same system as {same}, with the same settings; give one of them")


@dataclass
class Entry:
    """A system's row on the board."""

    name: str
    row: str
    report: Report

    @property
    def label(self) -> str:
        """Name, settings where they are not the system's own, and how lengths were set where they were given."""
        set_ = "".join(f", {name} {value}" for name, value in sorted(self.report.system.settings.items()))
        return self.name + set_ + self.row.removeprefix(SYSTEM)

    @property
    def accusations(self) -> list[str]:
        """Names of what the row is accused of."""
        return self.report.verdicts[self.row].accusations

    def main(self, judge: int) -> Estimate:
        """Its main figure under a judge."""
        return self.report.judges[judge].figures[self.row]["main_figure"]


def entries(reports: Sequence[Report]) -> list[Entry]:
    """All judged rows: the accused below all others, then by the first judge's main figure, then by name."""
    found = [
        Entry(report.system.name, row, report)
        for report in reports
        for row in ordered(row for row in report.pose if row.startswith(SYSTEM))
    ]
    return sorted(found, key=lambda entry: place(entry.accusations, _figure(entry), entry.label))


def _figure(entry: Entry) -> float:
    value = entry.main(0).value if entry.report.judges else None
    return float("nan") if value is None else value


def html_of(reports: Sequence[Report]) -> str:
    """The page. The reports must be of one setting."""
    from sign_latent.renderer.page import player_assets

    first, board = reports[0], entries(reports)
    facts = "".join(f"<dt>{escape(n)}</dt><dd>{escape(str(v))}</dd>" for n, v in settings(first).items())
    pieces = [f"<dl>{facts}</dl>"]
    for i, judged in enumerate(first.judges):
        rows = [(f"{n}. {entry.label}", _cells(entry, i)) for n, entry in enumerate(board, 1)]
        rows += [(label, ["", *_scores(found), "", ""]) for label, found in controls(reports, i)]
        head = ["system", "main figure", *SCORES.values(), "seeds", "accused of"]
        pieces.append(f"<h2>Read by {escape(judged.name)}</h2>{table(RANKS, head, rows)}")
        title = "(system − floor) ÷ (ground truth − floor)"
        pieces.append(forest(title, [(entry.label, entry.main(i)) for entry in board], 3))
    pieces.append(_distances(board))
    pieces.append(_findings(board))
    return document(
        f"Leaderboard of {len({entry.name for entry in board})} systems", "".join(pieces), "", player_assets()[0]
    )


def controls(reports: Sequence[Report], judge: int) -> list[tuple[str, dict[str, Estimate]]]:
    """Controls under a judge; one that differs between reports, as through an autoencoder, bears the system's name."""
    found: dict[str, dict[str, Estimate]] = {}
    rows = [(r.system.name, row, scores) for r in reports for row, scores in r.judges[judge].rows.items()]
    for name, row, scores in rows:
        if not row.startswith(SYSTEM):
            same = all(other == scores for _, one, other in rows if one == row)
            found[row if same else f"{row} ({name})"] = scores
    return [(label, found[label]) for label in ordered(found)]


def _scores(row: dict[str, Estimate]) -> list[str]:
    return [cell(row.get(score), digits_of(score)) for score in SCORES]


def _cells(entry: Entry, judge: int) -> list[str]:
    figures = _scores(entry.report.judges[judge].rows[entry.row])
    return [cell(entry.main(judge), 3), *figures, _seeds(entry), _accused(entry)]


def _seeds(entry: Entry) -> str:
    return str(len(entry.report.system.seeds) or "files")


def _accused(entry: Entry) -> str:
    return f"<strong>{escape(', '.join(entry.accusations))}</strong>" if entry.accusations else "nothing"


def _distances(board: Sequence[Entry]) -> str:
    rows = [(e.label, [*(cell(e.report.pose[e.row].get(s), digits_of(s)) for s in POSE), _accused(e)]) for e in board]
    shown = table("Shoulder widths, and ratios to the recording", ["system", *POSE.values(), "accused of"], rows)
    return f"<h2>Distance and motion</h2>{shown}"


def _findings(board: Sequence[Entry]) -> str:
    said = [(entry.label, finding) for entry in board for finding in entry.report.verdicts[entry.row].findings]
    said += [
        (name, finding) for name, report in {e.name: e.report for e in board}.items() for finding in report.findings
    ]
    known = [(name, found) for name, found in said if found.severity != UNEXAMINED]
    lines = [f"{name}: {found.severity}: {found.name}: {found.reason}" for name, found in known]
    items = "".join(f'<li class="finding">{escape(line)}</li>' for line in dict.fromkeys(lines))
    return f"<h2>Findings</h2><ul>{items}</ul>" if items else ""


def main() -> None:
    from sign_latent.files import file_aside

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", nargs="+", type=Path, help="report.json files")
    parser.add_argument("-o", "--out", required=True, type=Path, help="the page to write")
    options = parser.parse_args()
    reports = [(str(path), read(path)) for path in options.reports]
    refuse_mixing(reports)
    with file_aside(options.out) as path:
        path.write_text(html_of([report for _, report in reports]), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    run(main)
