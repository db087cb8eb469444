"""Columns of Arrow in the few forms in which they are read, whatever form they come in."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from decimal import Decimal

    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Places = NDArray[np.intp]
    from collections.abc import Sequence

    from pyarrow import Schema

__all__ = [
    "blank",
    "holds_texts",
    "ids_as_texts",
    "is_index",
    "lengths",
    "missing",
    "names_inside",
    "numbered",
    "picked",
    "refuse_repeated_names",
    "usual",
    "whole_number",
    "without_codes",
]

_MOST_EXACT = 2**53
"""Whole numbers beyond this may have become others before they came here."""


def usual(column: Any, *, bytes_too: bool = False) -> Any:
    """Return a column with the usual forms of texts and lists in place of rarer ones.

    Args:
        column: the column.
        bytes_too: whether bytes are text of which nobody said so.

    Raises:
        ArrowInvalid: bytes in it are no text.

    """
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        if kind.extension_name == "arrow.uuid":
            return pa.array([None if one is None else str(one) for one in column.to_pylist()], pa.string())
        return usual(column.storage, bytes_too=bytes_too)
    if pa.types.is_run_end_encoded(kind):
        return usual(pc.run_end_decode(column), bytes_too=bytes_too)
    if pa.types.is_dictionary(kind) and not holds_texts(kind):
        return usual(column.dictionary_decode(), bytes_too=bytes_too)
    if pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind):
        # Cast to lists they may lose the place where the last one ends.
        return usual(pa.array(column.to_pylist(), pa.list_(kind.value_type)), bytes_too=bytes_too)
    if pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return usual(column.cast(pa.list_(kind.value_type)), bytes_too=bytes_too)
    if pa.types.is_list(kind) and _is_rare(kind.value_type, bytes_too=bytes_too):
        return column.cast(pa.list_(pa.string()))
    return column.cast(pa.string()) if _is_rare(kind, bytes_too=bytes_too) else column


def without_codes(kind: Any) -> Any:
    """Return a kind of column in which texts stand as they are, not as codes, on every level.

    >>> without_codes(pa.list_(pa.dictionary(pa.int32(), pa.string())))
    ListType(list<item: string>)
    """
    types = pa.types
    if types.is_dictionary(kind):
        return kind.value_type
    if types.is_list(kind):
        return pa.list_(without_codes(kind.value_type))
    if types.is_map(kind):
        return pa.map_(without_codes(kind.key_type), without_codes(kind.item_type))
    if types.is_struct(kind):
        return pa.struct([pa.field(field.name, without_codes(field.type)) for field in kind])
    return kind


def picked(column: Any, rows: Any) -> Any:
    """Return some rows of a column; Arrow cannot pick those of a few kinds by itself."""
    kind = column.type
    if pa.types.is_run_end_encoded(kind):
        return pc.run_end_encode(picked(pc.run_end_decode(column), rows), run_end_type=kind.run_end_type)
    try:
        return column.take(rows)
    except pa.ArrowNotImplementedError:
        return pa.array([column[row] for row in rows.to_pylist()], kind)


def _is_rare(kind: Any, *, bytes_too: bool) -> bool:
    types = pa.types
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind):
        return bytes_too
    return bool(types.is_large_string(kind) or types.is_string_view(kind))


def holds_texts(kind: Any) -> bool:
    """Whether a column of this kind holds texts, as they are or coded."""
    if pa.types.is_dictionary(kind):
        return bool(pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type))
    return bool(pa.types.is_string(kind))


def ids_as_texts(column: Any) -> tuple[Any, Bools]:
    """Return ids as texts, and which rows have one that is a text or a whole number, or none."""
    kind = column.type
    if holds_texts(kind):
        return column, np.ones(len(column), np.bool_)
    if pa.types.is_integer(kind):
        return column.cast(pa.string()), np.ones(len(column), np.bool_)
    if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return pa.nulls(len(column), pa.string()), missing(column)
    texts = pa.array(map(whole_number, column.to_pylist()), pa.string())
    return texts, ~missing(texts) | missing(column)


def whole_number(number: float | Decimal | None) -> str | None:
    """Return a number as text if it is whole: whole numbers become fractions where some of a column are missing."""
    if number is None or not math.isfinite(number) or (isinstance(number, float) and abs(number) > _MOST_EXACT):
        return None
    return str(int(number)) if int(number) == number else None


def numbered(column: Any) -> tuple[list[str], NDArray[np.int64]]:
    """Return the different texts of a column and the number of each row's text; nothing has the number after them."""
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    numbers = coded.indices
    if numbers.null_count:
        numbers = pc.fill_null(numbers.cast(pa.int64()), len(texts))
    found: NDArray[np.int64] = numbers.to_numpy(zero_copy_only=False).astype(np.int64, copy=False)
    if None in texts:
        found = np.where(found == texts.index(None), len(texts), found)
        texts = ["" if text is None else text for text in texts]
    return texts, found


def lengths(column: Any) -> Places:
    """Return how many values each list of a column holds."""
    found = np.diff(column.offsets.to_numpy())
    if column.null_count:
        found[missing(column)] = 0
    result: Places = found.astype(np.intp)
    return result


def missing(column: Any) -> Bools:
    """Return the rows in which a column has no value; NaN is how pandas says that."""
    found: Bools = pc.is_null(column, nan_is_null=True).to_numpy(zero_copy_only=False)
    return found


def blank(column: Any) -> Bools:
    """Return the rows in which a column says nothing."""
    if not holds_texts(column.type):
        return missing(column)
    texts, numbers = numbered(column)
    return np.array([*(not text.strip() for text in texts), True], np.bool_).take(numbers)


# ---- what a table of Arrow may look like to be read ----

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
