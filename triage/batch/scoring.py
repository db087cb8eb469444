"""Files in, results out: blocks are read and judged by several threads and written in input order."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

import numpy as np

from triage.batch.blocks import ColumnBlock, FaultBlock, LineBlock, TableBlock, blocks_of, joined
from triage.batch.faults import Fault, fault_of_file
from triage.batch.input_files import InputFile
from triage.batch.repeated_ids import RepeatedIds, id_numbers
from triage.batch.row_reading import RowReader, Rows, together
from triage.batch.summary import Summary
from triage.problems import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_engine import BitEngine, Conclusions
    from triage.batch.blocks import Block, FileLines

__all__ = ["Scoring", "Sink"]

_TEXT_AT_ONCE = 16 << 20
"""Bytes of text that one thread judges at once; much fewer, and the steps cost more than the rows."""
_NO_FILE = InputFile(Path(), "document", Path())
_SMALL_FILE = 1 << 16
_SMALL_TEXT_AT_ONCE = 1 << 20
"""Bytes of small files that are put together into one block."""


class Sink(Interface):
    """A form of output: what to make of results, which threads may do, and where to write it, one after the other."""

    def of(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Mapping[str, Sequence[bytes | None]]) -> Any:
        """Return the results of some cases as they are written."""
        ...


@dataclass(frozen=True)
class _Task:
    """Some blocks of one file, to be judged together; without any at the end of a file."""

    file: InputFile
    blocks: tuple[Block, ...]
    size: int
    """Bytes of the file that were read for them."""


@dataclass(frozen=True)
class _Done:
    task: _Task
    written: Any
    rows: int
    bad_rows: int
    faults: list[Fault]
    counts: dict[str, dict[str, int]]
    id_numbers: NDArray[np.int64]
    places: FileLines


class Scoring:
    """Scores files of any size with a bounded amount of memory."""

    def __init__(
        self, engine: BitEngine, keep: Sequence[str] = (), threads: int = 1, summary: Summary | None = None
    ) -> None:
        self.engine = engine
        self._keep = tuple(keep)
        self._threads = threads
        self._reader = RowReader(engine.layout, keep)
        self._repeated = RepeatedIds()
        self.summary = summary or Summary()

    def score(
        self,
        files: Iterable[InputFile | Problem],
        sink: Sink,
        write: Callable[[Any], None],
        say: Callable[[Fault], None],
        advance: Callable[[int, int], None] | None = None,
    ) -> None:
        """Score files.

        Args:
            files: what to read, and in its place what cannot be read.
            sink: what to make of the results.
            write: takes what the sink made, in input order.
            say: takes every fault, in input order; what it raises ends the run.
            advance: is told how many bytes and rows are done.

        """
        met: dict[InputFile, int] = {}
        for done in _in_order(self._work(sink), _tasks(files), self._threads):
            file = done.task.file
            met[file] = met.get(file, 0) + done.rows + len(done.faults)
            faults = done.faults
            if not done.task.blocks and not met.pop(file, 0):
                faults = [_nothing_in(file)]
            if done.rows:
                write(done.written)
            for fault in faults:
                say(fault)
            self._count(done, faults)
            if advance is not None:
                advance(done.task.size, done.rows + done.bad_rows)

    def finish(self) -> Summary:
        """Close what was opened and return the counts over all files."""
        number, sentences = self._repeated.found()
        self.summary.repeated_ids = number
        self.summary.repeats = sentences
        return self.summary

    def _count(self, done: _Done, faults: Sequence[Fault]) -> None:
        summary = self.summary
        summary.scored += done.rows
        summary.bad_rows += done.bad_rows
        summary.bad_files += sum(fault.of_file for fault in faults)
        summary.count_fields(done.counts)
        at = 0
        for file, lines in done.places:
            self._repeated.add(done.id_numbers[at : at + len(lines)], file, lines)
            at += len(lines)

    def _work(self, sink: Sink) -> Callable[[_Task], _Done]:
        engine = self.engine

        def work(task: _Task) -> _Done:
            parts = [self._reader.read(block) for block in task.blocks]
            rows = together(parts) if parts else Rows.nothing(engine.layout, self._keep)
            conclusions = engine.conclude(rows.answers) if rows.ids else None
            return _Done(
                task=task,
                written=None if conclusions is None else sink.of(conclusions, rows.ids, rows.kept),
                rows=len(rows.ids),
                bad_rows=rows.bad,
                faults=rows.faults,
                counts={} if conclusions is None else _counts(engine, conclusions),
                id_numbers=id_numbers(rows.ids, rows.named),
                places=rows.places,
            )

        return work


def _counts(engine: BitEngine, conclusions: Conclusions) -> dict[str, dict[str, int]]:
    """Return for how many people each value of some fields holds."""
    groups = {"types": engine.types, "rules": engine.rules, "could_not_rule_out": engine.could_not_rule_out}
    counts = {name: conclusions.counted(group) for name, group in groups.items()}
    for said, number in conclusions.counted(engine.decided).items():
        name, value = said.split("=")
        counts.setdefault(name, {})[value] = number
    return counts


def _nothing_in(file: InputFile) -> Fault:
    message = "This table has no row below its first one." if file.kind == "table" else "This file is empty."
    return fault_of_file(Problem(Place(str(file.path)), message))


def _tasks(files: Iterable[InputFile | Problem]) -> Iterator[_Task]:
    """Yield the work in input order; small documents with a case or a few are put together."""
    small: list[LineBlock] = []
    for file in files:
        if isinstance(file, Problem):
            yield from _put_together(small)
            yield _Task(_NO_FILE, (FaultBlock((fault_of_file(file),)),), 0)
            continue
        if not _is_small(file):
            yield from _put_together(small)
            yield from _tasks_of(file)
            continue
        for block in blocks_of(file):
            if isinstance(block, LineBlock):
                small.append(block)
            else:
                yield from _put_together(small)
                yield _Task(file, (block,), file.size)
        if sum(len(block.text) for block in small) >= _SMALL_TEXT_AT_ONCE:
            yield from _put_together(small)
    yield from _put_together(small)


def _put_together(small: list[LineBlock]) -> Iterator[_Task]:
    if small:
        yield _Task(small[0].file, (joined(small),), sum(len(block.text) for block in small))
        small.clear()


def _tasks_of(file: InputFile) -> Iterator[_Task]:
    blocks: list[Block] = []
    size = 0
    for block in blocks_of(file):
        blocks.append(block)
        match block:
            case LineBlock() | TableBlock():
                size += len(block.text)
            case ColumnBlock():
                size += block.size
        if size >= _TEXT_AT_ONCE or isinstance(block, ColumnBlock):
            yield _Task(file, tuple(blocks), 0 if file.packed else size)
            blocks, size = [], 0
    if blocks:
        yield _Task(file, tuple(blocks), 0 if file.packed else size)
    yield _Task(file, (), file.size if file.packed else 0)


def _is_small(file: InputFile) -> bool:
    return file.kind == "document" and not file.packed and file.size <= _SMALL_FILE


def _in_order(work: Callable[[_Task], _Done], tasks: Iterable[_Task], threads: int) -> Iterator[_Done]:
    """Yield what became of each task, in the order of the tasks."""
    if threads == 1:
        yield from map(work, tasks)
        return
    waiting: deque[Future[_Done]] = deque()
    pool = ThreadPoolExecutor(threads)
    try:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
