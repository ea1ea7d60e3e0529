"""PHOENIX14T as Progressive Transformers wrote it: `{split}.skels`, `.text`, and where known `.gloss` and `.files`.

Parallel lines, one clip each. Coordinates are described in `sign_latent.pose.formats.skels`.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from data_prep.formats.source import Options, Record, Source
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose
from sign_latent.pose.formats.skels import FPS, parse_clip, read_lines

_LONGEST = 64 * 2**20
"""Bytes of a line: a minute of signing has two million."""


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `phoenix50`, German and DGS unless said otherwise. A bad line is dropped with its reason.

    UserError if the folder has no `.skels`, or files beside each other differ in length.
    """
    files = sorted(path.glob("*.skels"))
    counts = [_count(file) for file in files]
    if not sum(counts):
        raise UserError(f"{path}: holds no clips; give a folder with train.skels, train.text and so on")
    columns = [_columns(file, count) for file, count in zip(files, counts, strict=True)]
    info = {"title": "PHOENIX14T skeletons", "licence": "see the source (non-commercial)"}
    source = Source(path, "phoenix50", FPS, sum(counts), info)
    source.records = (
        record for file, beside in zip(files, columns, strict=True) for record in _records(file, beside, options)
    )
    return source


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, one at a time. One that is longer than any clip ends the file."""
    with path.open("rb") as file:
        while line := file.readline(_LONGEST):
            yield line
            if len(line) == _LONGEST:
                return


def read_line(line: bytes, name: str) -> str:
    """UserError for what is no text or never ends."""
    try:
        if len(line) == _LONGEST:
            raise UserError(f"{name}: a line without end; is the file whole?")
        return line.decode()
    except UnicodeDecodeError:
        raise UserError(f"{name}: is not text; make it anew") from None


def _records(skels: Path, columns: dict[str, list[str]], options: Options) -> Iterator[Record]:
    split = skels.stem
    for i, line in enumerate(lines(skels)):
        name = columns["files"][i].strip() if "files" in columns else f"{split}/{i + 1}"
        gloss = columns["gloss"][i] if "gloss" in columns else ""
        yield name, partial(_clip, split, name, columns["text"][i], gloss, line, options)


def _clip(split: str, name: str, text: str, gloss: str, line: bytes, options: Options) -> Clip:
    pose = parse_clip(read_line(line, name), name)
    return forecast(name, split, pose, options, {"text": text, "gloss": gloss})


def forecast(name: str, split: str, pose: Pose, options: Options, known: dict[str, object]) -> Clip:
    """A sentence of PHOENIX14T, German and DGS unless said otherwise; `known` has text and perhaps gloss and signer."""
    return Clip(
        id=name,
        text=str(known["text"]).strip(),
        spoken_language=options.spoken_language or "de",
        signed_language=options.signed_language or "gsg",
        signer=str(known.get("signer", "")),
        source=broadcast(name),
        split=split,
        pose=pose,
        gloss=" ".join(str(known.get("gloss", "")).split()),
    )


def broadcast(name: str) -> str:
    """What a sentence of PHOENIX14T was cut from."""
    return re.sub(r"-\d+$", "", name.rpartition("/")[2])


def _count(skels: Path) -> int:
    return sum(1 for _ in lines(skels))


def _columns(skels: Path, count: int) -> dict[str, list[str]]:
    columns = {}
    for kind in ("text", "gloss", "files"):
        other = skels.with_suffix(f".{kind}")
        if other.is_file() or kind == "text":
            columns[kind] = read_lines(other)
            if len(columns[kind]) != count:
                raise UserError(f"{other}: {len(columns[kind])} lines beside {count} in {skels.name}; lines must match")
    return columns
