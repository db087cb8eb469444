"""Files of other forms than our own among those that are read: each is opened by the form that recognises it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from triage.batch.input_files import InputFile, cannot_read, unreadable
from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.form import ForeignFile, OpenedRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from triage.exchange.form import Asked, Opened, Row
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["told_apart"]

_LOOKED_AT = ("lines", "document", "table", "foreign")
_SAID_APART = 10
"""Files of which the form is told one by one."""


def told_apart(
    found: Sequence[InputFile | Problem],
    asked: Asked | None,
    questionnaire: Questionnaire,
    say: Callable[[str], None],
) -> list[InputFile | Problem]:
    """Return files with those of other forms opened, and say which form each has."""
    told: list[InputFile | Problem] = []
    number = 0
    for one in found:
        if isinstance(one, Problem) or one.kind not in _LOOKED_AT or one.standard_input:
            told.append(one)
            continue
        opened, title = (None, "") if asked is None else _opened(one, asked, questionnaire)
        if opened is not None:
            number += bool(title)
            if title and number <= _SAID_APART:
                say(f"{one.path}  Read as {title}.")
            for remark in opened.remarks:
                say(str(remark))
            told.append(replace(one, kind="foreign", opened=opened))
        elif one.kind == "foreign":
            told.append(Problem(Place(str(one.path)), "This kind of file is not known here."))
        else:
            told.append(one)
    if number > _SAID_APART:
        say(f"... and {number - _SAID_APART:,} more files of other forms.")
    return told


def _opened(file: InputFile, asked: Asked, questionnaire: Questionnaire) -> tuple[Opened | None, str]:
    """Return what reads a file of another form and what that is; nothing for one of our own."""
    from triage.exchange.forms import form_of

    name = Path(file.path.name).stem if file.packed else file.path.name
    foreign = ForeignFile(file.path, file.open, name)
    try:
        form = form_of(foreign, asked, questionnaire)
        if form is None:
            return None, ""
        opened = form.open(foreign, asked, questionnaire)
        return opened, f"{form.title}{opened.note}"
    except DataFault as fault:
        return OpenedRows(_raising(fault)), ""
    except unreadable() as error:
        return OpenedRows(_raising(cannot_read(file.path, error))), ""


def _raising(fault: DataFault) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        raise fault
        yield

    return rows
