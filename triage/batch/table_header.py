"""The first row of a table, and where rows end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.documents.document import decode
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import table_rows, wrong_names

if TYPE_CHECKING:
    from triage.batch.input_files import InputFile

__all__ = ["TableHeader", "lines_with_returns", "read_header", "whole_records"]

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
        begin, end = end, text.find(b"\n", end) + 1
        if not end:
            if not ended:
                return None, text, 1
            end = len(text)
            break
        quotes = (quotes if begin else 0) + text.count(_QUOTE, begin, end)
    head = decode(text[:end] if text[:end].strip() or not ended else text, source)
    delimiter = file.delimiter
    if file.standard_input and "\t" in head:
        delimiter = "\t"
    first = next(table_rows(head, delimiter))
    names = tuple(name.strip() for name in first.cells)
    if wrong := first.wrong or wrong_names(names):
        raise DataFault([Problem(Place(source, 1), wrong.message, wrong.hint)])
    return TableHeader(names, delimiter), text[end:], 1 + text.count(b"\n", 0, end)


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
    if _QUOTE not in text:
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
