"""Blocks: some rows each, never more than fits into memory, with the place each row came from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.batch.faults import Fault, RowPlace, fault_of_file
from triage.batch.text_pieces import MARGIN, with_margins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from pyarrow import RecordBatch

    from triage.batch.bit_layout import Places
    from triage.batch.input_files import InputFile
    from triage.batch.table_header import TableHeader
    from triage.documents.problems import DataFault

    FileLines = list[tuple[str, NDArray[np.int32]]]
    """Files, each with the lines (or rows) that some rows came from, in order."""

__all__ = ["Block", "ColumnBlock", "FaultBlock", "LineBlock", "RowBlock", "TableBlock", "joined"]


def _by_file(places: Iterable[RowPlace]) -> FileLines:
    return [
        (file, np.array([place.line or place.row or 0 for place in listed], np.int32))
        for file, listed in groupby(places, lambda place: place.file)
    ]


@dataclass(frozen=True)
class LineBlock:
    """Lines of JSON."""

    text: bytes
    """With margins."""
    file: InputFile
    first_line: int
    listed: tuple[RowPlace, ...] | None = None
    """Where each line came from, if not from the lines of a file."""

    def place(self, line: int) -> RowPlace:
        """Return where a line came from."""
        if self.listed is not None:
            return self.listed[line]
        number = self.first_line + line
        return RowPlace(str(self.file.path), number, None, f"{self.file.path.name}:{number}")

    def places(self, lines: Places) -> FileLines:
        """Return where many lines came from."""
        if self.listed is not None:
            return _by_file(self.listed[line] for line in lines.tolist())
        return [(str(self.file.path), (lines + self.first_line).astype(np.int32))]


def joined(blocks: Sequence[LineBlock]) -> LineBlock:
    """Return listed lines of several blocks as one block."""
    text = b"".join(block.text[MARGIN:-MARGIN] for block in blocks)
    listed = tuple(place for block in blocks for place in block.listed or ())
    return LineBlock(with_margins(text), blocks[0].file, 1, listed)


@dataclass(frozen=True)
class TableBlock:
    """Rows of a table as text."""

    text: bytes
    """With margins."""
    file: InputFile
    first_line: int
    header: TableHeader

    def place(self, line: int) -> RowPlace:
        """Return where a line came from."""
        number = self.first_line + line
        return RowPlace(str(self.file.path), number, None, f"{self.file.path.name}:{number}")

    def places(self, lines: Places) -> FileLines:
        """Return where many lines came from."""
        return [(str(self.file.path), (lines + self.first_line).astype(np.int32))]


@dataclass(frozen=True)
class RowBlock:
    """Rows as plain data."""

    rows: tuple[tuple[Any, RowPlace], ...]

    def place(self, row: int) -> RowPlace:
        """Return where a row came from."""
        return self.rows[row][1]

    def places(self, rows: Places) -> FileLines:
        """Return where many rows came from."""
        return _by_file(self.rows[row][1] for row in rows.tolist())


@dataclass(frozen=True)
class ColumnBlock:
    """Rows of a Parquet file."""

    batch: RecordBatch
    file: InputFile
    first: int
    """The number of its first row in the file, from 0."""
    size: int = 0
    """About how many bytes of the file these rows are."""

    def place(self, row: int) -> RowPlace:
        """Return where a row of this block stands."""
        number = self.first + row + 1
        return RowPlace(str(self.file.path), None, number, f"{self.file.path.name}:{number}")

    def places(self, rows: Places) -> FileLines:
        """Return where many rows of this block stand."""
        return [(str(self.file.path), (rows + self.first + 1).astype(np.int32))]


@dataclass(frozen=True)
class FaultBlock:
    """What is wrong with a file, in place of rows."""

    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, fault: DataFault) -> FaultBlock:
        """Return what is wrong with a file as a block."""
        return cls(tuple(fault_of_file(problem) for problem in fault.problems))


Block = LineBlock | TableBlock | RowBlock | ColumnBlock | FaultBlock
