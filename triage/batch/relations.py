"""Tables in memory: Arrow, pandas, polars and DuckDB in, the same out; and batches of a cluster, one after the other.

All of it goes by Arrow, which all of these can be read from and written to.
"""

from __future__ import annotations

import importlib
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from triage.batch.arrow_schema import refuse_repeated_columns
from triage.batch.bit_engine import BitEngine
from triage.batch.blocks import ColumnBlock
from triage.batch.column_writing import ResultColumns
from triage.batch.faults import RowPlace
from triage.batch.input_files import InputFile
from triage.batch.json_texts import from_json
from triage.batch.result_parts import result_parts
from triage.batch.row_reading import RowReader
from triage.former_report import FormerReport
from triage.score_line import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from triage.batch.faults import Fault
    from triage.protocol import Protocol

__all__ = ["FAULTS", "ArrowScorer", "ScoredRelation", "score_relation"]

FAULTS = "faults"
"""The column of a cluster's results that says what is wrong with a row; null where nothing is."""
_ROWS = 65_536
_LISTED = ("types", "causes", "warning_signs", "could_not_rule_out", "rules")
_RELATION = InputFile(Path("relation"), "columns", Path("relation"))


class ScoredRelation(NamedTuple):
    """What came out of a relation."""

    results: Any
    """A row for each good row, in their order: the fields of ``triage score``, and the columns to keep."""
    faults: list[Fault]
    """What is wrong with the other rows."""


def score_relation(
    relation: Any, protocol: Protocol, *, fields: Sequence[str] = FIELDS, keep: Sequence[str] = ()
) -> ScoredRelation:
    """Score the rows of a relation; its columns are those of a table of answers.

    Args:
        relation: a pandas or polars frame, an Arrow table, batch or reader, or a DuckDB relation.
        protocol: the rules.
        fields: the fields wanted.
        keep: other columns to carry along.

    Returns:
        The results as pandas for pandas, as polars for polars, and as an Arrow table otherwise; DuckDB reads that too.

    Raises:
        TypeError: the relation is none of these.
        ValueError: a column to keep is called like a field, or a field is not known.
        DataFault: a column stands there twice.

    Warns:
        UserWarning: some rows answer an earlier questionnaire; it says what was taken over, and what to ask again.

    """
    fields, keep = _checked(fields, keep)
    reader = _reader(relation)
    refuse_repeated_columns(reader.schema, "relation")
    faults: list[Fault] = []
    tables = []
    scorer = _Scorer(protocol, fields, keep)
    nothing = pa.record_batch([pa.nulls(0, field.type) for field in reader.schema], schema=reader.schema)
    tables.append(scorer.score(nothing).good_rows())
    for batch in reader:
        for first in range(0, batch.num_rows, _ROWS):
            scored = scorer.score(batch.slice(first, _ROWS))
            tables.append(scored.good_rows())
            faults += scored.faults
    scorer.warn_of_former_answers()
    return ScoredRelation(_like(relation, pa.concat_tables(tables)), faults)


class ArrowScorer:
    """A function from Arrow record batches to Arrow record batches, as Spark, Ray and Dask take it.

    Each row of the input gives one row of the output, in order. A row with faults has nothing but its id, the columns
    to keep, and the faults. The scorer can be sent to other machines, which need the protocol's folder if one is named.

    >>> # frame.mapInArrow(ArrowScorer(keep=["clinic"]), ArrowScorer.spark_schema(keep={"clinic": "string"}))
    """

    def __init__(
        self, protocol: str | Path | None = None, *, fields: Sequence[str] = FIELDS, keep: Sequence[str] = ()
    ) -> None:
        self._protocol = None if protocol is None else str(protocol)
        self._fields, self._keep = _checked(fields, keep)

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Score batches one after the other."""
        from triage import load_protocol

        scorer = _Scorer(load_protocol(self._protocol), self._fields, self._keep)
        for batch in batches:
            refuse_repeated_columns(batch.schema, "batch")
            yield from scorer.score(batch).all_rows().to_batches()
        scorer.warn_of_former_answers()

    @staticmethod
    def spark_schema(fields: Sequence[str] = FIELDS, keep: Mapping[str, str] | None = None) -> str:
        """Return the columns of the output as Spark names them; ``keep`` says the types of the columns to keep.

        >>> ArrowScorer.spark_schema(["id", "types"], {"clinic": "string"})
        'id string, types array<string>, `clinic` string, faults array<string>'
        """
        columns = [
            f"{field} {'array<string>' if field in _LISTED else 'string'}" for field in FIELDS if field in fields
        ]
        columns += [f"`{name}` {kind}" for name, kind in (keep or {}).items()]
        return ", ".join([*columns, f"{FAULTS} array<string>"])


class _Scored(NamedTuple):
    """What became of one batch."""

    batch: pa.RecordBatch
    good: pa.Array
    """The numbers of the good rows."""
    results: pa.Table
    """A row for each of them."""
    faults: list[Fault]
    first: int
    """The number of the first row."""
    keep: tuple[str, ...]

    def good_rows(self) -> pa.Table:
        """Return the good rows with the columns to keep."""
        kept = pa.table({name: _usual(self.batch[name]) for name in self.keep if name in self.batch.schema.names})
        return _with_columns(self.results, kept.take(self.good) if kept.num_columns else kept, self.keep)

    def all_rows(self) -> pa.Table:
        """Return a row for each row of the batch, with its faults."""
        rows = self.batch.num_rows
        where = np.full(rows, -1, np.int64)
        where[self.good.to_numpy()] = np.arange(len(self.good))
        table = self.results.take(pa.array(where, mask=where < 0))
        table = _with_columns(table, pa.Table.from_batches([self.batch]), self.keep)
        said: list[list[str] | None] = [None] * rows
        ids: list[str | None] = table["id"].to_pylist() if "id" in table.column_names else []
        for fault in self.faults:
            at = (fault.row or 1) - 1 - self.first
            message = f"{fault.message} {fault.hint}" if fault.hint else fault.message
            said[at] = [*(said[at] or ()), message]
            if ids:
                ids[at] = fault.id
        if ids:
            table = table.set_column(table.column_names.index("id"), "id", pa.array(ids, pa.string()))
        return table.append_column(FAULTS, pa.array(said, pa.list_(pa.string())))


class _Scorer:
    """Scores Arrow tables that follow one another."""

    def __init__(self, protocol: Protocol, fields: Sequence[str], keep: Sequence[str]) -> None:
        self._engine = BitEngine(protocol)
        self._keep = tuple(keep)
        self._with_id = "id" in fields
        self._columns = ResultColumns(result_parts(self._engine, fields), coded=False)
        self._rows = RowReader(self._engine.layout, keep)
        self._questionnaire = protocol.questionnaire
        self._former = FormerReport()
        self._done = 0

    def score(self, batch: pa.RecordBatch) -> _Scored:
        """Score a batch."""
        first = self._done
        self._done += batch.num_rows
        rows = self._rows.read(_RowsOfRelation(batch, _RELATION, first))
        self._former.add_all(rows.former)
        lines = np.concatenate([np.zeros(0, np.int64), *(lines for _, lines in rows.places)])
        conclusions = self._engine.conclude(rows.answers)
        fields = [pa.field("id", pa.string())] if self._with_id else []
        columns = [pa.array(from_json(rows.ids), pa.string())] if self._with_id else []
        results = pa.table(columns + self._columns.of(conclusions), pa.schema(fields + self._columns.schema))
        good = pa.array(lines.astype(np.int64) - 1 - first)
        return _Scored(batch, good, results, rows.faults, first, self._keep)

    def warn_of_former_answers(self) -> None:
        """Warn, once, of answers to an earlier questionnaire: what was taken over, and what to ask again."""
        if said := "\n".join(self._former.lines(self._questionnaire)):
            warnings.warn(said, stacklevel=4)


class _RowsOfRelation(ColumnBlock):
    def place(self, row: int) -> RowPlace:
        number = self.first + row + 1
        return RowPlace("relation", None, number, f"row {number}")


def _checked(fields: Sequence[str], keep: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return fields in their order and columns to keep; the two must not be mixed up."""
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    twice = [name for name in keep if name in FIELDS]
    if twice:
        raise ValueError(f"every result has a field {twice[0]!r}, so a column of that name cannot be kept")
    strange = [field for field in fields if field not in FIELDS]
    if strange:
        raise ValueError(f"no field is called {strange[0]!r}; known are {', '.join(FIELDS)}")
    return tuple(field for field in FIELDS if field in fields), keep


def _with_columns(table: pa.Table, source: pa.Table, names: Sequence[str]) -> pa.Table:
    for name in names:
        column = source[name] if name in source.column_names else pa.nulls(table.num_rows)
        table = table.append_column(name, column)
    return table


def _reader(relation: Any) -> pa.RecordBatchReader:
    """Return a relation as Arrow batches; whatever can be read that way is."""
    if isinstance(relation, pa.RecordBatchReader):
        return relation
    if _module(relation) == "polars":
        frame = relation.collect() if hasattr(relation, "collect") else relation
        return frame.to_arrow(compat_level=importlib.import_module("polars").CompatLevel.oldest()).to_reader()
    if hasattr(relation, "__arrow_c_stream__"):
        return pa.RecordBatchReader.from_stream(relation)
    if isinstance(relation, pa.RecordBatch):
        return pa.Table.from_batches([relation]).to_reader()
    if _module(relation) == "pandas":
        return pa.Table.from_pandas(relation, preserve_index=False).to_reader()
    raise TypeError(f"{type(relation).__name__} is no pandas or polars frame, Arrow table or DuckDB relation")


def _like(relation: Any, table: pa.Table) -> Any:
    """Return a table as the kind that a relation is, if that is a frame."""
    module = _module(relation)
    if module == "pandas":
        frame = table.to_pandas()
        for name in table.column_names:
            if name in _LISTED:
                frame[name] = table[name].to_pylist()
        return frame
    if module == "polars":
        return importlib.import_module("polars").from_arrow(table)
    return table


def _module(relation: Any) -> str:
    return type(relation).__module__.partition(".")[0]


def _usual(column: pa.Array) -> pa.Array:
    """Return a column of views as one of texts, since Arrow cannot pick rows of views."""
    return column.cast(pa.string()) if pa.types.is_string_view(column.type) else column
