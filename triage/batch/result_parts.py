"""A result in parts: fields that follow from the same few bits, put into words once for each combination of bits.

Results differ in many ways, but the rules that fire together, or the types that are named together, are only some
thousand combinations. So the result of a case is a handful of ready parts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from triage.batch.bit_layout import WORD_BITS
from triage.batch.number_table import NumberTable
from triage.score_line import DRAFT_STATUS, FIELDS
from triage.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_engine import BitEngine, Conclusions, Group

    Values = Mapping[str, str | list[str]]
    """The value of each field of a part."""

__all__ = ["Combinations", "Part", "result_parts"]

_MOST_REMEMBERED = 200_000
"""Combinations remembered for a part at most; then they are forgotten, so that memory stays bounded."""


@dataclass(frozen=True)
class Part:
    """Fields that stand side by side, and the bits they follow from."""

    fields: tuple[str, ...]
    groups: tuple[Group, ...]
    values: Callable[[Sequence[int]], Values]
    """Returns the fields for a number over the bits of each group."""


def result_parts(engine: BitEngine, wanted: Iterable[str] = FIELDS) -> list[Part]:
    """Return the parts of a result but for its id, in the order of ``FIELDS``, with the wanted fields only."""
    reviewed = frozenset(rule.id for rule in engine.protocol.rules if rule.status == "reviewed")

    def pattern(numbers: Sequence[int]) -> Values:
        said = dict(one.split("=") for one in engine.decided.spoken(numbers[0]))
        outcome = Urgency(said["urgency"]).outcome.value
        types = engine.types.spoken(numbers[1]) if len(numbers) > 1 else []
        return {"outcome": outcome, **said, "types": types}

    def rules(numbers: Sequence[int]) -> Values:
        fired = engine.rules.spoken(numbers[0])
        return {"rules": fired, "review_status": "reviewed" if reviewed.issuperset(fired) else DRAFT_STATUS}

    def listed(field: str, group: Group) -> Part:
        return Part((field,), (group,), lambda numbers: {field: group.spoken(numbers[0])})

    keep = frozenset(wanted)
    parts = [
        Part(("outcome", "urgency", "at_worst", "types"), (engine.decided, engine.types), pattern)
        if "types" in keep
        else Part(("outcome", "urgency", "at_worst"), (engine.decided,), pattern),
        listed("causes", engine.causes),
        listed("warning_signs", engine.warning_signs),
        listed("could_not_rule_out", engine.could_not_rule_out),
        Part(("rules", "review_status"), (engine.rules,), rules),
    ]
    chosen = [Part(tuple(one for one in part.fields if one in keep), part.groups, part.values) for part in parts]
    return [part for part in chosen if part.fields]


class _Known(NamedTuple):
    table: NumberTable
    made: NDArray[Any]
    """What was made of each combination, by its number."""
    generation: int


class Combinations:
    """Makes something of each combination of the bits of a part, once; several threads may share it."""

    def __init__(self, part: Part, make: Callable[[Values], Any], kind: type[np.generic] = np.object_) -> None:
        self._part = part
        self._make = make
        self._rows = [row for group in part.groups for row in range(group.words.start, group.words.stop)]
        self._lock = threading.Lock()
        self._known = _Known(NumberTable(len(self._rows)), np.zeros(1, kind), 0)

    def of(self, conclusions: Conclusions) -> NDArray[Any]:
        """Return what was made for each person."""
        columns = [conclusions.words[row] for row in self._rows]
        known = self._known
        found = known.table.find(columns)
        new = np.flatnonzero(found == 0)
        while new.size:
            before, known = known, self._learn([column[new].tolist() for column in columns])
            if known.generation == before.generation:
                found[new] = known.table.find([column[new] for column in columns])
            else:
                found = known.table.find(columns)
            new = np.flatnonzero(found == 0)
        return known.made.take(found)

    def _learn(self, columns: Sequence[Sequence[int]]) -> _Known:
        with self._lock:
            known = self._known
            keys = list(dict.fromkeys(zip(*columns, strict=True)))
            if len(known.table) + len(keys) > _MOST_REMEMBERED:
                width = len(self._rows)
                known = _Known(NumberTable(width), np.zeros(1, known.made.dtype), known.generation + 1)
            there = known.table.find([np.array(column, np.uint64) for column in zip(*keys, strict=True)])
            keys = [key for key, number in zip(keys, there.tolist(), strict=True) if not number]
            if keys:
                made = np.empty(len(keys), known.made.dtype)
                for at, key in enumerate(keys):
                    made[at] = self._make(self._part.values(self._numbers(key)))
                table = known.table.with_keys(keys)
                known = _Known(table, np.concatenate((known.made, made)), known.generation)
            self._known = known
            return known

    def _numbers(self, key: Sequence[int]) -> list[int]:
        """Return a number over all words of each group."""
        words = iter(key)
        return [
            sum(next(words) << WORD_BITS * at for at in range(group.words.stop - group.words.start))
            for group in self._part.groups
        ]
