"""What somebody types to look something up: an id in small or capital letters, or words to search for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from triage.documents.output_text import shown
from triage.documents.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["as_known", "holding", "looked_up"]

Entry = TypeVar("Entry")


def as_known(said: str, known: Iterable[str]) -> str | None:
    """Return an id as it is known; letters may be small or capital where only one id is meant.

    >>> as_known("u08", ["U08", "U09"]), as_known("x1", ["X1", "x1"]), as_known("X1x", ["X1X", "x1x"])
    ('U08', 'x1', None)
    """
    ids = list(known)
    if said in ids:
        return said
    alike = [one for one in ids if one.casefold() == said.casefold()]
    return alike[0] if len(alike) == 1 else None


def looked_up(said: str, known: Iterable[str], kind: str) -> str:
    """Return an id as it is known.

    Args:
        said: the id that was typed.
        known: all ids.
        kind: what has such an id, as in "No ... has the id".

    Raises:
        click.UsageError: nothing has it.

    """
    ids = list(known)
    if (found := as_known(said, ids)) is None:
        raise click.UsageError(f"No {kind} has the id {shown(said)}. {did_you_mean(said, ids) or ''}".strip())
    return found


def holding(words: Sequence[str], entries: Iterable[Entry], text_of: Callable[[Entry], str]) -> list[Entry]:
    """Return the entries whose text holds all words, in small or capital letters."""
    wanted = [word.casefold() for word in words]
    return [entry for entry in entries if all(word in text_of(entry).casefold() for word in wanted)]
