"""Columns of Parquet files and of tables in memory as bits: each different value of a column is read once.

What a value means is asked of the exact reader of saved answers. A row with a value that it does not find right, or
that it has to see as a whole, is left to it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from triage.answers.bit_layout import WORD_BITS
from triage.answers.conversion import changes_meanings
from triage.answers.files import cell_value
from triage.answers.reading import ABOUT, may_be_misplaced
from triage.answers.row_faults import fault_of_row
from triage.batch.reading.arrow import (
    blank,
    holds_texts,
    is_index,
    lengths,
    missing,
    names_inside,
    numbered,
    picked,
    usual,
)
from triage.batch.reading.blocks import RowsRead
from triage.documents.json_values import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from triage.answers.bit_layout import BitLayout
    from triage.answers.exact_reader import ExactReader
    from triage.answers.row_faults import Fault, GoodRow, RowPlace
    from triage.circuit.machine_words import Numbers, Places, Words
    from triage.protocol.questionnaire import Question

    Bools = NDArray[np.bool_]

__all__ = ["ColumnReader", "column_to_keep", "whole_number"]

_ANSWERS = "answers"
_NOT_READABLE = (UnicodeDecodeError, OverflowError, ValueError, pa.ArrowException)
"""What Arrow raises for values that have no form here: text that is not UTF-8, dates beyond all calendars."""
_MOST_EXACT = 2**53
"""Whole numbers beyond this may have become others before they came here."""
_WRONG, _LONELY = 1, 2
"""Flags of a code in a list: it is not right, or it is right only by itself."""


@dataclass(frozen=True)
class _Columns:
    """The columns of a table: those that answer, and all the others."""

    answers: Mapping[str, Any]
    beside: Mapping[str, Any]


class ColumnReader:
    """Reads Arrow record batches."""

    def __init__(self, layout: BitLayout, exact: ExactReader, keep: Sequence[str] = ()) -> None:
        self._layout = layout
        self._exact = exact
        self._keep = tuple(keep)
        self._meanings = exact.meanings

    def read(self, batch: pa.RecordBatch, place: Callable[[int], RowPlace]) -> RowsRead:
        """Read the rows of a batch; ``place`` says where each of them stands."""
        try:
            return self._read(batch, place)
        except _NOT_READABLE:
            return self._read_one_by_one(batch, place)

    def _read_one_by_one(self, batch: pa.RecordBatch, place: Callable[[int], RowPlace]) -> RowsRead:
        """Find the rows with a value that is not even text or a date that exists; the others are read all the same."""
        # A dictionary holds the texts of all rows, and one of them may be the one that cannot be read.
        columns = [column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch]
        batch = pa.RecordBatch.from_arrays(columns, names=batch.schema.names, metadata=batch.schema.metadata)
        parts = [(0, self._read(batch.slice(0, 0), place))]
        left: list[tuple[int, GoodRow | list[Fault]]] = []
        for row in range(batch.num_rows):
            try:
                part = self._read(batch.slice(row, 1), lambda _, row=row: place(row))  # type: ignore[misc]
            except _NOT_READABLE as error:
                reason = str(error).strip().splitlines()[0]
                left.append((row, [fault_of_row(place(row), f"A value of this row cannot be read: {reason}.")]))
            else:
                parts.append((row, part))
                left += [(row, read) for _, read in part.left]
        return RowsRead(
            good=np.concatenate([part.good + row for row, part in parts]),
            answers=np.concatenate([part.answers for _, part in parts], axis=1),
            ids=[one for _, part in parts for one in part.ids],
            left=left,
            kept=self._kept(batch),
            names=parts[0][1].names,
        )

    def _read(self, batch: pa.RecordBatch, place: Callable[[int], RowPlace]) -> RowsRead:
        columns = self._sorted(batch)
        kept = self._kept(batch)
        for column in kept.values():
            column.validate(full=True)
        right = np.ones(batch.num_rows, np.bool_)
        answers = np.zeros((self._layout.words, batch.num_rows), np.uint64)
        for name, column in columns.answers.items():
            question = self._layout.questionnaire.by_id.get(name)
            right &= blank(column) if question is None else self._read_answers(question, column, answers)
        for name, column in columns.beside.items():
            if name in ABOUT:
                right &= self._is_right_beside(name, column)
            elif self._may_be_misplaced(name):
                right &= blank(column)
        good = np.flatnonzero(right)
        return RowsRead(
            good=good,
            answers=answers[:, good],
            ids=self._ids(columns.beside.get("id"), good),
            left=self._read_left(columns, np.flatnonzero(~right), place),
            kept=kept,
            names=(*batch.schema.names, *names_inside(batch.schema)),
        )

    def _kept(self, batch: pa.RecordBatch) -> dict[str, Any]:
        found = {name: column_to_keep(batch, name) for name in self._keep}
        return {name: pa.nulls(batch.num_rows) if column is None else column for name, column in found.items()}

    def _sorted(self, batch: pa.RecordBatch) -> _Columns:
        """Tell the columns that answer from the others.

        Answers may also stand in one column named ``answers``; other columns beside it are then left alone, as other
        keys are in a line of JSON.
        """
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        held = columns.pop(_ANSWERS, None)
        if held is not None and pa.types.is_struct(held.type):
            inside = dict(zip(held.type.names, held.flatten(), strict=True))
            return _Columns(self._usual(inside), self._usual(columns))
        if held is not None:
            columns[_ANSWERS] = held
        is_question = self._layout.questionnaire.is_question
        aside = {
            name for name in columns if not is_question(name) and (name in self._keep or is_index(name, batch.schema))
        }
        aside.update(ABOUT)
        return _Columns(
            self._usual({name: column for name, column in columns.items() if name not in aside}),
            self._usual({name: column for name, column in columns.items() if name in aside}),
        )

    def _usual(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """Return columns in usual forms but those that are only carried along; bytes are text where text is wanted."""
        wanted = {*self._layout.questionnaire.by_id, *self._layout.questionnaire.former_by_question, *ABOUT}
        found = {
            name: column if name in self._keep and name not in wanted else usual(column, bytes_too=name in wanted)
            for name, column in columns.items()
        }
        answered = found.get("answered_at")
        if answered is not None and pa.types.is_temporal(answered.type):
            found["answered_at"] = answered.cast(pa.string())
        return found

    def _may_be_misplaced(self, name: str) -> bool:
        asked_for = name in self._keep and not self._layout.questionnaire.is_question(name)
        return not asked_for and may_be_misplaced(name, self._layout.questionnaire)

    # ---- answers ----

    def _read_answers(self, question: Question, column: Any, answers: Words) -> Bools:
        """Add the bits of a column where they are certain, and return where they are."""
        word = self._layout.bit(question.id, question.codes[0]) // WORD_BITS
        if not self._layout.fits_a_word(question):
            return blank(column)
        if holds_texts(column.type):
            texts, numbers = numbered(column)
            known = [self._meanings.of_cell(question.id, text) for text in texts] + [0]
            answers[word] |= np.array([(one or 0) >> WORD_BITS * word for one in known], np.uint64).take(numbers)
            return np.array([one is not None for one in known], np.bool_).take(numbers)
        if pa.types.is_list(column.type) and holds_texts(column.type.value_type):
            return self._read_lists(question, column, answers[word], WORD_BITS * word)
        return missing(column)

    def _read_lists(self, question: Question, column: Any, word: Numbers, shift: int) -> Bools:
        codes, numbers = numbered(column.flatten())
        known = [self._code(question, code) for code in codes] + [(0, _WRONG)]
        flags = np.array([flag for _, flag in known], np.uint8)
        bits = np.array([number >> shift for number, _ in known], np.uint64)
        many = lengths(column)
        filled = np.flatnonzero(many)
        fits = np.ones(len(column), np.bool_)
        if filled.size:
            starts = (np.cumsum(many) - many)[filled]
            met = np.bitwise_or.reduceat(flags.take(numbers), starts)
            right = met & np.where(many[filled] > 1, _WRONG | _LONELY, _WRONG) == 0
            word[filled] |= np.where(right, np.bitwise_or.reduceat(bits.take(numbers), starts), np.uint64(0))
            fits[filled] = right
        return fits

    def _code(self, question: Question, code: str) -> tuple[int, int]:
        """Return the bits and flags of a code in a list."""
        number = self._meanings.number_if_right(question.id, [code]) if code else None
        flag = 0 if self._meanings.goes_with_others(question.id, code) else _LONELY
        return (0, _WRONG) if number is None else (number, flag)

    # ---- beside the answers ----

    def _is_right_beside(self, name: str, column: Any) -> Bools:
        if name == "id":
            return ids_as_texts(column)[1]
        if not holds_texts(column.type):
            return blank(column)
        texts, numbers = numbered(column)
        if name == "questionnaire":
            known = [text in ("", self._layout.questionnaire.questionnaire) for text in texts]
        else:
            asked = self._layout.questionnaire
            known = [
                text.isascii() and text.isprintable() and not changes_meanings(asked, name, text) for text in texts
            ]
        return np.array([*known, True], np.bool_).take(numbers)

    def _ids(self, column: Any, rows: Places) -> list[bytes | None]:
        if column is None:
            return [None] * len(rows)
        said = ids_as_texts(column)[0].take(pa.array(rows)).to_pylist()
        return as_json([text or None for text in said])

    # ---- rows that only the exact reader can judge ----

    def _read_left(
        self, columns: _Columns, rows: Places, place: Callable[[int], RowPlace]
    ) -> list[tuple[int, GoodRow | list[Fault]]]:
        if not rows.size:
            return []
        chosen = pa.array(rows)
        misplaced = [name for name in columns.beside if self._may_be_misplaced(name)]
        beside = {name: columns.beside[name] for name in (*ABOUT, *misplaced) if name in columns.beside}
        about = {name: picked(column, chosen).to_pylist() for name, column in beside.items()}
        said = {name: picked(column, chosen).to_pylist() for name, column in columns.answers.items()}
        left: list[tuple[int, GoodRow | list[Fault]]] = []
        for at, row in enumerate(rows.tolist()):
            raw = {name: values[at] for name, values in about.items() if values[at] is not None}
            answers = {name: _as_cell(values[at]) for name, values in said.items()}
            raw["answers"] = {name: value for name, value in answers.items() if _says_something(value)}
            left.append((row, self._exact.read(raw, place(row))))
        return left


def ids_as_texts(column: Any) -> tuple[Any, Bools]:
    """Return ids as texts, and which rows have one that is a text or a whole number, or none."""
    kind = column.type
    if holds_texts(kind):
        return column, np.ones(len(column), np.bool_)
    if pa.types.is_integer(kind):
        return column.cast(pa.string()), np.ones(len(column), np.bool_)
    if not (pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return pa.nulls(len(column), pa.string()), missing(column)
    texts = pa.array(map(whole_number, column.to_pylist()), pa.string())
    return texts, ~missing(texts) | missing(column)


def whole_number(number: float | Decimal | None) -> str | None:
    """Return a number as text if it is whole: whole numbers become fractions where some of a column are missing."""
    if number is None or not math.isfinite(number) or (isinstance(number, float) and abs(number) > _MOST_EXACT):
        return None
    return str(int(number)) if int(number) == number else None


def _as_cell(value: Any) -> Any:
    return cell_value(value) if isinstance(value, str) else value


def _says_something(value: Any) -> bool:
    return value not in (None, "", []) and not (isinstance(value, float) and math.isnan(value))


def column_to_keep(batch: pa.RecordBatch, name: str) -> Any:
    """Return a column as it came, also from inside one that holds the answers; None where there is none."""
    if name in batch.schema.names:
        return batch.column(name)
    if _ANSWERS in batch.schema.names:
        held = batch.column(_ANSWERS)
        if pa.types.is_struct(held.type) and name in held.type.names:
            return held.flatten()[held.type.names.index(name)]
    return None
