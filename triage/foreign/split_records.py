"""Records of which one row answers some questions and another row others, so that no row says all of a person."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from triage.answers.files import cell_value
from triage.answers.reading import ABOUT
from triage.documents.problems import DataFault, Place, Problem
from triage.foreign.foreign_columns import listed
from triage.foreign.form import ColumnRows, Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.foreign.form import RowFault
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["said_of_split", "single_rows"]


def single_rows(rows: ColumnRows, questionnaire: Questionnaire) -> Iterator[Row]:
    """Yield rows that came as columns one by one."""
    lines = rows.lines.tolist()
    for line, cells in zip(lines, rows.batch.to_pylist(), strict=True):
        raw: dict[str, Any] = {name: cells[name] for name in ABOUT if cells.get(name)}
        answers = {name: cell_value(cell) for name, cell in cells.items() if cell and questionnaire.is_question(name)}
        yield Row({**raw, "answers": answers}, line if rows.are_lines else None, None if rows.are_lines else line)


def said_of_split(
    source: str, rows: Iterable[Row | RowFault | ColumnRows], questionnaire: Questionnaire
) -> Iterator[Problem]:
    """Yield a warning that names the records whose rows answer different questions, if there are some."""
    records: dict[str, list[frozenset[str]]] = {}
    with suppress(DataFault):  # whoever reads the rows says what is wrong
        for found in rows:
            for one in single_rows(found, questionnaire) if isinstance(found, ColumnRows) else (found,):
                if isinstance(one, Row) and one.raw.get("id") and one.raw["answers"]:
                    asked = records.setdefault(one.raw["id"].partition("#")[0], [])
                    if (answered := frozenset(one.raw["answers"])) not in asked:
                        asked.append(answered)
    split = [name for name, asked in records.items() if any(_differ(one, other) for one in asked for other in asked)]
    if split:
        message = f"Rows of one record answer different questions, and each row is judged alone: {listed(split)}."
        hint = "No row says all that such a person answered. Put it into one row, and read only that."
        yield Problem(Place(source), message, hint, severity="warning")


def _differ(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two rows answer different parts of the questions; a form filled in again differs in a few."""
    both, smaller = len(one & other), min(len(one), len(other))
    return both < smaller and 2 * both <= smaller
