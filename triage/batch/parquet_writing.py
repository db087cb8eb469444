"""Results as Parquet: lists of codes as lists, each combination of them stored once while the file grows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.batch.database import DatabaseFault, connected, quoted, quoted_name
from triage.batch.json_texts import from_json
from triage.batch.result_parts import Combinations, Form
from triage.batch.sinks import cannot_write, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from triage.batch.bit_engine import Conclusions
    from triage.batch.result_parts import Part

__all__ = ["ParquetFile", "parquet_file"]

_ROWS_AT_ONCE = 50_000
_BETWEEN = "\x1f"
"""Stands between the codes of a list on its way into the database; no code holds it."""


class ParquetFile:
    """Gathers results in a database, which keeps what does not fit into memory in a temporary folder."""

    def __init__(
        self, database: DuckDBPyConnection, parts: Sequence[Part], *, with_id: bool, keep: Sequence[str] = ()
    ) -> None:
        self._database = database
        self._parts = [_Numbered(part) for part in parts]
        self._with_id = with_id
        self._keep = keep
        self._waiting: list[dict[str, NDArray[Any]]] = []
        self.wanted = True
        """Set this to False to leave the file as it was."""
        columns = [*(["id VARCHAR"] if with_id else []), *(f"part{at} INTEGER" for at in range(len(parts)))]
        columns += [f"kept{at} VARCHAR" for at in range(len(keep))]
        database.execute(f"CREATE TABLE results ({', '.join(columns)})")

    def of(
        self, conclusions: Conclusions, ids: Sequence[bytes], kept: Mapping[str, Sequence[bytes | None]]
    ) -> dict[str, NDArray[Any]]:
        """Return the results of some cases as columns."""
        columns: dict[str, NDArray[Any]] = {"id": _objects(from_json(ids))} if self._with_id else {}
        columns |= {f"part{at}": part.of(conclusions) for at, part in enumerate(self._parts)}
        columns |= {f"kept{at}": _objects(from_json(kept[name])) for at, name in enumerate(self._keep)}
        return columns

    def write(self, columns: dict[str, NDArray[Any]]) -> None:
        """Take in columns that ``of`` returned."""
        self._waiting.append(columns)
        if sum(len(next(iter(one.values()))) for one in self._waiting) >= _ROWS_AT_ONCE:
            self._store()

    def _store(self) -> None:
        if self._waiting:
            rows = {name: np.concatenate([one[name] for one in self._waiting]) for name in self._waiting[0]}
            self._waiting = []
            self._database.register("rows", rows)
            self._database.execute("INSERT INTO results SELECT * FROM rows")
            self._database.unregister("rows")

    def finish(self, path: Path) -> None:
        """Write everything to a file."""
        self._store()
        chosen = ["id"] if self._with_id else []
        joins = []
        for at, part in enumerate(self._parts):
            part.store(self._database, f"words{at}")
            chosen += [f"words{at}.{field}" for field in part.fields]
            joins.append(f"JOIN words{at} ON words{at}.number = results.part{at}")
        chosen += [f"kept{at} AS {quoted_name(name)}" for at, name in enumerate(self._keep)]
        query = f"SELECT {', '.join(chosen)} FROM results {' '.join(joins)}"
        self._database.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, USE_TMP_FILE false)")


class _Numbered:
    """Numbers the combinations of a part and remembers their words."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self._words: list[tuple[str, ...]] = []
        self._combinations = Combinations(part, Form(str, _BETWEEN, self._number), np.int32)
        self.fields = part.fields

    def of(self, conclusions: Conclusions) -> NDArray[Any]:
        return self._combinations.of(conclusions)

    def _number(self, single: Mapping[str, str], lists: Sequence[str]) -> list[int]:
        first = len(self._words)
        self._words += [tuple(single.get(field, text) for field in self.fields) for text in lists]
        return list(range(first, len(self._words)))

    def store(self, database: DuckDBPyConnection, table: str) -> None:
        """Write the words of all combinations to a table."""
        columns: dict[str, NDArray[Any]] = {"number": np.arange(len(self._words), dtype=np.int32)}
        chosen = ["number"]
        for at, field in enumerate(self.fields):
            columns[field] = _objects([words[at] for words in self._words])
            split = f"CASE {field} WHEN '' THEN []::VARCHAR[] ELSE string_split({field}, {quoted(_BETWEEN)}) END"
            chosen.append(f"{split} AS {field}" if field == self._part.listed else field)
        database.register("words", columns)
        database.execute(f"CREATE TABLE {table} AS SELECT {', '.join(chosen)} FROM words")
        database.unregister("words")


@contextmanager
def parquet_file(
    path: Path, parts: Sequence[Part], *, with_id: bool, keep: Sequence[str] = ()
) -> Iterator[ParquetFile]:
    """Open a Parquet file for writing; it appears when the block ends without an error.

    Raises:
        DataFault: the folder does not exist or may not be written to, or the disk is full.

    """
    with unfinished_file(path) as unfinished:
        try:
            with connected() as database:
                file = ParquetFile(database, parts, with_id=with_id, keep=keep)
                yield file
                if file.wanted:
                    file.finish(unfinished)
        except DatabaseFault as error:
            raise cannot_write(path, error) from None
        if not file.wanted:
            unfinished.unlink()


def _objects(values: Sequence[Any]) -> NDArray[np.object_]:
    result = np.empty(len(values), np.object_)
    result[:] = values
    return result
