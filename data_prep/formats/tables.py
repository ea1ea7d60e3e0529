"""Tables of clips as text: comma-, tab- or bar-separated, with a line of headings."""

import csv
from collections.abc import Iterable
from pathlib import Path

from sign_latent.errors import UserError

_LONGEST = 2**20
"""Characters of a field: timed glosses of a long session stay far below."""


def read_table(path: Path, columns: Iterable[str], delimiter: str = ",", quoted: bool = True) -> list[dict[str, str]]:
    """One dict a line. UserError if the file is missing, no such text, without lines, or lacks a column."""
    csv.field_size_limit(_LONGEST)
    quoting = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=delimiter, quoting=quoting, restval=""))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the folder that holds it") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as a table ({error}); save it as UTF-8 text") from None
    lacking = [name for name in columns if not rows or name not in rows[0]]
    if lacking:
        raise UserError(f"{path}: has no column {', '.join(lacking)} or no lines; is it of this format?")
    return [{name: value for name, value in row.items() if isinstance(value, str) and name} for row in rows]


def first(row: dict[str, str], *names: str) -> str:
    """The first of those fields that is not empty."""
    return next((row[name].strip() for name in names if row.get(name)), "")


def number(row: dict[str, str], name: str) -> float:
    """A field as a number, 0 where it is empty. UserError where it is none."""
    try:
        value = float(row.get(name) or 0)
    except ValueError:
        value = float("nan")
    if not abs(value) < 1e12:
        raise UserError(f"{name} {row.get(name)!r} is not a number; mend the table")
    return value
