"""Text files as data that remembers where each value stands, whatever language the text is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import yaml

from triage.documents.bounded_reading import LONGEST, read_bytes
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Document", "Steps", "WrittenNumber", "decode", "read_text"]

#: Where a value stands inside a document: keys and indexes from the root.
Steps = tuple[str | int, ...]


class WrittenNumber(float):
    """A number that remembers how it was written, for in ids ``1e3`` and ``1000.0`` differ.

    >>> WrittenNumber("1.50"), WrittenNumber("1.50") * 2
    (1.50, 3.0)
    """

    def __new__(cls, text: str) -> Self:
        """Return the number that a text is."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str

    def __repr__(self) -> str:
        return self.text

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        """Return what it is made of again in another process."""
        return (self.text,)


@dataclass(frozen=True)
class Document:
    """Data read from a text, and the place of every value in it."""

    source: str
    data: Any
    _compose: Callable[[], yaml.Node | None]
    _first_line: int = 1
    _first_column: int = 1

    def place(self, path: Steps = ()) -> Place:
        """Return where the value at a path stands; the nearest enclosing value if it is not there."""
        try:
            node = self._compose()
        except (yaml.YAMLError, DataFault):
            node = None
        if node is None:
            return Place(self.source, self._first_line)
        mark = node.start_mark
        for step in path:
            key, value = _child(node, step)
            if value is None:
                break
            node, mark = value, (key or value).start_mark
        return self.place_of(mark)

    def place_below(self, path: Steps, below: Steps) -> Place:
        """Return where something below the value at a path stands."""
        return self.place((*path, *below))

    def place_of(self, mark: yaml.Mark) -> Place:
        """Return the place of a mark that YAML set."""
        first = self._first_column if mark.line == 0 else 1
        return Place(self.source, mark.line + self._first_line, mark.column + first)


def _child(node: yaml.Node, step: str | int) -> tuple[yaml.Node | None, yaml.Node | None]:
    if isinstance(node, yaml.MappingNode):
        return next(((key, value) for key, value in node.value if key.value == step), (None, None))
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None


def read_text(path: Path, *, most: int = LONGEST, hint: str | None = None, pipes: bool = False) -> str:
    """Return the text of a UTF-8 file, with or without byte order mark; see ``bounded_reading.read_bytes``.

    Raises:
        DataFault: the file cannot be read, is too long, is empty, or is not UTF-8.

    """
    return decode(read_bytes(path, most=most, hint=hint, pipes=pipes), str(path))


def decode(raw: bytes, source: str) -> str:
    """Return bytes as text; see :func:`read_text` for what is refused."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "Save the file with the encoding UTF-8."
        raise DataFault(
            [Problem(Place(source, line), "This is not UTF-8 text (a byte that no letter has).", hint)]
        ) from None
    if not text.strip():
        raise DataFault([Problem(Place(source), "This file is empty.")])
    return text
