"""How a run of ``triage score`` shows itself while it lasts; most are over before anything need be drawn."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from triage.documents.output_text import visible

if TYPE_CHECKING:
    from types import TracebackType

    from triage.terminal.progress_bar import ProgressBar

__all__ = ["ScoreProgress"]

_SHOWN_AFTER = 0.7
"""Seconds after which work counts as long."""


class ScoreProgress:
    """Shows progress on standard error if that is a terminal, and everything that is said in any case."""

    def __init__(self) -> None:
        self._bar: ProgressBar | None = None
        self._total = 0
        self._done = 0
        self._rows = 0
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None and self._bar.is_shown:
            self._bar.stop()

    def say(self, text: str) -> None:
        """Print a text about something that is wrong."""
        text = visible(text)
        if self._bar is not None and self._bar.is_shown:
            self._bar.say(text)
        else:
            print(text, file=sys.stderr)  # noqa: T201 - standard error is where this belongs

    def expect(self, size: int) -> None:
        """Take the number of bytes there are to read."""
        self._total = size

    def advance(self, size: int, rows: int) -> None:
        """Take the number of bytes and rows that were done since the last time."""
        self._done += size
        self._rows += rows
        # From the beginning: what was done before the bar appeared took its time, too.
        seconds = time.monotonic() - self._begun
        if seconds < _SHOWN_AFTER:
            return
        if self._bar is None:
            from triage.terminal.progress_bar import ProgressBar

            self._bar = ProgressBar(self._total)
        if self._bar.is_shown:
            self._bar.update(self._done, self._rows, seconds)
