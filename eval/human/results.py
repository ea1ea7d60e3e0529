"""Results files of raters: foreign input, read row by row, each row either understood or named with file and line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.human.design import Trial
from eval.human.key import Key
from sign_latent.errors import UserError
from sign_latent.rating.questions import ABOUT
from sign_latent.rating.sheet import read_rows, row_fault

_NAMED = 5


@dataclass(frozen=True)
class Answer:
    """What a rater said about a trial."""

    rater: str
    trial: Trial
    question: str
    value: str


@dataclass
class Results:
    """All answers, and what raters said of themselves: rater -> question -> answer."""

    answers: list[Answer] = field(default_factory=list)
    about: dict[str, dict[str, str]] = field(default_factory=dict)


def read_results(paths: Sequence[Path], key: Key) -> Results:
    """Everything the files say. UserError if one row anywhere is not understood, or a rater gave no consent: part of
    a file is never scored. It names file and line of the first faults, and counts the others."""
    results, faults, seen = Results(), [], {}
    parts = {rater: {code: trial.part for code, trial in trials.items()} for rater, trials in key.trials.items()}
    for path in paths:
        for line, row in read_rows(path, faults):
            place = f"{path.name} line {line}"
            trouble = row_fault(row, key.pack, parts) or _repeated(row, place, seen)
            if trouble:
                faults.append(f"{place}: {trouble}")
            else:
                _keep(row, key, results)
    if faults:
        more = f" (and {len(faults) - _NAMED} more)" if len(faults) > _NAMED else ""
        raise UserError(f"nothing was scored, mend or leave out: {'; '.join(faults[:_NAMED])}{more}")
    unwilling = sorted(rater for rater in {row[1] for row in seen} if not results.about.get(rater, {}).get("consent"))
    if unwilling:
        raise UserError(f"no consent is recorded for {', '.join(unwilling)}; leave out what they answered")
    return results


def _repeated(row: list[str], place: str, seen: dict[tuple, str]) -> str:
    """Two answers to one question: two files of the same rater, of which only one can count."""
    earlier = seen.setdefault(tuple(row[:4]), place)
    return "" if earlier == place else f"answers again what {earlier} answers; keep one of them"


def _keep(row: list[str], key: Key, results: Results) -> None:
    _, rater, code, question, value = row
    if code == ABOUT:
        results.about.setdefault(rater, {})[question] = value
    else:
        results.answers.append(Answer(rater, key.trials[rater][code], question, value))
