"""The second picture of a rule book: which worked cases make which rules true."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from triage.export.book_drawing import Caption, tone_of
from triage.export.book_entries import plain_words
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from triage.export.book_entries import Book

__all__ = ["Coverage", "coverage_of"]

_CELL = 9
_LABELS = 44
_HEAD = 26
_CAPTION = 96
"""Room for the words over the cases of one urgency."""
_FOR_BENIGN = 84
"""And for the words that they are likely benign."""


@dataclass(frozen=True)
class Coverage:
    """Which cases make which rules true: a row a rule, a column a case, the most urgent cases first."""

    width: float
    height: float
    captions: tuple[Caption, ...]
    """The urgencies and outcomes over the columns."""
    rows: tuple[Caption, ...]
    """The rules beside the rows."""
    ground: str
    """The path of all places, filled or not."""
    cells: tuple[tuple[str, str], ...]
    """For each tone the path of all its filled places."""


def coverage_of(book: Book) -> Coverage:
    """Lay out the picture of the cases and rules of a book."""
    columns: dict[str, float] = {}
    captions: list[Caption] = []
    stretches: list[tuple[float, float]] = []
    x = float(_LABELS)
    for urgency, outcome in product(reversed(Urgency), reversed(Outcome)):
        found = [entry for entry in book.cases if (entry.urgency, entry.outcome) == (urgency, outcome)]
        if not found:
            continue
        benign = ", likely benign" if outcome is Outcome.LIKELY_BENIGN and urgency is not Urgency.SELF_CARE else ""
        captions.append(Caption(x, 16, f"{plain_words(urgency.value)}{benign} ({len(found)})", "group"))
        columns |= {entry.anchor: x + _CELL * index for index, entry in enumerate(found)}
        stretches.append((x, _CELL * len(found)))
        x += max(_CELL * len(found), _CAPTION + _FOR_BENIGN * bool(benign)) + 4
    rows: list[Caption] = []
    ground: list[str] = []
    cells: dict[str, list[str]] = {}
    y = float(_HEAD)
    for page in book.pages:
        y += 6
        for entry in page.entries:
            rows.append(Caption(_LABELS - 5, y + 7.5, entry.rule.id, "row-label"))
            ground += [_rectangle(start, y, width, _CELL - 1) for start, width in stretches]
            squares = [_rectangle(columns[link.to] + 1, y + 1, _CELL - 2, _CELL - 2) for link in entry.cases]
            cells.setdefault(tone_of(entry.rule), []).extend(squares)
            y += _CELL
    paths = tuple((tone, "".join(path)) for tone, path in cells.items() if path)
    return Coverage(x, y + 4, tuple(captions), tuple(rows), "".join(ground), paths)


def _rectangle(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"
