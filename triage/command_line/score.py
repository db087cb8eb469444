"""``triage score``: saved answers in, one line of JSON a case out."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from triage.command_line.options import chosen_engine, engine_option, protocol_from, protocol_option
from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["command"]


@click.command("score")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write here, whole or not at all."
)
@engine_option
@protocol_option
def command(paths: Sequence[Path], output: Path | None, engine_name: str | None, folder: Path | None) -> int:
    """Score saved answers: JSON, YAML, NDJSON, CSV or TSV files, or folders of them.

    Prints one line of JSON a case, in input order. A case that cannot be read is reported on stderr with its place;
    the others are scored all the same, and the exit code is 1.
    """
    from triage.answer_files import read_answer_files
    from triage.decision import decide
    from triage.safe_writing import written_whole
    from triage.score_line import score_line

    protocol = protocol_from(folder)
    engine = chosen_engine(engine_name or "plain", protocol)
    scored = faulty = 0
    with ExitStack() as stack:
        out: TextIO = stack.enter_context(written_whole(output)) if output else sys.stdout
        for case in read_answer_files(paths, protocol.questionnaire):
            if isinstance(case, DataFault):
                faulty += 1
                click.echo(str(case), err=True)
                continue
            decision = decide(protocol, engine.judge(case.answers))
            line = score_line(protocol, case.id, case.answers, decision)
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            scored += 1
        if output and faulty and not scored:
            raise DataFault([Problem(Place(str(output)), "Nothing could be scored, so this file stays as it was.")])
    if faulty:
        click.echo(f"{scored} scored, {faulty} not readable.", err=True)
    return 1 if faulty else 0
