"""A page of text in a terminal: headings, paragraphs and lists that read the same with and without colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Page"]

_WIDEST = 88
_STYLES = {"emergency": "bold red", "urgent": "bold yellow", "routine": "bold cyan", "self_care": "bold green"}


class Page:
    """Prints to standard output, or to a given console, never wider than is easy to read."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.width = min(self.console.width, _WIDEST)

    def heading(self, text: str, *, urgency: str | None = None) -> None:
        """Print a heading after an empty line."""
        self.console.print()
        self.console.print(Text(text, _STYLES.get(urgency or "", "bold")), width=self.width)

    def paragraph(self, text: str, *, indent: int = 0, style: str = "") -> None:
        """Print text, wrapped."""
        self.console.print(Padding(Text(text, style), (0, 0, 0, indent), expand=False), width=self.width)

    def items(self, texts: Iterable[str], *, mark: str = "-", indent: int = 2) -> None:
        """Print a list; ``mark="1"`` numbers it."""
        for number, text in enumerate(texts, start=1):
            self.item(text, mark=f"{number}." if mark == "1" else mark, indent=indent)

    def item(self, text: str, *, mark: str = "-", indent: int = 2, style: str = "") -> None:
        """Print one item of a list, wrapped beside its mark."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(mark, Text(text, style))
        self.console.print(Padding(grid, (0, 0, 0, indent), expand=False), width=self.width)

    def columns(self, rows: Iterable[tuple[str, str]], *, indent: int = 2) -> None:
        """Print pairs side by side: a short word and its text."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column()
        for left, right in rows:
            grid.add_row(Text(left, "bold"), Text(right))
        self.console.print(Padding(grid, (0, 0, 0, indent), expand=False), width=self.width)
