"""What raters' results files say about the systems of a pack: ratings.json, ratings.html and ratings.csv.

python -m eval.human.ratings RESULTS... --key KEY --out DIR
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.human import checks
from eval.human.design import RATED
from eval.human.key import Key
from eval.human.ratings_page import csv_of, html_of
from eval.human.results import Results, read_results
from eval.human.tables import question_table, remarks, understood
from sign_latent.errors import UserError, run
from sign_latent.files import folder_aside
from sign_latent.rating.questions import QUESTIONS

VERSION = 1
FEW_RATERS = 10
"""With fewer raters than this, intervals that resample them are too narrow."""


def backgrounds(results: Results, raters: Sequence[str]) -> dict:
    """How many raters said what they are, and how long they have signed (median; only of three or more)."""
    said = [results.about.get(rater, {}) for rater in raters]
    years = sorted(int(row["years"]) for row in said if "years" in row)
    return {
        "hearing": dict(Counter(row.get("hearing", "not_said") for row in said)),
        "years_known": len(years),
        "years_median": float(np.median(years)) if len(years) > 2 else None,
    }


def warnings_of(key: Key, scored: list[str], about: dict, checked: dict) -> list[str]:
    """What forbids reading the figures at face value."""
    deaf = about["hearing"].get("deaf", 0)
    tests = [
        (key.rehearsal, "a rehearsal in an invented language: nothing here says that anything was understood"),
        (len(scored) < FEW_RATERS, f"{len(scored)} raters: with fewer than {FEW_RATERS}, intervals are too narrow"),
        (not deaf, "no rater said that they are Deaf: this does not show how the signing is received by Deaf signers"),
        (checked["unchecked"], f"{len(checked['unchecked'])} raters answered no attention check"),
    ]
    return [text for doubtful, text in tests if doubtful]


def evaluate(results: Results, key: Key) -> dict:
    """The whole evaluation as plain values; a pure function of results and key. UserError if no rater is left."""
    checked = checks.summary(checks.outcomes(results.answers, key), key.rules)
    raters = sorted({answer.rater for answer in results.answers})
    scored = [rater for rater in raters if rater not in checked["excluded"]]
    if not scored:
        raise UserError(f"no rater is left to score: of {len(raters)} with answers, all failed the attention checks")
    answers = [answer for answer in results.answers if answer.rater in scored]
    rated = [answer for answer in answers if answer.trial.kind == RATED]
    about = backgrounds(results, scored)
    given = [(question, [a for a in answers if a.question == question.name]) for question in QUESTIONS]
    return {
        "version": VERSION,
        "pack": key.pack,
        "signed_language": key.signed_language,
        "rehearsal": key.rehearsal,
        "systems": list(key.systems),
        "raters": {"answered": len(raters), "scored": len(scored), **about},
        "checks": checked | {name: len(checked[name]) for name in ("excluded", "unchecked")},
        "warnings": warnings_of(key, scored, about, checked),
        "questions": {q.name: question_table(q, mine, list(key.systems)) for q, mine in given if mine},
        "understood": understood(rated, key),
        "remarks": remarks(rated, key),
    }


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval.human.ratings", description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="+", type=Path, help="files that raters saved")
    parser.add_argument("--key", type=Path, required=True, help="key written when the pack was made")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables; must not exist")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write ratings.json, ratings.html and ratings.csv, all or none."""
    options = parse(arguments)
    key = Key.read(options.key)
    found = evaluate(read_results(options.results, key), key)
    with folder_aside(options.out, "ratings") as folder:
        text = json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / "ratings.json").write_text(text + "\n", encoding="utf-8")
        (folder / "ratings.html").write_text(html_of(found), encoding="utf-8")
        (folder / "ratings.csv").write_text(csv_of(found), encoding="utf-8")
    for warning in found["warnings"]:
        print(f"warning: {warning}")
    print(options.out / "ratings.html")


if __name__ == "__main__":
    run(main)
