"""What a run of ``triage score`` is asked to do, and what is refused before anything is read or written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from triage.assessment.score_line import FIELDS
from triage.batch.reading.files import InputFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.documents.problems import Problem
    from triage.engines import Engine
    from triage.foreign.form import Asked

__all__ = [
    "FORMS",
    "Job",
    "JobRefused",
    "errors_beside",
    "is_plain_text",
    "output_in",
    "refuse_files",
    "refuse_options",
]

FORMS = ("ndjson", "csv", "parquet")
_ENDS = {"": "ndjson", ".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".parquet": "parquet"}
_NOT_WRITTEN = (".gz", ".zst", ".json", ".yaml", ".yml", ".tsv", ".xlsx", ".xls", ".ods")
"""Names that promise another form, whatever is asked for."""


class JobRefused(ValueError):
    """Options that do not go together."""


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
    asked: Asked | None = None
    """What is asked for files of other forms; without it only our own forms are read."""
    program: str = ""
    """The version of the program; results of another one are made anew."""

    @property
    def to_folder(self) -> bool:
        """Whether the output is a folder, which gets a file for each file."""
        return self.output is not None and (self.new_folder or _is_folder(self.output))

    @property
    def written_form(self) -> str:
        """The form of the output: as asked for, else as its name says."""
        return self.form or _ENDS.get(self.output.suffix.lower() if self.output else "", "ndjson")


def is_plain_text(file: InputFile) -> bool:
    """Return whether a file can be read case by case, with the exact place of each fault."""
    return not (file.standard_input or file.packed or file.kind in ("columns", "foreign"))


def refuse_options(job: Job) -> None:
    """Refuse options that do not go together.

    Raises:
        JobRefused: they do not.

    """
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
    if output is not None and not job.to_folder:
        _refuse_name(output, job.form)
    if job.errors is not None and _ENDS.get(job.errors.suffix.lower(), "ndjson") != "ndjson":
        raise JobRefused(f"Faults are written as NDJSON, so {job.errors} should end in .ndjson.")
    if job.errors is not None and (job.errors.suffix.lower() in _NOT_WRITTEN or str(job.errors) == "-"):
        raise JobRefused(f"--errors names a file to write, ending in .ndjson; {job.errors} is none.")
    if job.engine is not None and job.keep:
        raise JobRefused("--keep does not go together with --engine.")
    if job.engine is not None and (form == "parquet" or job.to_folder):
        raise JobRefused("--engine writes one file, NDJSON or CSV.")


def _refuse_name(output: Path, form: str | None) -> None:
    """Refuse a name that promises something else than what is written."""
    end = output.suffix.lower()
    if end in _NOT_WRITTEN or (form is None and end not in _ENDS):
        hint = "" if end in _NOT_WRITTEN else " --format writes one of these under any name."
        raise JobRefused(f"{output.suffix} files are not written; known are {', '.join(FORMS)}.{hint}")
    if form is not None and end and _ENDS.get(end, form) != form:
        raise JobRefused(f"{output} is called like {_ENDS[end]}, but --format says {form}.")


def refuse_files(job: Job, found: Sequence[InputFile | Problem]) -> None:
    """Refuse files that a job cannot read or write as it is asked to.

    Raises:
        JobRefused: something that is read would be written, two things would go to one place, what stands there is no
            ordinary file, or the engine of choice reads no such files.

    """
    files = [one for one in found if isinstance(one, InputFile)]
    _refuse_overwriting(job, files)
    if job.engine is not None and not all(map(is_plain_text, files)):
        raise JobRefused("--engine reads text files only, of our own form; `triage convert` writes others as such.")


def errors_beside(output: Path) -> Path:
    """Return where the faults of a file of results stand, if nobody says where."""
    return output.with_name(f"{output.stem}.errors.ndjson")


def output_in(job: Job, file: InputFile) -> Path:
    """Return where the results of a file stand in the folder of results."""
    assert job.output is not None
    return job.output / file.inside.with_name(f"{file.inside.name}.scores.{job.written_form}")


def _refuse_overwriting(job: Job, files: Sequence[InputFile]) -> None:
    inputs = {_identity(one.path) for one in files if not one.standard_input}
    targets = _targets(job, files)
    for target in targets:
        if _identity(target) in inputs:
            raise JobRefused(f"{target} is read, so it cannot be written, too.")
        if os.path.exists(target) and not os.path.isfile(target):  # noqa: PTH110, PTH113 - see below
            hint = "name one with --errors" if target == job.errors else "leave out -o to print the results"
            raise JobRefused(f"{target} is no ordinary file; {hint}.")
    if job.output is not None and job.errors is not None and _identity(job.output) == _identity(job.errors):
        raise JobRefused("The results and the faults cannot go to the same file.")
    if job.to_folder and job.output is not None:
        folder = Path(os.path.realpath(job.output))
        for path in job.paths:
            real = Path(os.path.realpath(path))
            if _is_folder(path) and (folder == real or real in folder.parents):
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
        return [job.output, job.errors or errors_beside(job.output)]
    outputs = [output_in(job, one) for one in files]
    return [target for output in outputs for target in (output, errors_beside(output))]


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - Path.is_dir raises for a name too long, or in a folder that is closed


def _identity(path: Path) -> tuple[object, ...]:
    """Return what two names of one file have in common, whether it is there yet or not."""
    real = os.path.realpath(path)  # Path.resolve raises for a link to itself, below Python 3.13
    try:
        found = path.stat()
    except (OSError, ValueError):
        return (real,)
    return (found.st_dev, found.st_ino) if found.st_ino else (real,)
