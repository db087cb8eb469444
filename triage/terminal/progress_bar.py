"""A bar on standard error that shows how far a long run has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from rich.progress import Task

__all__ = ["ProgressBar"]


class _Rows(ProgressColumn):
    def render(self, task: Task) -> Text:
        rows, seconds = task.fields["rows"], task.fields["seconds"]
        return Text(f"{rows:,} cases, {rows / seconds:,.0f}/s" if seconds else f"{rows:,} cases")


class ProgressBar:
    """A bar with the rows that are done, how many they are a second, and the time that is left."""

    def __init__(self, total: int) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            BarColumn(), TaskProgressColumn(), _Rows(), TimeRemainingColumn(), console=self._console, transient=True
        )
        self._task = self._progress.add_task("", total=total or None, rows=0, seconds=0.0)
        self.is_shown = self._console.is_terminal
        """Whether there is a terminal to show it."""
        if self.is_shown:
            self._progress.start()

    def update(self, done: int, rows: int, seconds: float) -> None:
        """Show how many bytes and rows are done by now."""
        self._progress.update(self._task, completed=done, rows=rows, seconds=seconds)

    def say(self, text: str) -> None:
        """Print a text above the bar."""
        self._console.print(Text(text), soft_wrap=True)

    def stop(self) -> None:
        """Take the bar away."""
        self._progress.stop()
