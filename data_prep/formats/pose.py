"""A folder of `.pose` files with an `index.csv`, as sign-language lexicons are published.

Columns: `path` (relative to the folder), `spoken_language`, `signed_language`, `text` or `words`; optional: `id`,
`gloss` or `glosses`, `start` and `end` (milliseconds within the file), `signer`, `split` (default train), `video`.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from data_prep.formats.source import Options, Source
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose
from sign_latent.pose.convert import convert

_INDEX = "index.csv"
_FPS = 25.0


def open_source(path: Path, options: Options) -> Source:
    """Clips on one skeleton (default: that of the first readable file) at one rate (default 25 a second).

    A file that cannot be read, or lacks what its row promises, is dropped with its reason. UserError if there is no
    index, a needed column is missing, or no file can be read.
    """
    rows = _index(path)
    skeleton = options.skeleton or _first_skeleton(path, rows)
    info = {"title": f"pose files of {path.name}", "licence": "see the source"}
    source = Source(skeleton=skeleton, fps=options.fps or _FPS, count=len(rows), clips=iter(()), info=info)
    source.clips = _clips(path, rows, source, options)
    return source


def _clips(folder: Path, rows: list[dict[str, str]], source: Source, options: Options) -> Iterator[Clip]:
    taken: set[str] = set()
    for row in rows:
        name = row.get("id") or _free_id(row["path"], taken)
        taken.add(name)
        try:
            pose = _cut(Pose.load(folder / row["path"]), row)
            pose = convert(pose, source.skeleton).resampled(source.fps)
        except UserError as error:
            source.drops.append({"id": name, "reason": str(error)})
            continue
        yield Clip(
            id=name,
            text=row.get("text") or row.get("words") or "",
            spoken_language=row.get("spoken_language") or options.spoken_language,
            signed_language=row.get("signed_language") or options.signed_language,
            signer=row.get("signer") or "",
            source=row["path"],
            split=row.get("split") or "train",
            pose=pose,
            video=row.get("video") or "",
            gloss=row.get("gloss") or row.get("glosses") or "",
        )


def _cut(pose: Pose, row: dict[str, str]) -> Pose:
    """The frames from `start` to `end`; an end past the file's is the file's, none or 0 means all."""
    try:
        start, end = (float(row.get(name) or 0) for name in ("start", "end"))
    except ValueError:
        raise UserError(
            f"start {row.get('start')!r} or end {row.get('end')!r} is not a number of milliseconds"
        ) from None
    first = max(0, round(start * pose.fps / 1000))
    last = min(len(pose), round(end * pose.fps / 1000)) if end > 0 else len(pose)
    if first >= last:
        raise UserError(
            f"from {start:g} to {end:g} ms lies no frame of the {1000 * len(pose) / pose.fps:.0f} ms there are"
        )
    arrays = {name: getattr(pose, name) for name in ("points", "confidence", "rotations", "expression")}
    return replace(pose, **{name: array[first:last] for name, array in arrays.items() if array is not None})


def _free_id(path: str, taken: set[str]) -> str:
    """The path without its ending; a second clip of the same file gets a number."""
    stem, number = str(Path(path).with_suffix("")), 2
    name = stem
    while name in taken:
        name, number = f"{stem}#{number}", number + 1
    return name


def _index(folder: Path) -> list[dict[str, str]]:
    path = folder / _INDEX
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        raise UserError(
            f"{path}: no such file; name the files in it: path,spoken_language,signed_language,text"
        ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as csv ({error})") from None
    if not rows or "path" not in rows[0] or not {"text", "words"} & set(rows[0]):
        raise UserError(f"{path}: needs a line of headings with path and text, and a line for every file")
    if not all(row.get("path") for row in rows):
        raise UserError(f"{path}: some lines have no path; fill it in")
    return rows


def _first_skeleton(folder: Path, rows: list[dict[str, str]]) -> str:
    reason = ""
    for row in rows:
        try:
            return Pose.load(folder / row["path"]).skeleton.name
        except UserError as error:
            reason = reason or str(error)
    raise UserError(f"{folder}: not one file of {_INDEX} can be read; the first: {reason}")
