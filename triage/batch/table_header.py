"""The first row of a table, and where rows end."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from triage.documents import decode
from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.batch.input_files import InputFile

__all__ = ["Record", "TableHeader", "read_header", "records", "whole_records"]

_QUOTE = b'"'


@dataclass(frozen=True)
class TableHeader:
    """The names of the columns, and what stands between the cells."""

    names: tuple[str, ...]
    delimiter: str


def read_header(text: bytes, file: InputFile, *, ended: bool) -> tuple[TableHeader | None, bytes, int]:
    """Read the first row; return it, what follows, and the line that follows; no header if more text is needed.

    Raises:
        DataFault: the table is empty, broken, or has a column twice.

    """
    source = str(file.path)
    end = 0
    quotes = 1
    while quotes % 2:
        end = text.find(b"\n", end) + 1
        if not end:
            if not ended:
                return None, text, 1
            end = len(text)
            break
        quotes = text.count(_QUOTE, 0, end)
    head = decode(text[:end] if text[:end].strip() or not ended else text, source)
    delimiter = file.delimiter
    if file.standard_input and "\t" in head:
        delimiter = "\t"
    rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True)
    try:
        names = tuple(name.strip() for name in next(rows))
    except csv.Error as error:
        raise DataFault([Problem(Place(source, 1), f"Broken table: {error}.")]) from None
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise DataFault([Problem(Place(source, 1), f"The column {repeated[0]!r} stands here more than once.")])
    return TableHeader(names, delimiter), text[end:], 1 + text.count(b"\n", 0, end)


class Record(NamedTuple):
    """The lines of one row, the first of them and the one after the last, counted from 0."""

    first: int
    after: int
    closed: bool
    """Whether it ends in the text; a quotation mark may still be open."""


def records(text: bytes, delimiter: str) -> Iterator[Record]:
    """Yield where the rows of a text stand; a row that is broken ends with its first line.

    Only the reader of tables itself can tell: a quotation mark inside a cell means nothing, one at its beginning does.
    """
    lines = [f"{line}\n" for line in text.decode("latin-1").split("\n")]
    if lines[-1] == "\n":
        lines.pop()
    at = 0
    while at < len(lines):
        begun = at
        reader = csv.reader((lines[line] for line in range(at, len(lines))), delimiter=delimiter, strict=True)
        try:
            for _ in reader:
                yield Record(begun, at + reader.line_num, closed=True)
                begun = at + reader.line_num
            return
        except csv.Error as error:
            yield Record(begun, begun + 1, closed="unexpected end" not in str(error))
            at = begun + 1


def whole_records(text: bytes, delimiter: str, *, longest: int) -> int:
    r"""Return how much of a text is whole rows; a row may go on over line ends inside quotation marks.

    >>> whole_records(b'a,b\nc,"d\ne', ",", longest=100)
    4
    """
    last = text.rfind(b"\n") + 1
    if _QUOTE not in text:
        return last
    still_open = next((record.first for record in records(text[:last], delimiter) if not record.closed), None)
    if still_open is None:
        return last
    if len(text) > longest:  # nobody closes it: better a broken row than a whole file in memory
        return last
    end = 0
    for _ in range(still_open):
        end = text.find(b"\n", end) + 1
    return end
