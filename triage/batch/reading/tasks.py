"""Tasks: what is read and scored in one go."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from triage.batch.judging.faults import fault_of_file
from triage.batch.reading.blocks import ColumnBlock, FaultBlock, LineBlock, TableBlock, joined
from triage.batch.reading.files import InputFile
from triage.batch.reading.text import stretches_of, text_blocks_of
from triage.documents.problems import DataFault, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.batch.reading.blocks import Block
    from triage.batch.reading.parquet import RowGroup

__all__ = ["Task", "tasks_of"]

_TEXT_AT_ONCE = 16 << 20
"""Bytes of text that are judged at once; much fewer, and the steps cost more than the rows."""
_NO_FILE = InputFile(Path(), "document", Path())
_SMALL_FILE = 1 << 16
_SMALL_TEXT_AT_ONCE = 1 << 20
"""Bytes of small files that are put together into one block."""


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


def tasks_of(files: Iterable[InputFile | Problem], *, apart: bool) -> Iterator[Task]:
    """Yield the work in input order; small documents with a case or a few are put together.

    Args:
        files: what to read, and in its place what cannot be read.
        apart: whether tasks go to other processes, which then read long files themselves.

    """
    small: list[LineBlock] = []
    for file in files:
        if isinstance(file, Problem):
            yield from _put_together(small)
            yield Task(_NO_FILE, (FaultBlock((fault_of_file(file),)),), 0)
            continue
        if not _is_small(file):
            yield from _put_together(small)
            yield from _parts_of(file) if apart and file.can_be_read_in_parts else _blocks_of(file)
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


def _blocks_of(file: InputFile) -> Iterator[Task]:
    """Yield the work on a file that is read here."""
    blocks: list[Block] = []
    size = 0
    found, file = _reading(file), replace(file, opened=None)
    for block in found:
        blocks.append(block)
        match block:
            case LineBlock() | TableBlock():
                size += len(block.text)
            case ColumnBlock():
                size += block.size
        if size >= _TEXT_AT_ONCE or isinstance(block, ColumnBlock):
            yield Task(file, tuple(blocks), 0 if file.packed else size)
            blocks, size = [], 0
    if blocks:
        yield Task(file, tuple(blocks), 0 if file.packed else size)
    yield Task(file, (), file.size if file.packed else 0, ends=True)


def _parts_of(file: InputFile) -> Iterator[Task]:
    """Yield the work on a file that others read."""
    try:
        for part in _row_groups_of(file) if file.kind == "columns" else stretches_of(file, _TEXT_AT_ONCE):
            yield Task(file, part, part.size)
    except DataFault as fault:
        yield Task(file, (FaultBlock.of(fault),), 0)
    yield Task(file, (), 0, ends=True)


def _reading(file: InputFile) -> Iterator[Block]:
    if file.opened is not None:
        from triage.batch.reading.foreign import foreign_blocks_of

        return foreign_blocks_of(file)
    return _column_blocks_of(file) if file.kind == "columns" else text_blocks_of(file)


def _row_groups_of(file: InputFile) -> Iterator[RowGroup]:
    from triage.batch.reading.parquet import row_groups_of

    return row_groups_of(file)


def _column_blocks_of(file: InputFile) -> Iterator[Block]:
    from triage.batch.reading.parquet import column_blocks_of

    return column_blocks_of(file)
