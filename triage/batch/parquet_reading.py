"""Parquet files in blocks; texts that stand in them once for many rows come as such."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from triage.batch.arrow_schema import refuse_repeated_columns
from triage.batch.blocks import ColumnBlock, FaultBlock
from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyarrow import Schema
    from pyarrow.parquet import ParquetSchema

    from triage.batch.input_files import InputFile

__all__ = ["RowGroup", "column_blocks_of", "row_groups_of"]

_ROWS = 65_536
"""Rows read at a time."""


@dataclass(frozen=True)
class RowGroup:
    """A part of a Parquet file that any process can read by itself."""

    file: InputFile
    number: int
    first: int
    """The number of its first row in the file, from 0."""
    size: int
    """About how many bytes of the file it is."""

    def __iter__(self) -> Iterator[ColumnBlock | FaultBlock]:
        """Yield its blocks."""
        try:
            with _opened(self.file) as table:
                yield from _blocks(table, self.file, [self.number], self.first)
        except DataFault as fault:
            yield FaultBlock.of(fault)


def row_groups_of(file: InputFile) -> Iterator[RowGroup]:
    """Yield the parts of a Parquet file.

    Raises:
        DataFault: it cannot be read, or has a column twice.

    """
    first = 0
    with _opened(file) as table:
        for number in range(table.num_row_groups):
            rows = table.metadata.row_group(number).num_rows
            yield RowGroup(file, number, first, file.size * rows // max(1, table.metadata.num_rows))
            first += rows


def column_blocks_of(file: InputFile) -> Iterator[ColumnBlock | FaultBlock]:
    """Yield the blocks of a Parquet file."""
    try:
        with _opened(file) as table:
            if not _holds_dictionaries(table.schema_arrow):
                yield from _blocks(table, file, None, 0)
                return
            # Arrow cannot put dictionaries inside lists together over two row groups.
            first = 0
            for number in range(table.num_row_groups):
                yield from _blocks(table, file, [number], first)
                first += table.metadata.row_group(number).num_rows
    except DataFault as fault:
        yield FaultBlock.of(fault)


@contextmanager
def _opened(file: InputFile) -> Iterator[parquet.ParquetFile]:
    """Open a Parquet file.

    Raises:
        DataFault: it cannot be read, or has a column twice.

    """
    try:
        with file.open() as stream:
            schema = parquet.ParquetFile(stream)
            refuse_repeated_columns(schema.schema_arrow, str(file.path))
            stream.seek(0)
            yield parquet.ParquetFile(stream, read_dictionary=_columns_of_texts(schema.schema))
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        problem = Problem(Place(str(file.path)), f"This is no Parquet file that can be read: {reason}")
        raise DataFault([problem]) from None


def _blocks(table: parquet.ParquetFile, file: InputFile, groups: list[int] | None, first: int) -> Iterator[ColumnBlock]:
    rows = max(1, table.metadata.num_rows)
    for batch in table.iter_batches(_ROWS, groups, use_threads=False):
        yield ColumnBlock(batch, file, first, file.size * batch.num_rows // rows)
        first += batch.num_rows


def _holds_dictionaries(schema: Schema) -> bool:
    return any("dictionary<" in str(field.type) and field.type.num_fields for field in schema)


def _columns_of_texts(schema: ParquetSchema) -> list[str]:
    """Return the columns of texts, but for the ids, which are all different, and lists, for which Arrow cannot."""
    columns = [schema.column(at) for at in range(len(schema.names))]
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    return [path for path in texts if path != "id" and "." not in path]
