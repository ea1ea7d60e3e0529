"""The sheet of a rater's answers: csv, a row an answer. Foreign input: a row is understood, or its fault is told."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sign_latent.rating.questions import ABOUT, about_fault, fault

COLUMNS = ["pack", "rater", "trial", "question", "answer"]
_DELIMITERS = ",;\t"  # spreadsheets write the last two in some countries


def read_rows(path: Path, faults: list[str]) -> Iterator[tuple[int, list[str]]]:
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


def row_fault(row: Sequence[str], pack: str, parts: Mapping[str, Mapping[str, str]]) -> str:
    """Why this is no row of a pack with these `parts` (rater -> code of a trial -> its part); "" if it is one."""
    if len(row) != len(COLUMNS):
        return f"{len(row)} fields, not {len(COLUMNS)}"
    of, rater, code, question, answer = row
    if of != pack:
        return f"is of pack {of!r}, not {pack!r}"
    if rater not in parts:
        return f"rater {rater!r} is not one of pack {pack}"
    if code == ABOUT:
        return about_fault(question, answer)
    if code not in parts[rater]:
        return f"trial {code!r} is not one of rater {rater}"
    return fault(parts[rater][code], question, answer)


def to_csv(rows: Iterable[Sequence[str]]) -> str:
    """Headings and rows as the raters' page saves them (RFC 4180, every field quoted)."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([COLUMNS, *rows])
    return text.getvalue()


def sheet_name(pack: str, rater: str) -> str:
    """What a rater's sheet is called."""
    return f"ratings-{pack}-{rater}.csv"
