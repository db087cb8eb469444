"""How a run of ``triage score`` shows itself: progress while it lasts, and what came out at its end."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TimeRemainingColumn
from rich.text import Text

from triage.documents.output_text import visible
from triage.protocol.urgency import Outcome, Urgency
from triage.terminal.page import Page
from triage.terminal.result_page import OUTCOME_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from rich.progress import Task, TaskID

    from triage.batch.job.telling import Summary
    from triage.protocol.protocol import Protocol

__all__ = ["ScoreProgress", "print_summary"]

_SHOWN_AFTER = 0.7
"""Seconds after which work counts as long."""
_MOST_SHOWN = 8


class _Rows(ProgressColumn):
    def render(self, task: Task) -> Text:
        rows, seconds = task.fields["rows"], task.fields["seconds"]
        return Text(f"{rows:,} cases, {rows / seconds:,.0f}/s" if seconds else f"{rows:,} cases")


class ScoreProgress:
    """Shows progress on standard error if that is a terminal, and everything that is said in any case."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._progress = Progress(
            BarColumn(), TaskProgressColumn(), _Rows(), TimeRemainingColumn(), console=self._console, transient=True
        )
        self._task: TaskID | None = None
        self._total = 0
        self._done = 0
        self._rows = 0
        self._begun = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._progress.stop()

    def say(self, text: str) -> None:
        """Print a text about something that is wrong."""
        text = visible(text)
        if self._task is None:
            print(text, file=sys.stderr)  # noqa: T201 - standard error is where this belongs
        else:
            self._console.print(Text(text), soft_wrap=True)

    def expect(self, size: int) -> None:
        """Take the number of bytes there are to read."""
        self._total = size

    def advance(self, size: int, rows: int) -> None:
        """Take the number of bytes and rows that were done since the last time."""
        self._done += size
        self._rows += rows
        # From the beginning: what was done before the bar appeared took its time, too.
        seconds = time.monotonic() - self._begun
        if not self._console.is_terminal or seconds < _SHOWN_AFTER:
            return
        if self._task is None:
            self._task = self._progress.add_task("", total=self._total or None, rows=0, seconds=0.0)
            self._progress.start()
        self._progress.update(self._task, completed=self._done, rows=self._rows, seconds=seconds)


def print_summary(summary: Summary, protocol: Protocol) -> None:
    """Print what came out over all cases, on standard error."""
    page = Page(Console(stderr=True, highlight=False))
    page.heading(f"{summary.scored:,} cases scored")
    _print_counts(page, {OUTCOME_WORDS[one]: summary.outcome[one.value] for one in Outcome})
    page.heading("Urgency (in brackets: the most urgent that unknown answers could still make it)")
    for urgency in reversed(Urgency):
        count, at_worst = summary.urgency[urgency.value], summary.at_worst[urgency.value]
        page.columns([(f"{count:,} ({at_worst:,})", urgency.words)])
    if +summary.types:
        page.heading("Types named most")
        names = {code: protocol.types[code].name for code in summary.types}
        _print_counts(page, {names[code]: count for code, count in summary.types.most_common(_MOST_SHOWN)})
    page.heading("Rules that fired most")
    titles = {rule.id: f"{rule.id}  {rule.title}" for rule in protocol.rules}
    _print_counts(page, {titles[rule]: count for rule, count in summary.rules.most_common(_MOST_SHOWN)})
    if +summary.could_not_rule_out:
        page.heading("Warning questions without an answer")
        _print_counts(page, dict(summary.could_not_rule_out.most_common()))
    rest = {
        "rows in error": summary.bad_rows,
        "files that could not be read": summary.bad_files,
        "files done before": summary.skipped,
        "ids that stood there already": summary.repeated_ids,
    }
    if any(rest.values()):
        page.heading("Not scored, or worth a look")
        _print_counts(page, rest)


def _print_counts(page: Page, counts: Mapping[str, int]) -> None:
    page.columns(_shown(counts))


def _shown(counts: Mapping[str, int]) -> Iterable[tuple[str, str]]:
    return [(f"{count:,}", name) for name, count in counts.items() if count]
