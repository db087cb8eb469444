"""A page of text in a terminal: headings, paragraphs and lists that read the same with and without colour."""

from __future__ import annotations

import textwrap
from itertools import chain
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from triage.documents.output_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Page"]

_WIDEST = 88
_USUAL = 80
_STYLES = {
    "emergency": "bold red",
    "urgent": "bold yellow",
    "routine": "bold cyan",
    "self_care": "bold green",
}


class Page:
    """Prints to standard output, or to a given console, never wider than is easy to read."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        if self.console.width < 1:  # some surroundings say that a window has no columns; nothing would be shown
            self.console.width = _USUAL

    @classmethod
    def plain(cls) -> Page:
        """Return a page without colour and cursor movement."""
        return cls(Console(highlight=False, color_system=None, legacy_windows=False))

    @property
    def width(self) -> int:
        """Columns used; read anew each time, since a window may change its size."""
        return max(20, min(self.console.width, _WIDEST))

    def heading(self, text: str, *, urgency: str | None = None) -> None:
        """Print a heading after an empty line."""
        self.console.print()
        self.paragraph(text, style=_STYLES.get(urgency or "", "bold"))

    def paragraph(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Print text, wrapped; each of its lines by itself."""
        start, width = " " * indent, self.width
        wrapped = (_wrapped(line, start, start, width) for line in visible(text).splitlines())
        self._print(chain.from_iterable(wrapped), style)

    def items(self, texts: Iterable[str], *, mark: str = "-", indent: int = 2) -> None:
        """Print a list; ``mark="1"`` numbers it."""
        width = self.width
        marked = ((f"{number}." if mark == "1" else mark, text) for number, text in enumerate(texts, start=1))
        self._print(chain.from_iterable(_item(text, mark, indent, width) for mark, text in marked))

    def item(self, text: str, *, mark: str = "-", indent: int = 2, style: str = "") -> None:
        """Print one item of a list, wrapped beside its mark."""
        self._print(_item(text, mark, indent, self.width), style)

    def columns(self, rows: Iterable[tuple[str, str]], *, indent: int = 2) -> None:
        """Print pairs side by side, a short word and its text; one below the other where that would be too narrow."""
        pairs, width = list(rows), self.width
        left = max((len(visible(word)) for word, _ in pairs), default=0) + 2
        if left <= width // 2:
            start, further = " " * indent, " " * (indent + left)
            wrapped = (_wrapped(text, f"{start}{visible(word).ljust(left)}", further, width) for word, text in pairs)
            self._print(chain.from_iterable(wrapped))
            return
        for word, text in pairs:
            self._print(_wrapped(word, " " * indent, " " * indent, width), "bold")
            self._print(_wrapped(text, " " * (indent + 2), " " * (indent + 2), width))

    def _print(self, lines: Iterable[str], style: str = "") -> None:
        """Print lines, all at once, which takes a third of the time."""
        if found := [*lines]:
            self.console.print(Text("\n".join(found), style), soft_wrap=True)


def _item(text: str, mark: str, indent: int, width: int) -> list[str]:
    first = f"{' ' * indent}{mark} "
    return _wrapped(text, first, " " * len(first), width)


def _wrapped(text: str, first: str, further: str, width: int) -> list[str]:
    return textwrap.wrap(
        visible(text), width, initial_indent=first, subsequent_indent=further, break_on_hyphens=False
    ) or [""]  # fmt: skip
