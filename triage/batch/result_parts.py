"""A result in parts: fields that follow from the same few bits, put into words once for each combination of bits.

Results differ in many ways, but the rules that fire together, or the types that are named together, are only some
thousand combinations. So the result of a case is a handful of ready parts.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from triage.assessment.score_line import DRAFT_STATUS, FIELDS
from triage.batch.bit_layout import WORD_BITS
from triage.batch.number_table import NumberTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_engine import BitEngine, Conclusions, Group
    from triage.batch.number_table import Numbers

__all__ = ["Combinations", "Form", "Part", "result_parts"]

_MOST_REMEMBERED = 200_000
"""Combinations remembered for a part at most; then they are forgotten, so that memory stays bounded."""


@dataclass(frozen=True)
class Part:
    """Fields that stand side by side, some with one value and one with several codes, and the bits they follow from."""

    fields: tuple[str, ...]
    single: Callable[[int], Mapping[str, str]]
    """Returns the fields with one value for the bits of ``decided``, or else for 1 if a bit of ``telling`` is set."""
    decided: Group | None = None
    listed: str | None = None
    """The field with several codes."""
    group: Group | None = None
    """The bits of the field with several codes."""
    telling: int = 0
    """Those bits of the group, over all its words, that tell the fields with one value."""

    @property
    def rows(self) -> list[int]:
        """The words with the bits of the list and then those of the other fields."""
        groups = [group for group in (self.group, self.decided) if group is not None]
        return [row for group in groups for row in range(group.words.start, group.words.stop)]


class Form(NamedTuple):
    """How something is made of a part: what stands before the list, the list itself, and what stands after it."""

    code: Callable[[str], str]
    """How one code of several is written."""
    between: str
    make: Callable[[Mapping[str, str], Sequence[str]], list[Any]]
    """Makes something of the fields with one value together with each of several lists, whose codes are joined."""


def result_parts(engine: BitEngine, wanted: Iterable[str] = FIELDS) -> list[Part]:
    """Return the parts of a result but for its id, in the order of ``FIELDS``, with the wanted fields only."""
    not_reviewed = engine.rules.number(rule.id for rule in engine.protocol.rules if rule.status != "reviewed")

    def decided(number: int) -> Mapping[str, str]:
        return dict(one.split("=") for one in engine.decided.spoken(number))

    def status(number: int) -> Mapping[str, str]:
        return {"review_status": DRAFT_STATUS if number else "reviewed"}

    keep = frozenset(wanted)

    def kept(*fields: str) -> tuple[str, ...]:
        return tuple(field for field in fields if field in keep)

    def only(field: str, group: Group) -> Part:
        return Part(kept(field), lambda _: {}, listed=field, group=group)

    types = engine.types if "types" in keep else None
    parts = [
        Part(
            kept("outcome", "urgency", "at_worst", "types"),
            decided,
            engine.decided,
            "types" if types is not None else None,
            types,
        ),
        only("causes", engine.causes),
        only("warning_signs", engine.warning_signs),
        only("could_not_rule_out", engine.could_not_rule_out),
        only("set_aside", engine.set_aside),
        Part(kept("rules", "review_status"), status, None, "rules", engine.rules, not_reviewed),
    ]
    return [part for part in parts if part.fields]


class _Known(NamedTuple):
    table: NumberTable
    made: NDArray[Any]
    """What was made of each combination, by its number."""
    generation: int


class Combinations:
    """Makes something of each combination of the bits of a part, once; several threads may share it."""

    def __init__(self, part: Part, form: Form, kind: type[np.generic] = np.object_) -> None:
        self._part = part
        self._form = form
        self._rows = part.rows
        self._words: dict[int, str] = {}
        """The codes of eight bits of the list, by their place and value."""
        self._lock = threading.Lock()
        self._known = _Known(NumberTable(len(self._rows)), np.zeros(1, kind), 0)

    def of(self, conclusions: Conclusions) -> NDArray[Any]:
        """Return what was made for each person."""
        columns = [conclusions.words[row] for row in self._rows]
        known = self._known
        found = known.table.find(columns)
        new = np.flatnonzero(found == 0)
        if new.size:
            before, known = known, self._learn([column[new] for column in columns])
            if known.generation == before.generation:
                found[new] = known.table.find([column[new] for column in columns])
            else:
                known = self._learn(columns)
                found = known.table.find(columns)
        return known.made.take(found)

    def _learn(self, columns: Sequence[Numbers]) -> _Known:
        """Return what is known, with all of these combinations among it."""
        with self._lock:
            known = self._known
            different = list(_different(columns))
            if len(known.table) + len(different[0]) > _MOST_REMEMBERED:
                known = _Known(NumberTable(len(self._rows)), np.zeros(1, known.made.dtype), known.generation + 1)
            new = known.table.find(different) == 0
            if new.any():
                different = [column[new] for column in different]
                made = np.empty(len(different[0]), known.made.dtype)
                made[:] = self._make(different)
                known = _Known(known.table.with_keys(different), np.concatenate((known.made, made)), known.generation)
            self._known = known
            return known

    def _make(self, columns: Sequence[Numbers]) -> NDArray[Any]:
        part = self._part
        listed = 0 if part.group is None else len(range(part.group.words.start, part.group.words.stop))
        lists = self._joined(columns[:listed]) if listed else [""] * len(columns[0])
        numbers = columns[-1] if part.decided is not None else _any_set(columns, part.telling)
        made = np.empty(len(lists), self._known.made.dtype)
        for number in np.unique(numbers):
            which = np.flatnonzero(numbers == number)
            made[which] = self._form.make(part.single(int(number)), [lists[at] for at in which.tolist()])
        return made

    def _joined(self, columns: Sequence[Numbers]) -> list[str]:
        """Return the codes of each combination in one text; eight bits at a time are put into words once."""
        eights = np.stack(columns, axis=1).astype("<u8").view(np.uint8)
        rows, places = np.nonzero(eights)
        keys = places << 8 | eights[rows, places]
        for key in np.unique(keys).tolist():
            if key not in self._words:
                self._words[key] = self._few_words(*divmod(key, 256))
        words = list(map(self._words.__getitem__, keys.tolist()))
        ends = np.searchsorted(rows, np.arange(len(eights) + 1)).tolist()
        return [self._form.between.join(words[begin:end]) for begin, end in pairwise(ends)]

    def _few_words(self, place: int, bits: int) -> str:
        group = self._part.group
        codes = group.spoken(bits << 8 * place) if group is not None else []
        return self._form.between.join(map(self._form.code, codes))


def _different(columns: Sequence[Numbers]) -> Iterable[Numbers]:
    """Return the rows that differ from one another, column by column."""
    if len(columns) == 1:
        return [np.unique(columns[0])]
    order = np.lexsort(columns)
    ordered = [column[order] for column in columns]
    differs = np.ones(len(order), np.bool_)
    differs[1:] = False
    for column in ordered:
        differs[1:] |= column[1:] != column[:-1]
    return [column[differs] for column in ordered]


def _any_set(columns: Sequence[Numbers], bits: int) -> Numbers:
    """Return 1 for each row of words with one of the bits of a number over all words."""
    found = np.zeros(len(columns[0]), np.bool_)
    for at, column in enumerate(columns):
        found |= column & np.uint64(bits >> WORD_BITS * at & (2**WORD_BITS - 1)) != 0
    return found.astype(np.uint64)
