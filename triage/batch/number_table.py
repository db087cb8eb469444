"""A number for every key met so far, looked up for thousands of keys at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.uint64]
    Places = NDArray[np.intp]

__all__ = ["NumberTable"]

_EMPTIEST = 4
"""Slots for each key at least, so that hardly any key meets another one on its way."""
_SMALLEST = 10
"""Bits of the number of slots of an empty table."""


class NumberTable:
    """Finds the number of a key, which is a row of one or more 64-bit numbers; keys are numbered from 1.

    A table never changes. Adding makes another one, so that a thread that reads is never disturbed by one that adds.

    >>> table = NumberTable(1).with_keys([np.array([50, 7], np.uint64)])
    >>> table.find([np.array([7, 8, 50], np.uint64)]).tolist()
    [2, 0, 1]
    """

    def __init__(self, width: int) -> None:
        self._keys = [np.zeros(1, np.uint64) for _ in range(width)]
        self._held = np.zeros(0, np.int32)
        self._slots = np.zeros(1 << _SMALLEST, np.int32)
        spread = np.random.default_rng(width).integers(1 << 62, size=width, dtype=np.uint64)
        self._spread: Numbers = spread * np.uint64(2) + np.uint64(1)

    def __len__(self) -> int:
        return len(self._held)

    def find(self, columns: Sequence[Numbers]) -> Places:
        """Return the number of each key, 0 for one that is not here; column by column of the keys."""
        found = self._slots.take(self._first_slots(columns)).astype(np.intp)
        wrong = np.flatnonzero(self._differs(found, columns))
        if wrong.size:
            found[wrong] = self._search_on(found[wrong], [column[wrong] for column in columns])
        return found

    def _search_on(self, found: Places, columns: list[Numbers]) -> Places:
        """Return the numbers of keys that another key, or none, stands in the first slot of."""
        result = np.zeros_like(found)
        searching = np.flatnonzero(found)
        columns = [column[searching] for column in columns]
        slots = self._first_slots(columns)
        while searching.size:
            slots = (slots + 1) % len(self._slots)
            number = self._slots.take(slots).astype(np.intp)
            differs = self._differs(number, columns)
            result[searching[~differs]] = number[~differs]
            go_on = differs & (number != 0)
            searching, slots, columns = searching[go_on], slots[go_on], [column[go_on] for column in columns]
        return result

    def with_keys(self, columns: Sequence[Numbers], numbers: NDArray[np.int32] | None = None) -> NumberTable:
        """Return a table that also holds these keys, column by column; they are all new and all different.

        Args:
            columns: the keys.
            numbers: theirs, higher than any here; without them the keys are numbered on.

        """
        if numbers is None:
            numbers = np.arange(len(columns[0]), dtype=np.int32) + len(self._keys[0])
        table = object.__new__(NumberTable)
        table._spread = self._spread
        table._held = np.concatenate((self._held, numbers))
        size = int(numbers.max(initial=len(self._keys[0]) - 1)) + 1
        table._keys = []
        for old, new in zip(self._keys, columns, strict=True):
            keys = np.zeros(size, np.uint64)
            keys[: len(old)] = old
            keys[numbers] = new
            table._keys.append(keys)
        bits = max(_SMALLEST, int(_EMPTIEST * len(table)).bit_length())
        if 1 << bits > len(self._slots):
            table._slots = np.zeros(1 << bits, np.int32)
            table._take_slots(table._held)
        else:
            table._slots = self._slots.copy()
            table._take_slots(numbers)
        return table

    def _take_slots(self, numbers: NDArray[np.int32]) -> None:
        """Find a free slot for each key."""
        slots = self._first_slots([column.take(numbers) for column in self._keys])
        while numbers.size:
            # Of several keys that want the same free slot one gets it; the others go on to the next slot.
            free = self._slots.take(slots) == 0
            self._slots[slots[free]] = numbers[free]
            placed = self._slots.take(slots) == numbers
            slots, numbers = (slots[~placed] + 1) % len(self._slots), numbers[~placed]

    def _first_slots(self, columns: Sequence[Numbers]) -> Places:
        mixed = columns[0] * self._spread[0]
        for column, factor in zip(columns[1:], self._spread[1:], strict=True):
            mixed = (mixed ^ (mixed >> np.uint64(32)) ^ column) * factor
        bits = len(self._slots).bit_length() - 1
        slots: Places = (mixed >> np.uint64(64 - bits)).astype(np.intp)
        return slots

    def _differs(self, numbers: Places, columns: Sequence[Numbers]) -> NDArray[np.bool_]:
        result: NDArray[np.bool_] = self._keys[0].take(numbers) != columns[0]
        for keys, column in zip(self._keys[1:], columns[1:], strict=True):
            result |= keys.take(numbers) != column
        return result
