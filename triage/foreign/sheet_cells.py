"""What the values of a sheet do not tell: errors, formulas without a value, merged cells, and how far cells reach.

Whoever reads the values gets nothing for each of these, as for a blank cell.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from triage.documents.output_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["NoValue", "SheetCells", "cell_name", "cells_of"]

_AT_ONCE = 1 << 20
_MANY, _MOST = 5_000_000, 100_000_000
_SPARSE = 50
_CELL = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_LETTERS = re.compile(rb"""\sr=["']([A-Z]{1,3})""")
_ROWS = re.compile(rb"""\brow\s[^<>]*?\br=["']([0-9]{1,7})""")
_CLOSELY = (b't="e"', b"t='e'", b"<f", b":f>", b":f ", b":f/", b"mergeCell")
_OVERLAP = 100
_ERROR = re.compile(r"#[A-Z0-9/_]+[!?]?|Err:\d+")
_NO_VALUE = "Open the workbook in a spreadsheet program and save it: then the value stands there."
_MERGED = "Take the merged cells apart, and write into each what holds for it."


class NoValue(NamedTuple):
    """What a cell holds instead of a value."""

    words: str
    text: str
    hint: str


@dataclass
class SheetCells:
    """What the values of a sheet do not tell; rows and columns are counted from 0."""

    without_value: dict[tuple[int, int], NoValue] = field(default_factory=dict)
    merged: set[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=set)
    """The first and the last cell of each area."""
    filled: int = 0
    rows: int = 0
    columns: int = 0

    @property
    def reach_too_far(self) -> bool:
        """Whether a table that reaches to the last cell would hold almost nothing, or more than can be read."""
        area = self.rows * self.columns
        return area > _MOST or (area > _MANY and area > _SPARSE * self.filled)

    def covered(self) -> Iterator[tuple[tuple[int, int], tuple[int, int], NoValue]]:
        """Yield each cell that is merged with one before it, after that one."""
        for (top, left), (bottom, right) in self.merged:
            area = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
            said = NoValue(f"a part of the merged cells {area}", area, _MERGED)
            for row in range(top, min(bottom + 1, self.rows)):
                for column in range(left, min(right + 1, self.columns)):
                    if (row, column) != (top, left):
                        yield (top, left), (row, column), said

    def add(self, row: int, column: int, *, rows: int = 1, columns: int = 1) -> None:
        """Count a cell that holds something, or some alike."""
        self.filled += rows * columns
        self.rows = max(self.rows, row + rows)
        self.columns = max(self.columns, column + columns)

    def add_without_value(self, row: int, column: int, error: str) -> None:
        """Take a cell with an error, or with a formula that has no value."""
        hint = "Mend it, or clear the cell if nothing is known."
        self.without_value[row, column] = (
            NoValue(f"the error {shown(error)}", error, hint)
            if error
            else NoValue("a formula whose value was not saved", "", _NO_VALUE)
        )


def cell_name(row: int, column: int) -> str:
    """Return how a cell is called.

    >>> cell_name(0, 0), cell_name(2, 26)
    ('A1', 'AA3')
    """
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def cells_of(stream: IO[bytes], sheet: str) -> SheetCells | None:
    """Return what the values of a sheet do not tell; None for a workbook of a kind that cannot be looked into.

    Raises:
        zipfile.BadZipFile: it is damaged.

    """
    if not zipfile.is_zipfile(stream):
        return None
    try:
        with zipfile.ZipFile(stream) as packed:
            names = set(packed.namelist())
            if "content.xml" in names:
                return _read(packed, "content.xml", _OpenDocument(sheet))
            part = _part_of(packed, sheet) if "xl/workbook.xml" in names else None
            if part not in names:
                return None
            return _at_a_glance(packed, part) or _read(packed, part, _Spreadsheet())
    except (zipfile.BadZipFile, zlib.error, EOFError, expat.ExpatError, ValueError, RuntimeError):
        raise zipfile.BadZipFile("it is damaged") from None


def _at_a_glance(packed: zipfile.ZipFile, part: str) -> SheetCells | None:
    """Return the cells of a sheet in which all have values, near each other; None for any other, to be read closely."""
    found = SheetCells()
    held = b""
    with packed.open(part) as stream:
        while data := stream.read(_AT_ONCE):
            held += data
            if any(sign in held for sign in _CLOSELY):
                return None
            letters = _LETTERS.findall(held)
            found.filled += len(letters)
            found.columns = max([found.columns, *(_column(one.decode()) for one in set(letters))])
            found.rows = max([found.rows, *map(int, _ROWS.findall(held))])
            held = held[-_OVERLAP:]
    return found if found.filled and found.rows and not found.reach_too_far else None


def _read(packed: zipfile.ZipFile, part: str, looking: _Spreadsheet | _OpenDocument) -> SheetCells:
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = looking.start, looking.end
    parser.CharacterDataHandler = looking.text
    parser.buffer_text = True
    with packed.open(part) as stream:
        while data := stream.read(_AT_ONCE):
            parser.Parse(data)
    return looking.found


def _part_of(packed: zipfile.ZipFile, sheet: str) -> str | None:
    """Return where a sheet of an Office Open XML workbook stands."""
    sheets, targets = {}, {}

    def start(name: str, said: dict[str, str]) -> None:
        plain = {key.rpartition(":")[2]: value for key, value in said.items()}
        if name.endswith("sheet"):
            sheets[plain.get("name")] = plain.get("id")
        elif name.endswith("Relationship"):
            targets[plain.get("Id")] = plain.get("Target", "")

    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        parser.Parse(packed.read(part), True)
    target = targets.get(sheets.get(sheet))
    if target is None:
        return None
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _at(name: str) -> tuple[int, int] | None:
    found = _CELL.fullmatch(name.replace("$", ""))
    if found is None:
        return None
    return int(found[2]) - 1, _column(found[1].upper()) - 1


def _column(letters: str) -> int:
    """Return the number of a column from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


class _Spreadsheet:
    """A sheet of an Office Open XML workbook."""

    def __init__(self) -> None:
        self.found = SheetCells()
        self.row = self.column = -1
        self.kind: str | None = None
        self.has_formula = self.has_value = self.is_value = False
        self.value = ""

    def start(self, name: str, said: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "v":
            self.has_value = self.is_value = True
        elif name == "c":
            at = _at(said["r"]) if "r" in said else None
            self.row, self.column = at or (self.row, self.column + 1)
            self.kind = said.get("t")
            self.has_formula = self.has_value = False
            self.value = ""
        elif name == "is":
            self.has_value = True
            self.value = "text"
        elif name == "f":
            self.has_formula = True
        elif name == "row":
            self.row = int(said["r"]) - 1 if "r" in said else self.row + 1
            self.column = -1
        elif name == "mergeCell":
            first, _, last = said.get("ref", "").partition(":")
            ends = _at(first), _at(last)
            if ends[0] and ends[1]:
                self.found.merged.add((ends[0], ends[1]))

    def text(self, data: str) -> None:
        if self.is_value:
            self.value += data

    def end(self, name: str) -> None:
        if name.endswith("v"):
            self.is_value = False
        elif name == "c" or name.endswith(":c"):
            if self.value or self.has_formula:
                self.found.add(self.row, self.column)
            if self.kind == "e":
                self.found.add_without_value(self.row, self.column, self.value or "#N/A")
            # A formula that gives an empty text has the type of a text and an empty value.
            elif self.has_formula and not self.value and not (self.kind == "str" and self.has_value):
                self.found.add_without_value(self.row, self.column, "")


class _OpenDocument:
    """A sheet of an OpenDocument workbook, among others."""

    def __init__(self, sheet: str) -> None:
        self.found = SheetCells()
        self.sheet = sheet
        self.is_here = False
        self.row = self.column = 0
        self.rows = 1
        self.cell: dict[str, str] = {}
        self.value = ""

    def start(self, name: str, said: dict[str, str]) -> None:
        if name == "table:table":
            self.is_here = said.get("table:name") == self.sheet
        elif name == "table:table-row":
            self.rows = int(said.get("table:number-rows-repeated", 1))
            self.column = 0
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self.cell, self.value = said, ""

    def text(self, data: str) -> None:
        self.value += data

    def end(self, name: str) -> None:
        if name == "table:table-row":
            self.row += self.rows if self.is_here else 0
        elif self.is_here and name in ("table:table-cell", "table:covered-table-cell"):
            self.end_cell()

    def end_cell(self) -> None:
        many = int(self.cell.get("table:number-columns-repeated", 1))
        row, column = self.row, self.column
        self.column += many
        kind, has_formula = self.cell.get("office:value-type"), "table:formula" in self.cell
        if kind is None and not has_formula:
            return
        self.found.add(row, column, rows=self.rows, columns=many)
        deep = int(self.cell.get("table:number-rows-spanned", 1))
        wide = int(self.cell.get("table:number-columns-spanned", 1))
        if (deep, wide) != (1, 1):
            self.found.merged.add(((row, column), (row + deep - 1, column + wide - 1)))
        text = self.value.strip()
        is_error = self.cell.get("calcext:value-type") == "error" or (has_formula and _ERROR.fullmatch(text))
        if not self.found.reach_too_far and (is_error or kind is None):
            for down in range(self.rows):
                for across in range(many):
                    self.found.add_without_value(row + down, column + across, text or "#N/A" if is_error else "")
