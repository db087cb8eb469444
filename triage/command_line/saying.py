"""What a verb says: results on standard output, everything else on standard error, and nothing that acts there."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import click

from triage.documents.output_text import json_text, visible

if TYPE_CHECKING:
    from triage.documents.problems import DataFault

__all__ = ["say", "say_fault", "say_json", "say_usage", "warn"]

_MOST_PROBLEMS = 40  # said at once; nobody mends more before looking again


def say(text: str, *, ended: bool = True) -> None:
    """Print a result; ``ended`` adds the end of the line."""
    click.echo(visible(text), nl=ended)


def warn(text: object) -> None:
    """Print anything that is no result."""
    click.echo(visible(str(text)), err=True)


def say_json(data: Any) -> None:
    """Print a result for programs."""
    say(json_text(data, indent=2))


def say_fault(fault: DataFault) -> None:
    """Print what is wrong with data: once what is wrong in several ways, and no more than somebody would read."""
    problems = list(dict.fromkeys(fault.problems))
    for problem in problems[:_MOST_PROBLEMS]:
        warn(problem)
    if (more := len(problems) - _MOST_PROBLEMS) > 0:
        warn(f"... and {more:,} more.")


def say_usage(error: click.ClickException) -> None:
    """Print what is wrong with a command, which holds words that were typed."""
    said = io.StringIO()
    error.show(said)
    warn(said.getvalue().rstrip("\n"))
