"""How faults are told: to somebody who reads along, and to the errors file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.batch.faults import Fault
    from triage.batch.sinks import LateFile

__all__ = ["FaultReport", "FirstFault"]

_SHOWN = 20
"""Faults that are shown where all of them stand in a file."""


class FirstFault(Exception):
    """The first fault, where no other one matters."""


class FaultReport:
    """Shows faults, and writes them to a file if there is one."""

    def __init__(self, show: Callable[[str], None], file: LateFile | None, *, strict: bool) -> None:
        self._show = show
        self._file = file
        self._strict = strict
        self._said = 0

    def say(self, fault: Fault, shown: str | None = None) -> None:
        """Take a fault; ``shown`` is how it reads.

        Raises:
            FirstFault: no other one matters.

        """
        self._said += 1
        if self._file is None or self._strict or self._said <= _SHOWN:
            self._show(shown or str(fault))
        if self._strict:
            raise FirstFault
        if self._file is None:
            return
        self._file.write(fault.as_json().encode("utf-8", "backslashreplace") + b"\n")

    def close(self) -> None:
        """Say how many faults were not shown."""
        if self._file is not None and self._said > _SHOWN:
            self._show(f"... and {self._said - _SHOWN:,} more, all in {self._file.path}.")
