"""What can be wrong with data, and where: a place, a sentence, a way to mend it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from triage.documents.output_text import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DataFault", "Place", "Problem", "did_you_mean", "nearest"]

_TOO_LONG = 3
"""A word this many times as long as every known one is like none of them."""


@dataclass(frozen=True)
class Place:
    """Where something stands: a file or another source, with line and column counted from 1.

    >>> print(Place("rules/emergency.yaml", 12, 11))
    rules/emergency.yaml:12:11
    """

    source: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.source, self.line, self.column) if part is not None)


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what, and how to mend it."""

    place: Place
    message: str
    hint: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        first = one_line(f"{self.place}  {'warning: ' if self.severity == 'warning' else ''}{self.message}")
        return f"{first}\n    {one_line(self.hint)}" if self.hint else first


class DataFault(Exception):
    """Data that cannot be used, with every problem that was found in it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
"""Zeros before a number, which people leave out."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like the given one, whatever its case, or None.

    >>> nearest("thinkng", ["thinking", "seizures"])
    'thinking'
    >>> nearest("e01", ["U01", "E01"]), nearest("e1", ["E21", "E01"])
    ('E01', 'E01')
    """
    lowered: dict[str, str] = {}
    for name in known:
        lowered.setdefault(name.lower(), str(name))  # a word of an enumeration is named by its text, not its class
    # A word so long is like none, and comparing it letter by letter could take minutes.
    if len(word) > _TOO_LONG * max(map(len, lowered), default=0):
        return None
    close = _closest(word.lower(), tuple(lowered))
    return lowered[close] if close is not None else None


@lru_cache(maxsize=1_000)  # in a file of any size the same few words are misspelt again and again
def _closest(word: str, known: tuple[str, ...]) -> str | None:
    plain = _ZEROS.sub("", word)
    if (same := next((one for one in known if _ZEROS.sub("", one) == plain), None)) is not None:
        return same
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.6)), None)


def did_you_mean(word: str, known: Iterable[str], *, listed: int = 12) -> str | None:
    """Return a hint that names the nearest known word, or else the known words if they are few.

    >>> did_you_mean("thinkng", ["thinking", "seizures"])
    "Did you mean 'thinking'?"
    >>> did_you_mean("xyz", ["yes", "no"])
    'Known are: yes, no.'
    """
    words = list(known)
    if near := nearest(word, words):
        return f"Did you mean {shown(near)}?"
    return f"Known are: {', '.join(words)}." if 0 < len(words) <= listed else None
