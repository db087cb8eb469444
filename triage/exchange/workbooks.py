"""Workbooks of Excel and others, a sheet at a time."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from zipfile import BadZipFile

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean
from triage.foreign.cell_text import cell_text
from triage.foreign.cells import Wrong
from triage.foreign.columns import together
from triage.foreign.sheet_cells import SheetCells, cell_name, cells_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from triage.foreign.columns import Columns
    from triage.foreign.form import ForeignFile, Row, RowFault
    from triage.foreign.sheet_cells import NoValue

__all__ = ["Sheet", "SheetRows", "sheet_of"]


class OtherSheet(NamedTuple):
    """A sheet that is not read."""

    name: str
    first_row: tuple[str, ...]
    has_more: bool
    """Whether something stands below its first row."""
    is_hidden: bool


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook as texts."""

    name: str
    names: tuple[str, ...]
    """The headings."""
    header_row: int
    """The row they stand in, from 1."""
    rows: tuple[tuple[str, ...], ...]
    others: tuple[OtherSheet, ...]
    """Other sheets that hold something."""
    without_value: Mapping[tuple[int, int], NoValue] = field(default_factory=dict)
    """What stands in cells that only look blank, by row and column from 0."""
    is_closed: bool = False
    """Whether nobody can tell such cells from blank ones."""


def sheet_of(file: ForeignFile, wanted: str | None) -> Sheet:
    """Return a sheet of a workbook: the one that is wanted, else the first to be seen that holds something.

    Raises:
        DataFault: it is no workbook, or has no such sheet.

    """
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

    try:
        with file.open() as stream:
            data = io.BytesIO(stream.read())
        book = CalamineWorkbook.from_filelike(data)
        hidden = {one.name for one in book.sheets_metadata if one.visible is not SheetVisibleEnum.Visible}
        names = sorted(book.sheet_names, key=hidden.__contains__)
        if wanted is not None and wanted not in names:
            message = f"There is no sheet {shown(wanted)} in this workbook."
            raise DataFault([Problem(Place(file.source), message, did_you_mean(wanted, names))])
        filled: list[tuple[str, list[list[Any]], SheetCells | None]] = []
        for name in [wanted] if wanted is not None else names:
            inside = cells_of(data, name)
            if inside is not None and inside.reach_too_far:
                raise _too_far(file, name, inside)
            sheet = book.get_sheet_by_name(name)
            cells = sheet.to_python(skip_empty_area=False)
            if inside is not None:
                inside.merged.update(sheet.merged_cell_ranges or ())
            if any(cell_text(cell).strip() for row in cells for cell in row):
                filled.append((name, cells, inside))
    except (CalamineError, BadZipFile) as error:
        message = f"This is no workbook that can be read: {error}."
        raise DataFault([Problem(Place(file.source), message, "Save the table as CSV.")]) from None
    if not filled:
        raise DataFault([Problem(Place(file.source), "This workbook is empty.")])
    name, cells, inside = filled[0]
    rows = [tuple(cell_text(cell) for cell in row) for row in cells]
    first = next(at for at, row in enumerate(rows) if any(cell.strip() for cell in row))
    others = tuple(_other_sheet(other, found, is_hidden=other in hidden) for other, found, _ in filled[1:])
    below = tuple(rows[first + 1 :])
    names_here = tuple(one.strip() for one in rows[first])
    if inside is None:
        return Sheet(name, names_here, first + 1, below, others, is_closed=True)
    # The last rows may hold nothing but formulas without a value.
    below += tuple(("",) * len(names_here) for _ in range(len(rows), inside.rows))
    without = inside.without_value | {
        at: said for (top, left), at, said in inside.covered() if first < top < len(rows) and rows[top][left].strip()
    }
    return Sheet(name, names_here, first + 1, below, others, without)


def _other_sheet(name: str, cells: list[list[Any]], *, is_hidden: bool) -> OtherSheet:
    rows = [texts for row in cells if any(texts := tuple(cell_text(cell).strip() for cell in row))]
    return OtherSheet(name, rows[0], len(rows) > 1, is_hidden)


def _too_far(file: ForeignFile, name: str, inside: SheetCells) -> DataFault:
    last = cell_name(inside.rows - 1, inside.columns - 1)
    message = f"The sheet {shown(name)} reaches to {last}, but only {inside.filled:,} cells hold something."
    hint = "Delete the rows and columns behind the table, where something stands by mistake, and save it again."
    return DataFault([Problem(Place(file.source), message, hint)])


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
            wrong = self._wrong(cells, number) if self.sheet.without_value else []
            if wrong or any(cell.strip() for cell in cells):
                met = True
                yield together(wrong) if wrong else self.columns.row(cells, None, number)
        if not met:
            raise DataFault([Problem(Place(self.columns.source), "This table has no row below its first one.")])

    def _wrong(self, cells: Sequence[str], number: int) -> list[RowFault]:
        """Return what is wrong with cells that answer and only look blank."""
        found = []
        name = self.columns.said_beside([cells[at] for at in self.columns.beside.get("id", ())] or [""])
        for one in self.columns.answers:
            for at, column in one.columns:
                said = self.sheet.without_value.get((number - 1, at))
                if said is not None and not (said.text and column.is_missing(said.text)):
                    where = f"in the column {shown(column.name)} (cell {cell_name(number - 1, at)})"
                    wrong = Wrong(f"holds {said.words} {where}.", said.text or said.words, said.hint)
                    found.append(self.columns.fault(one, wrong, None, number, name))
        return found
