"""A mapping: what the columns and values of a file that is already there mean."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

__all__ = ["MappedColumn", "Mapping"]


@dataclass(frozen=True)
class MappedColumn:
    """What one column means."""

    question: str
    choice: str | None = None
    """The one choice it is about."""
    values: Dictionary[str, tuple[str, ...]] | None = None
    """The only values there are, and the codes they stand for."""
    checked: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    unit: str | None = None
    """What its numbers count, if it holds ages."""
    born: bool = False
    """Whether it holds dates of birth."""


@dataclass(frozen=True)
class Mapping:
    """What a file of somebody's own means."""

    columns: Dictionary[str, MappedColumn] = field(default_factory=dict)
    id_column: str | None = None
    date_column: str | None = None
    aside: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
