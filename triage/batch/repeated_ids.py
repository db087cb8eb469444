"""Ids that stand more than once, found without keeping the ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from triage.batch.summary import REPEATS_SAID, said_of_repeat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["RepeatedIds", "id_numbers"]

_MOST = 20_000_000
"""Ids compared at most: a file of any size must not fill the memory."""


def id_numbers(ids: Sequence[bytes], named: Sequence[bool] | None) -> NDArray[np.int64]:
    """Return a number for each id; 0 for one that the row did not say itself."""
    numbers = np.fromiter(map(hash, ids), np.int64, len(ids))
    if named is not None:
        numbers[~np.array(named, np.bool_)] = 0
    return numbers


class RepeatedIds:
    """Takes in the ids of all rows in order and says which stand more than once."""

    def __init__(self) -> None:
        self._numbers: list[NDArray[np.int64]] = []
        self._sorted: list[NDArray[np.int64]] = []
        self._places: list[tuple[int, str, NDArray[np.int32]]] = []
        self.compared = 0
        self.left_out = 0

    def add(self, numbers: NDArray[np.int64], file: str, lines: NDArray[np.int32]) -> None:
        """Take in the ids of some rows of a file; nothing is kept that may be overwritten."""
        if self.compared + len(numbers) > _MOST:
            self.left_out += len(numbers)
            return
        self._numbers.append(numbers)
        self._sorted.append(np.sort(numbers))
        self._places.append((self.compared, file, lines.copy()))
        self.compared += len(numbers)

    def found(self) -> tuple[int, list[str]]:
        """Return how many rows have an id that a row before them has, and the first few of them in words."""
        if not self._numbers:
            return 0, []
        numbers = np.concatenate(self._numbers)
        # "Stable" merges what is sorted in parts, and that was done while other processes worked.
        ordered = np.sort(np.concatenate(self._sorted), kind="stable")
        repeated = np.unique(ordered[1:][(ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)])
        if not repeated.size:
            return 0, []
        rows = np.flatnonzero(np.isin(numbers, repeated))
        first: dict[int, int] = {}
        later = []
        for number, row in zip(numbers[rows].tolist(), rows.tolist(), strict=True):
            if number in first:
                later.append((first[number], row))
            first.setdefault(number, row)
        named = [(self._place(row), self._place(before)) for before, row in later[:REPEATS_SAID]]
        return len(later), [said_of_repeat(row, before) for row, before in named]

    def _place(self, row: int) -> str:
        starts = [start for start, _, _ in self._places]
        start, file, lines = self._places[int(np.searchsorted(starts, row, side="right")) - 1]
        return f"{file}:{lines[row - start]}"
