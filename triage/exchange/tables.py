"""Rows of tables as text: read at once where every reader agrees about them, strictly row by row elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from triage.documents.bounded_reading import LONGEST
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import table_rows
from triage.exchange.cell_texts import CellsOfText, Coded
from triage.exchange.regular_rows import rows_of_text, whole_rows
from triage.exchange.text_tables import texts_of
from triage.foreign.cells import Wrong
from triage.foreign.columns import together
from triage.foreign.form import ColumnRows, RowFault

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from triage.exchange.regular_rows import RowsOfText
    from triage.exchange.text_tables import TextTable
    from triage.foreign.cells import AnsweredBy
    from triage.foreign.columns import Columns
    from triage.foreign.form import ForeignFile, Row

__all__ = ["TableRows"]

_SEVERAL = ";"


@dataclass(frozen=True)
class TableRows:
    """A table that is ready to be read."""

    file: ForeignFile
    table: TextTable
    columns: Columns
    remarks: Sequence[Problem] = field(default=())

    @property
    def note(self) -> str:
        """What is added to the words for its form."""
        return self.columns.note

    def rows(self) -> Iterator[Row | RowFault | ColumnRows]:
        """Yield the rows in order.

        Raises:
            DataFault: there is no row, or a byte has no meaning in the encoding.

        """
        met = False
        for one in self._rows():
            met = True
            yield one
        if not met:
            raise DataFault([Problem(Place(self.file.source), "This table has no row below its first one.")])

    def _rows(self) -> Iterator[Row | RowFault | ColumnRows]:
        line = self.table.first_line
        held = b""
        strict = False
        for text in chain(texts_of(self.file, self.table), [None]):
            ended = text is None
            held += text or (b"" if not held or held.endswith(b"\n") else b"\n")
            whole = 0 if strict else len(held) if ended else whole_rows(held)
            found = rows_of_text(held[:whole], self.table.delimiter, len(self.columns.names)) if whole else None
            # Once readers may disagree about a row, it is no longer sure where the next one begins.
            strict = strict or (whole > 0 and found is None) or len(held) > LONGEST
            if found is not None:
                yield from self._block(held[:whole], line, found)
            elif strict:
                whole = yield from self._strictly(held, line, ended=ended or len(held) > LONGEST)
            line += held.count(b"\n", 0, whole)
            held = held[whole:]

    # ---- many rows at once ----

    def _block(self, text: bytes, line: int, found: RowsOfText) -> Iterator[Row | RowFault | ColumnRows]:
        odd = np.flatnonzero(~found.fit & ~found.blank)
        chosen = found.fit & ~found.blank
        lines = found.lines[chosen] + line
        if not chosen.all():
            stretches = zip(found.starts[chosen].tolist(), found.ends[chosen].tolist(), strict=True)
            fitting = b"".join(text[start:end] for start, end in stretches)
            again = rows_of_text(fitting, self.table.delimiter, len(self.columns.names)) if fitting else None
            if again is not None:
                yield from self._judged(CellsOfText(fitting, again, self.table.delimiter), lines, len(fitting))
        else:
            yield from self._judged(CellsOfText(text, found, self.table.delimiter), lines, len(text))
        for row in odd.tolist():
            piece = text[found.starts[row] : found.ends[row]]
            yield from self._strictly(piece, line + int(found.lines[row]), ended=True)

    def _judged(self, cells: CellsOfText, lines: NDArray[np.intp], size: int) -> Iterator[RowFault | ColumnRows]:
        columns = self.columns
        wrong = np.zeros(len(lines), np.bool_)
        faults: list[tuple[int, RowFault]] = []
        answers: dict[str, Any] = {}
        beside = {}
        for name, needed in columns.beside.items():
            different, of_row = cells.together(needed)
            beside[name] = Coded([columns.said_beside(one) for one in different], of_row)
        ids = beside.get("id")

        def faulty(rows: NDArray[np.intp], one: AnsweredBy | None, said: Wrong) -> None:
            wrong[rows] = True
            for row in rows.tolist():
                name = ids.text(row) if ids is not None else ""
                question = one.question if one else None
                found = RowFault(said.message, said.hint, int(lines[row]), None, name or None, question, said.found)
                faults.append((row, found))

        for one in columns.answers:
            keys, numbers = cells.together(one.needed)
            texts: list[str] = []
            for number, key in enumerate(keys):
                value = columns.value(one, key)
                if isinstance(value, Wrong):
                    faulty(np.flatnonzero(numbers == number), one, value)
                texts.append("" if isinstance(value, Wrong) else _SEVERAL.join(value))
            answers[one.question] = _array(numbers, texts)
        for at in columns.nameless:
            nameless = cells.of(at)
            for number, text in enumerate(nameless.texts):
                if text.strip():
                    faulty(np.flatnonzero(nameless.numbers == number), None, Wrong(columns.of_nameless(at), text))
        faults.sort(key=lambda one: one[0])
        for _, same in groupby(faults, key=lambda one: one[0]):
            yield together([fault for _, fault in same])
        arrays = {
            name: _array((kept := cells.of(at)).numbers, kept.texts)
            for name, at in columns.kept.items()
            if name not in answers
        }
        arrays.update((key, _array(one.numbers, [text or None for text in one.texts])) for key, one in beside.items())
        batch = pa.RecordBatch.from_pydict({**arrays, **answers})
        good = np.flatnonzero(~wrong)
        if good.size:
            batch = batch if good.size == batch.num_rows else _taken(batch, good)
            yield ColumnRows(batch, lines[good], size=size)

    # ---- row by row ----

    def _strictly(self, text: bytes, line: int, *, ended: bool) -> Generator[Row | RowFault, None, int]:
        """Yield the rows of a text and return how many bytes of it they are; what is open at its end may go on."""
        names = self.columns.names
        last = len(text) if ended else text.rfind(b"\n") + 1
        for row in table_rows(text[:last].decode("utf-8", "replace"), self.table.delimiter):
            at = line + row.first
            if not row.closed and not ended:
                return sum(len(one) + 1 for one in text.split(b"\n", row.first)[: row.first])
            if row.wrong is not None:
                yield RowFault(row.wrong.message, row.wrong.hint, at)
                continue
            if not any(cell.strip() for cell in row.cells):
                continue
            cells = self._fitted(row.cells)
            if cells is None:
                yield RowFault(f"This row has {len(row.cells)} cells, the first row has {len(names)}.", None, at)
                continue
            yield self.columns.row(cells, at, None)
        return last

    def _fitted(self, cells: list[str]) -> list[str] | None:
        """Return as many cells as there are columns; blank ones at the end may be too many or too few."""
        many = len(self.columns.names)
        if len(cells) > many and not any(cell.strip() for cell in cells[many:]):
            return cells[:many]
        missing = range(len(cells), many)
        if missing and all(at in self.columns.nameless for at in missing):
            return [*cells, *("" for _ in missing)]
        return cells if len(cells) == many else None


def _array(numbers: NDArray[np.int64], texts: Sequence[str | None]) -> Any:
    """Return texts as a column of Arrow; made by hand, since asking Arrow for it would load pandas first."""
    indices = pa.Int32Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(numbers.astype(np.int32))])
    written = [(text or "").encode("utf-8", "replace") for text in texts]
    offsets = np.cumsum([0, *map(len, written)], dtype=np.int32)
    there = np.packbits([text is not None for text in texts], bitorder="little")
    buffers = [pa.py_buffer(one) for one in (there, offsets, b"".join(written))]
    return pa.DictionaryArray.from_arrays(
        indices, pa.StringArray.from_buffers(len(texts), buffers[1], buffers[2], buffers[0])
    )


def _taken(batch: pa.RecordBatch, rows: NDArray[np.intp]) -> pa.RecordBatch:
    return batch.take(pa.Int64Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows.astype(np.int64))]))
