"""Workbooks of Excel and others, a sheet at a time."""

from __future__ import annotations

import datetime
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.foreign.columns import Columns
    from triage.foreign.form import ForeignFile, Row, RowFault

__all__ = ["Sheet", "SheetRows", "cell_text", "sheet_of"]


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook as texts."""

    name: str
    names: tuple[str, ...]
    """The headings."""
    header_row: int
    """The row they stand in, from 1."""
    rows: tuple[tuple[str, ...], ...]
    others: tuple[str, ...]
    """The names of other sheets that hold something."""


def sheet_of(file: ForeignFile, wanted: str | None) -> Sheet:
    """Return a sheet of a workbook: the one that is wanted, else the first that holds something.

    Raises:
        DataFault: it is no workbook, or has no such sheet.

    """
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with file.open() as stream:
            book = CalamineWorkbook.from_filelike(io.BytesIO(stream.read()))
        names = list(book.sheet_names)
        if wanted is not None and wanted not in names:
            message = f"There is no sheet {shown(wanted)} in this workbook."
            raise DataFault([Problem(Place(file.source), message, did_you_mean(wanted, names))])
        filled: list[tuple[str, list[list[Any]]]] = []
        for name in [wanted] if wanted is not None else names:
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            if any(cell_text(cell).strip() for row in cells for cell in row):
                filled.append((name, cells))
    except CalamineError as error:
        message = f"This is no workbook that can be read: {error}."
        raise DataFault([Problem(Place(file.source), message, "Save the table as CSV.")]) from None
    if not filled:
        raise DataFault([Problem(Place(file.source), "This workbook is empty.")])
    name, cells = filled[0]
    rows = [tuple(cell_text(cell) for cell in row) for row in cells]
    first = next(at for at, row in enumerate(rows) if any(cell.strip() for cell in row))
    return Sheet(
        name,
        tuple(one.strip() for one in rows[first]),
        first + 1,
        tuple(rows[first + 1 :]),
        tuple(other for other, _ in filled[1:]),
    )


def cell_text(cell: Any) -> str:
    """Return what a cell holds as text.

    >>> cell_text(1.0), cell_text(True), cell_text(datetime.date(2026, 1, 2)), cell_text(None)
    ('1', 'true', '2026-01-02', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


@dataclass(frozen=True)
class SheetRows:
    """A sheet that is ready to be read."""

    sheet: Sheet
    columns: Columns
    remarks: Sequence[Problem] = field(default=())

    @property
    def note(self) -> str:
        """What is added to the words for its form."""
        return self.columns.note

    def rows(self) -> Iterator[Row | RowFault]:
        """Yield the rows in order.

        Raises:
            DataFault: there is none.

        """
        met = False
        for number, cells in enumerate(self.sheet.rows, start=self.sheet.header_row + 1):
            if any(cell.strip() for cell in cells):
                met = True
                yield self.columns.row(cells, None, number)
        if not met:
            raise DataFault([Problem(Place(self.columns.source), "This table has no row below its first one.")])
