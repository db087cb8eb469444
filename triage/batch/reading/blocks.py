"""Blocks: some rows each, never more than fits into memory, with the place each row came from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute

from triage.batch.judging.faults import Fault, RowPlace, fault_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray
    from pyarrow import RecordBatch

    from triage.batch.judging.bits import Places
    from triage.batch.reading.files import InputFile
    from triage.documents.problems import DataFault

    FileLines = list[tuple[str, NDArray[np.int32]]]
    """Files, each with the lines (or rows) that some rows came from, in order."""
    from numpy.typing import NDArray

    from triage.batch.judging.bits import Numbers

__all__ = [
    "MARGIN",
    "Block",
    "ColumnBlock",
    "FaultBlock",
    "LineBlock",
    "RowBlock",
    "TableBlock",
    "TableHeader",
    "Text",
    "different_pieces",
    "joined",
    "with_margins",
]


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
class TableHeader:
    """The names of the columns, and what stands between the cells."""

    names: tuple[str, ...]
    delimiter: str


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
    one_fault_a_row: ClassVar[bool] = False
    """Whether the first fault of a row is all that is told of it: where all rows have many, nobody reads them."""

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
    one_fault_a_row: ClassVar[bool] = False
    """See ``RowBlock``."""

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


# ---- texts in pieces ----

MARGIN = 8
"""Bytes before and after a text, so that a word of eight bytes can be read anywhere in it."""


def with_margins(*parts: bytes | memoryview) -> bytes:
    """Return a text, given in parts, with line ends before it and zeros after it."""
    return b"".join((b"\n" * MARGIN, *parts, bytes(MARGIN)))


class Text:
    """A text with margins, seen as bytes and as words of eight bytes that start at every byte."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.bytes: NDArray[np.uint8] = np.frombuffer(raw, np.uint8)
        self.words: Numbers = np.ndarray((len(raw) - 7,), "<u8", raw, strides=(1,))


def different_pieces(text: Text, ends: Places, left_out: NDArray[np.bool_]) -> tuple[list[bytes], Places]:
    """Return the different pieces of a text in the order they are met, and for each piece which of them it is.

    The first piece begins behind the margin and each other one where the piece before it ends. Pieces that are left
    out are -1.

    >>> text = Text(with_margins(b"a,b,a,"))
    >>> pieces, which = different_pieces(text, np.array([10, 12, 14]), np.zeros(3, np.bool_))
    >>> pieces, which.tolist()
    ([b'a,', b'b,'], [0, 1, 0])
    """
    offsets = np.empty(len(ends) + 1, np.int32)
    offsets[0] = MARGIN
    offsets[1:] = ends
    counted = np.packbits(~left_out, bitorder="little")
    buffers = [pa.py_buffer(counted), pa.py_buffer(offsets), pa.py_buffer(text.raw)]
    found = pa.BinaryArray.from_buffers(pa.binary(), len(ends), buffers).dictionary_encode()
    which = np.frombuffer(found.indices.buffers()[1], np.int32, len(ends)).astype(np.intp)
    which[left_out] = -1
    return found.dictionary.to_pylist(), which
