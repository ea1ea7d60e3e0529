"""PHOENIX14T by its tables `…{train,dev,test}.corpus.csv` (bar-separated: name, video, start, end, speaker, orth,
translation), with `{name}.pose` anywhere below, or `{split}.skels` and `{split}.files` of Progressive Transformers.

What a table names and no pose shows is dropped, and so is the reverse.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from data_prep.formats.skels import forecast, lines, read_line
from data_prep.formats.source import Options, Record, Source
from data_prep.formats.tables import read_table
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose
from sign_latent.pose.formats.skels import FPS, parse_clip, read_lines

_COLUMNS = ("name", "speaker", "orth", "translation")
_SPLITS = ("train", "dev", "test")


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `phoenix50`, or that of the `.pose` files. UserError if there are no tables or no poses."""
    rows = {(split, row["name"]): row for split in _SPLITS for row in _table(path, split)}
    if not rows:
        raise UserError(f"{path}: holds no table named …train.corpus.csv, …dev… or …test…; give the folder that does")
    skels = {split: found[0] for split in _SPLITS if (found := sorted(path.rglob(f"{split}.skels")))}
    poses = {} if skels else {file.stem: file for file in sorted(path.rglob("*.pose"))}
    if not skels and not poses:
        raise UserError(f"{path}: holds neither .skels nor .pose files; put them beside or below the tables")
    skeleton = "phoenix50" if skels else options.skeleton or Pose.load(next(iter(poses.values()))).skeleton.name
    info = {"title": "RWTH-PHOENIX-Weather 2014 T", "licence": "CC BY-NC-SA 4.0"}
    source = Source(path, skeleton, FPS, len(rows), info)
    source.records = _of_lines(source, rows, skels, options) if skels else _of_files(source, rows, poses, options)
    return source


def _table(path: Path, split: str) -> list[dict[str, str]]:
    tables = sorted(path.rglob(f"*{split}.corpus.csv"))
    return [row for table in tables for row in read_table(table, _COLUMNS, "|", quoted=False)]


def _of_files(
    source: Source, rows: dict[tuple[str, str], dict[str, str]], poses: dict[str, Path], options: Options
) -> Iterator[Record]:
    for (split, name), row in rows.items():
        yield name, partial(_clip, split, row, options, partial(_load, poses, name))
    for name in poses.keys() - {name for _, name in rows}:
        source.drop(name, "no table names it")


def _load(poses: dict[str, Path], name: str) -> Pose:
    if name not in poses:
        raise UserError(f"no {name}.pose, though a table names it")
    return Pose.load(poses[name])


def _of_lines(
    source: Source, rows: dict[tuple[str, str], dict[str, str]], skels: dict[str, Path], options: Options
) -> Iterator[Record]:
    unmet = dict(rows)
    for split, file in skels.items():
        names = [name.strip().rpartition("/")[2] for name in read_lines(file.with_suffix(".files"))]
        count = 0
        for count, line in enumerate(lines(file), 1):
            name = names[count - 1] if count <= len(names) else f"{split} line {count}"
            row = unmet.pop((split, name), None)
            if row is None:
                source.drop(name, "no table names it")
            else:
                yield name, partial(_clip, split, row, options, partial(_parse, line, name))
        if count != len(names):
            raise UserError(f"{file}: {count} lines beside {len(names)} in {split}.files; lines must match")
    for _, name in unmet:
        source.drop(name, "no line of .skels, though a table names it")


def _parse(line: bytes, name: str) -> Pose:
    return parse_clip(read_line(line, name), name)


def _clip(split: str, row: dict[str, str], options: Options, read: Callable[[], Pose]) -> Clip:
    known = {"text": row["translation"], "gloss": row["orth"], "signer": row["speaker"]}
    return forecast(row["name"], split, read(), options, known)
