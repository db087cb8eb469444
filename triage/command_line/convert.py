"""``triage convert``: answers to an earlier questionnaire, written with the codes of today."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.options import NAMED, protocol_from, protocol_option
from triage.command_line.saying import say, say_fault, warn
from triage.documents.output_text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.documents.problems import Problem

__all__ = ["command"]

_WRITTEN = (".ndjson", ".jsonl")


@click.command("convert")
@click.argument("paths", nargs=-1, required=True, type=NAMED, metavar="PATH...")
@click.option("-o", "--output", "target", type=NAMED, metavar="FILE", help="Write here, whole or not at all.")
@protocol_option
def command(paths: Sequence[Path], target: Path | None, folder: Path | None) -> int:
    """Write saved answers with the codes of today, one object a line (NDJSON).

    What means the same is taken over. What does not is left out, which is unknown, and stands under `ask_again`. A case
    that cannot be read is reported with its place; the others are written all the same.
    """
    from triage.answers.files import read_answer_files
    from triage.answers.former_report import FormerReport
    from triage.answers.writing import converted_case
    from triage.documents.problems import DataFault
    from triage.documents.safe_writing import written_whole

    if Path("-") in paths:
        raise click.UsageError("convert reads files and folders, not standard input.")
    if target is not None and target.suffix.lower() not in _WRITTEN:
        raise click.BadParameter(f"Answers are written as {' or '.join(_WRITTEN)}.", param_hint="-o")
    if target is not None and os.path.realpath(target) in map(os.path.realpath, paths):
        raise click.UsageError(f"{target} is one of the files to read; name another with -o.")
    questionnaire = protocol_from(folder).questionnaire
    report = FormerReport()
    lines, faulty = [], 0
    problems: list[Problem] = []
    for case in read_answer_files(paths, questionnaire):
        if isinstance(case, DataFault):
            faulty += 1
            problems += case.problems
            continue
        report.add(case.id, case.taken_over, case.ask_again)
        lines.append(f"{json_text(converted_case(questionnaire, case))}\n")
    if problems:
        say_fault(DataFault(problems))
    if target is None:
        say("".join(lines), ended=False)
    elif lines:
        with written_whole(target) as file:
            file.writelines(lines)
    for line in report.lines(questionnaire):
        warn(line)
    if faulty:
        warn(f"{len(lines):,} written, {faulty:,} not readable.")
    return 1 if faulty else 0
