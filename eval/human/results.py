"""Results files of raters: foreign input, read row by row, each row either understood or named with file and line."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eval.human.design import Trial
from eval.human.key import Key
from eval.human.questions import ABOUT, about_fault, fault
from sign_latent.errors import UserError

COLUMNS = ["pack", "rater", "trial", "question", "answer"]
_DELIMITERS = ",;\t"  # spreadsheets write the last two in some countries
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
    for path in paths:
        for line, row in _rows(path, faults):
            place = f"{path.name} line {line}"
            trouble = _fault(row, key) or _repeated(row, place, seen)
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


def _rows(path: Path, faults: list[str]) -> Iterator[tuple[int, list[str]]]:
    """(line on which it starts, fields) of each row after the headings; what cannot be read goes to `faults`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        faults.append(f"{path}: cannot be read ({error.strerror})")
        return
    except UnicodeDecodeError as error:
        faults.append(f"{path.name}: is not UTF-8 (byte {error.start}); save it as CSV UTF-8")
        return
    lines = text.splitlines(keepends=True)
    delimiter = next((mark for mark in _DELIMITERS if lines and _heads(lines[0], mark)), "")
    if not delimiter:
        faults.append(f"{path.name} line 1: the headings are not {','.join(COLUMNS)}")
        return
    reader, start = csv.reader(lines[1:], delimiter=delimiter, strict=True), 2
    try:
        for row in reader:
            if row:
                yield start, row
            start = reader.line_num + 2
    except csv.Error as error:
        faults.append(f"{path.name} line {start}: {error}")


def _heads(line: str, delimiter: str) -> bool:
    return [name.strip().strip('"') for name in line.split(delimiter)] == COLUMNS


def _fault(row: list[str], key: Key) -> str:
    if len(row) != len(COLUMNS):
        return f"{len(row)} fields, not {len(COLUMNS)}"
    pack, rater, code, question, answer = row
    if pack != key.pack:
        return f"is of pack {pack!r}, the key of {key.pack!r}"
    if rater not in key.trials:
        return f"rater {rater!r} is not in the key"
    if code == ABOUT:
        return about_fault(question, answer)
    if code not in key.trials[rater]:
        return f"trial {code!r} is not one of rater {rater}"
    return fault(key.trials[rater][code].part, question, answer)


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
