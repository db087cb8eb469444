"""A whole run of ``triage score``: which files, where the results go, and what is said about the rest."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Protocol as Interface

from triage.batch.faults import Fault, fault_of_file
from triage.batch.input_files import InputFile, find_input_files
from triage.batch.sinks import LateFile, TextFile, standard_output, whole_file
from triage.batch.summary import Summary
from triage.problems import DataFault, Place, Problem
from triage.safe_writing import cannot_write
from triage.score_line import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.batch.earlier_results import EarlierResults
    from triage.batch.faults import ExactReader
    from triage.batch.scoring import Scoring
    from triage.engines import Engine
    from triage.protocol import Protocol

__all__ = ["FORMS", "Job", "JobRefused", "Listener", "run"]

FORMS = ("ndjson", "csv", "parquet")
_ENDS = {".csv": "csv", ".parquet": "parquet"}
_NOT_WRITTEN = (".gz", ".zst", ".yaml", ".yml", ".tsv")
_FEW = 1 << 18
"""Bytes of input that are sooner scored case by case than a batch has got ready."""
_MADE_ANEW = "The results here have other fields, or other rules or another program made them: they are made anew."
_SHOWN = 20
"""Faults that are shown where all of them stand in a file."""


class JobRefused(ValueError):
    """Options that do not go together."""


class Listener(Interface):
    """Somebody who is told how a job goes."""

    def say(self, text: str) -> None:
        """Take a text about something that is wrong."""

    def expect(self, size: int) -> None:
        """Take the number of bytes there are to read."""

    def advance(self, size: int, rows: int) -> None:
        """Take the number of bytes and rows that were done since the last time."""


@dataclass(frozen=True)
class Job:
    """What to score and how."""

    paths: Sequence[Path]
    output: Path | None = None
    form: str | None = None
    fields: Sequence[str] = FIELDS
    keep: Sequence[str] = ()
    errors: Path | None = None
    strict: bool = False
    resume: bool = False
    threads: int = 1
    engine: Engine | None = None
    """What judges the rules case by case; without one they are judged for many cases at once."""

    new_folder: bool = False
    """Whether the output is a folder even if it is not there yet."""
    program: str = ""
    """The version of the program; results of another one are made anew."""

    @property
    def to_folder(self) -> bool:
        """Whether the output is a folder, which gets a file for each file."""
        return self.output is not None and (self.new_folder or self.output.is_dir())

    @property
    def written_form(self) -> str:
        """The form of the output: as asked for, else as its name says."""
        return self.form or _ENDS.get(self.output.suffix.lower() if self.output else "", "ndjson")


class _NothingWritten(DataFault):
    """There is nothing but faults, or half of the answers, so that a file stays as it was."""


class _First(Exception):
    """The first fault, where no other one matters."""


def run(job: Job, protocol: Protocol, listener: Listener) -> Summary:
    """Score everything.

    Raises:
        JobRefused: options do not go together, or the output would overwrite the input.
        DataFault: the output cannot be written, or nothing could be scored.

    """
    _refuse_options(job)
    found = find_input_files(job.paths)
    _refuse_overwriting(job, found)
    if job.engine is not None and not all(_is_plain_text(one) for one in found if isinstance(one, InputFile)):
        raise JobRefused("--engine reads text files only: no standard input, packed files or Parquet.")
    listener.expect(sum(one.size for one in found if isinstance(one, InputFile)))
    return _Run(job, protocol, listener).of(found)


def _is_plain_text(file: InputFile) -> bool:
    return not (file.standard_input or file.packed or file.kind == "columns")


def _refuse_options(job: Job) -> None:
    output, form = job.output, job.written_form
    for name in job.keep:
        if name == "answers":
            raise JobRefused("--keep answers: name the questions whose answers you want.")
        if name in FIELDS:
            raise JobRefused(f"--keep {name}: every result has a field of that name, so the two could be mixed up.")
    if sum(str(path) == "-" for path in job.paths) > 1:
        raise JobRefused("Standard input (-) can be read only once.")
    if job.resume and not job.to_folder:
        raise JobRefused("--resume goes on with a folder of results: name one with -o.")
    if job.to_folder and job.errors is not None:
        raise JobRefused("Where -o is a folder, the faults of each file stand beside its results: leave out --errors.")
    if form == "parquet" and output is None:
        raise JobRefused("Parquet cannot be printed: name a file with -o.")
    if output is not None and not job.to_folder and output.suffix.lower() in _NOT_WRITTEN:
        raise JobRefused(f"{output.suffix} files are not written; known are {', '.join(FORMS)}.")
    if job.engine is not None and job.keep:
        raise JobRefused("--keep does not go together with --engine.")
    if job.engine is not None and (form == "parquet" or job.to_folder):
        raise JobRefused("--engine writes one file, NDJSON or CSV.")


def _refuse_overwriting(job: Job, found: Sequence[InputFile | Problem]) -> None:
    """Refuse to write where something is read, to write two things to one place, or over what is no ordinary file."""
    files = [one for one in found if isinstance(one, InputFile)]
    inputs = {_identity(one.path) for one in files if not one.standard_input}
    targets = _targets(job, files)
    for target in targets:
        if _identity(target) in inputs:
            raise JobRefused(f"{target} is read, so it cannot be written, too.")
        if target.exists() and not target.is_file():
            raise JobRefused(f"{target} is no ordinary file; leave out -o to print the results.")
    if job.output is not None and job.errors is not None and _identity(job.output) == _identity(job.errors):
        raise JobRefused("The results and the faults cannot go to the same file.")
    if job.to_folder and job.output is not None:
        folder = job.output.resolve()
        for path in job.paths:
            if path.is_dir() and (folder == path.resolve() or path.resolve() in folder.parents):
                raise JobRefused(f"{job.output} lies among the answers, where results would be read as answers.")
        outputs = [one.inside for one in files]
        twice = sorted({str(name) for name in outputs if outputs.count(name) > 1})
        if twice:
            raise JobRefused(f"Two files would have their results in one: {twice[0]}.")


def _targets(job: Job, files: Sequence[InputFile]) -> list[Path]:
    """Return every file that may be written, with those whose names nobody gave."""
    if job.output is None:
        return [job.errors] if job.errors else []
    if not job.to_folder:
        return [job.output, job.errors or _errors_beside(job.output)]
    outputs = [_output_in(job, one) for one in files]
    return [target for output in outputs for target in (output, _errors_beside(output))]


def _errors_beside(output: Path) -> Path:
    return output.with_name(f"{output.stem}.errors.ndjson")


def _output_in(job: Job, file: InputFile) -> Path:
    """Return where the results of a file stand in the folder of results."""
    assert job.output is not None
    return job.output / file.inside.with_name(f"{file.inside.name}.scores.{job.written_form}")


def _identity(path: Path) -> tuple[object, ...]:
    """Return what two names of one file have in common, whether it is there yet or not."""
    try:
        found = path.stat()
    except OSError:
        return (str(path.resolve()),)
    return (found.st_dev, found.st_ino) if found.st_ino else (str(path.resolve()),)


class _Faults:
    """Shows faults, and writes them to a file if there is one."""

    def __init__(self, listener: Listener, file: LateFile | None, *, strict: bool) -> None:
        self._listener = listener
        self._file = file
        self._strict = strict
        self._said = 0

    def say(self, fault: Fault, shown: str | None = None) -> None:
        """Take a fault; ``shown`` is how it reads."""
        self._said += 1
        if self._file is None or self._strict or self._said <= _SHOWN:
            self._listener.say(shown or str(fault))
        if self._strict:
            raise _First
        if self._file is None:
            return
        self._file.write(fault.as_json().encode("utf-8", "backslashreplace") + b"\n")

    def close(self) -> None:
        if self._file is not None and self._said > _SHOWN:
            self._listener.say(f"... and {self._said - _SHOWN:,} more, all in {self._file.path}.")


class _Run:
    def __init__(self, job: Job, protocol: Protocol, listener: Listener) -> None:
        self.job = job
        self.protocol = protocol
        self.listener = listener
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
        except _First:
            self.summary = replace(self.before, bad_rows=1)
        return self.summary

    @contextmanager
    def faults(self, output: Path | None) -> Iterator[_Faults]:
        """Open the file of faults: the one that was named, or one beside the output."""
        job = self.job
        path = job.errors or (_errors_beside(output) if output is not None else None)
        if path is None:
            yield _Faults(self.listener, None, strict=job.strict)
            return
        with LateFile(path, always=job.errors is not None) as file:
            faults = _Faults(self.listener, file, strict=job.strict)
            yield faults
            faults.close()

    @contextmanager
    def text_file(self, output: Path | None) -> Iterator[TextFile]:
        if output is None:
            yield standard_output()
            return
        with whole_file(output) as file:
            yield file
            file.wanted = self.is_wanted()
        self.refuse_nothing(output)

    def is_wanted(self) -> bool:
        """Whether there is anything to write: a result, or neither results nor faults.

        In a folder, half of a file would be taken for the whole by ``--resume``; so it is not written.
        """
        now, before = self.summary, self.before
        if self.job.to_folder and now.bad_files > before.bad_files:
            return False
        return now.scored > before.scored or now.faulty == before.faulty

    def refuse_nothing(self, output: Path) -> None:
        """Refuse to call it done where there is nothing but faults."""
        if not self.is_wanted():
            raise _NothingWritten([Problem(Place(str(output)), self.why_unwanted())])

    def why_unwanted(self) -> str:
        if self.summary.scored > self.before.scored:
            return "The answers could not be read to their end, so this file stays as it was."
        return "Nothing could be scored, so this file stays as it was."

    # ---- case by case ----

    def is_small(self, found: Sequence[InputFile | Problem]) -> bool:
        """Whether these are a few cases to be printed, for which the exact place of each fault is worth the time."""
        files = [one for one in found if isinstance(one, InputFile)]
        job = self.job
        if job.output is not None or job.errors is not None or job.keep:
            return False
        return all(map(_is_plain_text, files)) and sum(one.size for one in files) <= _FEW

    def case_by_case(self, found: Sequence[InputFile | Problem]) -> None:
        from triage.batch.case_scoring import score_cases, written_as
        from triage.engines import build_engine

        engine = self.job.engine or build_engine("plain", self.protocol)
        header, written = written_as(self.job.written_form, self.fields)
        ids: dict[str, Place] = {}
        exact = self.exact_reader() if self.job.output or self.job.errors else None
        with self.text_file(self.job.output) as file, self.faults(self.job.output) as faults:
            file.write(header)
            for one in found:
                if isinstance(one, Problem):
                    self.summary.bad_files += 1
                    faults.say(fault_of_file(one))
                else:
                    score_cases(
                        self.protocol,
                        engine,
                        [one.path],
                        lambda line: file.write(written(line)),
                        faults.say,
                        self.summary,
                        ids,
                        exact,
                    )
                    self.listener.advance(one.size, 0)

    def exact_reader(self) -> ExactReader:
        from triage.batch.bit_layout import BitLayout
        from triage.batch.faults import ExactReader

        return ExactReader(BitLayout(self.protocol.questionnaire))

    # ---- in batches ----

    def in_batches(self, found: Sequence[InputFile | Problem]) -> None:
        from triage.batch.scoring import Scoring
        from triage.batch.task_scoring import Wanted

        wanted = Wanted(self.protocol, tuple(self.fields), self.job.written_form, tuple(self.job.keep))
        scoring = Scoring(wanted, self.job.threads, self.summary)
        # What is there now stays to the end. Looking through it for garbage again and again takes a while.
        gc.freeze()
        try:
            if self.job.to_folder:
                self.each_to_its_file(scoring, found)
            else:
                self.to_one_file(scoring, found, self.job.output)
        finally:
            scoring.close()
            gc.unfreeze()
        scoring.finish()

    def to_one_file(self, scoring: Scoring, found: Sequence[InputFile | Problem], output: Path | None) -> None:
        if self.job.written_form == "parquet" and output is not None:
            from triage.batch.parquet_writing import parquet_file

            with parquet_file(output, scoring.form.header) as table, self.faults(output) as faults:
                scoring.score(found, table.write, faults.say, self.listener.advance)
                table.wanted = self.is_wanted()
            self.refuse_nothing(output)
            return
        with self.text_file(output) as file, self.faults(output) as faults:
            file.write(scoring.form.header)
            scoring.score(found, file.write, faults.say, self.listener.advance)

    def each_to_its_file(self, scoring: Scoring, found: Sequence[InputFile | Problem]) -> None:
        earlier = self.earlier_results(found)
        for one in found:
            self.before = deepcopy(self.summary)
            if isinstance(one, Problem):
                self.summary.bad_files += 1
                self.listener.say(str(one))
                if self.job.strict:
                    raise _First
                continue
            output = _output_in(self.job, one)
            if self.job.resume and earlier.hold(output, one.path):
                self.summary.skipped += 1
                self.summary.skipped_with_faults += _errors_beside(output).exists()
                self.listener.advance(one.size, 0)
                continue
            _make_folder(output.parent)
            try:
                self.to_one_file(scoring, [one], output)
            except _NothingWritten as fault:  # what is wrong was said already
                self.summary.take_back_results(self.before)
                if output.exists():
                    self.listener.say(str(fault))
            except DataFault as fault:
                self.summary.take_back_results(self.before)
                self.summary.bad_files += 1
                self.listener.say(str(fault))
                self.listener.say(f"{one.path}  The results of this file were not written.")

    def earlier_results(self, found: Sequence[InputFile | Problem]) -> EarlierResults:
        """Look at what stands in the folder of results, and note down what more is made with."""
        from triage.batch.earlier_results import EarlierResults

        job = self.job
        assert job.output is not None
        earlier = EarlierResults(job.output, job.program, self.protocol.digest, self.fields, job.keep)
        outputs = [_output_in(job, one) for one in found if isinstance(one, InputFile)]
        if job.resume and not earlier.alike and any(output.exists() for output in outputs):
            self.listener.say(f"{job.output}  {_MADE_ANEW}")
        if outputs:
            _make_folder(job.output)
            earlier.begin()
        return earlier


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from None
