"""PHOENIX14T as Progressive Transformers wrote it: `{split}.skels`, `.text`, and where known `.gloss` and `.files`.

Parallel lines, one clip each. Coordinates are described in `sign_latent.pose.formats.skels`.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from data_prep.formats.source import Options, Source
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose.formats.skels import FPS, parse_clip, read_lines

Row = tuple[str, str, str, str, str]  # split, name, text, gloss, line of numbers


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `phoenix50`, German and DGS unless said otherwise. A bad line is dropped with its reason.

    UserError if the folder has no `.skels`, or files beside each other differ in length.
    """
    rows = [row for skels in sorted(path.glob("*.skels")) for row in _rows(skels)]
    if not rows:
        raise UserError(f"{path}: holds no clips; give a folder with train.skels, train.text and so on")
    info = {"title": "PHOENIX14T skeletons", "licence": "see the source (non-commercial)"}
    source = Source(skeleton="phoenix50", fps=FPS, count=len(rows), clips=iter(()), info=info)
    source.clips = _clips(rows, options, source.drops)
    return source


def _clips(rows: list[Row], options: Options, drops: list[dict[str, str]]) -> Iterator[Clip]:
    for split, name, text, gloss, line in rows:
        try:
            pose = parse_clip(line, name)
        except UserError as error:
            drops.append({"id": name, "reason": str(error)})
            continue
        yield Clip(
            id=name,
            text=text,
            spoken_language=options.spoken_language or "de",
            signed_language=options.signed_language or "gsg",
            signer="",
            source=re.sub(r"-\d+$", "", name.rpartition("/")[2]),  # the broadcast
            split=split,
            pose=pose,
            gloss=gloss,
        )


def _rows(skels: Path) -> Iterator[Row]:
    split, lines = skels.stem, read_lines(skels)
    columns = {}
    for kind in ("text", "gloss", "files"):
        other = skels.with_suffix(f".{kind}")
        if other.is_file() or kind == "text":
            columns[kind] = read_lines(other)
            if len(columns[kind]) != len(lines):
                raise UserError(
                    f"{other}: {len(columns[kind])} lines beside {len(lines)} in {skels.name}; lines must match"
                )
    names = columns.get("files") or [f"{split}/{number}" for number in range(1, len(lines) + 1)]
    for i, line in enumerate(lines):
        gloss = " ".join(columns["gloss"][i].split()) if "gloss" in columns else ""
        yield split, names[i].strip(), columns["text"][i].strip(), gloss, line
