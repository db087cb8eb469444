"""``triage score``: saved answers in, one line a case out."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.foreign_options import asked_for, foreign_options
from triage.command_line.options import NAMED, chosen_engine, engine_option, protocol_from, protocol_option
from triage.command_line.saying import warn
from triage.documents.output_text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = ["command"]

_MANY = 1_000
"""Cases from which on a summary is worth its lines."""
_MOST_THREADS = 4


@click.command("score")
@click.argument("paths", nargs=-1, required=True, type=NAMED, metavar="PATH...")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    help="Write here, whole or not at all; a folder gets a file for each file, - is standard output.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["ndjson", "csv", "parquet"]),
    help="Form of the output; else the end of its name tells; NDJSON where it has none.",
)
@click.option("--fields", metavar="NAMES", help="Only these fields, separated by commas.")
@click.option("--keep", multiple=True, metavar="NAME", help="Carry this other column along; may be repeated.")
@click.option(
    "--errors",
    type=NAMED,
    metavar="FILE",
    help="Write what is wrong with rows here; else beside the output.",
)
@click.option(
    "--strict",
    is_flag=True,
    help="Stop at the first fault and write nothing; in a folder, files done before it keep their results.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="With a folder: leave out files that are done, with the same fields, rules and program.",
)
@click.option("--threads", type=click.IntRange(min=1), metavar="N", help="How many processors work at a time.")
@foreign_options
@engine_option
@protocol_option
def command(
    paths: Sequence[Path],
    target: str | None,
    form: str | None,
    fields: str | None,
    keep: Sequence[str],
    errors: Path | None,
    strict: bool,
    resume: bool,
    threads: int | None,
    form_read: str | None,
    set_aside: bool,
    id_column: str | None,
    mapping: Path | None,
    sheet: str | None,
    engine_name: str | None,
    folder: Path | None,
) -> int:
    """Score saved answers: NDJSON, JSON, YAML, CSV, TSV or Parquet; files, patterns, folders, or - for standard input.

    Also what other programs export: REDCap, KoboToolbox, ODK, LimeSurvey, Google and Microsoft Forms, SurveyJS, FHIR
    R4 and Excel (xlsx). The form is found and said; --from decides it.

    Text files may be packed (.gz, .zst). Standard input may be any of our own forms but Parquet. Results come in input
    order.
    A row that cannot be read is reported with its place and the nearest right word; the others are scored all the
    same, and the exit code is 1.
    """
    from triage import __version__
    from triage.batch.job.options import Job, JobRefused
    from triage.batch.job.run import run
    from triage.terminal.score_progress import ScoreProgress

    if target == "":
        raise click.UsageError("-o names no file.")
    if target == "-":
        target = None
    protocol = protocol_from(folder)
    asked = asked_for(
        protocol,
        form_read,
        mapping,
        set_aside=set_aside,
        id_column=id_column,
        sheet=sheet,
        keep=keep,
    )
    with ScoreProgress() as progress:
        job = Job(
            paths=paths,
            output=Path(target) if target else None,
            new_folder=target is not None and target.endswith(("/", os.sep)),
            form=form,
            fields=_fields(fields),
            keep=tuple(dict.fromkeys(keep)),
            errors=errors,
            strict=strict,
            resume=resume,
            program=__version__,
            asked=asked,
            threads=threads or min(os.cpu_count() or 1, _MOST_THREADS),
            engine=chosen_engine(engine_name, protocol) if engine_name else None,
        )
        try:
            summary = run(job, protocol, progress)
        except JobRefused as error:
            raise click.UsageError(str(error)) from None
    for sentence in summary.repeats:
        warn(sentence)
    in_short = sys.stderr.isatty() or summary.scored >= _MANY
    if summary.scored and in_short:
        from triage.terminal.score_page import print_summary

        print_summary(summary, protocol)
    if summary.scored > 1 and (in_short or target):  # else the results themselves are what is read
        for urgency, count in (+summary.only_unanswered).items():
            are = "is" if count == 1 else "are"
            why = "only because warning questions were not answered"
            warn(f"{count:,} of {summary.scored:,} cases {are} {urgency} {why}.")
    for line in summary.former.lines(protocol.questionnaire):
        warn(line)
    if summary.faulty:
        warn(f"{summary.scored:,} scored, {summary.faulty:,} not readable.")
    if summary.skipped_with_faults:
        warn(f"{summary.skipped_with_faults:,} of the files done before have faults beside them.")
    return 1 if summary.faulty or summary.skipped_with_faults else 0


def _fields(names: str | None) -> tuple[str, ...]:
    """Return the fields an option names."""
    from triage.assessment.score_line import FIELDS
    from triage.documents.problems import did_you_mean

    if names is None:
        return FIELDS
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in FIELDS:
            hint = did_you_mean(name, FIELDS)
            raise click.UsageError(f"No field is called {shown(name)}. {hint or ''}".strip())
    if not wanted:
        raise click.UsageError(f"--fields names no field. Known are: {', '.join(FIELDS)}.")
    return tuple(field for field in FIELDS if field in wanted)
