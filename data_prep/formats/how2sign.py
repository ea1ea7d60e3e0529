"""How2Sign: `how2sign_realigned_{train,val,test}.csv` (tab-separated) and OpenPose, a folder a clip.

Columns: VIDEO_ID, VIDEO_NAME, SENTENCE_ID, SENTENCE_NAME, START_REALIGNED, END_REALIGNED (seconds in the video),
SENTENCE. A folder named SENTENCE_NAME, anywhere below, is the clip; else the times are cut out of a folder named
VIDEO_NAME. The rate, which the key points do not tell, is 24 frames a second unless said otherwise.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from data_prep.formats.numbered import frames_in
from data_prep.formats.openpose import SKELETON, read_clip
from data_prep.formats.source import Options, Record, Source
from data_prep.formats.tables import number, read_table
from sign_latent.corpus.clip import Clip
from sign_latent.errors import UserError
from sign_latent.pose import Pose

FPS = 24.0
_COLUMNS = ("VIDEO_ID", "VIDEO_NAME", "SENTENCE_NAME", "START_REALIGNED", "END_REALIGNED", "SENTENCE")
_SPLITS = {"train": "train", "val": "dev", "test": "test"}

Read = Callable[..., Pose]
"""(folder, fps, note, start, end) -> the clip, as `openpose.read_clip`."""


def open_source(path: Path, options: Options) -> Source:
    """Clips of skeleton `openpose137`. Sentences without key points are dropped. UserError if there is no table."""
    return open_sentences(path, options, SKELETON.name, ".json", read_clip)


def open_sentences(path: Path, options: Options, skeleton: str, suffix: str, read: Read) -> Source:
    """The sentences of the tables, whose frames are files of that ending."""
    rows = [
        row | {"split": split}
        for name, split in _SPLITS.items()
        for table in sorted(path.glob(f"*{name}.csv"))
        for row in read_table(table, _COLUMNS, "\t", quoted=False)
    ]
    if not rows:
        raise UserError(f"{path}: holds no how2sign_realigned_train.csv, _val or _test; give the folder that does")
    fps = options.source_fps or FPS
    info = {"title": "How2Sign", "licence": "CC BY-NC 4.0"}
    source = Source(path, skeleton, fps, len(rows), info)
    source.records = _records(source, rows, _folders(path, rows), suffix, read)
    return source


def _folders(path: Path, rows: list[dict[str, str]]) -> dict[str, Path]:
    """Name -> folder of a clip or video. What is found is not searched further: it holds hundreds of files."""
    wanted = {row[column] for row in rows for column in ("SENTENCE_NAME", "VIDEO_NAME")}
    found = {}
    for above, folders, _ in os.walk(path):
        here = [name for name in folders if name in wanted]
        found |= {name: Path(above, name) for name in here}
        folders[:] = sorted(set(folders) - set(here))
    return found


def _records(
    source: Source, rows: list[dict[str, str]], folders: dict[str, Path], suffix: str, read: Read
) -> Iterator[Record]:
    for row in rows:
        name = row["SENTENCE_NAME"]
        yield name, partial(_clip, row, folders, suffix, partial(read, fps=source.fps, note=partial(source.note, name)))


def _clip(row: dict[str, str], folders: dict[str, Path], suffix: str, read: Read) -> Clip:
    sentence, video = folders.get(row["SENTENCE_NAME"]), folders.get(row["VIDEO_NAME"])
    folder = next((one for one in (sentence, video) if one and frames_in(one, suffix)), None)
    if folder is None:
        raise UserError("no key points: there is no folder of its name, nor of its video's, with frames")
    start, end = (1000 * number(row, f"{side}_REALIGNED") for side in ("START", "END"))
    if end <= start:
        raise UserError(f"it ends at {end:g} ms, before it starts at {start:g}")
    return Clip(
        id=row["SENTENCE_NAME"],
        text=row["SENTENCE"].strip(),
        spoken_language="en",
        signed_language="ase",
        signer="",
        source=row["VIDEO_NAME"],
        split=row["split"],
        pose=read(folder) if folder is sentence else read(folder, start=start, end=end),
    )
