"""Tables of other libraries as blocks of rows, and results as a table of the same library again.

None of these libraries is imported here: whoever hands over a frame has imported the one it belongs to.
"""

from __future__ import annotations

import datetime
import importlib
import math
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface
from uuid import UUID

import pyarrow as pa

from triage.answers.files import cell_value
from triage.answers.reading import ABOUT
from triage.batch.reading.arrow import is_index, names_inside, refuse_repeated_names
from triage.batch.reading.blocks import ColumnBlock, RowBlock, RowPlaces
from triage.batch.reading.columns import whole_number
from triage.batch.reading.files import InputFile
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from triage.circuit.machine_words import Places
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["ROWS_AT_ONCE", "Source", "opened", "rows_of_relation"]

ROWS_AT_ONCE = 65_536
_RELATION = InputFile(Path("relation"), "columns", Path("relation"))
_AS_THEY_ARE = (str, bool, int, float, bytes, Decimal, UUID, datetime.date, datetime.time, datetime.timedelta)
_MOST_BITS = 10_000
"""Python refuses to write longer numbers with ten figures."""
_NOTHING = ("NAType", "NaTType")
"""How pandas calls its own ways of saying that there is no value."""


def rows_of_relation(batch: pa.RecordBatch, first: int) -> ColumnBlock:
    """Return rows of a relation as columns; the first of them has this number, from 0."""
    return ColumnBlock(batch, _places(first))


def _places(first: int) -> RowPlaces:
    return RowPlaces(_RELATION, first + 1, are_lines=False, name="row ")


class Source(Interface):
    """A table that somebody handed over."""

    names: list[str]
    """The columns it has, and what may be kept besides."""
    with_kept: bool
    """Whether its blocks have the columns to keep in them."""

    def blocks(self) -> Iterator[ColumnBlock | RowBlock]:
        """Yield its rows."""
        ...

    def results(self, table: pa.Table, good: Places) -> Any:
        """Return results as a table of its kind: those of the good rows, by their numbers from 0."""
        ...


def opened(relation: Any, questionnaire: Questionnaire, keep: Sequence[str]) -> Source:
    """Open a relation.

    Raises:
        TypeError: it is no table of a kind that is known.
        DataFault: it cannot be read, or a column stands there twice.

    """
    wanted = (*questionnaire.by_id, *questionnaire.former_by_question, *ABOUT)
    with _said_plainly():
        if _is_a(relation, "polars", "LazyFrame"):
            relation = relation.collect()
        if _is_a(relation, "pandas", "DataFrame"):
            return _PandasFrame(relation, wanted, keep)
        if _is_a(relation, "polars", "DataFrame"):
            return _PolarsFrame(relation, wanted, keep)
        reader = None if _module(type(relation)) in ("pandas", "polars") else _reader(relation)
        if reader is not None:
            return _ArrowTable(reader)
    raise TypeError(f"{type(relation).__name__} is no pandas or polars frame, Arrow table or DuckDB relation")


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Say in plain words what a library says; each has errors of its own, which have no name here."""
    try:
        yield
    except DataFault:
        raise
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
        raise DataFault([Problem(Place("relation"), f"It cannot be read: {reason}.")]) from error


def _is_a(relation: Any, module: str, name: str) -> bool:
    return any(kind.__name__ == name and _module(kind) == module for kind in type(relation).__mro__)


def _module(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _reader(relation: Any) -> pa.RecordBatchReader | None:
    """Return a relation as Arrow batches, or None if it is no table."""
    if isinstance(relation, pa.RecordBatchReader):
        return relation
    if isinstance(relation, pa.Array | pa.ChunkedArray) and not pa.types.is_struct(relation.type):
        return None
    if isinstance(relation, pa.RecordBatch):
        return pa.Table.from_batches([relation]).to_reader()
    if hasattr(relation, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(relation)
    if hasattr(relation, "__arrow_c_array__"):
        return pa.Table.from_batches([pa.record_batch(relation)]).to_reader()
    if hasattr(relation, "scanner"):  # a data set of Arrow
        relation = relation.scanner()
    for handed_over_by in ("to_reader", "to_arrow_reader", "fetch_record_batch"):  # Arrow, DuckDB, DuckDB before 1.4
        if hasattr(relation, handed_over_by):
            reader = getattr(relation, handed_over_by)()
            return reader if isinstance(reader, pa.RecordBatchReader) else None
    return None


def _as_blocks(reader: pa.RecordBatchReader) -> Iterator[ColumnBlock]:
    """Yield batches as blocks; the first one is empty, so that a table without rows has columns all the same."""
    batch = pa.RecordBatch.from_arrays([pa.nulls(0, one.type) for one in reader.schema], schema=reader.schema)
    done = 0
    while batch is not None:
        for first in range(0, max(1, batch.num_rows), ROWS_AT_ONCE):
            yield rows_of_relation(batch.slice(first, ROWS_AT_ONCE), done + first)
        done += batch.num_rows
        with _said_plainly():
            batch = next(reader, None)


class _ArrowTable:
    """Batches of Arrow."""

    with_kept = True

    def __init__(self, reader: pa.RecordBatchReader) -> None:
        self._reader = reader
        self.names = [*reader.schema.names, *names_inside(reader.schema)]
        refuse_repeated_names(reader.schema, "relation")

    def blocks(self) -> Iterator[ColumnBlock]:
        yield from _as_blocks(self._reader)

    def results(self, table: pa.Table, good: Places) -> Any:  # noqa: ARG002
        return table


class _Frame:
    """A frame that is in memory as a whole: what is kept of it never becomes anything else on its way."""

    with_kept = False

    def __init__(
        self, columns: Sequence[tuple[str, Any]], rows: int, wanted: Sequence[str], keep: Sequence[str]
    ) -> None:
        self.names = [name for name, _ in columns]
        refuse_repeated_names(self.names, "relation")
        self.keep = keep
        self.columns = dict(columns)
        self._rows = rows
        self._read = {name: one for name, one in columns if name in wanted or name not in keep}

    def as_arrow(self, column: Any) -> Any:
        raise NotImplementedError

    def as_list(self, column: Any) -> list[Any]:
        raise NotImplementedError

    def blocks(self) -> Iterator[ColumnBlock | RowBlock]:
        try:
            table = pa.table({name: self.as_arrow(column) for name, column in self._read.items()})
        except Exception:  # each library has errors of its own
            table = None
        if table is None or table.num_rows != self._rows:
            with _said_plainly():
                values = {name: self.as_list(column) for name, column in self._read.items()}
            yield from _as_rows(values, self._rows)
            return
        yield from _as_blocks(table.to_reader())


class _PandasFrame(_Frame):
    def __init__(self, frame: Any, wanted: Sequence[str], keep: Sequence[str]) -> None:
        self._index = frame.index
        columns = [(str(name), frame.iloc[:, at]) for at, name in enumerate(frame.columns)]
        levels = [(str(name), frame.index.get_level_values(at)) for at, name in enumerate(frame.index.names)]
        named = {name for name, _ in columns}
        asked_for = {*wanted, *keep} - named
        super().__init__([*columns, *(level for level in levels if level[0] in asked_for)], len(frame), wanted, keep)

    def as_arrow(self, column: Any) -> Any:
        return pa.array(column, from_pandas=True)

    def as_list(self, column: Any) -> list[Any]:
        return list(column.tolist())

    def results(self, table: pa.Table, good: Places) -> Any:
        frame = table.to_pandas()
        for name, column in zip(table.column_names, table.columns, strict=True):
            if pa.types.is_list(column.type):
                frame[name] = column.to_pylist()
        for name in self.keep:
            frame[name] = self.columns[name].take(good).array if name in self.columns else None
        frame.index = self._index.take(good)
        return frame


class _PolarsFrame(_Frame):
    def __init__(self, frame: Any, wanted: Sequence[str], keep: Sequence[str]) -> None:
        super().__init__([(one.name, one) for one in frame.get_columns()], frame.height, wanted, keep)

    def as_arrow(self, column: Any) -> Any:
        if "Object" in str(column.dtype):
            raise TypeError("Arrow would take the places of these things in memory for their values")
        return column.to_arrow(compat_level=importlib.import_module("polars").CompatLevel.oldest())

    def as_list(self, column: Any) -> list[Any]:
        return list(column.to_list())

    def results(self, table: pa.Table, good: Places) -> Any:
        polars = importlib.import_module("polars")
        kept = [
            self.columns[name].gather(good) if name in self.columns else polars.Series(name, [None] * len(good))
            for name in self.keep
        ]
        return polars.from_arrow(table).with_columns(kept)


# ---- columns that Arrow has no form for ----


def _as_rows(columns: Mapping[str, Sequence[Any]], rows: int) -> Iterator[RowBlock]:
    """Yield rows as plain data, for the exact reader."""
    names = [name for name in columns if name in ABOUT or not is_index(name)]
    nested = any(isinstance(one, dict) for one in columns.get("answers", ()))
    build = _nested if nested else _flat
    for first in range(0, max(1, rows), ROWS_AT_ONCE):
        some = range(first, min(rows, first + ROWS_AT_ONCE))
        raw = ({name: _plain(columns[name][row]) for name in names} for row in some)
        yield RowBlock([build(one) for one in raw], _places(first))


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    return {"answers": {}, **_said(row)}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    said = _said(row)
    about = {name: said.pop(name) for name in ABOUT if name in said}
    cells = {name: cell_value(value) if isinstance(value, str) else value for name, value in said.items()}
    return {**about, "answers": cells}


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in row.items() if value is not None}
    if isinstance(said.get("answered_at"), datetime.date):
        said["answered_at"] = str(said["answered_at"])
    if isinstance(said.get("id"), UUID | float | Decimal):
        said["id"] = str(said["id"]) if isinstance(said["id"], UUID) else whole_number(said["id"]) or said["id"]
    return said


def _plain(value: Any) -> Any:
    """Return a value as plain data; None for one that is missing.

    >>> _plain((1, float("nan"))), _plain({"a": {"b"}}), _plain(1 + 2j)
    ([1, None], {'a': ['b']}, '(1+2j)')
    """
    if value is None or type(value).__name__ in _NOTHING or (isinstance(value, float) and math.isnan(value)):
        return None
    if hasattr(value, "tolist"):  # of numpy
        value = value.tolist()
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, int) and value.bit_length() > _MOST_BITS:
        return hex(value)
    if isinstance(value, _AS_THEY_ARE):
        return value
    try:
        return str(value)
    except Exception:  # whatever things say of themselves
        return type(value).__name__
