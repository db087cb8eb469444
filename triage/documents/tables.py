"""Tables as text: where each row stands, and what is wrong with one that cannot be taken apart."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

from triage.documents.output_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "BrokenRow",
    "TableRow",
    "broken_row",
    "lines_with_returns",
    "long_row",
    "table_rows",
    "whole_records",
    "wrong_names",
]

_MOST_LINES = 1_000
"""Lines that a row may go on over inside quotation marks."""
_MOST_SHOWN = 40
_UNCLOSED = "Is a quotation mark left open?"
_NOT_DOUBLED = "Is a quotation mark not doubled, or are the cells separated by another sign?"
_SEPARATORS = {";": "semicolons", "\t": "tabs", ",": "commas"}


class BrokenRow(NamedTuple):
    """What is wrong with a row."""

    message: str
    hint: str | None = None
    too_long: bool = False
    """Whether the reader of tables gave it up before its end."""


class TableRow(NamedTuple):
    """A row of a table."""

    first: int
    """The line it begins in, counted from 0."""
    after: int
    """The line after it."""
    cells: list[str]
    wrong: BrokenRow | None = None
    closed: bool = True
    """Whether it ends in the text; a quotation mark may still be open."""


def table_rows(text: str, delimiter: str) -> Iterator[TableRow]:
    r"""Yield the rows of a table; one that is broken ends with its first line, and the next one is read all the same.

    Only line feeds end a line: a carriage return by itself is a fault, for nobody can tell whether it ends a row.

    >>> [(row.first, row.cells, row.closed) for row in table_rows('a,"b\nc"\nd,"e\nf', ",")]
    [(0, ['a', 'b\nc'], True), (2, [], False), (3, ['f'], True)]
    """
    lines = [f"{line}\n" for line in text.split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    at = 0
    while at < len(lines):
        begun = at
        reader = csv.reader((lines[line] for line in range(at, len(lines))), delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                after = at + reader.line_num
                yield TableRow(begun, after, cells, long_row(after - begun))
                begun = after
            return
        except csv.Error as error:
            at = begun + 1
            wrong = broken_row(error)
            closed = "unexpected end" not in str(error)
            if wrong.too_long:
                end = _end_of_row(lines, begun, delimiter)
                at, closed = (at, False) if end is None else (end, True)
            yield TableRow(begun, at, [], wrong, closed)


def broken_row(error: csv.Error) -> BrokenRow:
    """Return in plain words what the reader of tables finds wrong with a row."""
    said = str(error)
    if said.startswith("new-line character"):
        line_ends = "Save the table with the line ends of Unix or Windows."
        return BrokenRow(
            "A carriage return stands outside quotation marks here, as at line ends of old Macs.", line_ends
        )
    if "field limit" in said:
        message = f"A cell of this row is longer than {csv.field_size_limit():,} signs."
        return BrokenRow(message, _UNCLOSED, too_long=True)
    return BrokenRow(f"Broken table: {said}.", _NOT_DOUBLED if "expected after" in said else None)


def wrong_names(names: Sequence[str]) -> BrokenRow | None:
    """Return what is wrong with the names of the columns, if anything is.

    >>> wrong_names(["id;nose"]).message
    "The first row has only one cell, 'id;nose'."
    """
    if len(names) == 1 and (found := next((sign for sign in _SEPARATORS if sign in names[0]), None)):
        hint = "Cells are separated by commas, in a .tsv file by tabs; these look separated by"
        return BrokenRow(
            f"The first row has only one cell, {shown(names[0], _MOST_SHOWN)}.", f"{hint} {_SEPARATORS[found]}."
        )
    repeated = sorted({name for name in names if names.count(name) > 1})
    return BrokenRow(f"The column {shown(repeated[0])} stands here more than once.") if repeated else None


def long_row(lines: int) -> BrokenRow | None:
    """Return what is wrong with a row of so many lines, if anything is."""
    if lines <= _MOST_LINES:
        return None
    return BrokenRow(f"This row goes on over {lines:,} lines, of which {_MOST_LINES:,} are the most.", _UNCLOSED)


def _end_of_row(lines: Sequence[str], first: int, delimiter: str) -> int | None:
    """Return the line after a row that is too long for the reader of tables; None if it is not closed."""
    cell = rf'(?:"[^"]*+(?:""[^"]*+)*+"|(?!")[^{delimiter}\r\n]*+)'
    match = re.match(rf"{cell}(?:{delimiter}{cell})*+\r*\n", "".join(lines[first:]))
    return None if match is None else first + match[0].count("\n")


# ---- where rows end, in bytes ----


def lines_with_returns(text: bytes) -> list[int]:
    r"""Return the lines, counted from 0, that hold a carriage return elsewhere than at their end.

    >>> lines_with_returns(b"a\r\nb\rc\r\nd\n")
    [1]
    """
    if text.count(b"\r") == text.count(b"\r\n"):
        return []
    return [number for number, line in enumerate(text.split(b"\n")) if b"\r" in line.removesuffix(b"\r")]


def whole_records(text: bytes, delimiter: str, *, longest: int) -> int:
    r"""Return how much of a text is whole rows; a row may go on over line ends inside quotation marks.

    >>> whole_records(b'a,b\nc,"d\ne', ",", longest=100)
    4
    """
    last = text.rfind(b"\n") + 1
    if b'"' not in text:
        return last
    rows = table_rows(text[:last].decode("latin-1"), delimiter)
    still_open = next((row.first for row in rows if not row.closed), None)
    if still_open is None:
        return last
    if len(text) > longest:  # nobody closes it: better a broken row than a whole file in memory
        return last
    end = 0
    for _ in range(still_open):
        end = text.find(b"\n", end) + 1
    return end
