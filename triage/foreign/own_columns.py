"""The columns that a program adds to a table by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.foreign.choices import normal
from triage.given_forms.form import NOTES

if TYPE_CHECKING:
    import re
    from collections.abc import Sequence

__all__ = ["OwnColumns"]


@dataclass(frozen=True)
class OwnColumns:
    """Columns that a program adds by itself, by the form of file."""

    ids: tuple[str, ...] = ()
    """What names a case, the best one first."""
    dates: tuple[str, ...] = ()
    """When it was answered, the best one first; ``*`` stands for anything."""
    aside: re.Pattern[str] | None = None
    """What else the program adds; looked for in headings as they are compared."""
    unnamed: re.Pattern[str] | None = None
    """What it calls columns that nobody gave a name, in which nothing is to stand."""
    repeats: tuple[str, ...] = ()
    """What tells the rows of a case apart, where a form may be filled in again."""
    events: tuple[str, ...] = ()
    """What else tells its rows apart."""
    groups: bool = False
    """Whether names of groups may stand before those of questions."""

    def id_among(self, names: Sequence[str]) -> int | None:
        """Return which of some headings names the cases: ours, else the best of the program."""
        words = [normal(name) for name in names]
        return next((words.index(name) for name in ("id", *self.ids) if name in words), None)

    def date_among(self, names: Sequence[str]) -> int | None:
        """Return which of some headings says when somebody answered."""
        words = [normal(name) for name in names]
        dates = ("answered_at", *self.dates)
        return next((at for date in dates for at, name in enumerate(words) if _fits(name, date)), None)

    def has_several_rows(self, names: Sequence[str]) -> bool:
        """Whether a case may have several rows in a table with some headings."""
        return any(normal(name) in (*self.repeats, *self.events) for name in names)

    def is_unnamed(self, name: str) -> bool:
        """Whether a column has no name but what the program calls such columns."""
        return self.unnamed is not None and self.unnamed.fullmatch(normal(name)) is not None

    def is_aside(self, name: str) -> bool:
        """Whether a column is the program's own, or a text to read of a form that was given out."""
        words = normal(name)
        return (
            words in (*self.ids, *self.repeats)
            or NOTES.fullmatch(words) is not None
            or any(_fits(words, date) for date in self.dates)
            or (self.aside is not None and self.aside.fullmatch(words) is not None)
        )


def _fits(words: str, pattern: str) -> bool:
    """Return whether a heading is a word, or ends as one behind ``*`` does."""
    return words.endswith(pattern[1:]) if pattern.startswith("*") else words == pattern
