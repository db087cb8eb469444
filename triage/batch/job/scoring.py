"""Files in, results out, in the order of the input and with a bounded amount of memory."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.answers.row_faults import Fault, fault_of_file
from triage.batch.job.processes import WorkEndedEarly, Workers
from triage.batch.job.telling import REPEATS_SAID, Summary, said_of_repeat
from triage.batch.reading.arrow import as_json_values, first_incomplete
from triage.batch.reading.rows import RowReader, Rows, together
from triage.batch.reading.tasks import tasks_of
from triage.batch.results.tables import Results
from triage.circuit.bit_engine import bit_engine
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from triage.batch.reading.arrow import Kept
    from triage.batch.reading.blocks import FileLines
    from triage.batch.reading.files import InputFile
    from triage.batch.reading.tasks import Task
    from triage.circuit.bit_engine import BitEngine, Conclusions
    from triage.protocol.protocol import Protocol

__all__ = ["Done", "RepeatedIds", "Scoring", "TaskScorer", "Wanted", "id_numbers"]


class Scoring:
    """Scores files of any size."""

    def __init__(self, wanted: Wanted, processes: int = 1, summary: Summary | None = None) -> None:
        scorer = wanted.scorer()
        self.form = scorer.form
        """What makes the results ready to be written."""
        self._growing = wanted.form != "parquet"  # each task is a row group there, and small ones are slow to read
        few = 5 if self._growing else 3  # tasks of some fifteen megabytes; less is done before processes have begun
        self._workers = Workers(scorer, wanted.scorer, processes, few)
        self._apart = processes > 1
        self._repeated = RepeatedIds()
        self.summary = summary or Summary()

    def score(
        self,
        files: Iterable[InputFile | Problem],
        write: Callable[[Any], None],
        say: Callable[[Fault], None],
        advance: Callable[[int, int], None] | None = None,
    ) -> None:
        """Score files.

        Args:
            files: what to read, and in its place what cannot be read.
            write: takes the results as the form made them, in input order.
            say: takes every fault, in input order; what it raises ends the run.
            advance: is told how many bytes and rows are done.

        Raises:
            DataFault: a process was ended from outside.

        """
        met: dict[InputFile, int] = {}
        try:
            with closing(self._workers.results(tasks_of(files, apart=self._apart, growing=self._growing))) as results:
                for done in results:
                    good, faults = len(done.rows.ids), done.rows.faults
                    met[done.file] = met.get(done.file, 0) + good + len(faults)
                    if done.ends and not met.pop(done.file):
                        faults = [_nothing_in(done.file)]
                    if good:
                        write(done.written)
                    for fault in faults:
                        say(fault)
                    self._count(done, faults)
                    if advance is not None:
                        advance(done.size, good + done.rows.bad)
        except WorkEndedEarly:
            message = "A process that scores was ended from outside, so nothing more can be written."
            hint = "Is there enough memory? With --threads 1 it takes less."
            raise DataFault([Problem(Place("scoring"), message, hint)]) from None

    def finish(self) -> Summary:
        """Return the counts over all files."""
        number, sentences = self._repeated.found()
        self.summary.repeated_ids = number
        self.summary.repeats = sentences
        return self.summary

    def close(self) -> None:
        """End the processes."""
        self._workers.close()

    def _count(self, done: Done, faults: Sequence[Fault]) -> None:
        summary, rows = self.summary, done.rows
        summary.scored += len(rows.ids)
        summary.bad_rows += rows.bad
        summary.bad_files += sum(fault.of_file for fault in faults)
        summary.count_fields(done.counts)
        summary.columns |= rows.columns
        summary.former.add_all(rows.former)
        summary.count_incomplete(done.incomplete)
        numbers = id_numbers(rows.ids, rows.named)
        at = 0
        for file, lines in rows.places:
            self._repeated.add(numbers[at : at + len(lines)], file, lines)
            at += len(lines)


def _nothing_in(file: InputFile) -> Fault:
    message = "This table has no row below its first one." if file.kind == "table" else "This file is empty."
    return fault_of_file(Problem(Place(str(file.path)), message))


# ---- what becomes of a task ----


@dataclass(frozen=True)
class Wanted:
    """What is to be made of rows; all that another process has to be told."""

    protocol: Protocol
    fields: tuple[str, ...]
    form: str
    keep: tuple[str, ...] = ()

    def scorer(self) -> TaskScorer:
        """Return what makes it."""
        return TaskScorer(self)


@dataclass(frozen=True)
class Done:
    """What became of a task."""

    file: InputFile
    size: int
    ends: bool
    rows: Rows
    """The rows of the task, without their answers and what is carried along."""
    written: Any
    """The results as they are written."""
    counts: dict[str, dict[str, int]]
    """By field: how many people each of its values holds for."""
    incomplete: dict[str, tuple[int, str]]
    """By column to carry along: how many of its values could not be written as they are, and where the first stands."""


class TaskScorer:
    """Scores tasks, one after the other."""

    def __init__(self, wanted: Wanted) -> None:
        self._as_text = wanted.form in ("ndjson", "csv")
        self._engine = bit_engine(wanted.protocol)
        self._reader = RowReader(self._engine.layout, wanted.keep)
        self.form = Results(self._engine, wanted.fields, wanted.keep, form=wanted.form)
        """What makes the results ready to be written."""
        self._nothing = Rows.nothing(self._engine.layout, wanted.keep)

    def __call__(self, task: Task) -> Done:
        """Score a task."""
        parts = [self._reader.read(block) for block in task.blocks]
        rows = together(parts) if parts else self._nothing
        conclusions = self._engine.conclude(rows.answers) if parts else None
        kept = {name: as_json_values(values) for name, values in rows.kept.items()} if self._as_text else rows.kept
        return Done(
            file=task.file,
            size=task.size,
            ends=task.ends,
            rows=replace(rows, answers=self._nothing.answers, kept={}),
            written=None if conclusions is None else self.form.of(conclusions, rows.ids, kept),
            counts=_counts(self._engine, conclusions) if conclusions is not None and rows.ids else {},
            incomplete=_incomplete(kept, rows.places),
        )


def _counts(engine: BitEngine, conclusions: Conclusions) -> dict[str, dict[str, int]]:
    groups = {"types": engine.types, "rules": engine.rules, "could_not_rule_out": engine.could_not_rule_out}
    counts = {name: conclusions.counted(group) for name, group in groups.items()}
    for said, number in conclusions.counted(engine.decided).items():
        name, value = said.split("=")
        counts.setdefault(name, {})[value] = number
    return counts


def _incomplete(kept: Kept, places: FileLines) -> dict[str, tuple[int, str]]:
    found = {}
    for name, (number, row) in first_incomplete(kept).items():
        for file, lines in places:
            if row < len(lines):
                found[name] = number, f"{file}:{lines[row]}"
                break
            row -= len(lines)
    return found


# ---- ids that stand more than once ----

_MOST = 20_000_000
"""Ids compared at most: a file of any size must not fill the memory."""


def id_numbers(ids: Sequence[bytes], named: Sequence[bool] | None) -> NDArray[np.int64]:
    """Return a number for each id; 0 for one that the row did not say itself."""
    numbers = np.fromiter(map(hash, ids), np.int64, len(ids))
    if named is not None:
        numbers[~np.array(named, np.bool_)] = 0
    return numbers


class RepeatedIds:
    """Takes in the ids of all rows in order and says which stand more than once."""

    def __init__(self) -> None:
        self._numbers: list[NDArray[np.int64]] = []
        self._places: list[tuple[int, str, NDArray[np.int32]]] = []
        self._compared = 0

    def add(self, numbers: NDArray[np.int64], file: str, lines: NDArray[np.int32]) -> None:
        """Take in the ids of some rows of a file."""
        if self._compared + len(numbers) > _MOST:
            return
        self._numbers.append(numbers)
        self._places.append((self._compared, file, lines))
        self._compared += len(numbers)

    def found(self) -> tuple[int, list[str]]:
        """Return how many rows have an id that a row before them has, and the first few of them in words."""
        if not self._numbers:
            return 0, []
        numbers = np.concatenate(self._numbers)
        ordered = np.sort(numbers)
        again = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)) + 1
        if not again.size:
            return 0, []
        rows = np.argsort(numbers, kind="stable")  # rows with one number stay in their order
        later = np.sort(rows[again])[:REPEATS_SAID]
        first = rows[np.searchsorted(ordered, numbers[later])]
        pairs = zip(later.tolist(), first.tolist(), strict=True)
        return len(again), [said_of_repeat(self._place(row), self._place(before)) for row, before in pairs]

    def _place(self, row: int) -> str:
        starts = [start for start, _, _ in self._places]
        start, file, lines = self._places[int(np.searchsorted(starts, row, side="right")) - 1]
        return f"{file}:{lines[row - start]}"
