"""Showing that long work goes on: on a terminal only, and on standard error."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console
from rich.progress import track
from rich.text import Text

from triage.documents.output_text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["counted", "working"]

Item = TypeVar("Item")


def _console() -> Console:
    return Console(stderr=True, quiet=not sys.stderr.isatty())


def _said(text: str) -> Text:
    """Return words that are shown as they are, whatever brackets or signs they hold."""
    return Text(one_line(text))


@contextmanager
def working(text: str) -> Iterator[Callable[[str], None]]:
    """Show a text while the block runs; what is yielded changes the text."""
    with _console().status(_said(text)) as status:
        yield lambda other: status.update(_said(other))


def counted(items: Iterable[Item], text: str, total: int) -> Iterable[Item]:
    """Yield the items, with a bar that says how many are done."""
    return track(items, text, total, console=_console())
