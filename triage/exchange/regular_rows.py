"""The rows of a table that any reader takes apart alike, found at once; the others are left to the strict reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RowsOfText", "rows_of_text", "whole_rows"]

_QUOTE, _FEED, _RETURN = b'"\n\r'


class RowsOfText(NamedTuple):
    """Where rows stand in a text."""

    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    """Behind the line end of each."""
    lines: NDArray[np.intp]
    """The line each begins in, from 0."""
    blank: NDArray[np.bool_]
    fit: NDArray[np.bool_]
    """Whether each has as many cells as there are columns."""


def whole_rows(text: bytes) -> int:
    r"""Return how much of a text is whole rows, if every quotation mark opens or closes a cell.

    >>> whole_rows(b'a,b\nc,"d\ne')
    4
    """
    if b'"' not in text:
        return text.rfind(b"\n") + 1
    end = len(text)
    quotes = text.count(b'"')
    while end := text.rfind(b"\n", 0, end) + 1:
        # Outside quotation marks there is an even number of them before.
        if (quotes - text.count(b'"', end)) % 2 == 0:
            return end
        end -= 1
    return 0


def rows_of_text(text: bytes, delimiter: str, cells: int) -> RowsOfText | None:
    """Return the rows of whole lines of text; None where only a strict reader can tell them.

    So it is where a quotation mark stands inside a cell that has none around it, or a return by itself.
    """
    if b"\r" in text and text.count(b"\r") != text.count(b"\r\n"):
        return None
    data = np.frombuffer(text, np.uint8)
    mark = ord(delimiter)
    feeds = data == _FEED
    cuts = data == mark
    ends = feeds
    quoted = b'"' in text
    if quoted:
        quotes = data == _QUOTE
        # Only whether their number is odd matters, so that it may run over.
        inside = (np.cumsum(quotes, dtype=np.uint8) & 1).view(np.bool_)
        if inside[-1] or not _stand_at_edges(data, quotes, inside, mark):
            return None
        ends = feeds & ~inside
        cuts &= ~inside
    behind = np.flatnonzero(ends) + 1
    if not behind.size or behind[-1] != len(data):
        return None
    starts = np.concatenate((np.zeros(1, np.intp), behind[:-1]))
    # The numbers of line ends before, in longer rows too.
    over_lines = np.add.reduceat(feeds, starts, dtype=np.intp) if quoted else np.ones(len(starts), np.intp)
    lines = np.cumsum(over_lines) - over_lines
    counts = np.add.reduceat(cuts, starts, dtype=np.intp)
    ink = np.ones(256, np.uint8)
    ink[[mark, _QUOTE, _FEED, _RETURN, ord(" ")]] = 0
    blank = np.bitwise_or.reduceat(ink[data], starts) == 0
    return RowsOfText(starts, behind, lines, blank, counts == cells - 1)


def _stand_at_edges(data: NDArray[np.uint8], quotes: NDArray[np.bool_], inside: NDArray[np.bool_], mark: int) -> bool:
    """Whether every quotation mark opens a cell, closes one, or is doubled inside one."""
    edge = np.zeros(256, np.bool_)
    edge[[mark, _FEED, _QUOTE]] = True
    opens = quotes & inside
    if opens[0]:
        opens[0] = False
    fits_before = edge[data]
    if (opens[1:] & ~fits_before[:-1]).any():
        return False
    edge[_RETURN] = True
    closes = quotes & ~inside
    return not (closes[:-1] & ~edge[data][1:]).any()
