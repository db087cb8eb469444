"""Blocks: some rows each, never more than fits into memory, with the place each row came from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from triage.answers.row_faults import Fault, GoodRow, RowPlace, fault_of_file
from triage.documents.bounded_reading import cannot_read
from triage.documents.packed_files import unreadable
from triage.documents.problems import DataFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from pyarrow import RecordBatch

    from triage.batch.reading.files import FileIdentity, InputFile
    from triage.circuit.machine_words import Numbers, Places, Words

    FileLines = list[tuple[str, NDArray[np.int32]]]
    """Files, each with the lines (or rows) that some rows came from, in order."""

__all__ = [
    "MARGIN",
    "Block",
    "ColumnBlock",
    "FaultBlock",
    "FilePart",
    "LineBlock",
    "RowBlock",
    "RowPlaces",
    "RowsRead",
    "TableBlock",
    "TableHeader",
    "Text",
    "different_pieces",
    "joined",
    "with_faults",
    "with_margins",
]


@dataclass(frozen=True)
class RowPlaces:
    """Where the rows of a block stand: in a file, one after the other or each by its number, or wherever is listed."""

    file: InputFile
    first: int = 1
    """The number of the first row."""
    are_lines: bool = True
    """Whether these are numbers of lines; else of rows."""
    numbers: NDArray[np.int32] | None = None
    """The number of each row, where they do not stand one after the other."""
    listed: Sequence[RowPlace] | None = None
    """The place of each row, where nothing else says it."""
    name: str = ""
    """What the id of a row that says none begins with, if not with the name of the file."""

    def of(self, row: int) -> RowPlace:
        """Return where a row stands."""
        if self.listed is not None:
            return self.listed[row]
        number = self.first + row if self.numbers is None else int(self.numbers[row])
        line, in_table = (number, None) if self.are_lines else (None, number)
        return RowPlace(str(self.file.path), line, in_table, f"{self.name or f'{self.file.path.name}:'}{number}")

    def by_file(self, rows: Places) -> FileLines:
        """Return where many rows stand."""
        if self.listed is not None:
            places = (self.listed[row] for row in rows.tolist())
            return [
                (file, np.array([place.line or place.row or 0 for place in listed], np.int32))
                for file, listed in groupby(places, lambda place: place.file)
            ]
        numbers = (rows + self.first).astype(np.int32) if self.numbers is None else self.numbers[rows]
        return [(str(self.file.path), numbers)]


@dataclass(frozen=True)
class LineBlock:
    """Lines of JSON."""

    text: bytes
    """With margins."""
    at: RowPlaces


def joined(blocks: Sequence[LineBlock]) -> LineBlock:
    """Return listed lines of several blocks as one block."""
    text = b"".join(block.text[MARGIN:-MARGIN] for block in blocks)
    listed = [place for block in blocks for place in block.at.listed or ()]
    return LineBlock(with_margins(text), RowPlaces(blocks[0].at.file, listed=listed))


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
    header: TableHeader
    at: RowPlaces


@dataclass(frozen=True)
class RowBlock:
    """Rows as plain data."""

    rows: Sequence[Any]
    at: RowPlaces
    one_fault_a_row: bool = False
    """Whether the first fault of a row is all that is told of it: where all rows have many, nobody reads them."""


@dataclass(frozen=True)
class ColumnBlock:
    """Rows as columns of Arrow."""

    batch: RecordBatch
    at: RowPlaces
    size: int = 0
    """About how many bytes of the file these rows are."""
    one_fault_a_row: bool = False
    """See ``RowBlock``."""


@dataclass(frozen=True)
class FaultBlock:
    """What is wrong with a file, in place of rows."""

    faults: tuple[Fault, ...]

    @classmethod
    def of(cls, fault: DataFault) -> FaultBlock:
        """Return what is wrong with a file as a block."""
        return cls(tuple(fault_of_file(problem) for problem in fault.problems))


@dataclass(frozen=True)
class RowsRead:
    """What became of the rows of a block, each by its number from 0; a blank line is no row."""

    good: Places
    """The rows that were read quickly."""
    answers: Words
    """A column for each of them."""
    ids: Sequence[bytes | None]
    """The id of each of them, as JSON; None for one that says none."""
    left: Sequence[tuple[int, GoodRow | list[Fault]]]
    """The other rows, in order, as the exact reader reads them."""
    kept: Mapping[str, Any]
    """By column to keep: the value of each row of the block, as JSON or as a column of Arrow."""
    names: Iterable[str] = ()
    """The names of columns that were met, but for those that are kept."""


Block = LineBlock | TableBlock | RowBlock | ColumnBlock | FaultBlock


def with_faults(path: Path, blocks: Iterator[Block]) -> Iterator[Block]:
    """Yield blocks of a file; a fault that ends them comes last."""
    try:
        yield from blocks
    except DataFault as fault:
        yield FaultBlock.of(fault)
    except unreadable() as error:
        yield FaultBlock.of(cannot_read(path, error))


@dataclass(frozen=True)
class FilePart:
    """A part of a file that any process can read without what stands before it; it is iterated for its blocks."""

    file: InputFile
    begin: int
    """Where it begins: a byte of a text, or which group of rows of a Parquet file."""
    size: int
    """Bytes of the file that are read for it."""
    first: int
    """The number of its first line or row, from 1."""
    identity: FileIdentity
    """Which file it was that stood there when it was cut into parts."""
    read: Callable[[FilePart], Iterator[Block]]

    def __iter__(self) -> Iterator[Block]:
        """Yield its blocks."""
        return with_faults(self.file.path, self.read(self))


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
