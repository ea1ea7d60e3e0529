"""Folders of files with one clip each, and an `index.csv` that says what is signed in them.

Columns: `path` (within the folder), `text` or `words`; optional: `id`, `spoken_language`, `signed_language`, `gloss` or
`glosses`, `start` and `end` (milliseconds within the file), `signer`, `source`, `split` (default train), `video`.
Without an index every file of the kind is a clip without text.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from data_prep.formats.source import Options, Record, Source, within
from data_prep.formats.tables import first, number, read_table
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose, streams

Row = dict[str, str]
_INDEX = "index.csv"


@dataclass(frozen=True)
class Kind:
    """What sets one format of this kind apart."""

    title: str
    licence: str
    suffix: str
    """Ending of the files of one clip; "/" and a pattern for folders that hold such files."""
    read: Callable[..., Pose]
    """Reads such a path. Raises UserError for one that is not whole."""
    skeleton: str = ""
    """Of the poses read (default: that of the first readable one)."""
    fps: float = 25.0
    notes: bool = False
    """Whether `read` takes a function `note` and tells it what the clip lacks."""
    index: str = _INDEX
    """The table of clips; another one needs an `adapt`."""
    adapt: Callable[[Row], Row] = dict
    """A line of that table -> the columns above."""


def open_folder(path: Path, options: Options, kind: Kind) -> Source:
    """Clips of the files. UserError if there is none, the index lacks a column, or not one file can be read."""
    if path.is_file():
        raise UserError(f"{path}: is a file; give the folder that holds it")
    rows = _rows(path, kind)
    skeleton = kind.skeleton or options.skeleton or _first_skeleton(path, rows, kind)
    info = {"title": kind.title.format(path.name), "licence": kind.licence}
    source = Source(path, skeleton, options.fps or kind.fps, len(rows), info)
    source.records = _records(path, rows, source, options, kind)
    return source


def _rows(folder: Path, kind: Kind) -> list[Row]:
    index = folder / kind.index
    if not index.is_file():
        return [{"path": name} for name in _files(folder, kind)]
    rows = [kind.adapt(row) for row in read_table(index, ("path",))]
    if not any({"text", "words"} & set(row) for row in rows):
        raise UserError(f"{index}: needs a column text or words beside path; fill it in")
    if not all(row.get("path") for row in rows):
        raise UserError(f"{index}: some lines have no path; fill it in")
    return rows


def _files(folder: Path, kind: Kind) -> list[str]:
    """Paths of the clips from the folder, in order."""
    whole, _, inside = kind.suffix.partition("/")
    found = {file.parent if inside else file for file in folder.rglob(inside or f"*{whole}") if file.is_file()}
    if not found - {folder}:
        what = f"folders of {inside}" if inside else f"{whole} files"
        raise UserError(f"{folder}: holds no {what}; give the folder with the clips")
    return sorted(str(file.relative_to(folder)) for file in found - {folder})


def _records(folder: Path, rows: list[Row], source: Source, options: Options, kind: Kind) -> Iterator[Record]:
    taken: set[str] = set()
    for row in rows:
        name = row.get("id") or _free_id(row["path"], kind.suffix, taken)
        taken.add(name)
        yield name, partial(_clip, folder, name, row, source, options, kind)
    if (folder / kind.index).is_file():
        known = {row["path"].strip("/") for row in rows}
        for unknown in [file for file in _files(folder, kind) if file not in known]:
            source.drop(unknown, f"{kind.index} does not name it")


def _clip(folder: Path, name: str, row: Row, source: Source, options: Options, kind: Kind) -> Clip:
    file = within(folder, row["path"])
    if not file.exists():
        raise UserError(f"{row['path']}: no such file, though {kind.index} names it")
    note = partial(source.note, name)
    pose = kind.read(file, note=note) if kind.notes else kind.read(file)
    return Clip(
        id=name,
        text=first(row, "text", "words"),
        spoken_language=row.get("spoken_language") or options.spoken_language,
        signed_language=row.get("signed_language") or options.signed_language,
        signer=row.get("signer", ""),
        source=row.get("source") or row["path"],
        split=row.get("split") or "train",
        pose=cut(pose, number(row, "start"), number(row, "end"), note),
        video=row.get("video", ""),
        gloss=first(row, "gloss", "glosses"),
    )


def cut(pose: Pose, start: float, end: float, note: Callable[[str], None]) -> Pose:
    """The frames from `start` to `end`, in milliseconds; none or 0 as the end means all.

    Where the body's place in the source is known, so is then the second at which the clip begins there. An end beyond
    the recording is noted. UserError where no frame lies between them.
    """
    there = 1000 * len(pose) / pose.fps
    first_frame = max(0, round(start * pose.fps / 1000))
    last = min(len(pose), round(end * pose.fps / 1000)) if end > 0 else len(pose)
    if first_frame >= last:
        raise UserError(f"from {start:g} to {end:g} ms lies no frame of the {there:.0f} ms there are")
    if end > there + 1500 / pose.fps:  # a frame and a half: times of other tools are rounded
        note(f"should end at {end:g} ms, but the recording ends at {there:.0f}")
    return streams.cut(pose, first_frame, last)


def _free_id(path: str, suffix: str, taken: set[str]) -> str:
    """The path without its ending; a second clip of the same file gets a number."""
    stem, number_ = path.removesuffix(suffix), 2
    name = stem
    while name in taken:
        name, number_ = f"{stem}#{number_}", number_ + 1
    return name


def _first_skeleton(folder: Path, rows: list[Row], kind: Kind) -> str:
    reason = ""
    for row in rows:
        try:
            return kind.read(within(folder, row["path"])).skeleton.name
        except UserError as error:
            reason = reason or str(error)
    raise UserError(f"{folder}: not one file can be read; the first: {reason}")
