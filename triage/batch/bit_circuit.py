"""Circuits of AND, OR and NOT over bits, run for 64 people in one machine word and thousands in one call."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from triage.batch.bit_layout import WORD_BITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Slices = NDArray[np.uint64]
    """A row a bit; in each word of a row the same bit of 64 people."""

__all__ = ["Circuit", "Gate", "Program", "exchange_bits_and_people"]

Gate = int
"""The number of an input or of a gate; its value is one bit a person."""

_AND, _OR, _NOT = range(3)
_CALLS: tuple[Callable[..., object], ...] = (np.bitwise_and, np.bitwise_or, np.invert)


class Circuit:
    """A circuit while it is built; equal parts are built once."""

    def __init__(self) -> None:
        self._gates: list[tuple[int, tuple[Gate, ...]] | None] = []
        self._known: dict[tuple[int, tuple[Gate, ...]], Gate] = {}
        self.false = self.input()
        """The input that is no bit of anybody; it is always false."""
        self.true = self._gate(_NOT, (self.false,))

    def input(self) -> Gate:
        """Add an input."""
        self._gates.append(None)
        return len(self._gates) - 1

    def opposite(self, gate: Gate) -> Gate:
        """Return the gate that is true where another is false."""
        made = self._gates[gate]
        return made[1][0] if made is not None and made[0] == _NOT else self._gate(_NOT, (gate,))

    def all_of(self, gates: Iterable[Gate]) -> Gate:
        """Return the gate that is true where all the others are."""
        return self._chain(_AND, gates, neutral=self.true, final=self.false)

    def any_of(self, gates: Iterable[Gate]) -> Gate:
        """Return the gate that is true where at least one of the others is."""
        return self._chain(_OR, gates, neutral=self.false, final=self.true)

    def _chain(self, kind: int, gates: Iterable[Gate], *, neutral: Gate, final: Gate) -> Gate:
        parts = sorted(set(gates) - {neutral})
        if final in parts:
            return final
        result = parts[0] if parts else neutral
        for part in parts[1:]:
            result = self._gate(kind, (result, part))
        return result

    def _gate(self, kind: int, parts: tuple[Gate, ...]) -> Gate:
        key = (kind, parts)
        if key not in self._known:
            self._gates.append(key)
            self._known[key] = len(self._gates) - 1
        return self._known[key]

    def program(self, inputs: Sequence[Gate], outputs: Sequence[Gate]) -> Program:
        """Return what computes the outputs from the inputs, and nothing else."""
        wanted = set(outputs)
        needed: list[tuple[Gate, int, tuple[Gate, ...]]] = []
        for gate in range(len(self._gates) - 1, -1, -1):
            made = self._gates[gate]
            if gate in wanted and made is not None:
                needed.append((gate, *made))
                wanted.update(made[1])
        return Program([self.false, *inputs], needed[::-1], outputs)


class Program:
    """The steps of a circuit, with few buffers that are used again and again."""

    def __init__(
        self, inputs: Sequence[Gate], steps: Sequence[tuple[Gate, int, tuple[Gate, ...]]], outputs: Sequence[Gate]
    ) -> None:
        last_use = {part: number for number, (_, _, parts) in enumerate(steps) for part in parts}
        kept = {*inputs, *outputs}
        place = {gate: number for number, gate in enumerate(inputs)}
        free: list[int] = []
        self._inputs = len(inputs)
        self._buffers = len(inputs)
        self._steps: list[tuple[int, tuple[int, ...], int]] = []
        for number, (gate, kind, parts) in enumerate(steps):
            sources = tuple(place[part] for part in parts)
            free += [place[part] for part in set(parts) if last_use[part] == number and part not in kept]
            if free:
                place[gate] = free.pop()
            else:
                place[gate] = self._buffers
                self._buffers += 1
            self._steps.append((kind, sources, place[gate]))
        self._outputs = [place[gate] for gate in outputs]
        self._memory = threading.local()

    def run(self, inputs: Iterable[Slices], outputs: Sequence[Slices]) -> None:
        """Compute every output, each of the same length as the inputs, into the given slices."""
        buffers = self._rows(outputs[0].shape[0]) if outputs else []
        buffers[0].fill(0)
        for buffer, values in zip(buffers[1 : self._inputs], inputs, strict=True):
            np.copyto(buffer, values)
        for kind, sources, target in self._steps:
            _CALLS[kind](*[buffers[source] for source in sources], out=buffers[target])
        for output, place in zip(outputs, self._outputs, strict=True):
            np.copyto(output, buffers[place])

    def _rows(self, length: int) -> list[Slices]:
        """Return buffers of this thread; fresh memory for every call would cost more than the gates."""
        rows: list[Slices] | None = getattr(self._memory, "rows", None)
        if rows is None or rows[0].shape[0] != length:
            rows = list(np.empty((self._buffers, length), np.uint64))
            self._memory.rows = rows
        return rows


def exchange_bits_and_people(words: Slices) -> None:
    """Turn 64 rows of words into 64 rows of bits, or back, in place.

    Of ``n`` words, ``n / 64`` stand in each row. Afterwards row ``b`` holds bit ``b`` of all of them: the word at row
    ``r`` and column ``c`` gave bit ``r`` of column ``c``. Doing it twice changes nothing.

    >>> words = np.zeros((64, 1), np.uint64)
    >>> words[3] = 0b10
    >>> exchange_bits_and_people(words)
    >>> words[1].tolist(), words.sum().item()
    ([8], 8)

    """
    step = WORD_BITS // 2
    mask = (1 << step) - 1
    while step:
        pairs = words.reshape(WORD_BITS // (2 * step), 2, step, -1)
        low, high = pairs[:, 0], pairs[:, 1]
        shift = np.uint64(step)
        moved = low >> shift
        moved ^= high
        moved &= np.uint64(mask)
        high ^= moved
        moved <<= shift
        low ^= moved
        step //= 2
        mask ^= (mask << step) & (2**WORD_BITS - 1)
