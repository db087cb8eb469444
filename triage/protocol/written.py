"""The files of a protocol as they are written: data of which nothing is sure yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from triage.documents.document import Document

__all__ = ["Answerable", "WrittenProtocol", "listed", "mapping", "texts", "written_entries"]


@dataclass(frozen=True)
class Answerable:
    """What answers need to know of a question, which may have another fault."""

    codes: tuple[str, ...]
    ordered: bool
    multiple: bool
    red_flag: bool
    alone: frozenset[str]


@dataclass(frozen=True)
class WrittenProtocol:
    """The files of a protocol as they are written."""

    emergency_screen: str
    groups: Collection[str]
    questionnaire: str
    pages: Sequence[str]
    """The files of the pages of rules."""
    documents: Mapping[str, Document]
    """The files that could be read, by name."""
    missing: Collection[str]
    """The files that are there, or should be, and could not be read: what they hold is not known."""
    questions: Mapping[str, Answerable]
    all_questions_known: bool


def written_entries(document: Document | None, key: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the entries of a file that holds one list under one key, with their indexes."""
    found = document.data.get(key) if document and isinstance(document.data, dict) else None
    return [(index, entry) for index, entry in enumerate(listed(found)) if isinstance(entry, dict)]


def mapping(value: Any) -> dict[str, Any]:
    """Return a mapping, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """Return a list, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def texts(value: Any) -> list[tuple[int, str]]:
    """Return the texts of a list with their indexes; none for anything else."""
    return [(index, item) for index, item in enumerate(value) if isinstance(item, str)] if _is_listed(value) else []


def _is_listed(value: Any) -> bool:
    return isinstance(value, list | tuple)
