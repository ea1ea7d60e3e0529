"""Reading a corpus: memory-mapped, so clips are views into a file and processes share one copy."""

import itertools
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from sign_latent.corpus.clip import Clip, Tier
from sign_latent.corpus.layout import (
    ARRAY_COLUMNS,
    CARD,
    PLACEMENT,
    POSE_COLUMNS,
    PROVENANCE,
    TEXT_COLUMNS,
    content_hash,
)
from sign_latent.errors import UserError
from sign_latent.files import file_hash
from sign_latent.pose.placement import Placement
from sign_latent.pose.pose import Pose
from sign_latent.pose.provenance import models_of
from sign_latent.pose.skeleton import Skeleton, get_skeleton

_LARGE = 50_000_000
"""Bytes of a split from which its first reading takes seconds and is announced."""


class Corpus:
    """A corpus folder: what it holds, and its splits."""

    def __init__(self, path: Path, card: dict[str, Any]) -> None:
        self.path = path
        self.skeleton: Skeleton = get_skeleton(card["skeleton"])
        self.fps: float = card["fps"]
        self.hash: str = card["hash"]
        """Of the content: the same clips have the same hash wherever and with whatever library they were written."""
        self.info: dict[str, Any] = card["info"]
        self.drops: list[dict[str, str]] = card["drops"]
        self.counts: dict[str, int] = {name: split["clips"] for name, split in card["splits"].items()}
        self._shards: dict[str, list[dict[str, Any]]] = {n: split["shards"] for n, split in card["splits"].items()}

    @classmethod
    def open(cls, path: str | Path) -> "Corpus":
        """Raises UserError when the folder is no corpus or a shard is missing or truncated."""
        path = Path(path)
        if not (path / CARD).is_file():
            raise UserError(
                f"corpus {path}: has no {CARD}; make one with python -m data_prep.synthesise or data_prep.convert"
            )
        try:
            card = json.loads((path / CARD).read_text(encoding="utf-8"))
            corpus = cls(path, card)
            if corpus.hash != content_hash(card["skeleton"], card["fps"], card["splits"]):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UserError(f"corpus {path}: its {CARD} is damaged; make the corpus again") from None
        for shard in (shard for shards in corpus._shards.values() for shard in shards):
            file = path / shard["file"]
            if not file.is_file() or file.stat().st_size != shard["bytes"]:
                raise UserError(f"corpus {path}: {shard['file']} is missing or truncated; make the corpus again")
        return corpus

    @property
    def splits(self) -> tuple[str, ...]:
        """Names of the splits."""
        return tuple(self._shards)

    def split(self, name: str, dominant: bool = False) -> "ClipSet":
        """The clips of one split; ``dominant`` shows left-handed clips in the mirror.

        Raises UserError for an unknown split and, on the first reading on a machine, for a damaged shard.
        """
        return ClipSet(self, _memory_mapped(self.path, name, self.shards(name)), dominant)

    def shards(self, split: str) -> list[dict[str, Any]]:
        """The files of a split, each with `file`, `clips`, `bytes`, `sha256`. UserError for an unknown split."""
        if split not in self._shards:
            raise UserError(f"corpus {self.path}: has no split '{split}'; it has {', '.join(self.splits)}")
        return self._shards[split]

    def verify(self) -> None:
        """Compare every shard with its hash. Raises UserError naming the damaged one."""
        for shards in self._shards.values():
            verify_shards(self.path, shards)


class ClipSet:
    """The clips of a split. Arrays of a clip are read-only views into the memory-mapped file."""

    def __init__(self, corpus: Corpus, dataset: Any, dominant: bool) -> None:
        self.corpus = corpus
        self.dataset = dataset
        """The rows as a ``datasets.Dataset``, for streaming or splitting by node."""
        self.dominant = dominant
        table = dataset.data
        self.lengths: np.ndarray = table.column("frames").to_numpy().astype(np.int64)
        """Frames of each clip."""
        self._texts = {name: table.column(name).to_pylist() for name in TEXT_COLUMNS}
        self._arrays = {name: rows_of(table.column(name)) for name in ARRAY_COLUMNS}
        self._tiers = table.column("tiers")
        self._about = {name: table.column(name) for name in POSE_COLUMNS if name in table.column_names}

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[Clip]:
        return (self[i] for i in range(len(self)))

    def __getitem__(self, i: int) -> Clip:
        i = range(len(self))[i]
        fields = {name: values[i] for name, values in self._texts.items()}
        clip = Clip(pose=self._pose(i), tiers=[Tier(**tier) for tier in self._tiers[i].as_py()], **fields)
        return clip.mirrored() if self.dominant and clip.handedness == "left" else clip

    @property
    def ids(self) -> list[str]:
        """Of each clip."""
        return self._texts["id"]

    @property
    def texts(self) -> list[str]:
        """Of each clip."""
        return self._texts["text"]

    @property
    def glosses(self) -> list[str]:
        """Of each clip, separated by spaces."""
        return self._texts["gloss"]

    @property
    def signers(self) -> list[str]:
        """Of each clip."""
        return self._texts["signer"]

    @property
    def sources(self) -> list[str]:
        """Of each clip: the unit of resampling in statistics."""
        return self._texts["source"]

    @property
    def languages(self) -> list[tuple[str, str]]:
        """Of each clip: the tags of its spoken and of its signed language."""
        return list(zip(self._texts["spoken_language"], self._texts["signed_language"], strict=True))

    @property
    def handedness(self) -> list[str]:
        """Of each clip's signer, also where the clip is shown in the mirror."""
        return self._texts["handedness"]

    def models(self) -> tuple[str, ...]:
        """The models, ``name@hash``, that clips say they were made by; none of recordings."""
        said = self._about[PROVENANCE].unique().to_pylist() if PROVENANCE in self._about else []
        return tuple(dict.fromkeys(model for one in said for model in models_of(one)))

    def unseen(self) -> tuple[str, ...]:
        """Names of the points that no clip shows in any frame."""
        seen = np.zeros(len(self.corpus.skeleton.points), dtype=bool)
        for clip in self:
            seen |= (clip.pose.confidence > 0).any(0)
            if seen.all():
                break
        return tuple(np.array(self.corpus.skeleton.points)[~seen].tolist())

    def _pose(self, i: int) -> Pose:
        about = {name: column[i].as_py() for name, column in self._about.items()}
        arrays = {name: rows[i] for name, rows in self._arrays.items()}
        return as_pose(self.corpus, int(self.lengths[i]), arrays, about)


def as_pose(corpus: Corpus, frames: int, arrays: dict[str, np.ndarray], about: dict[str, str]) -> Pose:
    """The pose of a row: flat arrays by their shapes, as views; empty ones are not there.

    about: its values of `POSE_COLUMNS`, those that the corpus has.
    """
    skeleton = corpus.skeleton
    shapes = {
        "points": (frames, len(skeleton.points), skeleton.dimensions),
        "confidence": (frames, len(skeleton.points)),
        "rotations": (frames, len(skeleton.rotated), 3),
        "expression": (frames, skeleton.expression),
    }
    views = {name: array.reshape(shapes[name]) if array.size else None for name, array in arrays.items()}
    placement, provenance = Placement.from_text(about.get(PLACEMENT, "")), about.get(PROVENANCE, "")
    return Pose(fps=corpus.fps, skeleton=skeleton, placement=placement, provenance=provenance, **views)


def rows_of(column: Any) -> list[np.ndarray]:
    """Each list of a chunked column as a view, without copying."""
    rows = []
    for chunk in column.chunks:
        values, offsets = chunk.values.to_numpy(zero_copy_only=True), chunk.offsets.to_numpy()
        rows += [values[a:b] for a, b in itertools.pairwise(offsets)]
    return rows


def _memory_mapped(path: Path, split: str, shards: list[dict[str, Any]]) -> Any:
    """The rows of a split through ``datasets``, which keeps an uncompressed copy beside the corpus and maps it.

    The copy bears the hash of its shards, which are verified when it is made. Where the corpus cannot be written
    to, the copy is kept in memory instead.
    """
    from datasets import Dataset
    from datasets.exceptions import DatasetsError

    cache = path / ".cache" / f"{split}-{shards[0]['sha256'][:12]}-{len(shards)}"
    files = [str(path / shard["file"]) for shard in shards]
    if not any(cache.rglob("*.arrow")):
        size = sum(shard["bytes"] for shard in shards)
        if size >= _LARGE:
            print(f"corpus {path}: verifying and mapping {split} ({size / 1e6:.0f} MB), this once", file=sys.stderr)
        verify_shards(path, shards)
    try:
        with _without_bars():
            if os.access(path, os.W_OK) or cache.is_dir():
                return Dataset.from_parquet(files, cache_dir=str(cache))
            with tempfile.TemporaryDirectory() as room:
                return Dataset.from_parquet(files, cache_dir=room, keep_in_memory=True)
    except (OSError, ValueError, DatasetsError) as error:
        raise UserError(f"corpus {path}: its copy {cache} cannot be read ({error}); remove that folder") from None


@contextmanager
def _without_bars() -> Iterator[None]:
    """Without the bars of ``datasets``, which speak of "generating" a split where it is only read."""
    from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()


def verify_shards(path: Path, shards: list[dict[str, Any]]) -> None:
    """Compare shards with their hashes. UserError names the damaged one."""
    for shard in shards:
        if file_hash(path / shard["file"]) != shard["sha256"]:
            raise UserError(f"corpus {path}: {shard['file']} is damaged (its hash differs); make the corpus again")
