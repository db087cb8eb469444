"""What is said of columns that are no questions: once a file, and plainly where one seems to answer after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.output_text import shown
from triage.documents.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.documents.problems import Place

__all__ = ["SOME_QUESTION", "listed", "refused", "set_aside", "without_columns"]

SOME_QUESTION = ""
"""What stands for the question where only choices are seen, which may be of several."""
_MOST_NAMED = 6
_FEW = 3
_LONGEST_NAME = 120


def refused(place: Place, columns: Mapping[str, str | None]) -> list[Problem]:
    """Return what is wrong with columns that may not be set aside: each with the question it seems to answer."""
    problems = []
    others = [name for name, question in columns.items() if question is None]
    if others:
        many = f"{len(others)} columns are no questions" if len(others) > 1 else "A column is no question"
        hint = "Add --set-aside to leave out what is no question; `triage map` drafts a mapping."
        problems.append(Problem(place, f"{many}: {listed(others)}.", hint))
    for question, names in _by_question(columns).items():
        known = (
            f"`triage questions {question}` shows what is"
            if question
            else "A mapping (`triage map`) says what it means"
        )
        hint = f"{known}. With --set-aside what stands there is left out."
        problems.append(Problem(place, f"{_seems(names, question)}, but is not understood.", hint))
    return problems


def set_aside(place: Place, columns: Mapping[str, str | None], by_mapping: Mapping[str, str | None]) -> list[Problem]:
    """Return what to say of columns that were set aside, those that the mapping names too."""
    said = [Problem(place, f"Set aside: {listed(list(columns))}.", severity="warning")] if columns else []
    for question, names in _by_question({**columns, **by_mapping}).items():
        message = f"{_seems(names, question)}, but was set aside: nobody looked at it."
        said.append(Problem(place, message, severity="warning"))
    return said


def without_columns(place: Place, grave: Sequence[str], others: Sequence[str]) -> list[Problem]:
    """Return what to say of choices without a column of their own, where the others have one."""
    hint = "If nobody chose these, add their columns, with 0 in them."
    return [
        Problem(place, f"{what} have no column here: {listed(names, _FEW + 1)}. {so}", hint, severity="warning")
        for names, what, so in (
            (grave, "Grave signs", "Who chose others there counts as unknown."),
            (others, "Choices", "Whether somebody chose them cannot be seen; the others count as they are."),
        )
        if names
    ]


def _by_question(columns: Mapping[str, str | None]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, question in columns.items():
        if question is not None:
            found.setdefault(question, []).append(name)
    return found


def _seems(names: Sequence[str], question: str) -> str:
    first = ", ".join(shown(name, _LONGEST_NAME) for name in names[:_FEW])
    which = f"The column {first}" if len(names) == 1 else f"Each of {len(names)} columns, such as {first},"
    return f"{which} seems to {f'answer {shown(question)}' if question else 'hold choices of questions'}"


def listed(names: Sequence[str], most: int = _MOST_NAMED) -> str:
    """Return the first of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(shown(name, _LONGEST_NAME) for name in names[:most]) + more
