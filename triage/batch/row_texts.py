"""Results as text: a line of JSON or a row of a table for each case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from triage.batch.json_texts import read_value, value_as_json
from triage.batch.result_parts import Combinations, Form
from triage.documents.output_text import json_text, printable_json, table_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from triage.batch.bit_engine import Conclusions
    from triage.batch.result_parts import Part

    Kept = Mapping[str, Sequence[bytes | None]]
    """By column that is carried along: its values as JSON."""

__all__ = ["JsonRows", "TableRows"]

_HERE = "\0"
"""Stands in for the list of a part."""


class JsonRows:
    """Writes a line of JSON a case, spaced as ``json.dumps`` does."""

    header = b""

    def __init__(self, parts: Sequence[Part], *, with_id: bool, keep: Sequence[str] = ()) -> None:
        self._with_id = with_id
        self._keep = keep
        names = [json_text(name) for name in keep]
        self._begin = '{"id": ' if with_id else "{"
        self._keys = [f"{', ' if with_id or parts or number else ''}{name}: " for number, name in enumerate(names)]
        self._parts = _combinations(parts, _json_form, ", ", "" if keep else f"}}\n{self._begin}", with_id=with_id)

    def of(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Kept) -> bytes:
        """Return the lines of some cases."""
        columns: list[Any] = [_printable(ids)] if self._with_id else []
        columns += [part.of(conclusions) for part in self._parts]
        for name, key in zip(self._keep, self._keys, strict=True):
            columns += [key.encode(), _printable([b"null" if one is None else one for one in kept[name]])]
        columns += [f"}}\n{self._begin}".encode()] if self._keep or not self._parts else []
        return _woven(columns, conclusions.people, self._begin.encode(), b"}\n")


class TableRows:
    """Writes a row of comma-separated values a case."""

    def __init__(self, parts: Sequence[Part], *, with_id: bool, keep: Sequence[str] = ()) -> None:
        self._with_id = with_id
        self._keep = keep
        self._parts = _combinations(parts, _table_form, ",", "" if keep else "\n", with_id=with_id)
        names = ["id"] if with_id else []
        names += [field for part in parts for field in part.fields]
        self.header = (",".join(table_cell(name) for name in (*names, *keep)) + "\n").encode()

    def of(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Kept) -> bytes:
        """Return the rows of some cases."""
        columns: list[Any] = [_cells(ids)] if self._with_id else []
        columns += [part.of(conclusions) for part in self._parts]
        for name in self._keep:
            columns += [b",", _cells(kept[name])] if columns else [_cells(kept[name])]
        columns += [b"\n"] if self._keep or not self._parts else []
        return _woven(columns, conclusions.people, b"", b"\n")


def _combinations(
    parts: Sequence[Part], form: Callable[[Part, str, str], Form], between: str, end: str, *, with_id: bool
) -> list[Combinations]:
    """Return what writes each part; the last one writes what stands between two rows, too."""
    before = [between if with_id or at else "" for at in range(len(parts))]
    after = [end if at == len(parts) - 1 else "" for at in range(len(parts))]
    return [Combinations(part, form(part, first, last)) for part, first, last in zip(parts, before, after, strict=True)]


def _json_form(part: Part, before: str, after: str) -> Form:
    """Return how a part is written as JSON; codes need no escapes."""

    def make(single: Mapping[str, str], lists: Sequence[str]) -> list[bytes]:
        fields = [
            f'"{name}": ' + (f"[{_HERE}]" if name == part.listed else f'"{single[name]}"') for name in part.fields
        ]
        head, _, tail = (before + ", ".join(fields) + after).partition(_HERE)
        return [f"{head}{text}{tail}".encode() for text in lists]

    return Form('"{}"'.format, ", ", make)


def _table_form(part: Part, before: str, after: str) -> Form:
    """Return how a part is written as cells; codes hold nothing that a spreadsheet could run."""

    def make(single: Mapping[str, str], lists: Sequence[str]) -> list[bytes]:
        cells = [_HERE if name == part.listed else table_cell(single[name]) for name in part.fields]
        head, _, tail = (before + ",".join(cells) + after).partition(_HERE)
        return [f"{head}{text}{tail}".encode() for text in lists]

    return Form(str, ";", make)


def _printable(values: Sequence[bytes]) -> Sequence[bytes]:
    """Return values in JSON that show every sign; most do so already, which all of them together tell quickly."""
    joined = b"".join(values).decode()
    return values if joined.isprintable() else [printable_json(value.decode()).encode() for value in values]


def _cells(values: Sequence[bytes | None]) -> list[bytes]:
    """Return values in JSON as cells."""
    return [b"" if value in (None, b"null") else _cell(value).encode("utf-8", "backslashreplace") for value in values]


def _cell(value: bytes) -> str:
    return table_cell(read_value(value), lambda one: value_as_json(one).decode())


def _woven(columns: Sequence[Any], rows: int, begin: bytes, end: bytes) -> bytes:
    """Return rows that consist of a piece of each column; a column of one piece is the same in each row.

    The last column ends with what stands between two rows, of which the last row keeps only the end of a row.
    """
    if not rows:
        return b""
    pieces = np.empty(rows * len(columns) + 1, np.object_)
    pieces[0] = begin
    table = pieces[1:].reshape(rows, -1)
    for number, column in enumerate(columns):
        table[:, number] = column
    pieces[-1] = pieces[-1].removesuffix(end + begin) + end
    return b"".join(pieces.tolist())
