"""Writing a corpus: clips stream into Parquet shards, and the folder appears whole or not at all."""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from sign_latent.corpus.clip import Clip
from sign_latent.corpus.layout import (
    ARRAY_COLUMNS,
    CARD,
    PLACEMENT,
    POSE_COLUMNS,
    PROVENANCE,
    TEXT_COLUMNS,
    UNITS,
    content_hash,
    shard_name,
)
from sign_latent.errors import UserError
from sign_latent.files import file_hash, folder_aside
from sign_latent.pose.skeleton import Skeleton
from sign_latent.text.languages import validate_signed, validate_spoken

_GROUP = 128  # clips a row group: bounds what is held in memory
_SHARD = 4096  # clips a file: so that many readers can share a large corpus


def write_corpus(
    path: str | Path,
    clips: Iterable[Clip],
    skeleton: Skeleton,
    fps: float,
    info: dict[str, Any],
    drops: list[dict[str, str]] | None = None,
) -> str:
    """Write clips, in any order of splits, as a new corpus folder and return its content hash.

    The same clips in the same order give the same bytes. ``info`` is free (title, licence, how it was made);
    ``drops`` lists clips left out: {"id", "reason"}. Both are read after the last clip, so a generator may fill them.
    Raises UserError for a taken path, a repeated id, an unsound pose, another skeleton or fps, an unknown language.
    """
    with folder_aside(path, "corpus") as folder:
        splits: dict[str, _SplitWriter] = {}
        seen: set[str] = set()
        for clip in clips:
            _check(clip, skeleton, fps, seen)
            if clip.split not in splits:
                splits[clip.split] = _SplitWriter(folder, clip.split)
            splits[clip.split].add(clip)
        if not splits:
            raise UserError(f"corpus {path}: no clip to write; check the source and the drop reasons")
        described = {name: splits[name].close() for name in sorted(splits)}
        card = {
            "skeleton": skeleton.name,
            "fps": fps,
            "units": UNITS,
            "splits": described,
            "hash": content_hash(skeleton.name, fps, described),
            "drops": drops or [],
            "info": info,
        }
        (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return card["hash"]


def _check(clip: Clip, skeleton: Skeleton, fps: float, seen: set[str]) -> None:
    """Refuse a clip that a reader could not rely on."""
    try:
        clip.pose.validate()
        clip.spoken_language = validate_spoken(clip.spoken_language)
        clip.signed_language = validate_signed(clip.signed_language)
    except UserError as error:
        raise UserError(f"clip {clip.id}: {error}") from None
    if clip.id in seen or not clip.id:
        raise UserError(f"clip {clip.id or '(no id)'}: the id is missing or repeated; give every clip one of its own")
    if not re.fullmatch(r"\w+", clip.split):
        raise UserError(f"clip {clip.id}: split '{clip.split}' is not one word of letters, digits and _")
    if clip.pose.skeleton != skeleton:
        raise UserError(f"clip {clip.id}: skeleton {clip.pose.skeleton.name}, not {skeleton.name}; convert it first")
    if abs(clip.pose.fps - fps) > 1e-6:
        raise UserError(f"clip {clip.id}: {clip.pose.fps} fps, not {fps}; resample it first")
    if clip.handedness not in ("", "left", "right"):
        raise UserError(f"clip {clip.id}: handedness '{clip.handedness}' is neither left, right nor empty")
    for tier in clip.tiers:
        if not 0 <= tier.start < tier.end <= len(clip.pose):
            raise UserError(f"clip {clip.id}: tier {tier} is not within its {len(clip.pose)} frames")
    seen.add(clip.id)


class _SplitWriter:
    """The shards of one split, growing one row group at a time."""

    def __init__(self, folder: Path, split: str) -> None:
        self.folder, self.split = folder, split
        self.rows: list[dict[str, Any]] = []
        self.shard_clips: list[int] = []
        self.frames = 0
        self.digest = hashlib.sha256()
        self.writer: Any = None

    def add(self, clip: Clip) -> None:
        """Append one clip."""
        row = _row(clip)
        self.rows.append(row)
        self.frames += row["frames"]
        for name, value in row.items():
            if name in POSE_COLUMNS and not value:
                continue  # a clip of which this is not known hashes as it did before the column was there
            array = name in ARRAY_COLUMNS
            self.digest.update(memoryview(value).cast("B") if array else json.dumps([name, value]).encode())
        if len(self.rows) == _GROUP:
            self._flush()

    def close(self) -> dict[str, Any]:
        """Finish the shards and describe them."""
        self._flush()
        self._close_shard()
        shards = []
        for number, clips in enumerate(self.shard_clips):
            path = self.folder / shard_name(self.split, number, len(self.shard_clips))
            self._shard_path(number).rename(path)
            shards.append({"file": path.name, "clips": clips, "bytes": path.stat().st_size, "sha256": file_hash(path)})
        return {
            "clips": sum(self.shard_clips),
            "frames": self.frames,
            "content": self.digest.hexdigest(),
            "shards": shards,
        }

    def _flush(self) -> None:
        import pyarrow.parquet as parquet

        if not self.rows:
            return
        table = _table(self.rows)
        if self.writer is None:
            self.writer = parquet.ParquetWriter(
                self._shard_path(len(self.shard_clips)),
                table.schema,
                compression="zstd",
                compression_level=1,
                use_dictionary=list(TEXT_COLUMNS),
                # Motion is smooth: grouping the bytes of floats by significance saves a seventh and is faster.
                column_encoding={f"{name}.list.element": "BYTE_STREAM_SPLIT" for name in ARRAY_COLUMNS},
            )
            self.shard_clips.append(0)
        self.writer.write_table(table)
        self.shard_clips[-1] += len(self.rows)
        self.rows = []
        if self.shard_clips[-1] >= _SHARD:
            self._close_shard()

    def _close_shard(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def _shard_path(self, number: int) -> Path:
        return self.folder / f"{self.split}-{number:05d}.parquet"


def _row(clip: Clip) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(clip, name) for name in TEXT_COLUMNS}
    row |= {"fps": float(clip.pose.fps), "frames": len(clip.pose)}
    row[PLACEMENT] = "" if clip.pose.placement is None else clip.pose.placement.to_text()
    # half a pair of Unicode, which files of strangers may hold, is written as JSON escapes it
    row[PROVENANCE] = clip.pose.provenance.encode("utf-8", "backslashreplace").decode()
    for name in ARRAY_COLUMNS:
        value = getattr(clip.pose, name)
        row[name] = np.zeros(0, np.float32) if value is None else np.ascontiguousarray(value, np.float32).ravel()
    row["tiers"] = [{"channel": t.channel, "value": t.value, "start": t.start, "end": t.end} for t in clip.tiers]
    return row


def _table(rows: list[dict[str, Any]]) -> Any:
    """One row group; arrays go in without passing through Python lists."""
    import pyarrow as pa

    tier = pa.struct([("channel", pa.string()), ("value", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
    texts = (*TEXT_COLUMNS, *POSE_COLUMNS)
    columns: dict[str, Any] = {name: pa.array([row[name] for row in rows], pa.string()) for name in texts}
    columns["fps"] = pa.array([row["fps"] for row in rows], pa.float64())
    columns["frames"] = pa.array([row["frames"] for row in rows], pa.int32())
    for name in ARRAY_COLUMNS:
        arrays = [row[name] for row in rows]
        offsets = np.cumsum([0] + [len(array) for array in arrays], dtype=np.int32)
        columns[name] = pa.ListArray.from_arrays(offsets, pa.array(np.concatenate(arrays)))
    columns["tiers"] = pa.array([row["tiers"] for row in rows], pa.list_(tier))
    return pa.table(columns)
