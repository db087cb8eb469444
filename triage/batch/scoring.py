"""Files in, results out, in the order of the input and with a bounded amount of memory."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from triage.batch.faults import Fault, fault_of_file
from triage.batch.processes import WorkEndedEarly, Workers
from triage.batch.repeated_ids import RepeatedIds, id_numbers
from triage.batch.summary import Summary
from triage.batch.tasks import tasks_of
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from triage.batch.input_files import InputFile
    from triage.batch.task_scoring import Done, Wanted

__all__ = ["Scoring"]


class Scoring:
    """Scores files of any size."""

    def __init__(self, wanted: Wanted, processes: int = 1, summary: Summary | None = None) -> None:
        scorer = wanted.scorer()
        self.form = scorer.form
        """What makes the results ready to be written."""
        self._workers = Workers(scorer, wanted.scorer, processes)
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
            with closing(self._workers.results(tasks_of(files, apart=self._apart))) as results:
                for done in results:
                    met[done.file] = met.get(done.file, 0) + done.rows + len(done.faults)
                    faults = done.faults
                    if done.ends and not met.pop(done.file):
                        faults = [_nothing_in(done.file)]
                    if done.rows:
                        write(done.written)
                    for fault in faults:
                        say(fault)
                    self._count(done, faults)
                    if advance is not None:
                        advance(done.size, done.rows + done.bad_rows)
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
        summary = self.summary
        summary.scored += done.rows
        summary.bad_rows += done.bad_rows
        summary.bad_files += sum(fault.of_file for fault in faults)
        summary.count_fields(done.counts)
        summary.columns |= done.columns
        summary.former.add_all(done.former)
        summary.count_incomplete(done.incomplete)
        numbers = id_numbers(done.ids.split(b"\n") if done.rows else [], done.named)
        at = 0
        for file, lines in done.places:
            self._repeated.add(numbers[at : at + len(lines)], file, lines)
            at += len(lines)


def _nothing_in(file: InputFile) -> Fault:
    message = "This table has no row below its first one." if file.kind == "table" else "This file is empty."
    return fault_of_file(Problem(Place(str(file.path)), message))
