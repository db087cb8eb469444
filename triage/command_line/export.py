"""``triage export``: a protocol in another form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.options import NAMED, protocol_from, protocol_option
from triage.command_line.saying import say, warn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.proof.proving import Proof
    from triage.proof.statements import Statement
    from triage.protocol.protocol import Protocol

__all__ = ["command"]


@click.command("export")
@click.argument(
    "kind", type=click.Choice(["book", "page", "review", "statements", "json-schema", "form", "terminology"])
)
@click.option("-o", "--output", type=NAMED, metavar="FILE", help="Write here, whole or not at all.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "md"]),
    help="Form of a book; else by the end of the file's name, and html where there is none.",
)
@click.option(
    "--prove/--no-proofs",
    "prove",
    default=None,
    help="Prove the safety statements for the book, or leave it; else they are proved where the proofs are installed.",
)
@click.option(
    "--number", metavar="NUMBER", help="The emergency number that a page calls first; else that of the protocol."
)
@click.option(
    "--as",
    "program",
    type=click.Choice(["redcap", "xlsform", "surveyjs", "fhir"]),
    help="The program that a form is for: xlsform is for ODK, KoboToolbox and their relatives.",
)
@protocol_option
def command(
    kind: str,
    output: Path | None,
    form: str | None,
    prove: bool | None,
    number: str | None,
    program: str | None,
    folder: Path | None,
) -> int:
    """Export a protocol in another form.

    The book holds everything on one page, with pictures, to read or print. The page asks the questions in a browser, on
    a phone too, and shows the result; it needs nothing else, and no answer leaves it. A form asks the questions in
    another program (form --as PROGRAM); its answers come back with `triage score`. The others: a sign-off sheet for
    reviewers (review), the safety statements (statements), the schema of a result (json-schema), and for FHIR the
    choices, types and causes as code systems with a map to public codes (terminology).
    """
    from triage.documents.safe_writing import check_writable, written_whole

    if kind != "book" and (form is not None or prove is not None):
        raise click.UsageError("--format, --prove and --no-proofs are for a book only.")
    if number is not None:
        _check_number(kind, number)
    if (kind == "form") != (program is not None):
        raise click.UsageError("A form is for some program: export form --as redcap, xlsform, surveyjs or fhir.")
    output = None if output == Path("-") else output
    if kind == "book":
        form = form or _form_of(output)
    if output is not None:
        check_writable(output)
    code = 0
    if program is not None:
        return _form(protocol_from(folder), program, output)
    if form is not None:
        text, code = _book(protocol_from(folder), form, prove=prove)
    elif kind == "page":
        from triage.answers.case_reading import read_cases
        from triage.export.page import interview_page, stories_to_play

        protocol = protocol_from(folder)
        stories = stories_to_play(read_cases(protocol))
        text = interview_page(protocol, stories, number=number)
    else:
        text = _exported(kind, protocol_from(folder))
    if output is None:
        say(text, ended=False)
        return code
    with written_whole(output, public=True) as file:
        file.write(text)
    return code


def _check_number(kind: str, number: str) -> None:
    """Refuse what no telephone dials.

    Raises:
        click.UsageError: so it is.

    """
    from triage.export.page import is_number

    if kind != "page":
        raise click.UsageError("--number is for a page only.")
    if not is_number(number):
        raise click.BadParameter("A number holds digits only, such as 112 or 911.", param_hint="--number")


def _form(protocol: Protocol, program: str, output: Path | None) -> int:
    """Write a form to give out, and say what it cannot."""
    from triage.documents.safe_writing import cannot_write, unfinished_file
    from triage.given_forms.giving_out import SUFFIXES, written_form

    suffix = SUFFIXES[program]
    if output is not None and output.suffix.lower() != suffix:
        raise click.BadParameter(f"A form for {program} is written as {suffix}.", param_hint="-o")
    if output is None and program == "xlsform":
        raise click.UsageError(f"A workbook needs a file: -o FILE{suffix}.")
    try:
        written = written_form(protocol, program)
    except ImportError as error:
        raise click.ClickException(f"A workbook cannot be written here: {error}.") from None
    if output is None:
        say(written.content.decode(), ended=False)
    else:
        with unfinished_file(output, public=True) as unfinished:
            try:
                unfinished.write_bytes(written.content)
            except OSError as error:
                raise cannot_write(output, error) from None
    warn("What this form cannot do:")
    for line in written.cannot_say:
        warn(f"  - {line}")
    return 0


def _form_of(output: Path | None) -> str:
    from triage.export.book_page import BOOK_SUFFIXES

    if output is None:
        return "html"
    form = BOOK_SUFFIXES.get(output.suffix.lower())
    if form is None:
        raise click.UsageError("A book is written as .html or .md; for another name say --format html or --format md.")
    return form


def _book(protocol: Protocol, form: str, *, prove: bool | None) -> tuple[str, int]:
    """Return the book, and 1 if a safety statement turned out not to hold."""
    from triage.answers.case_reading import read_cases
    from triage.export.book import book_of
    from triage.export.book_page import book_page
    from triage.export.stories import judge_stories, read_stories
    from triage.proof.statements import read_statements

    statements = read_statements(protocol)
    proofs, proved = (
        ([], "") if prove is False or not statements else _proofs(protocol, statements, demanded=bool(prove))
    )
    refuted = dict.fromkeys(proof.statement.id for proof in proofs if not proof.holds)
    if refuted:
        warn(f"Not true: {', '.join(refuted)}. The book says so; see: triage verify")
    stories = judge_stories(protocol, read_stories(protocol))
    book = book_of(protocol, read_cases(protocol), statements, proofs, proved=proved, stories=stories)
    return book_page(form, book), int(bool(refuted))


def _proofs(protocol: Protocol, statements: Sequence[Statement], *, demanded: bool) -> tuple[list[Proof], str]:
    """Prove the statements, showing on a terminal which one is at work; without the proofs installed, say so."""
    try:
        from triage.proof.answer_space import AnswerSpace

        space = AnswerSpace(protocol)
        counter = space.counter()
    except ImportError as error:
        if demanded:
            raise click.ClickException(f"The statements cannot be proved here: {error}.") from None
        warn(f"The book is made without proofs: {error}.")
        return [], ""
    from triage.proof.counting import written
    from triage.proof.proving import prove
    from triage.terminal.progress import working

    proofs: list[Proof] = []
    with working("Proving ...") as show:
        for number, statement in enumerate(statements, start=1):
            show(f"Proving {number} of {len(statements)}: {statement.title}")
            proofs += prove(space, statement)
    size = written(counter.total).replace("e", " x 10^")
    return proofs, f"{len(proofs)} proofs over all {size} answer sets."


def _exported(kind: str, protocol: Protocol) -> str:
    if kind == "review":
        from triage.export.review import review_sheet

        return review_sheet(protocol)
    if kind == "statements":
        from triage.export.statements import statement_table
        from triage.proof.statements import read_statements

        return statement_table(read_statements(protocol))
    if kind == "terminology":
        from triage.given_forms.fhir_terminology import fhir_terminology

        return fhir_terminology(protocol)
    from triage.assessment.assessment import Assessment

    return json.dumps(Assessment.model_json_schema(), indent=2) + "\n"
