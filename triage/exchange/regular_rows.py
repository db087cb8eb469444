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
    cuts: NDArray[np.bool_]
    """Which signs of the text separate cells."""


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
    feeds = data == _FEED
    cuts = data == ord(delimiter)
    ends = feeds
    if b'"' in text:
        quotes = data == _QUOTE
        # Only whether their number is odd matters, so that it may run over.
        inside = (np.cumsum(quotes, dtype=np.uint8) & 1).view(np.bool_)
        if inside[-1] or not _stand_at_edges(text, quotes, inside, delimiter):
            return None
        ends = feeds & ~inside
        cuts &= ~inside
    last = np.flatnonzero(ends)
    if not last.size or last[-1] != len(data) - 1:
        return None
    starts = np.concatenate((np.zeros(1, np.intp), last[:-1] + 1))
    lines = np.arange(len(last))
    if last.size != text.count(b"\n"):
        lines = np.concatenate((np.zeros(1, np.intp), np.cumsum(feeds, dtype=np.intp)[last[:-1]]))
    counts = np.diff(np.cumsum(cuts, dtype=np.int32)[last], prepend=np.int32(0))
    ink = np.frombuffer(text.translate(_table(f'{delimiter}"\n\r '.encode(), marked=False)), np.uint8)
    blank = np.bitwise_or.reduceat(ink, starts) == 0
    return RowsOfText(starts, last + 1, lines, blank, counts == cells - 1, cuts)


def _stand_at_edges(text: bytes, quotes: NDArray[np.bool_], inside: NDArray[np.bool_], delimiter: str) -> bool:
    """Whether every quotation mark opens a cell, closes one, or is doubled inside one."""
    before = _marked(text, f'{delimiter}"\n'.encode())
    behind = _marked(text, f'{delimiter}"\n\r'.encode())
    opens, closes = quotes & inside, quotes & ~inside
    return not ((opens[1:] & ~before[:-1]).any() or (closes[:-1] & ~behind[1:]).any())


def _marked(text: bytes, signs: bytes) -> NDArray[np.bool_]:
    return np.frombuffer(text.translate(_table(signs, marked=True)), np.bool_)


def _table(signs: bytes, *, marked: bool) -> bytes:
    """Return what turns some signs into 1 and all others into 0, or the other way round."""
    return bytes((sign in signs) == marked for sign in range(256))
