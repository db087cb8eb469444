"""Parquet files in blocks; texts that stand in them once for many rows come as such."""

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from triage.batch.reading.arrow import refuse_repeated_names
from triage.batch.reading.blocks import ColumnBlock, FilePart, RowPlaces, with_faults
from triage.batch.reading.files import identity_of
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.batch.reading.blocks import Block
    from triage.batch.reading.files import InputFile

__all__ = ["column_blocks_of", "column_parts_of"]

_ROWS = 65_536
"""Rows read at a time."""


def column_parts_of(file: InputFile) -> Iterator[FilePart]:
    """Yield the parts of a Parquet file.

    Raises:
        DataFault: it cannot be read, or has a column twice.

    """
    with _opened(file) as table:
        yield from table.row_groups()


def _blocks_of_group(group: FilePart) -> Iterator[Block]:
    with _opened(group.file) as table:
        group.file.refuse_another(table.stream, group.identity)
        yield from table.blocks(group)


def column_blocks_of(file: InputFile) -> Iterator[Block]:
    """Yield the blocks of a Parquet file."""
    return with_faults(file.path, _blocks_of(file))


def _blocks_of(file: InputFile) -> Iterator[Block]:
    with _opened(file) as table:
        for group in table.row_groups():
            yield from table.blocks(group)


@contextmanager
def _opened(file: InputFile) -> Iterator[_Table]:
    """Open a Parquet file.

    Raises:
        DataFault: it cannot be read, or has a column twice.

    """
    try:
        with file.open() as stream:
            yield _Table(stream, file)
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        problem = Problem(Place(str(file.path)), f"This is no Parquet file that can be read: {reason}")
        raise DataFault([problem]) from None


class _Table:
    """An open Parquet file."""

    def __init__(self, stream: IO[bytes], file: InputFile) -> None:
        self.stream = stream
        self._file = file
        self._metadata = parquet.read_metadata(stream)
        refuse_repeated_names(self._metadata.schema.to_arrow_schema(), str(file.path))
        # Ids are all different.
        self._texts = [path for path in _paths_of_texts(self._metadata.schema) if path != "id"]

    def row_groups(self) -> Iterator[FilePart]:
        """Yield the parts of the file."""
        first = 1
        for number in range(self._metadata.num_row_groups):
            rows = self._metadata.row_group(number).num_rows
            size = self._file.size * rows // max(1, self._metadata.num_rows)
            if rows:  # Arrow would begin to read none in a thread, and abort where the process ends before the thread
                yield FilePart(self._file, number, size, first, identity_of(self.stream), _blocks_of_group)
            first += rows

    def blocks(self, group: FilePart) -> Iterator[ColumnBlock]:
        """Yield the rows of a part."""
        rows = self._metadata.row_group(group.begin).num_rows
        read = 0
        for batch in self._batches(group.begin):
            at = RowPlaces(self._file, group.first + read, are_lines=False)
            yield ColumnBlock(batch, at, group.size * batch.num_rows // max(1, rows))
            read += batch.num_rows
        if read != rows:
            # A fault of the library, seen with single rows in pages of their own.
            message = f"Only {read:,} of {rows:,} rows could be read from a part of this file."
            raise DataFault([Problem(Place(str(self._file.path)), message, "Write the file with larger row groups.")])

    def _batches(self, group: int) -> Iterator[pa.RecordBatch]:
        read = 0
        try:
            for batch in self._reader(self._texts).iter_batches(_ROWS, [group], use_threads=False):
                yield batch
                read += batch.num_rows
        except pa.ArrowNotImplementedError:
            # Texts inside lists come coded only as long as all of them in a batch share one dictionary.
            flat = [path for path in self._texts if "." not in path]
            for batch in self._reader(flat).iter_batches(_ROWS, [group], use_threads=False):
                if read < batch.num_rows:
                    yield batch.slice(read)
                read = max(0, read - batch.num_rows)

    def _reader(self, coded: list[str]) -> parquet.ParquetFile:
        return parquet.ParquetFile(self.stream, metadata=self._metadata, read_dictionary=coded)


def _paths_of_texts(schema: parquet.ParquetSchema) -> list[str]:
    columns = [schema.column(at) for at in range(len(schema.names))]
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
