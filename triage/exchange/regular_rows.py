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
    last = text.rfind(b"\n") + 1
    if b'"' not in text:
        return last
    data = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(data == _QUOTE)
    feeds = np.flatnonzero(data == _FEED)
    outside = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
    return int(outside[-1]) + 1 if outside.size else 0


def rows_of_text(text: bytes, delimiter: str, cells: int) -> RowsOfText | None:
    """Return the rows of whole lines of text; None where only a strict reader can tell them.

    So it is where a quotation mark stands inside a cell that has none around it, or a return by itself.
    """
    data = np.frombuffer(text, np.uint8)
    if text.count(b"\r") != text.count(b"\r\n"):
        return None
    mark = ord(delimiter)
    cuts = np.flatnonzero(data == mark)
    feeds = np.flatnonzero(data == _FEED)
    ends = feeds
    if b'"' in text:
        quotes = np.flatnonzero(data == _QUOTE)
        if quotes.size % 2 or not _stand_at_edges(data, quotes, mark):
            return None
        ends = feeds[np.searchsorted(quotes, feeds) % 2 == 0]
        cuts = cuts[np.searchsorted(quotes, cuts) % 2 == 0]
    if not ends.size or ends[-1] != len(data) - 1:
        return None
    ends = ends + 1
    starts = np.concatenate((np.zeros(1, np.intp), ends[:-1]))
    lines = np.searchsorted(feeds, starts)
    counts = np.diff(np.searchsorted(cuts, np.append(starts, len(data))))
    ink = (data != mark) & (data != _QUOTE) & (data != _FEED) & (data != _RETURN) & (data != ord(" "))
    blank = ~np.logical_or.reduceat(ink, starts)
    return RowsOfText(starts, ends, lines, blank, counts == cells - 1)


def _stand_at_edges(data: NDArray[np.uint8], quotes: NDArray[np.intp], mark: int) -> bool:
    """Whether every quotation mark opens a cell, closes one, or is doubled inside one."""
    padded = np.concatenate((np.array([_FEED], np.uint8), data, np.array([_FEED], np.uint8)))
    before, behind = padded[quotes[::2]], padded[quotes[1::2] + 2]
    opens = (before == mark) | (before == _FEED) | (before == _QUOTE)
    closes = (behind == mark) | (behind == _FEED) | (behind == _RETURN) | (behind == _QUOTE)
    return bool(opens.all() and closes.all())
