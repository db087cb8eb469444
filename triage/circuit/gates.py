"""Circuits of ANDs and opposites over single bits; equal gates are built once.

A gate is a whole number, as in the AIGER format: an even one is an input or an AND, the odd one after it its opposite.
So an opposite costs nothing, and an OR is an AND seen from the other side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

__all__ = ["FALSE", "TRUE", "Circuit", "Gate", "opposite"]

Gate = int
"""The number of an input or an AND times two, and one more for its opposite."""

FALSE: Gate = 0
TRUE: Gate = 1


def opposite(gate: Gate) -> Gate:
    """Return the gate that is true where another is false."""
    return gate ^ 1


class Circuit:
    """A circuit while it grows."""

    def __init__(self) -> None:
        self._parts: list[tuple[Gate, Gate] | None] = [None]
        self._known: dict[tuple[Gate, Gate], Gate] = {}

    # ---- building ----

    def input(self) -> Gate:
        """Add an input."""
        self._parts.append(None)
        return 2 * len(self._parts) - 2

    def all_of(self, gates: Iterable[Gate]) -> Gate:
        """Return the gate that is true where all the others are.

        >>> circuit = Circuit()
        >>> one, other = circuit.input(), circuit.input()
        >>> circuit.all_of([one, other]) == circuit.all_of([other, TRUE, one])
        True
        >>> circuit.all_of([one, opposite(one)]) == FALSE
        True
        """
        parts = set(gates)
        parts.discard(TRUE)
        if FALSE in parts or any(part ^ 1 in parts for part in parts):
            return FALSE
        result = TRUE
        for part in sorted(parts):  # in one order, so that lists with a common beginning share gates
            result = part if result == TRUE else self._and(result, part)
        return result

    def any_of(self, gates: Iterable[Gate]) -> Gate:
        """Return the gate that is true where at least one of the others is."""
        return self.all_of(gate ^ 1 for gate in gates) ^ 1

    def same(self, one: Gate, other: Gate) -> Gate:
        """Return the gate that is true where two others are both true or both false."""
        return self.any_of((self.all_of((one, other)), self.all_of((one ^ 1, other ^ 1))))

    def all_but_each(self, gates: Sequence[Gate]) -> list[Gate]:
        """Return for each of some gates where any other of them is true, without uniting them anew for each."""
        before = [FALSE]
        for gate in gates:
            before.append(self.any_of((before[-1], gate)))
        result, after = [], FALSE
        for index in range(len(gates) - 1, -1, -1):
            result.append(self.any_of((before[index], after)))
            after = self.any_of((after, gates[index]))
        return result[::-1]

    def _and(self, one: Gate, other: Gate) -> Gate:
        key = (one, other) if one < other else (other, one)
        gate = self._known.get(key)
        if gate is None:
            gate = self._simpler(one, other)
            if gate is None:
                gate = self._simpler(other, one)
            if gate is not None:
                self._known[key] = gate
                return gate
            self._parts.append(key)
            gate = self._known[key] = 2 * len(self._parts) - 2
        return gate

    def _simpler(self, one: Gate, other: Gate) -> Gate | None:
        """Return what an AND amounts to, if that is seen from what its parts are built from."""
        if one == other or FALSE in (one, other) or TRUE in (one, other) or one == other ^ 1:
            return self.all_of((one, other))
        inner = self._parts[one >> 1]
        if inner is None:
            return None
        outer = self._parts[other >> 1] if not other & 1 else None
        known = (other, *outer) if outer else (other,)  # all that is true where the other is
        if one & 1 == 0:
            return FALSE if any(part ^ 1 in known for part in inner) else one if other in inner else None
        if any(part ^ 1 in known for part in inner):
            return other
        for part, rest in (inner, inner[::-1]):
            if part in known:
                return self.all_of((other, rest ^ 1))
        against = self._parts[other >> 1] if other & 1 else None
        if against:
            for part, rest in (inner, inner[::-1]):
                if part in against and rest ^ 1 in against:
                    return part ^ 1
        return None

    # ---- reading ----

    @property
    def inputs(self) -> list[Gate]:
        """All inputs, in the order in which they were added."""
        return [2 * number for number, parts in enumerate(self._parts) if parts is None and number]

    @property
    def size(self) -> int:
        """How many inputs and ANDs there are."""
        return len(self._parts) - 1

    def parts(self, gate: Gate) -> tuple[Gate, Gate] | None:
        """Return the two gates of an AND or of its opposite; None for an input and what is always the same."""
        return self._parts[gate >> 1]

    def below(self, gates: Iterable[Gate], done: Container[Gate] = ()) -> list[Gate]:
        """Return all that some gates are built from and they themselves, parts first, each once, no opposites.

        Args:
            gates: where to begin.
            done: gates that are left out, with what only they are built from.

        """
        met: set[Gate] = set()
        todo = [gate & ~1 for gate in gates]
        while todo:
            gate = todo.pop()
            if gate not in met and gate not in done:
                met.add(gate)
                todo += [part & ~1 for part in self._parts[gate >> 1] or ()]
        return sorted(met)  # a gate is always built after its parts

    def evaluate(self, gates: Sequence[Gate], known: Mapping[Gate, int], everybody: int) -> list[int]:
        """Return the values of some gates for many people at once, a bit for each.

        Args:
            gates: whose values are wanted.
            known: the bits of inputs, and of other gates that were evaluated before; an input that is left out is false
                for everybody.
            everybody: a number with the bits of all people set.

        >>> circuit = Circuit()
        >>> one, other = circuit.input(), circuit.input()
        >>> circuit.evaluate([circuit.all_of([one, opposite(other)])], {one: 0b011, other: 0b010}, 0b111)
        [1]

        """
        found: dict[Gate, int] = {}

        def value(gate: Gate) -> int:
            even = gate & ~1
            bits = found[even] if even in found else known[even]
            return bits ^ everybody if gate & 1 else bits

        for gate in self.below(gates, done=known):
            parts = self._parts[gate >> 1]
            found[gate] = value(parts[0]) & value(parts[1]) if parts else 0
        return [value(gate) for gate in gates]
