"""``triage explain``: one saved case with its reasons."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.looking_up import as_known
from triage.command_line.options import (
    NAMED,
    chosen_engine,
    engine_option,
    json_option,
    protocol_from,
    protocol_option,
    refuse_letter,
)
from triage.command_line.saying import say_json, warn
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean

if TYPE_CHECKING:
    from triage.answers.reading import SavedCase
    from triage.protocol.protocol import Protocol

__all__ = ["command"]


@click.command("explain")
@click.argument("path", type=NAMED, metavar="FILE")
@click.option("--id", "case_id", metavar="ID", help="Which case, where the file holds several.")
@click.option("--letter", type=NAMED, metavar="FILE", help="Write a page for the doctor, too (.html or .md).")
@json_option
@engine_option
@protocol_option
def command(
    path: Path, case_id: str | None, letter: Path | None, as_json: bool, engine_name: str | None, folder: Path | None
) -> int:
    """Show the result of one saved case with its reasons. Both engines judge it, where both can run."""
    from triage.answers.case_reading import read_cases
    from triage.answers.former_report import FormerReport
    from triage.assessment.as_asked import as_asked
    from triage.assessment.assessment import assess
    from triage.assessment.explaining import Commonness, explained
    from triage.assessment.letter import write_letter
    from triage.engines import available_engines
    from triage.terminal.explained_page import print_explained

    if letter:
        refuse_letter(letter)
    if str(path) == "-":
        raise click.UsageError("explain reads a file, not standard input; `triage score -` does.")
    if os.path.isdir(path):  # noqa: PTH112 - Path.is_dir may raise
        hint = "`triage score` takes folders; name one file here."
        raise DataFault([Problem(Place(str(path)), "This is a folder; explain takes a file.", hint)])
    protocol = protocol_from(folder)
    case = _one_case(path, case_id, protocol)
    engines = [chosen_engine(engine_name, protocol)] if engine_name else available_engines(protocol)
    answers = as_asked(protocol, case.answers)
    result = assess(
        protocol,
        answers,
        engines,
        case_id=case.id,
        answered_at=case.answered_at,
        stopped_early=case.stopped_early,
    )
    if letter:
        write_letter(letter, protocol, answers, result, written_on=f"{datetime.datetime.now():%Y-%m-%d}")
    result = explained(protocol, answers, result, Commonness(protocol, read_cases(protocol)))
    if as_json:
        say_json(result.model_dump(mode="json"))
    else:
        print_explained(result, protocol)
    if letter:
        warn(f"The page for the doctor is in {letter}.")
    for line in FormerReport.of(case).lines(protocol.questionnaire):
        warn(line)
    if result.disagreement:
        warn(f"The engines disagree: {result.disagreement}.")
    return 1 if result.disagreement else 0


def _one_case(path: Path, case_id: str | None, protocol: Protocol) -> SavedCase:
    from triage.exchange.cases import read_files
    from triage.foreign.form import Asked

    found = list(read_files([path], Asked(rules=protocol.version), protocol.questionnaire, warn))
    cases = [case for case in found if not isinstance(case, DataFault)]
    faults = [problem for case in found if isinstance(case, DataFault) for problem in case.problems]
    ids = [case.id for case in cases]
    if case_id is not None:
        meant = as_known(case_id, ids)
        meant_ones = [case for case in cases if case.id == meant]
        if len(meant_ones) == 1:
            return meant_ones[0]
        if meant_ones:
            message = f"{len(meant_ones)} cases here have the id {shown(meant)}, so nobody can tell which is meant."
            own_ids = "Give each of them an id of its own."
            raise DataFault([Problem(one.place, message, own_ids) for one in meant_ones])
        problem = Problem(
            Place(str(path)), f"No readable case here has the id {shown(case_id)}.", did_you_mean(case_id, ids)
        )
        raise DataFault([problem, *faults])
    if faults:
        raise DataFault(faults)
    if len(cases) != 1:
        listed = ", ".join(ids[:8]) + (", ..." if len(ids) > 8 else "")
        hint = f"Name one with --id: {listed}." if ids else None
        raise DataFault([Problem(Place(str(path)), f"This file holds {len(cases)} cases; explain takes one.", hint)])
    return cases[0]
