"""Rows of files of other forms, in blocks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from triage.batch.judging.faults import Fault, RowPlace
from triage.batch.reading.blocks import ColumnBlock, FaultBlock, RowBlock
from triage.batch.reading.files import cannot_read, unreadable
from triage.documents.problems import DataFault
from triage.exchange.form import ColumnRows, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from triage.batch.judging.bits import Places
    from triage.batch.reading.blocks import Block, FileLines
    from triage.batch.reading.files import InputFile
    from triage.exchange.form import RowFault

__all__ = ["foreign_blocks_of"]

_ROWS = 5_000
"""Rows in a block, where they come one by one."""


@dataclass(frozen=True)
class ForeignRows(RowBlock):
    """Rows as plain data."""

    one_fault_a_row: ClassVar[bool] = True


@dataclass(frozen=True)
class ForeignColumns(ColumnBlock):
    """Rows as columns, which stand in lines of a text."""

    lines: NDArray[np.int32] | None = None
    are_lines: bool = True
    one_fault_a_row: ClassVar[bool] = True

    def place(self, row: int) -> RowPlace:
        """Return where a row stands."""
        assert self.lines is not None
        return _place(self.file, *((int(self.lines[row]), None) if self.are_lines else (None, int(self.lines[row]))))

    def places(self, rows: Places) -> FileLines:
        """Return where many rows stand."""
        assert self.lines is not None
        return [(str(self.file.path), self.lines[rows])]


def _place(file: InputFile, line: int | None, row: int | None) -> RowPlace:
    at = line if line is not None else row
    return RowPlace(str(file.path), line, row, file.stem if at is None else f"{file.path.name}:{at}")


def foreign_blocks_of(file: InputFile) -> Iterator[Block]:
    """Yield the blocks of a file of another form; a fault that ends it comes last."""
    from dataclasses import replace

    assert file.opened is not None
    plain = replace(file, opened=None)
    rows: list[tuple[Any, RowPlace]] = []
    try:
        for one in file.opened.rows():
            if isinstance(one, Row):
                rows.append((one.raw, _place(plain, one.line, one.row)))
                if len(rows) < _ROWS:
                    continue
            if rows:
                yield ForeignRows(tuple(rows))
                rows = []
            if isinstance(one, ColumnRows):
                lines = np.array(one.lines, np.int32)
                yield ForeignColumns(one.batch, plain, 0, one.size, lines, one.are_lines)
            elif not isinstance(one, Row):
                yield FaultBlock((_fault(plain, one),))
        if rows:
            yield ForeignRows(tuple(rows))
        return
    except DataFault as error:
        fault = error
    except unreadable() as error:
        fault = cannot_read(file.path, error)
    if rows:
        yield ForeignRows(tuple(rows))
    yield FaultBlock.of(fault)


def _fault(file: InputFile, wrong: RowFault) -> Fault:
    place = _place(file, wrong.line, wrong.row)
    message = wrong.said(place.unnamed)
    return Fault(place.file, place.line, place.row, wrong.id, wrong.question, wrong.found, None, message, wrong.hint)
