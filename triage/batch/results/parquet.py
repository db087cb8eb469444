"""Results as Parquet: lists of codes as lists, texts that stand in many rows stored once."""

from __future__ import annotations

import base64
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from triage.batch.reading.arrow import as_json_values, without_codes
from triage.batch.results.tables import MIXED
from triage.documents.json_values import from_json
from triage.documents.safe_writing import cannot_write, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ParquetFile", "parquet_file"]


class ParquetFile:
    """Writes batches of results, one after the other.

    Columns that are carried along have the types of their values, which are known only when all are there. So a type
    that turns out too narrow begins another part, and parts are put together at the end.
    """

    def __init__(self, path: Path, header: pa.Schema) -> None:
        self.wanted = True
        """Set this to False to leave the file as it was."""
        self.mixed: set[str] = set()
        """The columns of which the values have several types, so that they are texts here."""
        self._path = path
        self._met = header
        """The types met so far; that of nothing for a column of which no value was met."""
        self._schema: pa.Schema = None
        self._writer: Any = None
        self._aside = ExitStack()
        self._parts: list[Path] = []
        self._begin(path)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        self.mixed.update(field.name for field in batch.schema if MIXED in (field.metadata or {}))
        fitting = None
        while fitting is None:
            self._widen(batch.schema)
            try:
                fitting = _with_types(batch, self._schema)
            except _TooNarrow as one:
                self.mixed.add(one.column)
                self._met = _changed(self._met, one.column)
        self._writer.write_batch(fitting)

    def finish(self) -> None:
        """Put the parts together."""
        self._writer.close()
        done = len(self._parts) == 1
        while not done:
            try:
                with unfinished_file(self._path) as whole:
                    self._put_together(whole)
                done = True
            except _TooNarrow as one:
                self.mixed.add(one.column)
                self._schema = _changed(self._schema, one.column)

    def close(self) -> None:
        """Close the file, and leave nothing beside it."""
        self._writer.close()
        for part in self._parts[1:]:
            part.unlink(missing_ok=True)
        self._aside.close()

    def _begin(self, path: Path) -> None:
        self._schema = pa.schema([pa.field(field.name, _filled(field.type)) for field in self._met])
        self._writer = _writer(path, self._schema)
        self._parts.append(path)

    def _widen(self, others: pa.Schema) -> None:
        types = []
        for met, other in zip(self._met, others, strict=True):
            types.append(_common(met.type, other.type))
            if _becomes_text(met.type, types[-1]) or _becomes_text(other.type, types[-1]):
                self.mixed.add(met.name)
        self._met = pa.schema(list(zip(self._met.names, types, strict=True)))
        if [_filled(kind) for kind in types] != self._schema.types:
            self._writer.close()
            self._begin(self._aside.enter_context(unfinished_file(self._path)))

    def _put_together(self, whole: Path) -> None:
        with _writer(whole, self._schema) as writer:
            for part in self._parts:
                with parquet.ParquetFile(part) as file:
                    for batch in file.iter_batches(use_threads=False):
                        writer.write_batch(_with_types(batch, self._schema))


class _TooNarrow(Exception):
    """A value does not fit into its column."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def _writer(path: Path, schema: pa.Schema) -> parquet.ParquetWriter:
    # Without the schema of Arrow in it, readers see plain texts, not categories. The least and the greatest code
    # of a list say nothing, and finding them takes a third of the time.
    writer = parquet.ParquetWriter(path, schema, store_schema=False, write_statistics=["id"])
    # But Parquet itself knows neither durations nor zones of time.
    types = pa.schema([pa.field(field.name, without_codes(field.type)) for field in schema])
    writer.add_key_value_metadata({"ARROW:schema": base64.b64encode(types.serialize()).decode()})
    return writer


def _filled(kind: pa.DataType) -> pa.DataType:
    """Return the type as which a column is written; texts, where no value was met."""
    if pa.types.is_list(kind):
        return pa.list_(_filled(kind.value_type))
    return pa.string() if pa.types.is_null(kind) else kind


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """Return the type that the values of two types have together; that of texts where there is none."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    if pa.types.is_list(one) and pa.types.is_list(other):
        inside = _common(one.value_type, other.value_type)
        if inside != pa.string() or pa.string() in (one.value_type, other.value_type):
            return pa.list_(inside)
    if _is_number(one) and _is_number(other):
        return pa.unify_schemas([pa.schema({"": one}), pa.schema({"": other})], promote_options="permissive").types[0]
    return pa.string()


def _becomes_text(kind: pa.DataType, common: pa.DataType) -> bool:
    if pa.types.is_list(kind) and pa.types.is_list(common):
        return _becomes_text(kind.value_type, common.value_type)
    return bool(common == pa.string() and kind not in (pa.string(), pa.null()))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _changed(schema: pa.Schema, column: str) -> pa.Schema:
    """Return a schema with one of its columns for texts."""
    return pa.schema([pa.field(name, pa.string()) if name == column else schema.field(name) for name in schema.names])


def _with_types(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return a batch with other types of columns.

    Raises:
        _TooNarrow: a value has no form in one of them.

    """
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        try:
            columns.append(_cast(column, field.type))
        except pa.ArrowInvalid:
            raise _TooNarrow(field.name) from None
    return pa.record_batch(columns, schema=schema)


def _cast(column: Any, kind: pa.DataType) -> Any:
    if column.type == kind:
        return column
    if column.null_count == len(column):
        return pa.nulls(len(column), kind)
    if kind == pa.string() and not pa.types.is_dictionary(column.type):
        return pa.array(from_json(as_json_values(column)), kind)
    return column.cast(kind)


@contextmanager
def parquet_file(path: Path, header: pa.Schema) -> Iterator[ParquetFile]:
    """Open a Parquet file for writing; it appears when the block ends without an error.

    Raises:
        DataFault: the folder does not exist or may not be written to, or the disk is full.

    """
    with unfinished_file(path) as unfinished:
        try:
            file = ParquetFile(unfinished, header)
            try:
                yield file
                if file.wanted:
                    file.finish()
            finally:
                file.close()
        except (pa.ArrowException, OSError) as error:
            raise cannot_write(path, error) from None
        if not file.wanted:
            unfinished.unlink()
