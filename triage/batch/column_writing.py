"""Results as Arrow columns: each combination of values of a part is built once and then only named by its number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from triage.batch.json_texts import from_json
from triage.batch.kept_values import as_column, is_mixed
from triage.batch.result_parts import Combinations, Form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.batch.bit_engine import Conclusions
    from triage.batch.kept_values import Kept
    from triage.batch.result_parts import Part

__all__ = ["MIXED", "ResultBatches", "ResultColumns"]

MIXED = b"mixed"
"""Marks a column of texts in which other values stand as texts, too."""

_BETWEEN = "\x1f"
"""Stands between codes on their way into a list; no code holds it."""
_MOST_COMBINATIONS = 400_000
"""Combinations remembered for a part at most; then they are forgotten, so that memory stays bounded."""


class ResultColumns:
    """Makes columns of results, of texts or of lists of texts; several threads may share it."""

    def __init__(self, parts: Sequence[Part], *, coded: bool) -> None:
        self._parts = tuple(parts)
        self._coded = coded
        self._made = self._anew()

    def _anew(self) -> list[_PartColumns]:
        return [_PartColumns(part, coded=self._coded) for part in self._parts]

    @property
    def schema(self) -> list[pa.Field]:
        """The columns, in their order."""
        return [field for part in self._made for field in part.schema]

    def of(self, conclusions: Conclusions) -> list[pa.Array]:
        """Return the columns for some people."""
        made = self._made
        if any(part.combinations > _MOST_COMBINATIONS for part in made):
            made = self._made = self._anew()
        return [column for part in made for column in part.of(conclusions)]


class ResultBatches:
    """Makes batches of results, with texts that stand in many rows stored once."""

    def __init__(self, parts: Sequence[Part], *, with_id: bool, keep: Sequence[str] = ()) -> None:
        self._columns = ResultColumns(parts, coded=True)
        self._with_id = with_id
        self._keep = keep
        fields = [pa.field("id", pa.string())] if with_id else []
        self._fields = [*fields, *self._columns.schema]
        self.header = pa.schema([*self._fields, *(pa.field(name, pa.null()) for name in keep)])

    def of(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Kept) -> pa.RecordBatch:
        """Return the results of some cases as columns; those carried along have the types that their values have."""
        columns = [pa.array(from_json(ids), pa.string())] if self._with_id else []
        columns += self._columns.of(conclusions)
        others = [as_column(kept[name]) for name in self._keep]
        fields = [
            pa.field(name, column.type, metadata={MIXED: b""} if is_mixed(kept[name], column) else None)
            for name, column in zip(self._keep, others, strict=True)
        ]
        return pa.record_batch(columns + others, schema=pa.schema(self._fields + fields))


class _PartColumns:
    """A part of the results as columns."""

    def __init__(self, part: Part, *, coded: bool) -> None:
        self._part = part
        self._coded = coded
        codes = dict.fromkeys(part.group.codes) if part.group is not None and part.listed else {}
        self._code_numbers = {code: number for number, code in enumerate(codes)}
        self._codes = pa.array(list(codes), pa.string())
        self._single: dict[str, list[str]] = {field: [] for field in part.fields if field != part.listed}
        self._listed: list[int] = []
        """The codes of all lists, one list after the other, by their numbers."""
        self._ends = [0]
        self._combinations = Combinations(part, Form(str, _BETWEEN, self._number), np.int32)
        self._built: dict[str, pa.Array] = {}

    @property
    def combinations(self) -> int:
        """How many combinations are remembered."""
        return len(self._ends) - 1

    @property
    def schema(self) -> list[pa.Field]:
        text = pa.dictionary(pa.int32(), pa.string()) if self._coded else pa.string()
        listed = self._part.listed
        return [pa.field(field, pa.list_(text) if field == listed else text) for field in self._part.fields]

    def of(self, conclusions: Conclusions) -> list[pa.Array]:
        numbers = self._combinations.of(conclusions)
        columns = []
        for field in self._part.fields:
            built = self._built.get(field)
            if built is None or len(built) <= numbers.max(initial=-1):
                built = self._built[field] = self._build(field)
            columns.append(built.take(pa.array(numbers)))
        return columns

    def _build(self, field: str) -> pa.Array:
        """Return the values of a column for all combinations met so far."""
        many = self.combinations  # others may be added meanwhile, and then at the end of each list
        if field in self._single:
            built = pa.array(self._single[field][:many], pa.string())
            return built.dictionary_encode() if self._coded else built
        ends = np.array(self._ends[: many + 1], np.int32)
        numbers = pa.array(np.array(self._listed[: ends[-1]], np.int32))
        codes = pa.DictionaryArray.from_arrays(numbers, self._codes)
        return pa.ListArray.from_arrays(pa.array(ends), codes if self._coded else codes.dictionary_decode())

    def _number(self, single: Mapping[str, str], lists: Sequence[str]) -> list[int]:
        first = self.combinations
        for field, values in self._single.items():
            values += [single[field]] * len(lists)
        for text in lists:
            if text:
                self._listed += [self._code_numbers[code] for code in text.split(_BETWEEN)]
            self._ends.append(len(self._listed))
        return list(range(first, first + len(lists)))
