"""Columns of Arrow in the few forms in which they are read, and values that are carried along in columns or as JSON."""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage.documents.json_values import Incomplete, as_json, from_json, value_as_json
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from pyarrow import Schema

    Bools = NDArray[np.bool_]
    Places = NDArray[np.intp]
    JsonValues = list[bytes | None]
    Kept = dict[str, JsonValues | pa.Array]
    """By column: the value of each row."""

__all__ = [
    "as_column",
    "as_json_values",
    "blank",
    "first_incomplete",
    "holds_texts",
    "is_column",
    "is_index",
    "is_mixed",
    "joined",
    "lengths",
    "missing",
    "names_inside",
    "numbered",
    "picked",
    "refuse_repeated_names",
    "usual",
    "without_codes",
]


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


# ---- values that are carried along: as JSON out of texts, as they are out of columns ----

_DEEPEST = 40
"""So many levels Parquet may have."""
_NOT_READABLE = (ValueError, OverflowError, LookupError, pa.ArrowException)
"""What Arrow raises for values that have no form here, such as times in a zone that this machine does not know."""
_ZEROS = re.compile(r"(\.[0-9]*?)0+(?![0-9])")
"""Parts of a second that are none."""
_OUT_OF_RANGE = "<value out of range"
"""How Arrow writes a date beyond all calendars."""


def is_column(values: Any) -> TypeGuard[pa.Array]:
    """Whether values are an Arrow column."""
    return isinstance(values, pa.Array)


def joined(parts: Sequence[JsonValues | pa.Array]) -> JsonValues | pa.Array:
    """Return the values of several parts as one."""
    if all(map(is_column, parts)) and len({part.type for part in parts}) == 1:  # type: ignore[union-attr]
        return pa.concat_arrays([_decoded(part) for part in parts])
    return [one for part in parts for one in as_json_values(part)]


def as_json_values(values: JsonValues | pa.Array) -> JsonValues:
    """Return values as JSON; nothing for one that is missing."""
    if not is_column(values):
        return values
    column = _decoded(values)
    kind = column.type
    if pa.types.is_string(kind):
        return as_json(column.to_pylist())
    write: Callable[[Any], bytes] = value_as_json
    try:
        if pa.types.is_float16(kind) or pa.types.is_float32(kind):
            # As doubles they would have digits that nobody gave them.
            column, write = column.cast(pa.string()), _number_as_json
        elif pa.types.is_temporal(kind) and not pa.types.is_duration(kind) and not pa.types.is_interval(kind):
            column, write = column.cast(pa.string()), _moment_as_json
        return [None if one is None else write(one) for one in column.to_pylist()]
    except _NOT_READABLE:
        return [_scalar_as_json(one) for one in column]


def as_column(values: JsonValues | pa.Array) -> pa.Array:
    """Return values as a column of the type that all of them have; of texts where they have several.

    >>> as_column([b"1", None]).type, as_column([b"1", b'"a"']).to_pylist()
    (DataType(int64), ['1', 'a'])
    """
    if is_column(values):
        return _decoded(values)
    if values.count(None) == len(values):
        return pa.nulls(len(values))
    if not all(one is None or one.startswith(b'"') for one in values):
        written = b",".join(one or b"null" for one in values).decode()
        try:
            read = _NUMBERS.decode(f"[{written}]")
            column = pa.array(read)
        except (ValueError, OverflowError, RecursionError, pa.ArrowException):
            pass
        else:
            if _is_kept_by(column, read, written):
                return column
    return pa.array(from_json(values), pa.string())


def is_mixed(values: JsonValues | pa.Array, column: pa.Array) -> bool:
    """Whether some of the values are no texts, though the column that was made of them is one of texts."""
    if is_column(values) or column.type != pa.string():
        return False
    return any(one is not None and not one.startswith((b'"', b"null")) for one in values)


def _is_kept_by(column: pa.Array, values: list[Any], written: str) -> bool:
    """Whether a column holds values as they are: true would become 1.0, and objects would all get the keys of all."""
    kind = str(column.type)
    if "double" in kind and ("true" in written or "false" in written):
        return False
    if not pa.types.is_nested(column.type):
        return True
    return "struct<>" not in kind and kind.count("<") <= _DEEPEST and bool(column.to_pylist() == values)


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise ValueError("a number without room in a column of numbers")
    return number


_NUMBERS = json.JSONDecoder(parse_float=_finite)


def _decoded(column: Any) -> Any:
    kind = without_codes(column.type)
    return column if kind == column.type else column.cast(kind)


def _number_as_json(text: str) -> bytes:
    return value_as_json(float(text))


def _moment_as_json(text: str) -> bytes:
    """Return a date or time as JSON.

    >>> _moment_as_json("2020-01-01 00:00:00.500000"), _moment_as_json("00:00:00.000Z")
    (b'"2020-01-01 00:00:00.5"', b'"00:00:00Z"')
    """
    if text.startswith(_OUT_OF_RANGE):
        return Incomplete(b"null")
    return value_as_json(_ZEROS.sub(lambda found: found[1].removesuffix("."), text))


def _scalar_as_json(value: Any) -> bytes | None:
    try:
        plain = value.as_py()
    except _NOT_READABLE:
        return Incomplete(b"null")
    return None if plain is None else value_as_json(plain)


def first_incomplete(kept: Kept) -> dict[str, tuple[int, int]]:
    """Return by column how many values JSON has no form for, or not for all of them, and the row of the first."""
    texts = {name: values for name, values in kept.items() if not is_column(values)}
    found = {name: [row for row, one in enumerate(values) if type(one) is Incomplete] for name, values in texts.items()}
    return {name: (len(rows), rows[0]) for name, rows in found.items() if rows}
