"""Reading a corpus from its shards, some clips at a time, so that memory does not grow with the corpus."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sign_latent.corpus.clip import Clip, Tier
from sign_latent.corpus.layout import ARRAY_COLUMNS, POSE_COLUMNS, TEXT_COLUMNS
from sign_latent.corpus.read import Corpus, as_pose, rows_of, verify_shards
from sign_latent.errors import UserError, brief

_BATCH = 16
"""Clips that are unpacked together."""


@dataclass(frozen=True)
class Place:
    """Where a clip lies: file of the shard, row group in it, row in that."""

    shard: str
    group: int
    row: int


def stream(corpus: Corpus, splits: Iterable[str] | None = None) -> Iterator[tuple[Place, Clip]]:
    """Every clip of the splits (default: all, in the order of `corpus.splits`), in the order as written.

    Each shard is verified before its first clip. Arrays are views that keep the clips around them in memory, and are
    not writeable. UserError for an unknown split or a damaged shard.
    """
    for split in corpus.splits if splits is None else splits:
        for shard in corpus.shards(split):
            verify_shards(corpus.path, [shard])
            with _opened(corpus, shard["file"]) as file:
                for group in range(file.num_row_groups):
                    yield from _clips(corpus, shard["file"], file, group)


def texts(corpus: Corpus, columns: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Values of some text columns, clip by clip; motion is not read."""
    for split in corpus.splits:
        for shard in corpus.shards(split):
            with _opened(corpus, shard["file"]) as file:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group, columns=list(columns))
                    yield from zip(*(table.column(name).to_pylist() for name in columns), strict=True)


def fetch(corpus: Corpus, places: Iterable[Place]) -> Iterator[Clip]:
    """The clips at these places, one after another."""
    for place in places:
        with _opened(corpus, place.shard) as file:
            clips = _clips(corpus, place.shard, file, place.group)
            yield next(clip for found, clip in clips if found == place)


def _opened(corpus: Corpus, shard: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        return parquet.ParquetFile(corpus.path / shard)
    except (OSError, pa.ArrowException) as error:
        raise UserError(
            f"corpus {corpus.path}: {shard} cannot be read ({brief(error)}); make the corpus again"
        ) from None


def _clips(corpus: Corpus, shard: str, file: Any, group: int) -> Iterator[tuple[Place, Clip]]:
    import pyarrow as pa

    row = 0
    for batch in file.iter_batches(batch_size=_BATCH, row_groups=[group]):
        for clip in _rows(corpus, pa.Table.from_batches([batch])):
            yield Place(shard, group, row), clip
            row += 1


def _rows(corpus: Corpus, table: Any) -> Iterator[Clip]:
    columns = {name: table.column(name).to_pylist() for name in (*TEXT_COLUMNS, "frames", "tiers")}
    about = {name: table.column(name).to_pylist() for name in POSE_COLUMNS if name in table.column_names}
    arrays = {name: rows_of(table.column(name)) for name in ARRAY_COLUMNS}
    for row in range(len(table)):
        some = {name: rows[row] for name, rows in arrays.items()}
        pose = as_pose(corpus, columns["frames"][row], some, {name: values[row] for name, values in about.items()})
        tiers = [Tier(**tier) for tier in columns["tiers"][row]]
        facts = {name: columns[name][row] for name in TEXT_COLUMNS}
        yield Clip(pose=pose, tiers=tiers, **facts)
