"""``triage convert``: answers in any form and of any time, written in our own form with the codes of today."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage.command_line.foreign_options import asked_for, foreign_options
from triage.command_line.options import NAMED, protocol_from, protocol_option
from triage.command_line.saying import say, say_fault, warn
from triage.documents.output_text import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from triage.answers.reading import SavedCase
    from triage.documents.problems import Problem
    from triage.protocol.protocol import Protocol

__all__ = ["command"]

_LINES = (".ndjson", ".jsonl")
_WRITTEN = {"own": _LINES, "fhir": (*_LINES, ".json")}
"""How files end in their names, by the form they are written in."""


@click.command("convert")
@click.argument("paths", nargs=-1, required=True, type=NAMED, metavar="PATH...")
@click.option("-o", "--output", "target", type=NAMED, metavar="FILE", help="Write here, whole or not at all.")
@click.option(
    "--to",
    "form",
    type=click.Choice(list(_WRITTEN)),
    default="own",
    help="Write as fhir: QuestionnaireResponses of FHIR R4, one a line, or in a .json file as a Bundle.",
)
@foreign_options
@protocol_option
def command(
    paths: Sequence[Path],
    target: Path | None,
    form: str,
    form_read: str | None,
    set_aside: bool,
    id_column: str | None,
    mapping: Path | None,
    sheet: str | None,
    folder: Path | None,
) -> int:
    """Write saved answers in our own form with the codes of today, one object a line (NDJSON).

    Answers may be in any form that `triage score` reads but Parquet: exports of REDCap, KoboToolbox, ODK, LimeSurvey,
    Microsoft and Google Forms, SurveyJS, FHIR, Excel, other tables, and answers to an earlier questionnaire.

    What means the same is taken over. What does not is left out, which is unknown, and stands under `ask_again`. A case
    that cannot be read is reported with its place; the others are written all the same.
    """
    from triage.answers.former_report import FormerReport
    from triage.documents.problems import DataFault
    from triage.documents.safe_writing import written_whole
    from triage.exchange.cases import read_files

    if Path("-") in paths:
        raise click.UsageError("convert reads files and folders, not standard input.")
    if target is not None and target.suffix.lower() not in _WRITTEN[form]:
        raise click.BadParameter(f"Answers are written as {' or '.join(_WRITTEN[form])}.", param_hint="-o")
    if target is not None:
        _refuse_what_is_read(target, paths)
    protocol = protocol_from(folder)
    questionnaire = protocol.questionnaire
    written = _writer(form, protocol)
    asked = asked_for(protocol, form_read, mapping, set_aside=set_aside, id_column=id_column, sheet=sheet)
    report = FormerReport()
    cases: list[dict[str, Any]] = []
    faulty = 0
    problems: list[Problem] = []
    for case in read_files(paths, asked, questionnaire, warn):
        if isinstance(case, DataFault):
            faulty += 1
            problems += case.problems
            continue
        report.add(case.id, case.taken_over, case.ask_again)
        cases.append(written(case))
    if problems:
        say_fault(DataFault(problems))
    if target is None:
        say("".join(_one_a_line(cases)), ended=False)
    elif cases:
        with written_whole(target) as file:
            file.writelines(_one_a_line(cases) if target.suffix.lower() in _LINES else _bundle(cases))
    for line in report.lines(questionnaire):
        warn(line)
    if faulty:
        warn(f"{len(cases):,} written, {faulty:,} not readable.")
    return 1 if faulty else 0


def _refuse_what_is_read(target: Path, paths: Sequence[Path]) -> None:
    """Refuse to write over a file that is read, or beside it, where the next reader would meet everybody twice.

    Raises:
        click.UsageError: so it is.

    """
    place = Path(os.path.realpath(target))
    for read in map(Path, map(os.path.realpath, paths)):
        if place == read:
            raise click.UsageError(f"{target} is one of the files to read; name another with -o.")
        if read in place.parents:
            raise click.UsageError(f"{target} lies among the answers, where it would be read as answers, too.")


def _writer(form: str, protocol: Protocol) -> Callable[[SavedCase], dict[str, Any]]:
    """Return what writes a case in a form."""
    questionnaire = protocol.questionnaire
    if form == "fhir":
        from triage.given_forms.fhir_response import response_of
        from triage.given_forms.form import given_form

        asked = given_form(protocol)
        return lambda case: response_of(case, asked, questionnaire)
    from triage.answers.writing import converted_case

    return lambda case: converted_case(questionnaire, case)


def _one_a_line(cases: Iterable[dict[str, Any]]) -> Iterator[str]:
    return (f"{json_text(case)}\n" for case in cases)


def _bundle(cases: Iterable[dict[str, Any]]) -> Iterator[str]:
    from triage.given_forms.fhir_response import bundle_of

    yield f"{json_text(bundle_of(cases), indent=2)}\n"
