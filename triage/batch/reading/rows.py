"""Blocks as rows: the answers of every good row as bits, in input order, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa

from triage.answers.exact_reader import ExactReader
from triage.answers.former_report import FormerReport
from triage.answers.row_faults import Fault, GoodRow
from triage.batch.reading.arrow import is_column, joined, picked
from triage.batch.reading.blocks import ColumnBlock, FaultBlock, LineBlock, RowBlock, RowsRead, TableBlock
from triage.batch.reading.lines import LineReader, values_kept
from triage.circuit.machine_words import as_words
from triage.documents.json_values import value_as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.answers.bit_layout import BitLayout
    from triage.batch.reading.arrow import Kept
    from triage.batch.reading.blocks import Block, FileLines, RowPlaces
    from triage.batch.reading.columns import ColumnReader
    from triage.batch.reading.tables import TableReader
    from triage.circuit.machine_words import Places, Words

__all__ = ["RowReader", "Rows", "together"]

_NO_ROWS = np.zeros(0, np.intp)


@dataclass(frozen=True)
class Rows:
    """Some rows of the input, in input order."""

    answers: Words
    """A column for each good row."""
    ids: list[bytes]
    """The id of each, as JSON."""
    named: list[bool] | None
    """Whether the row itself says its id; None where all do."""
    kept: Kept
    """By column to carry along: the value of each good row."""
    numbers: Places
    """Which rows of the block these are, from 0."""
    places: FileLines
    """The file and the lines that the good rows came from, in order; rows instead of lines where there are none."""
    faults: list[Fault]
    bad: int
    """How many rows are at fault; a row may have several faults."""
    columns: frozenset[str] = frozenset()
    """The names of columns that were met, where some are to be carried along."""
    former: FormerReport = field(default_factory=FormerReport)
    """What is to be told of rows that answer an earlier questionnaire."""

    @classmethod
    def nothing(cls, layout: BitLayout, keep: Iterable[str] = (), faults: Iterable[Fault] = ()) -> Rows:
        """Return no good rows, and what is wrong with a file or with rows that cannot be read."""
        listed = list(faults)
        bad = sum(not fault.of_file for fault in listed)
        return cls(as_words((), layout.words), [], None, {name: [] for name in keep}, _NO_ROWS, [], listed, bad)


def together(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several parts as one."""
    if len(parts) == 1:
        return parts[0]
    named = None
    if any(part.named is not None for part in parts):
        named = [one for part in parts for one in (part.named or [True] * len(part.ids))]
    former = FormerReport()
    for part in parts:
        former.add_all(part.former)
    return Rows(
        answers=np.concatenate([part.answers for part in parts], axis=1),
        ids=[one for part in parts for one in part.ids],
        named=named,
        kept={name: joined([part.kept[name] for part in parts]) for name in parts[0].kept},
        numbers=np.concatenate([part.numbers for part in parts]),
        places=[place for part in parts for place in part.places],
        faults=[fault for part in parts for fault in part.faults],
        bad=sum(part.bad for part in parts),
        columns=frozenset().union(*(part.columns for part in parts)),
        former=former,
    )


class RowReader:
    """Reads blocks of any kind."""

    def __init__(self, layout: BitLayout, keep: Sequence[str] = ()) -> None:
        self._layout = layout
        self._keep = tuple(keep)
        self._exact = ExactReader(layout, keep)
        self._lines = LineReader(layout, self._exact, keep)

    def read(self, block: Block) -> Rows:
        """Read a block."""
        match block:
            case LineBlock():
                return self._put_together(self._lines.read(block), block.at)
            case TableBlock():
                return self._put_together(self._tables.read(block), block.at)
            case ColumnBlock():
                return _told(self._put_together(self._columns.read(block.batch, block.at.of), block.at), block)
            case RowBlock():
                return _told(self._put_together(self._read_exactly(block), block.at), block)
            case FaultBlock(faults):
                return Rows.nothing(self._layout, self._keep, faults)

    @cached_property
    def _columns(self) -> ColumnReader:
        from triage.batch.reading.columns import ColumnReader

        return ColumnReader(self._layout, self._exact, self._keep)

    @cached_property
    def _tables(self) -> TableReader:
        from triage.batch.reading.tables import TableReader

        return TableReader(self._exact, self._columns, self._keep)

    def _read_exactly(self, block: RowBlock) -> RowsRead:
        read = [(number, self._exact.read(raw, block.at.of(number))) for number, raw in enumerate(block.rows)]
        kept = {name: np.full(len(read), None, np.object_) for name in self._keep}
        met = values_kept([(number, row.raw) for number, row in read if isinstance(row, GoodRow)], self._keep, kept)
        return RowsRead(_NO_ROWS, as_words((), self._layout.words), [], read, kept, met)

    def _put_together(self, read: RowsRead, at: RowPlaces) -> Rows:
        """Put good rows from both readers together, in input order."""
        rows, answers, ids = read.good, read.answers, read.ids
        good = [(row, one) for row, one in read.left if isinstance(one, GoodRow)]
        faulty = [one for _, one in read.left if not isinstance(one, GoodRow)]
        if good:
            rows = np.concatenate((rows, np.array([row for row, _ in good], np.intp)))
            order = np.argsort(rows, kind="stable")
            rows = rows[order]
            others = as_words((row.number for _, row in good), self._layout.words)
            answers = np.concatenate((answers, others), axis=1)[:, order]
            both = [*ids, *(value_as_json(row.id) if row.named else None for _, row in good)]
            ids = [both[one] for one in order.tolist()]
        named = [said is not None for said in ids] if None in ids else None
        if named is not None:
            unnamed = zip(rows.tolist(), ids, strict=True)
            ids = [value_as_json(at.of(row).unnamed) if one is None else one for row, one in unnamed]
        kept = {
            name: picked(one, pa.array(rows)) if is_column(one) else one[rows].tolist()
            for name, one in read.kept.items()
        }
        met = (name for name, one in kept.items() if not is_column(one) and one.count(None) < len(one))
        return Rows(
            answers=answers,
            ids=cast("list[bytes]", ids),
            named=named,
            kept=kept,
            numbers=rows,
            places=at.by_file(rows),
            faults=[fault for faults in faulty for fault in faults],
            bad=len(faulty),
            columns=frozenset((*read.names, *met)) if self._keep else frozenset(),
            former=_former(row for _, row in good),
        )


def _told(rows: Rows, block: RowBlock | ColumnBlock) -> Rows:
    """Return rows with as many faults of each as are to be told."""
    if not block.one_fault_a_row or len(rows.faults) == rows.bad:
        return rows
    faults = []
    for _, same in groupby(rows.faults, key=lambda fault: (fault.line, fault.row)):
        first, *others = same
        more = f" {len(others)} more of this row {'are' if len(others) > 1 else 'is'} wrong." if others else ""
        faults.append(replace(first, message=first.message + more))
    return replace(rows, faults=faults)


def _former(rows: Iterable[GoodRow]) -> FormerReport:
    report = FormerReport()
    for row in rows:
        if row.earlier is not None:
            report.add(row.id, row.earlier.taken_over, row.earlier.ask_again)
    return report
