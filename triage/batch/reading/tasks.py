"""Tasks: what is read and scored in one go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.answers.row_faults import Fault, RowPlace, fault_of_file
from triage.batch.reading.blocks import (
    ColumnBlock,
    FaultBlock,
    LineBlock,
    RowBlock,
    RowPlaces,
    TableBlock,
    joined,
    with_faults,
)
from triage.batch.reading.files import InputFile
from triage.batch.reading.text import text_blocks_of, text_parts_of
from triage.documents.problems import DataFault, Problem
from triage.foreign.form import ColumnRows, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.batch.reading.blocks import Block, FilePart
    from triage.foreign.form import RowFault

__all__ = ["Task", "tasks_of"]

_TEXT_AT_ONCE = 16 << 20
"""Bytes of text that are judged at once; much fewer, and the steps cost more than the rows.

A long file may begin with an eighth, and twice as much each time, so that its first results come early.
"""
_NO_FILE = InputFile(Path(), "document", Path())
_SMALL_FILE = 1 << 16
_SMALL_TEXT_AT_ONCE = 1 << 20
"""Bytes of small files that are put together into one block."""
_ROWS_AT_ONCE = 5_000
"""Rows of another form in a block, where they come one by one."""


@dataclass(frozen=True)
class Task:
    """Some blocks of one file."""

    file: InputFile
    blocks: Iterable[Block]
    """Blocks that were read, or what reads them."""
    size: int
    """Bytes of the file that are read for them."""
    ends: bool = False
    """Whether this only says that the file has ended."""


def tasks_of(files: Iterable[InputFile | Problem], *, apart: bool, growing: bool) -> Iterator[Task]:
    """Yield the work in input order; small documents with a case or a few are put together.

    Args:
        files: what to read, and in its place what cannot be read.
        apart: whether tasks go to other processes, which then read long files themselves.
        growing: whether the first tasks of a long file may be smaller than the others.

    """
    at_first = _TEXT_AT_ONCE // 8 if growing else _TEXT_AT_ONCE
    small: list[LineBlock] = []
    for file in files:
        if isinstance(file, Problem):
            yield from _put_together(small)
            yield Task(_NO_FILE, (FaultBlock((fault_of_file(file),)),), 0)
            continue
        if not _is_small(file):
            yield from _put_together(small)
            in_parts = apart and file.can_be_read_in_parts
            yield from _parts_of(file, at_first) if in_parts else _blocks_of(file, at_first)
            continue
        for block in text_blocks_of(file):
            if isinstance(block, LineBlock):
                small.append(block)
            else:
                yield from _put_together(small)
                yield Task(file, (block,), file.size)
        if sum(len(block.text) for block in small) >= _SMALL_TEXT_AT_ONCE:
            yield from _put_together(small)
    yield from _put_together(small)


def _is_small(file: InputFile) -> bool:
    return file.kind == "document" and not file.packed and file.size <= _SMALL_FILE


def _put_together(small: list[LineBlock]) -> Iterator[Task]:
    if small:
        yield Task(small[0].at.file, (joined(small),), sum(len(block.text) for block in small))
        small.clear()


def _blocks_of(file: InputFile, wanted: int) -> Iterator[Task]:
    """Yield the work on a file that is read here."""
    blocks: list[Block] = []
    size = 0
    found, file = _reading(file), replace(file, opened=None, begun=b"")
    for block in found:
        blocks.append(block)
        match block:
            case LineBlock() | TableBlock():
                size += len(block.text)
            case ColumnBlock():
                size += block.size
        if size >= wanted or isinstance(block, ColumnBlock):
            yield Task(file, tuple(blocks), 0 if file.packed else size)
            blocks, size, wanted = [], 0, min(2 * wanted, _TEXT_AT_ONCE)
    if blocks:
        yield Task(file, tuple(blocks), 0 if file.packed else size)
    yield Task(file, (), file.size if file.packed else 0, ends=True)


def _parts_of(file: InputFile, wanted: int) -> Iterator[Task]:
    """Yield the work on a file that others read."""
    try:
        for part in _file_parts_of(file, wanted):
            yield Task(file, part, part.size)
    except DataFault as fault:
        yield Task(file, (FaultBlock.of(fault),), 0)
    yield Task(file, (), 0, ends=True)


def _reading(file: InputFile) -> Iterator[Block]:
    if file.opened is not None:
        return _foreign_blocks_of(file)
    if file.kind != "columns":
        return text_blocks_of(file)
    from triage.batch.reading.parquet import column_blocks_of

    return column_blocks_of(file)


def _file_parts_of(file: InputFile, wanted: int) -> Iterator[FilePart]:
    if file.kind != "columns":
        return text_parts_of(file, wanted, _TEXT_AT_ONCE)
    from triage.batch.reading.parquet import column_parts_of

    return column_parts_of(file)


# ---- rows of files of other forms ----


def _place(file: InputFile, line: int | None, row: int | None) -> RowPlace:
    at = line if line is not None else row
    return RowPlace(str(file.path), line, row, file.stem if at is None else f"{file.path.name}:{at}")


def _foreign_blocks_of(file: InputFile) -> Iterator[Block]:
    """Yield the blocks of a file of another form; a fault that ends it comes last."""
    return with_faults(file.path, _foreign_rows(file))


def _foreign_rows(file: InputFile) -> Iterator[Block]:
    assert file.opened is not None
    plain = replace(file, opened=None)
    rows: list[tuple[Any, RowPlace]] = []
    try:
        for one in file.opened.rows():
            if isinstance(one, Row):
                rows.append((one.raw, _place(plain, one.line, one.row)))
                if len(rows) < _ROWS_AT_ONCE:
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
