"""Results as Parquet: lists of codes as lists, texts that stand in many rows stored once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from triage.safe_writing import cannot_write, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ParquetFile", "parquet_file"]


class ParquetFile:
    """Writes batches of results, one after the other."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.wanted = True
        """Set this to False to leave the file as it was."""
        # Without the schema of Arrow in it, readers see plain texts, not categories. The least and the greatest code
        # of a list say nothing, and finding them takes a third of the time.
        self._writer = parquet.ParquetWriter(path, schema, store_schema=False, write_statistics=["id"])

    def write(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


@contextmanager
def parquet_file(path: Path, schema: pa.Schema) -> Iterator[ParquetFile]:
    """Open a Parquet file for writing; it appears when the block ends without an error.

    Raises:
        DataFault: the folder does not exist or may not be written to, or the disk is full.

    """
    with unfinished_file(path) as unfinished:
        try:
            file = ParquetFile(unfinished, schema)
            try:
                yield file
            finally:
                file.close()
        except (pa.ArrowException, OSError) as error:
            raise cannot_write(path, error) from None
        if not file.wanted:
            unfinished.unlink()
