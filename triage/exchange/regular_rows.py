"""The rows of a table that any reader takes apart alike, found at once; the others are left to the strict reader."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["RowsOfText", "rows_of_text", "whole_rows"]

_QUOTE, _FEED, _RETURN = b'"\n\r'
_NOTHING = b'"\n\r '


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
    cuts: NDArray[np.intp]
    """Where cells are separated."""


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
    if not data.size or data[-1] != _FEED:
        return None
    feeds = np.flatnonzero(data == _FEED)
    cuts = np.flatnonzero(data == ord(delimiter))
    last, lines = feeds, np.arange(len(feeds))
    if b'"' in text:
        quotes = data == _QUOTE
        inside = np.logical_xor.accumulate(quotes)
        if inside[-1] or not _stand_at_edges(data, np.flatnonzero(quotes), delimiter):
            return None
        cuts = cuts[~inside[cuts]]
        outside = np.flatnonzero(~inside[feeds])
        last, lines = feeds[outside], np.concatenate((np.zeros(1, np.intp), outside[:-1] + 1))
    starts = np.concatenate((np.zeros(1, np.intp), last[:-1] + 1))
    counts = np.diff(np.searchsorted(cuts, last), prepend=0)
    ink = np.frombuffer(text.translate(_inked(delimiter)), np.uint8)
    blank = np.bitwise_or.reduceat(ink, starts) == 0
    return RowsOfText(starts, last + 1, lines, blank, counts == cells - 1, cuts)


def _stand_at_edges(data: NDArray[np.uint8], quotes: NDArray[np.intp], delimiter: str) -> bool:
    """Whether every quotation mark opens a cell, closes one, or is doubled inside one; the last sign is a line end."""
    opens, closes = quotes[0::2], quotes[1::2]
    edge = np.zeros(256, np.bool_)
    edge[[ord(delimiter), _QUOTE, _FEED]] = True
    if not edge[data[opens - 1]].all():
        return False
    edge[_RETURN] = True
    return bool(edge[data[closes + 1]].all())


@cache
def _inked(delimiter: str) -> bytes:
    """Return the table that turns what stands in a blank row into 0 and all else into 1."""
    return bytes(sign not in _NOTHING + delimiter.encode() for sign in range(256))
