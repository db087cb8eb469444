"""Columns of Parquet files and of tables in memory as bits: DuckDB looks each value up among those that are known.

The SQL holds no rules and no questions of its own: which texts are known, and which bits they stand for, comes from
the exact reader of saved answers. A row with a value that is not among them is left to the exact reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.answer_reading import ABOUT
from triage.batch.answer_meanings import AnswerMeanings
from triage.batch.bit_layout import WORD_BITS
from triage.batch.database import quoted, quoted_name
from triage.batch.faults import GoodRow
from triage.batch.json_texts import as_json
from triage.batch.table_reading import cell_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from duckdb import DuckDBPyConnection
    from numpy.typing import NDArray

    from triage.batch.bit_layout import BitLayout, Words
    from triage.batch.faults import ExactReader, Fault, RowPlace
    from triage.batch.number_table import Places
    from triage.questionnaire import Question

__all__ = ["ROW", "ColumnReader", "ColumnsRead"]

ROW = "file_row_number"
"""The column with the number of each row, from 0."""
_STATES = ("unknown", "not_applicable")
_WHOLE_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_MOST_TEXTS = 1_000
"""Texts known for a column at most, the commonest ones: they are searched one by one."""


@dataclass(frozen=True)
class ColumnsRead:
    """What became of some rows; each is counted from the first of them."""

    good: Places
    answers: Words
    """A column for each good row."""
    ids: list[bytes | None]
    kept: dict[str, list[bytes | None]]
    left: list[tuple[int, GoodRow | list[Fault]]]
    """The other rows, as the exact reader reads them."""


class ColumnReader:
    """Reads rows of one table; each thread has one of its own."""

    def __init__(
        self,
        database: DuckDBPyConnection,
        source: str,
        layout: BitLayout,
        exact: ExactReader,
        keep: Sequence[str] = (),
    ) -> None:
        self._database = database
        self._layout = layout
        self._exact = exact
        self._keep = tuple(keep)
        self._meanings = AnswerMeanings(layout)
        self._source, self._types, self._answers = self._looked_into(source)
        self._texts: dict[str, dict[str, int]] = {}
        self._select = ""

    def _looked_into(self, source: str) -> tuple[str, dict[str, str], frozenset[str]]:
        """Return SQL for the rows with their answers side by side as texts and lists, the types, and what answers.

        Answers may also stand in one column named ``answers``; other columns beside it are then left alone, as other
        keys are in a line of JSON.
        """
        types = self._described(source)
        inside: list[str] = []
        if types.get("answers", "").startswith("STRUCT("):
            others = set(types)
            source = f"(SELECT * EXCLUDE (answers), unnest(answers) FROM {source})"
            types = self._described(source)
            inside = [name for name in types if name not in others]
        as_texts = {"ENUM": "VARCHAR", "LIST": "VARCHAR[]"}
        casts = [
            f"{quoted_name(name)}::{as_texts['LIST' if kind.endswith(']') else 'ENUM']} AS {quoted_name(name)}"
            for name, kind in types.items()
            if kind.startswith("ENUM(") or (kind.startswith("VARCHAR[") and kind != "VARCHAR[]")
        ]
        if casts:
            source = f"(SELECT * REPLACE ({', '.join(casts)}) FROM {source})"
            types = self._described(source)
        beside = {*ABOUT, *(name for name in self._keep if name not in self._layout.questionnaire.by_id)}
        return source, types, frozenset(inside or set(types) - beside)

    def _described(self, source: str) -> dict[str, str]:
        described = self._database.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        return {name: kind for name, kind, *_ in described if name != ROW}

    def read(self, first: int, after: int, place: Callable[[int], RowPlace]) -> ColumnsRead:
        """Read the rows from one number to before another."""
        if first == after:
            nothing = np.zeros(0, np.intp)
            return ColumnsRead(nothing, self._layout.as_words(()), [], {name: [] for name in self._keep}, [])
        where = f"{ROW} >= {first} AND {ROW} < {after}"
        if not self._select:
            self._learn_commonest(where)
            self._select = self._query()
        columns = self._database.execute(f"{self._select} WHERE {where}").fetchnumpy()
        words = [columns[f"word{number}"] for number in range(self._layout.words)]
        right = ~_missing(columns["beside"])
        for word in words:
            right &= ~_missing(word)
        rows = np.asarray(columns["row"])
        chosen = np.flatnonzero(right)
        return ColumnsRead(
            good=rows[chosen] - first,
            answers=np.array([np.asarray(word)[chosen] for word in words], np.uint64),
            ids=as_json(_with_none(columns["id"][chosen])),
            kept={name: _as_bytes(columns[f"kept{at}"][chosen]) for at, name in enumerate(self._keep)},
            left=self._read_left(rows[~right], place, first) if len(chosen) < len(rows) else [],
        )

    # ---- texts that are known ----

    def _learn_commonest(self, where: str) -> None:
        for name, kind in self._types.items():
            question = self._layout.questionnaire.by_id.get(name)
            if question is not None and kind == "VARCHAR":
                found = self._database.execute(
                    f"SELECT {quoted_name(name)} FROM {self._source} WHERE {where} "
                    f"GROUP BY ALL ORDER BY count(*) DESC LIMIT {_MOST_TEXTS}"
                ).fetchall()
                self._texts[name] = {}
                self._learn(name, (text for (text,) in found if text))

    def _learn(self, name: str, texts: Iterable[str]) -> None:
        """Remember texts of a column that the exact reader finds right."""
        known = self._texts[name]
        for text in texts:
            value = cell_value(text)
            number = self._meanings.number_if_right(name, value) if value else 0
            if number is not None and text not in known and len(known) < _MOST_TEXTS:
                known[text] = number
        word = self._layout.bit(name, self._layout.questionnaire.by_id[name].codes[0]) // WORD_BITS
        at = list(self._types).index(name)
        listed = ", ".join(["NULL", "''", *map(quoted, known)])
        bits = ", ".join(["0::UBIGINT", "0", *(str(number >> WORD_BITS * word) for number in known.values())])
        self._database.execute(f"SET VARIABLE texts{at} = [{listed}]")
        self._database.execute(f"SET VARIABLE bits{at} = [{bits}]")

    # ---- SQL ----

    def _query(self) -> str:
        words: list[list[str]] = [[] for _ in range(self._layout.words)]
        for name in self._types:
            question = self._layout.questionnaire.by_id.get(name)
            if question is not None:
                word = self._layout.bit(name, question.codes[0]) // WORD_BITS
                words[word].append(self._answer(question))
        inner = [*map(quoted_name, (ROW, *self._types)), *self._lists()]
        chosen = [f'{ROW} AS "row"', f"{self._id()} AS id", f"{self._beside()} AS beside"]
        chosen += [f"{' | '.join(parts) if parts else '0::UBIGINT'} AS word{at}" for at, parts in enumerate(words)]
        chosen += [f"{self._kept(name)} AS kept{at}" for at, name in enumerate(self._keep)]
        return f"SELECT {', '.join(chosen)} FROM (SELECT {', '.join(inner)} FROM {self._source})"

    def _lists(self) -> list[str]:
        """Return SQL for what is chosen in each column of lists: a bit a code, and one for anything else."""
        lists = []
        for at, name in enumerate(self._types):
            question = self._layout.questionnaire.by_id.get(name)
            if question is not None and self._types[name] == "VARCHAR[]":
                codes = [*question.codes, *_STATES]
                position = f"list_position([{', '.join(map(quoted, codes))}], code)"
                bits = f"[{', '.join(f'{1 << bit}::UBIGINT' for bit in range(len(codes)))}][{position}]"
                each = f"list_transform({quoted_name(name)}, lambda code: coalesce({bits}, {1 << len(codes)}))"
                lists.append(f"coalesce(list_bit_or({each}), 0) AS chosen{at}")
        return lists

    def _answer(self, question: Question) -> str:
        """Return SQL for the bits of an answer in its word; NULL where only the exact reader can judge it."""
        column, kind = quoted_name(question.id), self._types[question.id]
        if not self._layout.fits_a_word(question):
            return _null_unless(f"{column} IS NULL")
        if kind == "VARCHAR":
            at = list(self._types).index(question.id)
            return f"getvariable('bits{at}')[list_position(getvariable('texts{at}'), {column})]"
        if kind == "VARCHAR[]":
            return self._listed(question)
        return _null_unless(f"{column} IS NULL")

    def _listed(self, question: Question) -> str:
        """Return SQL for a list: unknown codes, several states, and codes that exclude others make it NULL."""
        chosen = f"chosen{list(self._types).index(question.id)}"
        codes = [*question.codes, *_STATES]
        lonely = sum(
            1 << at
            for at, code in enumerate(codes)
            if code in question.alone or code in _STATES or not question.multiple
        )
        shift = self._layout.bit(question.id, question.codes[0]) % WORD_BITS
        bits = f"(({chosen} & {(1 << len(question.codes)) - 1}) << {shift})"
        return (
            f"CASE WHEN {chosen} >= {1 << len(codes)} THEN NULL "
            f"WHEN ({chosen} & {lonely}) = 0 OR bit_count({chosen}) = 1 THEN {bits} END"
        )

    def _id(self) -> str:
        kind = self._types.get("id")
        if kind in ("VARCHAR", *_WHOLE_NUMBERS):
            return "id::VARCHAR"
        return "NULL::VARCHAR"

    def _beside(self) -> str:
        """Return SQL for whether all that is no answer is right as it stands; NULL where it may not be."""
        right = []
        for name, kind in self._types.items():
            column = quoted_name(name)
            blank = f"{column} IS NULL" + (f" OR trim({column}) = ''" if kind == "VARCHAR" else "")
            if name == "id":
                right.append("true" if kind in ("VARCHAR", *_WHOLE_NUMBERS) else blank)
            elif name == "questionnaire" and kind == "VARCHAR":
                right.append(f"{blank} OR {column} = {quoted(self._layout.questionnaire.questionnaire)}")
            elif name in ABOUT and kind == "VARCHAR":
                right.append(f"{blank} OR NOT regexp_matches({column}, '[\\x00-\\x1f\\x7f-\\x{{10ffff}}]')")
            elif name in ABOUT or (name in self._answers and name not in self._layout.questionnaire.by_id):
                right.append(blank)
        return _null_unless(" AND ".join(f"({one})" for one in right) or "true")

    def _kept(self, name: str) -> str:
        return f"to_json({quoted_name(name)})::VARCHAR" if name in self._types else "NULL::VARCHAR"

    # ---- rows that only the exact reader can judge ----

    def _read_left(
        self, rows: Places, place: Callable[[int], RowPlace], first: int
    ) -> list[tuple[int, GoodRow | list[Fault]]]:
        self._database.register("left_rows", {"number": rows})
        names = list(self._types)
        found = self._database.execute(
            f"SELECT {', '.join(map(quoted_name, (ROW, *names)))} FROM {self._source} "
            f"WHERE {ROW} >= {rows.min()} AND {ROW} <= {rows.max()} AND {ROW} IN (SELECT number FROM left_rows)"
        ).fetchall()
        self._database.unregister("left_rows")
        left = [(row - first, self._exact.read(self._as_case(names, values), place(row))) for row, *values in found]
        for at, name in enumerate(names):
            if name in self._texts:
                new = {row[at + 1] for row, (_, read) in zip(found, left, strict=True) if isinstance(read, GoodRow)}
                new.difference_update(self._texts[name], (None, ""))
                if new:
                    self._learn(name, new)
        return left

    def _as_case(self, names: Sequence[str], values: Iterable[Any]) -> dict[str, Any]:
        """Return a row as a saved case; a text holds several choices as a cell does."""
        said = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        answers = {
            name: cell_value(value) if isinstance(value, str) else value
            for name, value in said.items()
            if name in self._answers
        }
        beside = {name: value for name, value in said.items() if name in (*ABOUT, *self._keep)}
        return {**beside, "answers": {name: value for name, value in answers.items() if value != ""}}


def _null_unless(condition: str) -> str:
    """Return SQL that is 0 where a condition holds and NULL elsewhere."""
    return f"CASE WHEN {condition} THEN 0::UBIGINT END"


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.ma.getmaskarray(values)


def _with_none(texts: NDArray[Any]) -> list[str | None]:
    """Return texts, with None where the database has none."""
    missing = _missing(texts)
    listed: list[str | None] = np.asarray(texts).tolist()
    return (
        [None if none else text for text, none in zip(listed, missing.tolist(), strict=True)]
        if missing.any()
        else listed
    )


def _as_bytes(texts: NDArray[Any]) -> list[bytes | None]:
    """Return JSON texts, or None, as bytes."""
    return [None if text is None else text.encode() for text in _with_none(texts)]
