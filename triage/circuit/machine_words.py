"""The gates of a circuit as steps on machine words, which do each of them for 64 people at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from triage.answers.bit_layout import WORD_BITS
from triage.circuit.gates import FALSE, Gate, opposite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from triage.circuit.gates import Circuit

    Numbers = NDArray[np.uint64]
    Places = NDArray[np.intp]
    Words = NDArray[np.uint64]
    """A row a word, a column a person."""
    Slices = NDArray[np.uint64]
    """A row a bit; in each word of a row the same bit of 64 people."""

    Step = tuple[Gate, int, tuple[Gate, ...]]
    """A gate, what makes it, and from which others."""

__all__ = ["Program", "as_words", "exchange_bits_and_people"]


def as_words(numbers: Iterable[int], words: int) -> Words:
    """Return the answers of many people, each given as one number, as so many words a person.

    >>> as_words([1 + (5 << 64), 7], 2).tolist()
    [[1, 7], [5, 0]]
    """
    raw = b"".join(number.to_bytes(8 * words, "little") for number in numbers)
    return np.ascontiguousarray(np.frombuffer(raw, "<u8").reshape(-1, words).T)


_AND, _OR, _NOT = range(3)
_CALLS: tuple[Callable[..., object], ...] = (np.bitwise_and, np.bitwise_or, np.invert)


def _steps(circuit: Circuit, inputs: Sequence[Gate], outputs: Sequence[Gate]) -> list[Step]:
    """Return what computes the outputs from the inputs, and nothing else.

    A word has no free opposite as a gate has: of each AND the step makes that side which its parts offer already.
    """
    made = {FALSE, *inputs}
    steps: list[Step] = []

    def add(gate: Gate, kind: int, *parts: Gate) -> None:
        for part in parts:
            if part not in made:
                add(part, _NOT, opposite(part))
        steps.append((gate, kind, parts))
        made.add(gate)

    for gate in circuit.below(outputs, done=made):
        parts = circuit.parts(gate)
        assert parts is not None, "an output rests on an input that is not given"
        turned = tuple(map(opposite, parts))
        if len(made.intersection(turned)) >= len(made.intersection(parts)):
            add(opposite(gate), _OR, *turned)
        else:
            add(gate, _AND, *parts)
    for gate in outputs:
        if gate not in made:
            add(gate, _NOT, opposite(gate))
    return steps


class Program:
    """The steps of a circuit, with few buffers that are used again and again.

    Args:
        circuit: whose gates.
        inputs: the gates whose values will be given.
        outputs: the gates whose values are wanted.

    """

    def __init__(self, circuit: Circuit, inputs: Sequence[Gate], outputs: Sequence[Gate]) -> None:
        inputs = [FALSE, *inputs]
        steps = _steps(circuit, inputs, outputs)
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
        self._kept = threading.local()

    def run(self, inputs: Iterable[Slices], outputs: Sequence[Slices]) -> None:
        """Compute every output, each of the same length as the inputs, into the given slices."""
        buffers = self._buffers_of(outputs[0].shape[0]) if outputs else []
        buffers[0].fill(0)
        for buffer, values in zip(buffers[1 : self._inputs], inputs, strict=True):
            np.copyto(buffer, values)
        for kind, sources, target in self._steps:
            _CALLS[kind](*[buffers[source] for source in sources], out=buffers[target])
        for output, place in zip(outputs, self._outputs, strict=True):
            np.copyto(output, buffers[place])

    def _buffers_of(self, length: int) -> list[Slices]:
        """Return the buffers of this thread; fresh memory for every call would cost more than the gates."""
        kept: list[Slices] = getattr(self._kept, "rows", [])
        if not kept or kept[0].shape[0] != length:
            kept = self._kept.rows = list(np.empty((self._buffers, length), np.uint64))
        return kept


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
