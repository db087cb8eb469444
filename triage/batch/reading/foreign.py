"""Rows of files of other forms, in blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.batch.judging.faults import Fault, RowPlace
from triage.batch.reading.blocks import ColumnBlock, FaultBlock, RowBlock, RowPlaces, with_faults
from triage.foreign.form import ColumnRows, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.batch.reading.blocks import Block
    from triage.batch.reading.files import InputFile
    from triage.foreign.form import RowFault

__all__ = ["foreign_blocks_of"]

_ROWS = 5_000
"""Rows in a block, where they come one by one."""


def _place(file: InputFile, line: int | None, row: int | None) -> RowPlace:
    at = line if line is not None else row
    return RowPlace(str(file.path), line, row, file.stem if at is None else f"{file.path.name}:{at}")


def foreign_blocks_of(file: InputFile) -> Iterator[Block]:
    """Yield the blocks of a file of another form; a fault that ends it comes last."""
    return with_faults(file.path, _blocks_of(file))


def _blocks_of(file: InputFile) -> Iterator[Block]:
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
                yield _block(plain, rows)
                rows = []
            if isinstance(one, ColumnRows):
                at = RowPlaces(plain, are_lines=one.are_lines, numbers=np.array(one.lines, np.int32))
                yield ColumnBlock(one.batch, at, one.size, one_fault_a_row=True)
            elif not isinstance(one, Row):
                yield FaultBlock((_fault(plain, one),))
    except Exception:
        if rows:
            yield _block(plain, rows)
        raise
    if rows:
        yield _block(plain, rows)


def _block(file: InputFile, rows: list[tuple[Any, RowPlace]]) -> RowBlock:
    return RowBlock(
        [raw for raw, _ in rows], RowPlaces(file, listed=[place for _, place in rows]), one_fault_a_row=True
    )


def _fault(file: InputFile, wrong: RowFault) -> Fault:
    place = _place(file, wrong.line, wrong.row)
    message = wrong.said(place.unnamed)
    return Fault(place.file, place.line, place.row, wrong.id, wrong.question, wrong.found, None, message, wrong.hint)
