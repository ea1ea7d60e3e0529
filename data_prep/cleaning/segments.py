"""Long clips are cut at given times."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from data_prep.cleaning.record import Record
from sign_latent.corpus.clip import Clip, Tier
from sign_latent.errors import UserError
from sign_latent.pose import streams

_NEEDED = ("id", "start", "end", "text")
_TEXTS = ("gloss", "signer", "split")
"""Optional columns that replace what the clip says."""


@dataclass(frozen=True)
class Segment:
    """A span of seconds of a clip; `given` are the fields of the new clip that a table names."""

    start: float
    end: float
    given: dict[str, str]


def read_segments(path: Path) -> dict[str, list[Segment]]:
    """Clip -> its segments, from a table with columns id, start, end (seconds), text; gloss, signer, split at will.

    Separated by tabs or commas, as the first line is. UserError naming the line that cannot be read.
    """
    found: dict[str, list[Segment]] = {}
    for number, row in _rows(path):
        try:
            start, end = float(row["start"]), float(row["end"])
        except (TypeError, ValueError):
            raise UserError(f"{path} line {number}: start and end must be seconds; mend the line") from None
        if not 0 <= start < end < float("inf"):
            raise UserError(f"{path} line {number}: {start:g} to {end:g} s is no span of time; mend the line")
        given = {"text": row["text"] or ""} | {name: row[name] for name in _TEXTS if row.get(name)}
        found.setdefault(row["id"], []).append(Segment(start, end, given))
    return found


def segment(clip: Clip, record: Record, segments: dict[str, list[Segment]]) -> list[Clip]:
    """The segments of the clip, as clips `<id>#1`, `<id>#2`, … in the order of the table.

    An end past the clip's is the clip's (counted as "ends past the clip"); a segment that begins past it is dropped
    with its reason, and so is a clip without segments. Tiers are cut along.
    """
    if clip.id not in segments:
        record.drop(clip.id, "the table of segments does not name it")
        return []
    made, fps, frames = [], clip.pose.fps, len(clip.pose)
    for number, one in enumerate(segments[clip.id], 1):
        name = f"{clip.id}#{number}"
        first, last = round(one.start * fps), round(one.end * fps)
        if last > frames:
            record.counts["ends past the clip"] += 1
        last = min(last, frames)
        if first >= last:
            record.drop(name, f"from {one.start:g} to {one.end:g} s lies no frame of the {frames / fps:g} s there are")
            continue
        made.append(replace(cut(clip, first, last), id=name, **one.given))
    record.counts["clips"] += 1
    record.counts["segments"] += len(made)
    return made


def cut(clip: Clip, first: int, last: int) -> Clip:
    """Frames `first` to `last` (excluded), with what lies of its tiers in them."""
    spans = [(tier, max(tier.start, first) - first, min(tier.end, last) - first) for tier in clip.tiers]
    tiers = [Tier(tier.channel, tier.value, start, end) for tier, start, end in spans if start < end]
    return replace(clip, pose=streams.cut(clip.pose, first, last), tiers=tiers)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            tabs = "\t" in file.readline()
            file.seek(0)
            rows = csv.DictReader(file, delimiter="\t" if tabs else ",")
            lacking = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
            if lacking:
                raise UserError(f"{path}: has no column {', '.join(lacking)}; its first line must name the columns")
            yield from enumerate(rows, 2)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give a table of {', '.join(_NEEDED)}") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as a table ({error})") from None
