"""Writing, reading and checking `report.json`; its schema is that of `eval.schema`."""

import json
import math
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from eval.schema import Report
from sign_latent.errors import UserError


def finite(value: Any) -> Any:
    """JSON knows no nan: it becomes null."""
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def to_json(report: Any) -> str:
    """The text of a report (a dataclass of this or another schema); the same report gives the same bytes."""
    text = json.dumps(finite(asdict(report)))
    brief = json.loads(text, parse_float=lambda number: float(f"{float(number):.6g}"))
    return json.dumps(brief, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def from_json(text: str, where: str = "report", kind: type = Report) -> Any:
    """The report of a text. UserError naming `where` and the first thing in it that is not of this schema.

    kind: the dataclass of the whole file, whose field `version` has the known version as its default.
    """
    try:
        value = json.loads(text)
    except ValueError:
        raise UserError(f"{where}: is no JSON file; make the report again") from None
    version = value.get("version") if isinstance(value, dict) else None
    known = kind.version
    if version != known:
        raise UserError(f"{where}: is no report of version {known} (version: {version}); make the report again")
    try:
        return _built(kind, value, "")
    except ValueError as error:
        raise UserError(f"{where}: is no whole report ({error}); make the report again") from None


def read(path: str | Path) -> Report:
    """A report from its file. UserError if it is missing or not of this schema."""
    try:
        return from_json(Path(path).read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a report ({type(error).__name__}); name a report.json") from None


def _built(kind: Any, value: Any, place: str) -> Any:
    """The value as its kind; ValueError naming the place where it is of another."""
    if kind is Any:
        return value
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        others = [one for one in inner if one is not NoneType]
        return None if value is None else _built(others[0], value, place)
    if is_dataclass(kind):
        return _object(kind, value, place)
    expected = {float: (int, float)}.get(kind, origin or kind)
    if not isinstance(value, expected) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{place} is {type(value).__name__}, not {getattr(kind, '__name__', kind)}")
    if origin is list:
        return [_built(inner[0], one, f"{place}[{i}]") for i, one in enumerate(value)]
    if origin is dict:
        return {name: _built(inner[1], one, f"{place}.{name}") for name, one in value.items()}
    return value


def _object(kind: type, value: Any, place: str) -> Any:
    known, hints = {item.name for item in fields(kind)}, get_type_hints(kind)
    if not isinstance(value, dict):
        raise ValueError(f"{place or 'it'} is {type(value).__name__}, not an object")
    for name in sorted(known ^ value.keys()):
        raise ValueError(f"{place}.{name} {'is missing' if name in known else 'is unknown'}".lstrip("."))
    return kind(**{name: _built(hints[name], value[name], f"{place}.{name}".lstrip(".")) for name in sorted(known)})
