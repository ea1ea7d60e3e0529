"""One row a clip in a database on disk that vanishes with its user, so that memory does not grow with the corpus."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, fields
from typing import Any

from data_prep.health.facts import Facts
from data_prep.health.schema import Quantiles
from sign_latent.corpus.stream import Place

_COLUMNS = tuple(item.name for item in fields(Facts))
_INDICES = ("id", "text_key", "motion_key", "signer", "source")
_CACHE_KIB = 8192


class Ledger:
    """The facts of all clips, to be asked in SQL; the table is `clips`, its columns the fields of `Facts`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def fill(self, rows: Iterable[Facts]) -> None:
        """Enter all clips; once."""
        self.database.execute(f"CREATE TABLE clips ({', '.join(_COLUMNS)})")
        places = ", ".join("?" * len(_COLUMNS))
        self.database.executemany(f"INSERT INTO clips VALUES ({places})", map(astuple, rows))
        for name in _INDICES:
            self.database.execute(f"CREATE INDEX by_{name} ON clips ({name})")

    def value(self, what: str, where: str = "1", *given: Any) -> Any:
        """One number of the clips that meet a condition."""
        return self.database.execute(f"SELECT {what} FROM clips WHERE {where}", given).fetchone()[0]

    def rows(self, question: str, *given: Any) -> Iterator[tuple]:
        """The answers to a whole question."""
        yield from self.database.execute(question, given)

    def counted(self, column: str) -> dict[str, int]:
        """Value -> clips."""
        return dict(self.rows(f"SELECT {column}, COUNT(*) FROM clips GROUP BY {column} ORDER BY {column}"))

    def quantile(self, what: str, share: float, where: str = "1", *given: Any) -> float | None:
        """The value below which that share of the clips lies; None without any."""
        known = f"({where}) AND {what} IS NOT NULL"
        count = self.value("COUNT(*)", known, *given)
        if not count:
            return None
        question = f"SELECT {what} FROM clips WHERE {known} ORDER BY {what} LIMIT 1 OFFSET ?"
        return self.database.execute(question, (*given, round(share * (count - 1)))).fetchone()[0]

    def quantiles(self, what: str, where: str = "1", *given: Any) -> Quantiles:
        """Least, 5 %, median, 95 %, most."""
        return Quantiles(*(self.quantile(what, share, where, *given) for share in (0, 0.05, 0.5, 0.95, 1)))

    def place(self, clip_id: str) -> Place:
        """Where a clip lies in the corpus."""
        question = "SELECT shard, row_group, row FROM clips WHERE id = ?"
        return Place(*self.database.execute(question, (clip_id,)).fetchone())


@contextmanager
def opened() -> Iterator[Ledger]:
    """An empty ledger. SQLite keeps a database without a name in a file of its own as soon as it outgrows its cache."""
    with closing(sqlite3.connect("")) as database:
        database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        database.execute("PRAGMA temp_store = FILE")
        yield Ledger(database)
