"""Rows of comma-separated values as columns of Arrow, which are read as those of any other table.

A row with too many or too few cells, or that cannot be cut at each separator, is left to the exact reader.
"""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from triage.answers.files import cell_value
from triage.answers.reading import ABOUT
from triage.answers.row_faults import GoodRow, fault_of_row
from triage.batch.reading.arrow import as_json_values
from triage.batch.reading.blocks import MARGIN, RowsRead, TableHeader, Text, different_pieces
from triage.batch.reading.lines import lines_not_utf8
from triage.documents.document import decode
from triage.documents.json_values import value_as_json
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import broken_row, lines_with_returns, long_row, table_rows, wrong_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from triage.answers.exact_reader import ExactReader
    from triage.answers.row_faults import Fault, RowPlace
    from triage.batch.reading.blocks import TableBlock
    from triage.batch.reading.columns import ColumnReader
    from triage.batch.reading.files import InputFile
    from triage.circuit.machine_words import Places

    Bools = NDArray[np.bool_]

__all__ = ["TableReader", "read_header"]

_NO_CODE = re.compile(r";|^[^\S\n]|[^\S\n]$", re.MULTILINE)
"""What a cell does not mean as it stands."""


class _Lines(NamedTuple):
    """Where the lines of a text stand, and their cells."""

    starts: Places
    ends: Places
    first: Places
    """The first cell of each line."""
    counts: Places
    """How many cells each line has."""
    cell_starts: Places
    cell_ends: Places
    cell_afters: Places
    """Where the next cell begins."""


class TableReader:
    """Reads rows of comma-separated values."""

    def __init__(self, exact: ExactReader, columns: ColumnReader, keep: Sequence[str] = ()) -> None:
        self._exact = exact
        self._columns = columns
        self._keep = tuple(keep)

    def read(self, block: TableBlock) -> RowsRead:
        """Read whole rows."""
        text, header = Text(block.text), block.header
        lines = _cut(text, header.delimiter)
        filled = ~_blank(block.text, lines, header.delimiter)
        whole = filled & (lines.counts == len(header.names))
        whole[_not_by_themselves(block.text[MARGIN:-MARGIN], header.delimiter)] = False
        whole[lines_not_utf8(block.text, lines.starts, lines.ends)] = False
        rows = np.flatnonzero(whole)
        batch, right = self._as_columns(text, header, lines, rows)
        whole[rows[~right]] = False
        rows = rows[right]
        read = self._columns.read(batch, lambda row: block.at.of(int(rows[row])))
        kept = {name: np.full(len(whole), None, np.object_) for name in self._keep}
        for name, values in read.kept.items():
            kept[name][rows] = as_json_values(values)
        left = [(int(rows[row]), one) for row, one in read.left]
        for line, cells, one in self._records(block, lines, np.flatnonzero(filled & ~whole).tolist()):
            left.append((line, one))
            for name in self._keep:
                kept[name][line] = value_as_json(cells[name]) if cells.get(name) else None
        left.sort(key=lambda one: one[0])
        return RowsRead(rows[read.good], read.answers, read.ids, left, kept, header.names)

    def _as_columns(self, text: Text, header: TableHeader, lines: _Lines, rows: Places) -> tuple[pa.RecordBatch, Bools]:
        """Return rows as columns, and which of them are right as they stand; the columns hold those only."""
        names = header.names
        cells = lines.first[rows] + np.arange(len(names))[:, None]
        right = np.ones(len(rows), np.bool_)
        as_texts = {name for name in ("id", *self._keep) if name in names}
        columns: dict[str, pa.Array] = {}
        for name in as_texts:
            own = cells[names.index(name)]
            found = _texts(text, lines.cell_starts[own], lines.cell_ends[own], header.delimiter)
            if None in found or (name in ABOUT and _NO_CODE.search("\n".join(found))):  # type: ignore[arg-type]
                right &= [one is not None and not (name in ABOUT and _NO_CODE.search(one)) for one in found]
            columns[name] = pa.array([one or None for one in found], pa.string())
        coded = [at for at, name in enumerate(names) if name not in as_texts]
        left_out = np.ones(len(lines.cell_afters), np.bool_)
        left_out[cells[coded]] = False
        pieces, which = different_pieces(text, lines.cell_afters, left_out)
        found = [_unquoted(piece[: -2 if piece.endswith(b"\r\n") else -1], header.delimiter) for piece in pieces]
        broken = np.array([one is None for one in found], np.bool_)
        texts = pa.array([one or "" for one in found], pa.string())
        for at in coded:
            numbers = which.take(cells[at])
            if names[at] in ABOUT:
                right &= ~np.array([one is None or _NO_CODE.search(one) is not None for one in found], np.bool_)[
                    numbers
                ]
            elif broken.any():
                right &= ~broken[numbers]
            columns[names[at]] = _column(numbers, texts)
        batch = pa.record_batch([columns[name] for name in names], list(names))
        return batch if right.all() else batch.filter(pa.array(right)), right

    # ---- rows that only the exact reader can judge ----

    def _records(
        self, block: TableBlock, lines: _Lines, left: Iterable[int]
    ) -> Iterator[tuple[int, dict[str, str], GoodRow | list[Fault]]]:
        """Yield the rows that begin in some lines, with their cells; one that is empty is no row."""
        after = 0
        for line in left:
            if line >= after:
                after, cells, wrong = _record(block, lines, line, block.at.of(line))
                if wrong:
                    yield line, cells, wrong
                elif any(cell.strip() for cell in cells.values()):
                    yield line, cells, self._exact.read(self._row(cells), block.at.of(line))

    def _row(self, cells: dict[str, str]) -> dict[str, object]:
        said = {name: cell_value(cell) for name, cell in cells.items() if cell.strip()}
        about = {name: said.pop(name) for name in ABOUT if name in said}
        aside = (name for name in self._keep if not self._exact.is_question(name))
        for name in aside:
            said.pop(name, None)
        return {**about, "answers": said}


def _cut(text: Text, delimiter: str) -> _Lines:
    here = text.bytes[MARGIN:-MARGIN]
    cuts = here == ord(delimiter)
    cuts |= here == ord("\n")
    places = np.flatnonzero(cuts)
    last = np.flatnonzero(here[places] == ord("\n"))
    afters = places + (MARGIN + 1)
    ends = afters - 1
    ends[last] -= text.bytes[ends[last] - 1] == ord("\r")
    starts = np.concatenate((np.full(1, MARGIN), afters[:-1]))
    first = np.concatenate((np.zeros(1, np.intp), last[:-1] + 1))
    return _Lines(starts[first], afters[last], first, last - first + 1, starts, ends, afters)


def _blank(text: bytes, lines: _Lines, delimiter: str) -> Bools:
    """Return which lines say nothing, since none of their cells does."""
    nothing = re.compile(rb'\n[ \t\r\f\v"%s]*(?=\n)' % re.escape(delimiter.encode()))
    found = [match.start() + 1 for match in nothing.finditer(text, MARGIN - 1)]
    blank = np.zeros(len(lines.starts), np.bool_)
    blank[np.searchsorted(lines.starts, found)] = True
    return blank


def _not_by_themselves(raw: bytes, delimiter: str) -> list[int]:
    """Return the lines that are parts of longer rows, and those that are or may be broken."""
    found = lines_with_returns(raw)
    if b'"' in raw:
        for row in table_rows(raw.decode("latin-1"), delimiter):
            if row.after - row.first > 1 or row.wrong:
                found += range(row.first, row.after)
    return found


def _column(numbers: Places, texts: pa.Array) -> pa.DictionaryArray:
    """Return a column of texts given by their numbers, with no other texts beside it."""
    met = np.zeros(len(texts), np.bool_)
    met[numbers] = True
    own = np.cumsum(met, dtype=np.int32) - 1
    return pa.DictionaryArray.from_arrays(own[numbers], texts.filter(pa.array(met)))


def _texts(text: Text, starts: Places, ends: Places, delimiter: str) -> list[str | None]:
    cells = [text.raw[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
    joined = b"\n".join(cells)
    if b'"' not in joined:
        return list(joined.decode().split("\n")) if cells else []
    return [_unquoted(cell, delimiter) for cell in cells]


def _unquoted(cell: bytes, delimiter: str) -> str | None:
    """Return what a cell says; None for one that does not end where it was cut."""
    text = cell.decode()
    if '"' not in text:
        return text
    if text[0] == text[-1] == '"' and text.count('"') == 2:
        return text[1:-1]
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True))[0]
    except csv.Error:
        return None


def _record(
    block: TableBlock, lines: _Lines, line: int, place: RowPlace
) -> tuple[int, dict[str, str], list[Fault] | None]:
    """Read a row that begins in a line; return the line after it, its cells by column, and what is wrong with it."""
    raw, names = block.text, block.header.names
    texts = (raw[lines.starts[one] : lines.ends[one]].decode() for one in range(line, len(lines.starts)))
    reader = csv.reader(texts, delimiter=block.header.delimiter, strict=True)
    try:
        cells = next(reader, [])
    except csv.Error as error:
        broken, after = broken_row(error), line + 1
        if broken.too_long:
            rest = raw[lines.starts[line] : lines.ends[-1]].decode("latin-1")
            after = line + next(table_rows(rest, block.header.delimiter)).after
        return after, {}, [fault_of_row(place, broken.message, broken.hint)]
    except UnicodeDecodeError:
        hint = "Save the file with the encoding UTF-8."
        return line + 1, {}, [fault_of_row(place, "This is not UTF-8 text (a byte that no letter has).", hint)]
    after = line + reader.line_num
    if long := long_row(after - line):
        return after, {}, [fault_of_row(place, long.message, long.hint)]
    if len(cells) != len(names) and any(cell.strip() for cell in cells):
        message = f"This row has {len(cells)} cells, the first row has {len(names)}."
        return after, {}, [fault_of_row(place, message)]
    return after, dict(zip(names, cells, strict=False)), None


# ---- the first row of a table, and where rows end ----

_QUOTE = b'"'


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
