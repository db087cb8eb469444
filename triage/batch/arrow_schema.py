"""What a table of Arrow may look like to be read."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyarrow import Schema

__all__ = ["is_index", "names_inside", "refuse_repeated_names"]

_INDEX = re.compile(r"__index_level_[0-9]+__")
"""How pandas calls the numbers of rows where they have no name."""


def refuse_repeated_names(table: Schema | Sequence[str], source: str) -> None:
    """Refuse a table that has a column twice, for one of the two answers would be lost without a word.

    Raises:
        DataFault: it has.

    """
    listed = [table] if not hasattr(table, "names") else [table.names, names_inside(table)]
    for names in listed:
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise DataFault([Problem(Place(source), f"The column {shown(repeated[0])} stands here more than once.")])


def names_inside(schema: Schema) -> list[str]:
    """Return the names of the columns inside the one that holds the answers."""
    return [
        one.name for field in schema if field.name == "answers" and hasattr(field.type, "names") for one in field.type
    ]


def is_index(name: str, schema: Schema | None = None) -> bool:
    """Whether a column is no column of a frame of pandas but the numbers or names of its rows."""
    metadata = (schema.metadata if schema is not None else None) or {}
    return _INDEX.fullmatch(name) is not None or name in _index_columns(metadata.get(b"pandas", b"{}"))


@lru_cache(maxsize=100)
def _index_columns(written: bytes) -> frozenset[str]:
    try:
        return frozenset(name for name in json.loads(written).get("index_columns", ()) if isinstance(name, str))
    except (ValueError, AttributeError, TypeError):
        return frozenset()
