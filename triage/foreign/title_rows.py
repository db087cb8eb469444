"""Titles above the headings of a table, which are told: what stands in them might have been headings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["refuse_title_rows"]

_MOST_TITLES = 20
_FEW = 2
"""A title fills no more cells."""
_CLEARLY = 2
"""So many known headings make a row of headings."""
_BETWEEN = re.compile(r"[,;\t|]")


def refuse_title_rows(
    source: str, first: Sequence[str], rows: Iterable[Sequence[str]], line: int, known: Callable[[str], bool]
) -> None:
    """Refuse a table whose first row is no row of headings, where one below clearly is.

    Args:
        source: the file.
        first: the cells of its first row.
        rows: those below; cells may not be taken apart yet.
        line: where the first row stands.
        known: whether a heading is known.

    Raises:
        DataFault: the headings stand further down.

    """
    if any(map(known, first)) or sum(map(bool, first)) > _FEW:
        return
    for _, row in zip(range(_MOST_TITLES), rows, strict=False):
        cells = [cell.strip().strip('"') for cell in (*row, *_BETWEEN.split(",".join(row)))]
        if sum(map(known, set(cells))) >= _CLEARLY:
            title = next((cell for cell in first if cell), "")
            heading = next(cell for cell in cells if known(cell))
            message = f"The first row, {shown(title)}, is no row of headings; they seem to stand further down."
            hint = f"Delete the rows above the one with {shown(heading)}, and save the table again."
            raise DataFault([Problem(Place(source, line), message, hint)])
