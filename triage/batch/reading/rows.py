"""Blocks as rows: the answers of every good row as bits, in input order, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from triage.answers.former_report import FormerReport
from triage.batch.judging.exact import ExactReader
from triage.batch.judging.faults import Fault, GoodRow
from triage.batch.reading.arrow import names_inside
from triage.batch.reading.blocks import ColumnBlock, FaultBlock, LineBlock, RowBlock, TableBlock, TableHeader
from triage.batch.reading.kept import joined
from triage.documents.json_values import value_as_json
from triage.batch.reading.lines import LineReader, LinesRead
from triage.batch.reading.tables import TableReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from triage.batch.judging.bits import BitLayout, Places, Words
    from triage.batch.judging.faults import RowPlace
    from triage.batch.reading.blocks import Block, FileLines, RowPlaces
    from triage.batch.reading.columns import ColumnReader, ColumnsRead
    from triage.batch.reading.kept import Kept

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
        return cls(layout.as_words(()), [], None, {name: [] for name in keep}, _NO_ROWS, [], listed, bad)


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
        self._lines = LineReader(layout, self._exact.meanings, keep)
        self._columns: ColumnReader | None = None
        self._tables: dict[TableHeader, TableReader] = {}

    def read(self, block: Block) -> Rows:
        """Read a block."""
        match block:
            case LineBlock():
                return self._read_lines(block)
            case TableBlock():
                return self._read_table(block)
            case ColumnBlock():
                return _told(self._read_columns(block), block)
            case RowBlock(rows):
                read = [(number, self._exact.read(raw, block.at.of(number))) for number, raw in enumerate(rows)]
                return _told(self._put_together(None, read, block.at), block)
            case FaultBlock(faults):
                return Rows.nothing(self._layout, self._keep, faults)

    def _read_lines(self, block: LineBlock) -> Rows:
        read = self._lines.read(block.text)
        exact = [(line, self._read_exactly(read, line, block.at.of(line))) for line in read.left.tolist()]
        return self._put_together(read, exact, block.at, read.other_keys)

    def _read_exactly(self, read: LinesRead, line: int, place: RowPlace) -> GoodRow | list[Fault]:
        known = read.wrong.get(line)
        faults = self._exact.wrong_answers(known.answers, place, known.id) if known else []
        return faults or self._exact.read_line(read.line(line), place)

    def _read_table(self, block: TableBlock) -> Rows:
        if block.header not in self._tables:
            self._tables[block.header] = TableReader(self._layout, block.header, self._exact, self._keep)
        reader = self._tables[block.header]
        read = reader.read(block.text)
        exact: list[tuple[int, GoodRow | list[Fault]]] = []
        swallowed: list[int] = []
        for line, after, row in reader.exact(read, block.at.of):
            swallowed += range(line, after)
            if row is not None:
                exact.append((line, row))
        return self._put_together(read, exact, block.at, block.header.names, swallowed)

    def _read_columns(self, block: ColumnBlock) -> Rows:
        from triage.batch.reading.columns import ColumnReader

        if self._columns is None:
            self._columns = ColumnReader(self._layout, self._exact, self._keep)
        reader = self._columns
        read = reader.read(block.batch, block.at.of)
        names = (*block.batch.schema.names, *names_inside(block.batch.schema))
        rows = self._put_together(read, read.left, block.at, names)
        return replace(rows, kept=reader.kept(block.batch, rows.numbers))

    def _put_together(
        self,
        read: LinesRead | ColumnsRead | None,
        exact: Sequence[tuple[int, GoodRow | list[Fault]]],
        at: RowPlaces,
        columns: Iterable[str] = (),
        swallowed: Iterable[int] = (),
    ) -> Rows:
        """Put good rows from both readers together, in input order; lines inside a longer row are none of their own."""
        rows = _NO_ROWS
        answers = np.zeros((self._layout.words, 0), np.uint64)
        ids: list[bytes | None] = []
        kept: dict[str, list[bytes | None]] = {name: [] for name in self._keep}
        if read is not None:
            rows, answers, ids = read.good, read.answers, read.ids
            kept = read.kept if isinstance(read, LinesRead) else {}  # columns are carried along as they are
            inside = np.isin(rows, list(swallowed))
            if inside.any():
                rows, answers = rows[~inside], answers[:, ~inside]
                ids = _without(ids, inside.tolist())
                kept = {name: _without(values, inside.tolist()) for name, values in kept.items()}
        good = [(line, row) for line, row in exact if isinstance(row, GoodRow)]
        faulty = [row for _, row in exact if not isinstance(row, GoodRow)]
        if good:
            more = np.array([line for line, _ in good], np.intp)
            order = np.argsort(np.concatenate((rows, more)), kind="stable")
            rows = np.concatenate((rows, more))[order]
            added = self._layout.as_words(row.number for _, row in good)
            answers = np.concatenate((answers, added), axis=1)[:, order]
            ids = _ordered([*ids, *(value_as_json(row.id) if row.named else None for _, row in good)], order.tolist())
            kept = {
                name: _ordered([*values, *(_kept(row, name) for _, row in good)], order.tolist())
                for name, values in kept.items()
            }
        named = None
        if None in ids:
            named = [said is not None for said in ids]
            unnamed = zip(rows.tolist(), ids, strict=True)
            ids = [value_as_json(at.of(line).unnamed) if one is None else one for line, one in unnamed]
        return Rows(
            answers=answers,
            ids=cast("list[bytes]", ids),
            named=named,
            kept=dict(kept),
            numbers=rows,
            places=at.by_file(rows),
            faults=[fault for faults in faulty for fault in faults],
            bad=len(faulty),
            columns=self._columns_met(columns, kept, [row for _, row in good]),
            former=_former(row for _, row in good),
        )

    def _columns_met(
        self, columns: Iterable[str], kept: Mapping[str, list[bytes | None]], exact: Sequence[GoodRow]
    ) -> frozenset[str]:
        """Return the names of columns that some rows have; nobody asks for them where none is carried along."""
        if not self._keep:
            return frozenset()
        met = {*columns, *(name for name, values in kept.items() if values.count(None) < len(values))}
        for row in exact:
            answers = row.raw.get("answers")
            met.update(row.raw, answers if isinstance(answers, dict) else ())
        return frozenset(met)


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


def _kept(row: GoodRow, name: str) -> bytes | None:
    answers = row.raw.get("answers")
    values = row.raw if name in row.raw or not isinstance(answers, dict) else answers
    return value_as_json(values[name]) if name in values else None


def _ordered(values: Sequence[Any], order: Sequence[int]) -> list[Any]:
    return [values[at] for at in order]


def _without(values: Sequence[Any], left_out: Sequence[bool]) -> list[Any]:
    return [value for value, out in zip(values, left_out, strict=True) if not out]
