"""The first row of a table, and where rows end."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.documents import decode
from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from triage.batch.input_files import InputFile

__all__ = ["TableHeader", "read_header", "whole_records"]

_QUOTE = b'"'
_LINES_BACK = 2_000


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


def whole_records(text: bytes, *, longest: int) -> int:
    r"""Return how much of a text is whole rows; a row may go on over line ends inside quotation marks.

    >>> whole_records(b'a,b\nc,"d\ne', longest=100)
    4
    """
    last = text.rfind(b"\n") + 1
    if _QUOTE not in text:
        return last
    end = last
    inside = text.count(_QUOTE, 0, end) % 2
    for _ in range(_LINES_BACK):
        if not inside or not end:
            break
        begin = text.rfind(b"\n", 0, end - 1) + 1
        inside ^= text.count(_QUOTE, begin, end) % 2
        end = begin
    if inside or not end:
        # A quotation mark that nobody closes: better a broken row than a whole file in memory.
        return last if len(text) > longest else 0
    return end
