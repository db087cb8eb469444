"""Results as Parquet: lists of codes as lists, texts that stand in many rows stored once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet

from triage.batch.column_writing import ResultColumns
from triage.batch.json_texts import from_json
from triage.safe_writing import cannot_write, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from triage.batch.bit_engine import Conclusions
    from triage.batch.result_parts import Part

__all__ = ["ParquetFile", "parquet_file"]


class ParquetFile:
    """Makes columns of results, which several threads may do, and writes them, one batch after the other."""

    def __init__(self, path: Path, parts: Sequence[Part], *, with_id: bool, keep: Sequence[str] = ()) -> None:
        self._columns = ResultColumns(parts, coded=True)
        self._with_id = with_id
        self._keep = keep
        self.wanted = True
        """Set this to False to leave the file as it was."""
        fields = [pa.field("id", pa.string())] if with_id else []
        self._schema = pa.schema([*fields, *self._columns.schema, *(pa.field(name, pa.string()) for name in keep)])
        # Without the schema of Arrow in it, readers see plain texts, not categories.
        self._writer = parquet.ParquetWriter(path, self._schema, store_schema=False)

    def of(
        self, conclusions: Conclusions, ids: Sequence[bytes], kept: Mapping[str, Sequence[bytes | None]]
    ) -> pa.RecordBatch:
        """Return the results of some cases as columns."""
        columns = [pa.array(from_json(ids), pa.string())] if self._with_id else []
        columns += self._columns.of(conclusions)
        columns += [pa.array(from_json(kept[name]), pa.string()) for name in self._keep]
        return pa.record_batch(columns, schema=self._schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write columns that ``of`` returned."""
        self._writer.write_batch(batch)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


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
            file = ParquetFile(unfinished, parts, with_id=with_id, keep=keep)
            try:
                yield file
            finally:
                file.close()
        except (pa.ArrowException, OSError) as error:
            raise cannot_write(path, error) from None
        if not file.wanted:
            unfinished.unlink()
