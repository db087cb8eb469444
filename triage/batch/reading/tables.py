"""Rows of comma-separated values as bits: each cell is looked up among the cells its column held before.

A cell that was never met is read by the exact reader of saved answers, once. A row with a cell that is not understood,
with too many or too few cells, or inside quotation marks that go on over a line end, is left to the exact reader.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.answers.conversion import VERSIONS
from triage.answers.files import cell_value
from triage.answers.reading import ABOUT
from triage.batch.judging.bits import WORD_BITS
from triage.batch.judging.faults import Fault, GoodRow, fault_of_row
from triage.batch.reading.blocks import MARGIN, TableHeader, Text, different_pieces
from triage.batch.reading.lines import LinesRead, lines_not_utf8
from triage.documents.document import decode
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import broken_row, lines_with_returns, long_row, table_rows, wrong_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from triage.batch.judging.bits import BitLayout, Numbers, Places, Words
    from triage.batch.judging.exact import ExactReader
    from triage.batch.judging.faults import RowPlace
    from triage.batch.judging.meanings import AnswerMeanings
    from triage.batch.reading.files import InputFile

__all__ = ["TableReader", "read_header"]

_MOST_CELLS = 50_000
"""Different cells remembered; if there are more, all are forgotten."""
_LOOKED_AT = ("questionnaire", *VERSIONS)
"""Columns beside the answers that have right values and wrong ones, or say what answers mean."""
_NEVER_MET, _GOOD, _WRONG = range(3)
"""States of a cell in a column."""
_NOT_PLAIN = re.compile(rb'["\\]')
_NOT_PLAIN_CODE = re.compile(rb'["\\;]|^ | $', re.MULTILINE)


class _Column:
    """What the cells of one column mean, by the number of the cell."""

    def __init__(self, layout: BitLayout, meanings: AnswerMeanings, name: str, delimiter: str) -> None:
        self._layout = layout
        self._meanings = meanings
        self._name = name
        self._delimiter = delimiter
        self._question = layout.questionnaire.by_id.get(name)
        first = layout.bit(name, self._question.codes[0]) if self._question else 0
        self.word = first // WORD_BITS
        self.forget()

    def forget(self) -> None:
        """Forget all cells, since their numbers mean nothing any more."""
        self._states = np.zeros(0, np.uint8)
        self._bits = np.zeros(0, np.uint64)

    def of(self, numbers: Places, cells: Sequence[bytes]) -> tuple[NDArray[np.bool_], Numbers]:
        """Return whether each cell is good, and its bits; ``cells`` are all that have a number."""
        more = len(cells) - len(self._states)
        if more:
            self._states = np.concatenate((self._states, np.full(more, _NEVER_MET, np.uint8)))
            self._bits = np.concatenate((self._bits, np.zeros(more, np.uint64)))
        states = self._states.take(numbers)
        new = np.flatnonzero(states == _NEVER_MET)
        if new.size:
            for number in np.unique(numbers[new]).tolist():
                meaning = self._meaning(cells[number])
                self._states[number] = _WRONG if meaning is None else _GOOD
                self._bits[number] = meaning or 0
            states = self._states.take(numbers)
        return states == _GOOD, self._bits.take(numbers)

    def _meaning(self, piece: bytes) -> int | None:
        """Return the bits of a cell in the column's word, or None where only the exact reader can judge it."""
        try:
            read = next(csv.reader([piece.decode()], delimiter=self._delimiter, strict=True), [""])
        except (csv.Error, UnicodeDecodeError):
            return None
        if len(read) == 1 and not read[0].strip():
            return 0
        value = cell_value(read[0]) if len(read) == 1 else None
        if self._question is None:
            beside = self._name in _LOOKED_AT and value is not None
            return 0 if beside and self._meanings.may_stand_beside(self._name, value) else None
        if not self._layout.fits_a_word(self._question):
            return None
        number = self._meanings.number_if_right(self._name, value)
        return None if number is None else number >> WORD_BITS * self.word


class TableReader:
    """Reads the rows of one table."""

    def __init__(self, layout: BitLayout, header: TableHeader, exact: ExactReader, keep: Sequence[str] = ()) -> None:
        self._header = header
        self._is_question = layout.questionnaire.is_question
        self._words = layout.words
        self._exact = exact
        self._keep = tuple(keep)
        self._numbers: dict[bytes, int] = {}
        """A number for every cell, together with what ends it, in the order they were met."""
        self._cells: list[bytes] = []
        """By number: the cell without what ends it."""
        aside = [
            name for name in (*ABOUT, *keep) if not layout.questionnaire.is_question(name) and name not in _LOOKED_AT
        ]
        self._texts_of = {name for name in header.names if name in (*aside, *keep)}
        self._columns = {
            at: _Column(layout, exact.meanings, name, header.delimiter)
            for at, name in enumerate(header.names)
            if name not in aside
        }

    def read(self, text: bytes) -> LinesRead:
        """Read whole rows; the text has margins."""
        seen = Text(text)
        here = seen.bytes[MARGIN:-MARGIN]
        cuts = here == ord(self._header.delimiter)
        cuts |= here == ord("\n")
        places = np.flatnonzero(cuts)
        last = np.flatnonzero(here[places] == ord("\n"))
        after = places + (MARGIN + 1)
        ends = after - 1
        starts = np.concatenate((np.full(1, MARGIN), after[:-1]))
        ends[last] -= seen.bytes[ends[last] - 1] == ord("\r")
        first = np.concatenate((np.zeros(1, np.intp), last[:-1] + 1))
        counts = last - first + 1
        line_starts, line_ends = starts[first], after[last]
        empty = (counts == 1) & (starts[first] >= ends[last])
        good = counts == len(self._header.names)
        good[self._not_by_themselves(text[MARGIN:-MARGIN])] = False
        good[lines_not_utf8(text, line_starts, line_ends)] = False
        good &= ~empty
        chosen = np.flatnonzero(good)
        cells = first[chosen][:, None] + np.arange(len(self._header.names))
        numbers = self._numbers_of(seen, after, cells)
        answers, ids, kept, right = self._read_cells(seen, starts[cells], ends[cells], numbers)
        good[chosen[~right]] = False
        return LinesRead(
            raw=text,
            starts=line_starts,
            ends=line_ends,
            good=chosen[right],
            answers=answers[:, right],
            ids=ids[right].tolist(),
            kept={name: values[right].tolist() for name, values in kept.items()},
            left=np.flatnonzero(~good & ~empty),
        )

    def _not_by_themselves(self, raw: bytes) -> list[int]:
        """Return the lines that are parts of longer rows, and those that are or may be broken."""
        found = lines_with_returns(raw)
        if b'"' in raw:
            for row in table_rows(raw.decode("latin-1"), self._header.delimiter):
                if row.after - row.first > 1 or row.wrong:
                    found += range(row.first, row.after)
        return found

    def _numbers_of(self, text: Text, after: Places, cells: Places) -> Places:
        """Return the numbers of the cells of rows, -1 for those whose values differ from row to row."""
        if len(self._cells) > _MOST_CELLS:
            self._numbers, self._cells = {}, []
            for column in self._columns.values():
                column.forget()
        left_out = np.ones(len(after), np.bool_)
        left_out[cells[:, list(self._columns)]] = False
        different, which = different_pieces(text, after, left_out)
        for piece in different:
            if piece not in self._numbers:
                self._numbers[piece] = len(self._cells)
                self._cells.append(piece[: -2 if piece.endswith(b"\r\n") else -1])
        numbers = np.array([*map(self._numbers.__getitem__, different), -1], np.intp)
        return numbers.take(which)[cells]

    def _read_cells(
        self, text: Text, starts: Places, ends: Places, numbers: Places
    ) -> tuple[Words, NDArray[np.object_], dict[str, NDArray[np.object_]], NDArray[np.bool_]]:
        """Return the answers, ids and kept values of rows, and which rows are right as they stand."""
        rows = len(starts)
        answers = np.zeros((self._words, rows), np.uint64)
        right = np.ones(rows, np.bool_)
        values = {name: np.full(rows, None, np.object_) for name in ("id", *self._keep)}
        for at, name in enumerate(self._header.names):
            if name in self._texts_of:
                texts = self._texts(text, starts[:, at], ends[:, at], right, codes=name in ABOUT)
                if name in values:
                    values[name][:] = texts
            column = self._columns.get(at)
            if column is not None:
                good, bits = column.of(np.ascontiguousarray(numbers[:, at]), self._cells)
                right &= good
                answers[column.word] |= bits
        # A row without an answer may be no row at all.
        right &= answers.any(axis=0)
        return answers, values["id"], {name: values[name] for name in self._keep}, right

    def _texts(
        self, text: Text, begins: Places, ends: Places, right: NDArray[np.bool_], *, codes: bool
    ) -> list[bytes | None]:
        """Return cells as JSON; rows whose cells need a closer look are marked as not right."""
        raw = text.raw
        cells = [raw[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        if _plain(b"\n".join(cells), codes=codes):
            return [b'"' + cell + b'"' if cell else None for cell in cells]
        values: list[bytes | None] = []
        for row, cell in enumerate(cells):
            if not _plain(cell, codes=codes):
                right[row] = False
            values.append(b'"' + cell + b'"' if cell else None)
        return values

    # ---- rows that only the exact reader can judge ----

    def exact(
        self, read: LinesRead, place: Callable[[int], RowPlace]
    ) -> Iterator[tuple[int, int, GoodRow | list[Fault] | None]]:
        """Yield the rows that were left: the line each begins in, the one after it, and the row, if it is not empty."""
        after = 0
        for line in read.left.tolist():
            if line >= after:
                after, row = self._record(read, line, place(line))
                yield line, after, row

    def _record(self, read: LinesRead, line: int, place: RowPlace) -> tuple[int, GoodRow | list[Fault] | None]:
        lines = (read.line(one).decode() for one in range(line, len(read.starts)))
        reader = csv.reader(lines, delimiter=self._header.delimiter, strict=True)
        try:
            cells = next(reader, [])
        except csv.Error as error:
            broken, after = broken_row(error), line + 1
            if broken.too_long:
                rest = read.raw[read.starts[line] : read.ends[-1]].decode("latin-1")
                after = line + next(table_rows(rest, self._header.delimiter)).after
            return after, [fault_of_row(place, broken.message, broken.hint)]
        except UnicodeDecodeError:
            hint = "Save the file with the encoding UTF-8."
            return line + 1, [fault_of_row(place, "This is not UTF-8 text (a byte that no letter has).", hint)]
        after = line + reader.line_num
        if long := long_row(after - line):
            return after, [fault_of_row(place, long.message, long.hint)]
        if not any(cell.strip() for cell in cells):
            return after, None
        names = self._header.names
        if len(cells) != len(names):
            message = f"This row has {len(cells)} cells, the first row has {len(names)}."
            return after, [fault_of_row(place, message)]
        said = {name: cell_value(cell) for name, cell in zip(names, cells, strict=True) if cell.strip()}
        about = {name: said.pop(name) for name in ABOUT if name in said}
        for name in self._keep:
            if not self._is_question(name):
                said.pop(name, None)
        row = self._exact.read({**about, "answers": said}, place)
        if isinstance(row, GoodRow):
            kept: dict[str, Any] = {name: cell for name, cell in zip(names, cells, strict=True) if name in self._keep}
            row = replace(row, raw={name: cell for name, cell in kept.items() if cell})
        return after, row


def _plain(cells: bytes, *, codes: bool) -> bool:
    """Whether cells, one a line, mean just what is written and can stand in JSON as they are."""
    if (_NOT_PLAIN_CODE if codes else _NOT_PLAIN).search(cells):
        return False
    try:
        return cells.replace(b"\n", b"").decode().isprintable()
    except UnicodeDecodeError:
        return False


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
