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
        """Take in the ids of some rows of a file."""
        if self.compared + len(numbers) > _MOST:
            self.left_out += len(numbers)
            return
        self._numbers.append(numbers)
        self._sorted.append(np.sort(numbers))
        self._places.append((self.compared, file, lines))
        self.compared += len(numbers)

    def found(self) -> tuple[int, list[str]]:
        """Return how many rows have an id that a row before them has, and the first few of them in words."""
        if not self._numbers:
            return 0, []
        # "Stable" merges what is sorted in parts, and that was done while other processes worked.
        ordered = np.sort(np.concatenate(self._sorted), kind="stable")
        again = np.flatnonzero((ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)) + 1
        if not again.size:
            return 0, []
        numbers = np.concatenate(self._numbers)
        rows = np.argsort(numbers, kind="stable")  # rows with one number stay in their order
        later = np.sort(rows[again])[:REPEATS_SAID]
        first = rows[np.searchsorted(ordered, numbers[later])]
        pairs = zip(later.tolist(), first.tolist(), strict=True)
        return len(again), [said_of_repeat(self._place(row), self._place(before)) for row, before in pairs]

    def _place(self, row: int) -> str:
        starts = [start for start, _, _ in self._places]
        start, file, lines = self._places[int(np.searchsorted(starts, row, side="right")) - 1]
        return f"{file}:{lines[row - start]}"
