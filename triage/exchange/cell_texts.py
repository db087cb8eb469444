"""The cells of a text by column: each different one once, and which row has which."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from triage.exchange.regular_rows import RowsOfText

__all__ = ["CellsOfText", "Coded"]

_MOST_COMBINED = 1 << 40
_RETURN = ord("\r")


@dataclass(frozen=True)
class Coded:
    """The cells of a column: the different ones, and the number of each row's."""

    texts: list[str]
    numbers: NDArray[np.int64]

    def text(self, row: int) -> str:
        """Return the cell of a row."""
        return self.texts[int(self.numbers[row])]


class CellsOfText:
    """The cells of rows that all have as many as there are columns.

    Columns that stand side by side and are wanted together are cut out together: there are far fewer different
    combinations of boxes than boxes.
    """

    def __init__(self, text: bytes, rows: RowsOfText, delimiter: str) -> None:
        self._text = text
        self._buffer = pa.py_buffer(text)
        self._delimiter = delimiter
        many = len(rows.starts)
        cuts = rows.cuts.reshape(many, -1)
        last = rows.ends - 1
        last = last - (np.frombuffer(text, np.uint8)[last - 1] == _RETURN)
        self._begins = np.column_stack((rows.starts, cuts + 1))
        self._ends = np.column_stack((cuts, last))

    def of(self, at: int) -> Coded:
        """Return the cells of one column."""
        pieces, numbers = self._cut(at, at)
        return Coded([cells[0] for cells in self._taken_apart(pieces, 1)], numbers)

    def together(self, columns: Sequence[int]) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
        """Return the different combinations of cells in some columns, and the number of each row's."""
        if list(columns) == list(range(columns[0], columns[0] + len(columns))):
            pieces, numbers = self._cut(columns[0], columns[-1])
            return self._taken_apart(pieces, len(columns)), numbers
        return _combined([self.of(at) for at in columns])

    def _cut(self, first: int, last: int) -> tuple[list[bytes], NDArray[np.int64]]:
        """Return the different pieces of text from one column to another, and the number of each row's."""
        begins, ends = self._begins[:, first], self._ends[:, last]
        # Arrow takes pieces that follow one another; those in between count as missing.
        offsets = np.empty(2 * len(begins) + 1, np.int32)
        offsets[0:-1:2], offsets[1::2], offsets[-1] = begins, ends, ends[-1]
        there = pa.py_buffer(b"\x55" * (len(begins) // 4 + 1))
        buffers = [there, pa.py_buffer(offsets), self._buffer]
        coded: Any = pa.BinaryArray.from_buffers(pa.binary(), 2 * len(begins), buffers).dictionary_encode()
        indices = np.frombuffer(coded.indices.buffers()[1], np.int32, 2 * len(begins), 4 * coded.indices.offset)
        return coded.dictionary.to_pylist(), indices[::2].astype(np.int64)

    def _taken_apart(self, pieces: Sequence[bytes], many: int) -> list[tuple[str, ...]]:
        found = []
        for piece in pieces:
            text = piece.decode()
            if '"' in text:
                read = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True))
            else:
                read = text.split(self._delimiter) if many > 1 else [text]
            assert len(read) == many
            found.append(tuple(read))
        return found


def _combined(columns: Sequence[Coded]) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
    first = columns[0]
    keys = first.numbers
    most = len(first.texts)
    for column in columns[1:]:
        if most * len(column.texts) > _MOST_COMBINED:
            different, keys = np.unique(keys, return_inverse=True)
            most = len(different)
        keys = keys * len(column.texts) + column.numbers
        most *= len(column.texts)
    _, rows, numbers = np.unique(keys, return_index=True, return_inverse=True)
    return [tuple(column.text(row) for column in columns) for row in rows.tolist()], numbers
