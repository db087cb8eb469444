"""``triage map``: a draft of what the columns and values of a file mean."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.options import NAMED, protocol_from, protocol_option
from triage.command_line.saying import say, warn

if TYPE_CHECKING:
    from triage.exchange.dictionaries import Field

__all__ = ["command"]


@click.command("map")
@click.argument("path", type=NAMED, metavar="FILE")
@click.option("-o", "--output", type=NAMED, metavar="FILE", help="Write here; a file that is there is never replaced.")
@click.option(
    "--dictionary",
    type=NAMED,
    metavar="FILE",
    help="What the form asked: a data dictionary of REDCap (CSV) or an XLSForm.",
)
@click.option("--sheet", metavar="NAME", help="The sheet of a workbook; else the first.")
@protocol_option
def command(path: Path, output: Path | None, dictionary: Path | None, sheet: str | None, folder: Path | None) -> None:
    """Draft a mapping for a file of your own: which columns answer which question, and what their values mean.

    Read it and mend it, then use it with `triage score FILE --map map.yaml`. What nothing but you can tell is marked
    TODO. Each value of the file is then mapped, missing, or a fault.
    """
    from triage.documents.safe_writing import written_whole
    from triage.exchange.dictionaries import read_dictionary
    from triage.exchange.mapping_draft import draft_of
    from triage.foreign.form import ForeignFile

    fields: dict[str, Field] = {}
    if dictionary is not None:
        fields = read_dictionary(ForeignFile(dictionary, lambda: dictionary.open("rb")))
    draft = draft_of(ForeignFile(path, lambda: path.open("rb")), protocol_from(folder).questionnaire, fields, sheet)
    if output is None:
        say(draft.text, ended=False)
    else:
        with written_whole(output, new=True) as file:
            file.write(draft.text)
    warn(f"{draft.mapped:,} columns understood; {draft.to_do:,} things to say are marked TODO.")
