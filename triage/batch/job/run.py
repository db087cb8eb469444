"""A whole run of ``triage score``: every file read, its results where they belong, and the rest told."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

from triage.answers.row_faults import fault_of_file
from triage.assessment.score_line import FIELDS
from triage.batch.job.options import errors_beside, is_plain_text, output_in, refuse_files, refuse_options
from triage.batch.job.telling import FirstFault, Summary, Telling
from triage.batch.reading.files import InputFile, files_passed_over, find_input_files, told_apart
from triage.documents.bounded_reading import read_bytes
from triage.documents.long_writing import LateFile, TextFile, standard_output, whole_file
from triage.documents.output_text import one_line, shown
from triage.documents.problems import DataFault, Place, Problem, nearest
from triage.documents.safe_writing import cannot_write, written_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from triage.answers.exact_reader import ExactReader
    from triage.batch.job.options import Job
    from triage.batch.job.scoring import Scoring
    from triage.batch.results.parquet import ParquetFile
    from triage.protocol.protocol import Protocol

__all__ = ["Listener", "run"]

_FEW = 1 << 18
"""Bytes of input that are sooner scored case by case than a batch has got ready."""
_MADE_ANEW = "The results here have other fields, or other rules or another program made them: they are made anew."


class Listener(Interface):
    """Somebody who is told how a job goes."""

    def say(self, text: str) -> None:
        """Take a text about something that is wrong."""

    def expect(self, size: int) -> None:
        """Take the number of bytes there are to read."""

    def advance(self, size: int, rows: int) -> None:
        """Take the number of bytes and rows that were done since the last time."""


class _NothingWritten(DataFault):
    """There is nothing but faults, or half of the answers, so that a file stays as it was."""


def run(job: Job, protocol: Protocol, listener: Listener) -> Summary:
    """Score everything.

    Raises:
        JobRefused: options do not go together, or the output would overwrite the input.
        DataFault: the output cannot be written, or nothing could be scored.

    """
    refuse_options(job)
    for passed_over in files_passed_over(job.paths) if job.asked is not None else ():
        listener.say(str(passed_over))
    found = told_apart(find_input_files(job.paths), job.asked, protocol.questionnaire, listener.say)
    refuse_files(job, found)
    listener.expect(sum(one.size for one in found if isinstance(one, InputFile)))
    return _Run(job, protocol, listener).of(found)


class _Run:
    def __init__(self, job: Job, protocol: Protocol, listener: Listener) -> None:
        self.job = job
        self.protocol = protocol
        self.listener = listener
        self.telling = Telling(listener.say, strict=job.strict)
        self.summary = Summary()
        self.before = Summary()
        """What had come out before the present output was begun; its results stay, whatever becomes of this one."""
        self.fields = [field for field in FIELDS if field in job.fields]

    def of(self, found: Sequence[InputFile | Problem]) -> Summary:
        try:
            if self.job.engine is not None or self.is_small(found):
                self.case_by_case(found)
            else:
                self.in_batches(found)
        except FirstFault:
            self.summary = replace(self.before, bad_rows=1)
        finally:
            self.telling.close(self.where_faults_stand())
        self.warn_of_columns_nobody_has()
        self.warn_of_values_without_form()
        return self.summary

    def warn_of_columns_nobody_has(self) -> None:
        """Warn of columns to keep that are empty everywhere, as a misspelt one is; a question may go unanswered."""
        known = dict.fromkeys((*sorted(self.summary.columns), *self.protocol.questionnaire.by_id))
        for name in self.job.keep if self.summary.scored else ():
            if name not in known:
                near = nearest(name, known)
                message = "No file that was read has such a column, so it is empty everywhere."
                hint = f"Did you mean {shown(near)}?" if near else None
                self.listener.say(str(Problem(Place(f"--keep {name}"), message, hint, severity="warning")))

    def warn_of_values_without_form(self) -> None:
        """Warn of columns to keep that hold what the results have no form for, or that became texts."""
        for name in sorted(self.summary.mixed):
            message = "Its values are of several types, or numbers without room in a column, so all became texts."
            self.listener.say(str(Problem(Place(f"--keep {name}"), message, severity="warning")))
        for name, (number, first) in self.summary.incomplete.items():
            many = f"{number:,} values hold" if number > 1 else "A value holds"
            message = f"{many} what has no form in results, such as NaN, infinity or bytes; null stands in its place."
            hint = f"The first stands at {first}."
            self.listener.say(str(Problem(Place(f"--keep {name}"), message, hint, severity="warning")))

    @contextmanager
    def file_of_faults(self, output: Path | None) -> Iterator[None]:
        """Open the file of faults, where there is one: the one that was named, or one beside the output."""
        path = self.job.errors or (errors_beside(output) if output is not None else None)
        if path is None:
            yield
            return
        with LateFile(path, always=self.job.errors is not None) as self.telling.file:
            try:
                yield
            finally:
                self.telling.file = None

    def where_faults_stand(self) -> str:
        """Return in words where all faults may be read."""
        job = self.job
        if job.to_folder:
            return "all in the .errors.ndjson files beside the results"
        path = job.errors or (errors_beside(job.output) if job.output is not None else None)
        return f"all in {path}" if path else "which --errors FILE would write down"

    @contextmanager
    def file_of_results(self, output: Path | None, header: Any) -> Iterator[TextFile | ParquetFile]:
        """Open what results are written to; it begins with the header, and stays as it was if nothing comes out."""
        if output is None:
            file = standard_output()
            file.write(header)
            yield file
            return
        if self.job.written_form == "parquet":
            from triage.batch.results.parquet import parquet_file

            with parquet_file(output, header) as table:
                yield table
                table.wanted = self.is_wanted()
            self.summary.mixed |= table.mixed
        else:
            with whole_file(output) as file:
                file.write(header)
                yield file
                file.wanted = self.is_wanted()
        if not self.is_wanted():
            raise _NothingWritten([Problem(Place(str(output)), self.why_unwanted(output))])

    def is_wanted(self) -> bool:
        """Whether there is anything to write: a result, or neither results nor faults.

        In a folder, half of a file would be taken for the whole by ``--resume``; so it is not written.
        """
        now, before = self.summary, self.before
        if self.job.to_folder and now.bad_files > before.bad_files:
            return False
        return now.scored > before.scored or now.faulty == before.faulty

    def why_unwanted(self, output: Path) -> str:
        ended = self.summary.scored > self.before.scored
        why = "The answers could not be read to their end" if ended else "Nothing could be scored"
        return f"{why}, so {'this file stays as it was' if os.path.exists(output) else 'it was not written'}."  # noqa: PTH110 - see outputs

    # ---- case by case ----

    def is_small(self, found: Sequence[InputFile | Problem]) -> bool:
        """Whether these are a few cases to be printed, for which the exact place of each fault is worth the time."""
        files = [one for one in found if isinstance(one, InputFile)]
        job = self.job
        if job.output is not None or job.errors is not None or job.keep:
            return False
        return all(map(is_plain_text, files)) and sum(one.size for one in files) <= _FEW

    def case_by_case(self, found: Sequence[InputFile | Problem]) -> None:
        from triage.batch.job.case_by_case import score_cases, written_as
        from triage.engines import build_engine

        engine = self.job.engine or build_engine("plain", self.protocol)
        header, written = written_as(self.job.written_form, self.fields)
        ids: dict[str, Place] = {}
        with self.file_of_results(self.job.output, header) as file, self.file_of_faults(self.job.output):
            for one in found:
                if isinstance(one, Problem):
                    self.summary.bad_files += 1
                    self.telling.say(fault_of_file(one))
                else:
                    score_cases(
                        self.protocol,
                        engine,
                        [one.path],
                        lambda line: file.write(written(line)),
                        self.telling.say,
                        self.summary,
                        ids,
                        lambda: self.exact_reader,
                    )
                    self.listener.advance(one.size, 0)

    @cached_property
    def exact_reader(self) -> ExactReader:
        from triage.answers.bit_layout import BitLayout
        from triage.answers.exact_reader import ExactReader

        return ExactReader(BitLayout(self.protocol.questionnaire))

    # ---- in batches ----

    def in_batches(self, found: Sequence[InputFile | Problem]) -> None:
        from triage.batch.job.scoring import Scoring, Wanted

        wanted = Wanted(self.protocol, tuple(self.fields), self.job.written_form, tuple(self.job.keep))
        scoring = Scoring(wanted, self.job.threads, self.summary)
        try:
            if self.job.to_folder:
                self.each_to_its_file(scoring, found)
            else:
                self.to_one_file(scoring, found, self.job.output)
        finally:
            scoring.close()
        scoring.finish()

    def to_one_file(self, scoring: Scoring, found: Sequence[InputFile | Problem], output: Path | None) -> None:
        with self.file_of_results(output, scoring.form.header) as file, self.file_of_faults(output):
            scoring.score(found, file.write, self.telling.say, self.listener.advance)

    def each_to_its_file(self, scoring: Scoring, found: Sequence[InputFile | Problem]) -> None:
        earlier = self.earlier_results(found)
        for one in found:
            self.before = deepcopy(self.summary)
            if isinstance(one, Problem):
                self.summary.bad_files += 1
                self.telling.say(fault_of_file(one))
                continue
            output = output_in(self.job, one)
            if self.job.resume and earlier.hold(output, one.path):
                self.summary.skipped += 1
                self.summary.skipped_with_faults += os.path.exists(errors_beside(output))  # noqa: PTH110 - see outputs
                self.listener.advance(one.size, 0)
                continue
            _make_folder(output.parent)
            try:
                self.to_one_file(scoring, [one], output)
            except _NothingWritten as fault:  # what is wrong was said already
                self.summary.take_back_results(self.before)
                if os.path.exists(output):  # noqa: PTH110 - see outputs
                    self.listener.say(str(fault))
            except DataFault as fault:
                self.summary.take_back_results(self.before)
                self.summary.bad_files += 1
                self.listener.say(str(fault))
                self.listener.say(one_line(f"{one.path}  The results of this file were not written."))

    def earlier_results(self, found: Sequence[InputFile | Problem]) -> _EarlierResults:
        """Look at what stands in the folder of results, and note down what more is made with."""
        job = self.job
        assert job.output is not None
        earlier = _EarlierResults(job.output, job.program, self.protocol.digest, self.fields, job.keep)
        outputs = [output_in(job, one) for one in found if isinstance(one, InputFile)]
        if job.resume and not earlier.alike and any(map(os.path.exists, outputs)):
            self.listener.say(one_line(f"{job.output}  {_MADE_ANEW}"))
        if outputs:
            _make_folder(job.output)
            earlier.begin()
        return earlier


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None


# ---- results of an earlier run ----

_RECORD = ".made-with.json"
"""Begins with a dot, so that neither patterns nor folders take it for results or answers."""


class _EarlierResults:
    """The results that stand in a folder before a run."""

    def __init__(self, folder: Path, program: str, rules: str, fields: Sequence[str], keep: Sequence[str]) -> None:
        self._record = folder / _RECORD
        self._made_with = {"program": program, "rules": rules, "fields": list(fields), "keep": list(keep)}
        self.alike = self._read() == self._made_with
        """Whether they were made with the same rules and program, and have the same fields."""

    def begin(self) -> None:
        """Note down what results are made with from now on.

        Results older than this note stay strange even where a later run finds the note to be its own.

        Raises:
            DataFault: the folder cannot be written to.

        """
        if not self.alike:
            with written_whole(self._record) as file:
                file.write(json.dumps(self._made_with, ensure_ascii=False) + "\n")

    def hold(self, output: Path, source: Path) -> bool:
        """Whether results are there that were made alike, after the answers came to stand where they are."""
        try:
            found, noted, written = source.stat(), self._record.stat(), output.stat()
        except OSError:
            return False
        return self.alike and written.st_mtime >= max(found.st_mtime, found.st_ctime, noted.st_mtime)

    def _read(self) -> object:
        try:
            return json.loads(read_bytes(self._record))
        except (DataFault, ValueError):
            return None
