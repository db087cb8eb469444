"""What is told of a job: each fault, to somebody who reads along and to a file, and counts for a table at the end."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.answers.former_report import FormerReport
from triage.documents.output_text import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from triage.answers.row_faults import Fault
    from triage.documents.long_writing import LateFile

__all__ = ["REPEATS_SAID", "FirstFault", "Summary", "Telling", "said_of_repeat"]

_BY_VALUE = ("outcome", "urgency", "at_worst", "types", "rules", "could_not_rule_out")
REPEATS_SAID = 5
"""Rows with an id that stood there already, of which each is named."""


def said_of_repeat(place: str, before: str) -> str:
    """Return in words that a row has the id of a row before it."""
    return one_line(f"{place}  warning: the id stands at {before} already.")


@dataclass
class Summary:
    """Counts over all cases."""

    scored: int = 0
    bad_rows: int = 0
    bad_files: int = 0
    skipped: int = 0
    """Files that were done before."""
    skipped_with_faults: int = 0
    """How many of them have faults beside their results."""
    outcome: Counter[str] = field(default_factory=Counter)
    urgency: Counter[str] = field(default_factory=Counter)
    at_worst: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    could_not_rule_out: Counter[str] = field(default_factory=Counter)
    only_unanswered: Counter[str] = field(default_factory=Counter)
    """By urgency: cases that have it from nothing but unanswered warning questions."""
    repeated_ids: int = 0
    repeats: list[str] = field(default_factory=list)
    """The first of them, each in a sentence."""
    incomplete: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By column that is carried along: how many values could not be written as they are, and where the first stands."""
    mixed: set[str] = field(default_factory=set)
    """The columns carried along whose values are texts in a table of columns, since they have several types."""
    columns: set[str] = field(default_factory=set)
    """The names of columns that were met, where some are to be carried along."""
    former: FormerReport = field(default_factory=FormerReport)
    """What is to be told of cases that answer an earlier questionnaire."""

    @property
    def faulty(self) -> int:
        """Rows and files that could not be read."""
        return self.bad_rows + self.bad_files

    def take_back_results(self, before: Summary) -> None:
        """Count only the results that were counted before, since those after them were not written."""
        self.scored = before.scored
        self.former = deepcopy(before.former)
        for name in (*_BY_VALUE, "only_unanswered"):
            setattr(self, name, Counter(getattr(before, name)))

    def count_fields(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Add counts of the values of some fields."""
        for name, values in counts.items():
            getattr(self, name).update(values)

    def count_incomplete(self, found: Mapping[str, tuple[int, str]]) -> None:
        """Add values that could not be written as they are."""
        for name, (number, place) in found.items():
            before, first = self.incomplete.get(name, (0, place))
            self.incomplete[name] = before + number, first

    def count_repeat(self, place: str, before: str) -> None:
        """Add a row that has the id of a row before it."""
        self.repeated_ids += 1
        if len(self.repeats) < REPEATS_SAID:
            self.repeats.append(said_of_repeat(place, before))

    def count_case(self, line: Mapping[str, str | list[str]], *, only_unanswered: bool) -> None:
        """Add one result, as its line says it, and whether its urgency is from unanswered warning questions alone."""
        self.scored += 1
        self.only_unanswered[str(line["urgency"])] += only_unanswered
        for name in _BY_VALUE:
            value = line[name]
            getattr(self, name).update([value] if isinstance(value, str) else value)


# ---- faults ----

_SHOWN = 20
"""Faults that are told one by one."""


class FirstFault(Exception):
    """The first fault, where no other one matters."""


class Telling:
    """Tells somebody who reads along what is wrong: the first few faults, that of a whole column once, and how many.

    Every fault is written to the file of faults that is open at the time, if one is.
    """

    def __init__(self, show: Callable[[str], None], *, strict: bool) -> None:
        self.file: LateFile | None = None
        self._show = show
        self._strict = strict
        self._again: dict[tuple[str, str], int] = {}
        """By file and column: how many rows have the fault of the column that was told once."""
        self._said = self._shown = 0

    def say(self, fault: Fault, text: str | None = None) -> None:
        """Take a fault; ``text`` is how it reads.

        Raises:
            FirstFault: no other one matters.

        """
        self._tell(fault, text)
        if self._strict:
            raise FirstFault
        if self.file is not None:
            self.file.write(fault.as_json().encode("utf-8", "backslashreplace") + b"\n")

    def _tell(self, fault: Fault, text: str | None) -> None:
        self._said += 1
        column = (fault.file, fault.question or "")
        if fault.of_column and column in self._again:
            self._again[column] += 1
        elif self._shown < _SHOWN:
            self._shown += 1
            if fault.of_column:
                self._again[column] = 0
            self._show(text or str(fault))

    def close(self, where: str) -> None:
        """Say how many faults were not shown, and where they stand."""
        for (file, column), rows in self._again.items():
            if rows:
                more = f"{rows:,} more row{'s' if rows > 1 else ''}"
                self._show(one_line(f"{file}  The same is wrong with {shown(column)} in {more}."))
        if self._said > self._shown:
            self._show(f"... and {self._said - self._shown:,} more, {where}.")
