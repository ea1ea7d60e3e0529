"""A file a clip, and a table that says what each is."""

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote

from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError

COLUMNS = ("path", "id", "text", "gloss", "spoken_language", "signed_language", "signer", "source", "split",
           "handedness", "video")  # fmt: skip
_LONGEST = 240
"""Bytes of a file's name that every system takes, with room for what is written aside."""


def write_each(clips: Iterable[Clip], folder: Path, suffix: str, write: Callable[[Clip, Path], None]) -> None:
    """`write(clip, path)` for every clip, and `index.csv` with a line each.

    A path is the clip's id with everything percent-encoded that a name of a file may not hold, so that two ids never
    share a file. UserError for an id that is too long.
    """
    with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        rows.writeheader()
        for clip in clips:
            name = quote(clip.id, safe=" #,@+=") + suffix
            if len(name.encode()) > _LONGEST:
                raise UserError(f"clip {clip.id[:60]}…: its id is too long for the name of a file; shorten it")
            write(clip, folder / name)
            rows.writerow({"path": name} | {column: getattr(clip, column) for column in COLUMNS[1:]})
