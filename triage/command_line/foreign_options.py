"""Options for files of other programs, which several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from triage.command_line.options import NAMED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from triage.foreign.form import Asked
    from triage.protocol.protocol import Protocol

__all__ = ["asked_for", "foreign_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])


def foreign_options(command: _Command) -> _Command:
    """Add the options that say how files of other programs are to be read."""
    options = [
        click.option(
            "--from", "form_read", metavar="FORM", help="The form of the files, if it is not found out rightly."
        ),
        click.option("--set-aside", is_flag=True, help="Leave out columns that are no questions."),
        click.option("--id", "id_column", metavar="NAME", help="The column that names each case."),
        click.option("--map", "mapping", type=NAMED, metavar="FILE", help="Use this mapping; `triage map` drafts one."),
        click.option("--sheet", metavar="NAME", help="The sheet of a workbook; else the first."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def asked_for(
    protocol: Protocol,
    form: str | None,
    mapping: Path | None,
    *,
    set_aside: bool = False,
    id_column: str | None = None,
    sheet: str | None = None,
    keep: Sequence[str] = (),
) -> Asked:
    """Return what these options ask for.

    Raises:
        click.UsageError: there is no such form.
        DataFault: the mapping cannot be read.

    """
    from triage.documents.problems import did_you_mean
    from triage.exchange.forms import OWN, known_forms
    from triage.foreign.form import Asked

    if form is not None and form not in (names := (OWN, *(one.name for one in known_forms()))):
        raise click.UsageError(f"--from {form}: no form is called so. {did_you_mean(form, names, listed=30)}")
    read = None
    if mapping:
        from triage.foreign.mapping import read_mapping

        read = read_mapping(mapping, protocol.questionnaire)
    return Asked(
        form=form,
        set_aside=set_aside,
        id_column=id_column,
        sheet=sheet,
        keep=tuple(keep),
        rules=protocol.version,
        mapping=read,
    )
