"""Values that are carried along: as JSON where they come from text, as Arrow columns where they come from columns."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, TypeGuard

import pyarrow as pa

from triage.batch.reading.arrow import without_codes
from triage.documents.json_values import Incomplete, as_json, from_json, value_as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    JsonValues = list[bytes | None]
    Kept = dict[str, JsonValues | pa.Array]
    """By column: the value of each row."""

__all__ = [
    "as_column",
    "as_json_values",
    "first_incomplete",
    "is_column",
    "is_mixed",
    "joined",
]

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
