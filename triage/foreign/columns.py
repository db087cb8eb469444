"""The columns of a table that is read: what the cells of a row say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from triage.foreign.cells import AnsweredBy, Wrong
from triage.foreign.form import Row, RowFault

if TYPE_CHECKING:
    from triage.documents.problems import Problem

__all__ = ["Columns", "together"]


@dataclass(frozen=True)
class Columns:
    """What the columns of one table are for."""

    source: str
    names: tuple[str, ...]
    beside: dict[str, tuple[int, ...]]
    """The columns of what stands beside the answers, by key; an id may take several."""
    answers: tuple[AnsweredBy, ...]
    kept: dict[str, int]
    nameless: tuple[int, ...]
    """Columns without a name, in which nothing may stand."""
    remarks: tuple[Problem, ...] = ()
    note: str = ""
    """Which column names the cases, and what the program's own columns are."""
    _remembered: dict[tuple[str, tuple[str, ...]], list[str] | Wrong] = field(default_factory=dict, compare=False)

    @property
    def used(self) -> list[int]:
        """The numbers of all columns that are looked at."""
        found = {*self.kept.values(), *self.nameless}
        for needed in (*self.beside.values(), *(one.needed for one in self.answers)):
            found.update(needed)
        return sorted(found)

    @staticmethod
    def said_beside(cells: Sequence[str]) -> str:
        """Return what cells beside the answers say: of an id what names the case, and which of its repeats it is.

        >>> Columns.said_beside(["7", "", ""]), Columns.said_beside(["7", "visit", "2"]), Columns.said_beside(["", "2"])
        ('7', '7#visit#2', '')
        """
        first, *others = (cell.strip() for cell in cells)
        return "#".join(filter(None, (first, *others))) if first else ""

    def row(self, cells: Sequence[str], line: int | None, number: int | None) -> Row | RowFault:
        """Return what the cells of a row say, or what is wrong with them."""
        beside = {key: self.said_beside([cells[at] for at in needed]) for key, needed in self.beside.items()}
        name = beside.get("id", "")
        answers: dict[str, Any] = {}
        faults: list[RowFault] = []
        for one in self.answers:
            value = self.value(one, tuple(cells[at] for at in one.needed))
            if isinstance(value, Wrong):
                faults.append(self.fault(one, value, line, number, name))
            elif value:
                answers[one.question] = value if len(value) > 1 else value[0]
        faults += [
            RowFault(self.of_nameless(at), line=line, row=number, id=name or None, found=cells[at].strip())
            for at in self.nameless
            if cells[at].strip()
        ]
        if faults:
            return together(faults)
        raw: dict[str, Any] = {key: said for key, said in beside.items() if said}
        raw.update((key, cells[at]) for key, at in self.kept.items() if cells[at])
        return Row({**raw, "answers": answers}, line, number)

    def value(self, one: AnsweredBy, cells: tuple[str, ...]) -> list[str] | Wrong:
        """Return what some cells say to a question; the same cells are read only once."""
        key = (one.question, cells)
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) > 100_000:
                self._remembered.clear()
            known = self._remembered[key] = one.value(cells)
        return known

    @staticmethod
    def fault(one: AnsweredBy, wrong: Wrong, line: int | None, number: int | None, name: str) -> RowFault:
        """Return a fault of a row."""
        return RowFault(wrong.message, wrong.hint, line, number, name or None, one.question, wrong.found)

    def of_nameless(self, at: int) -> str:
        """Return what is wrong with a cell in a column without a name."""
        return f"has something in column {at + 1}, which has no name."


def together(faults: Sequence[RowFault]) -> RowFault:
    """Return the faults of a row as one: the first, and how many more there are."""
    first, more = faults[0], len(faults) - 1
    if not more:
        return first
    message = (
        f"{first.message} {more} more cell{'s' if more > 1 else ''} of this row {'are' if more > 1 else 'is'} wrong."
    )
    return replace(first, message=message)
