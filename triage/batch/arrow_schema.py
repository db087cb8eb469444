"""What a table of Arrow may look like to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from pyarrow import DataType, Schema

__all__ = ["refuse_repeated_columns"]


def refuse_repeated_columns(schema: Schema, source: str) -> None:
    """Refuse a table that has a column twice, for one of the two answers would be lost without a word.

    Raises:
        DataFault: it has.

    """
    inside = [name for field in schema if field.name == "answers" for name in _names_inside(field.type)]
    for names in (schema.names, inside):
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise DataFault([Problem(Place(source), f"The column {repeated[0]!r} stands here more than once.")])


def _names_inside(kind: DataType) -> list[str]:
    return [kind.field(at).name for at in range(kind.num_fields)]
