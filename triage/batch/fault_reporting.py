"""How faults are told: to somebody who reads along, and to the errors file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.output_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.batch.faults import Fault
    from triage.batch.sinks import LateFile

__all__ = ["FaultReport", "FirstFault", "Telling"]

_SHOWN = 20
"""Faults that are told one by one."""


class FirstFault(Exception):
    """The first fault, where no other one matters."""


class Telling:
    """Tells somebody who reads along what is wrong: the first few faults, that of a whole column once, and how many."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._again: dict[tuple[str, str], int] = {}
        """By file and column: how many rows have the fault of the column that was told once."""
        self._said = self._shown = 0

    def tell(self, fault: Fault, text: str | None = None) -> None:
        """Take a fault; ``text`` is how it reads."""
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
                self._show(f"{file}  The same is wrong with {shown(column)} in {more}.")
        if self._said > self._shown:
            self._show(f"... and {self._said - self._shown:,} more, {where}.")


class FaultReport:
    """Has faults told, and writes them to a file if there is one."""

    def __init__(self, telling: Telling, file: LateFile | None, *, strict: bool) -> None:
        self._telling = telling
        self._file = file
        self._strict = strict

    def say(self, fault: Fault, text: str | None = None) -> None:
        """Take a fault; ``text`` is how it reads.

        Raises:
            FirstFault: no other one matters.

        """
        self._telling.tell(fault, text)
        if self._strict:
            raise FirstFault
        if self._file is not None:
            self._file.write(fault.as_json().encode("utf-8", "backslashreplace") + b"\n")
