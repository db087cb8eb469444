"""Gates made narrower: without whatever a solver proves to make no difference where they are needed.

Two versions of a protocol differ for few answers. What their hundreds of rules say of all others need not be drawn.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, Gate, opposite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.proof.solver import Solver

__all__ = ["narrowed"]

SMALL = 300
"""A gate built from no more than so many others is left as it is: it is quickly drawn."""


def narrowed(solver: Solver, gate: Gate) -> list[Gate]:
    """Return small gates that are all true exactly where one great gate is."""
    narrower = _Narrower(solver)
    return narrower.parts(narrower.narrowed(gate, []))


class _Narrower:
    def __init__(self, solver: Solver) -> None:
        self.some = solver.some
        self.circuit = solver.circuit
        self.size = cache(lambda gate: len(self.circuit.below([gate])))

    def parts(self, gate: Gate) -> list[Gate]:
        """Return the gates that must all be true for a great one to be true."""
        found: dict[Gate, None] = {}
        todo = [gate]
        while todo:
            one = todo.pop()
            parts = self.circuit.parts(one)
            if parts and not one & 1 and self.size(one) > SMALL:
                todo += parts
            else:
                found[one] = None
        return list(found)

    def narrowed(self, gate: Gate, where: Sequence[Gate]) -> Gate:
        """Return a gate that is the same as another one where some gates are all true."""
        if gate & 1:
            return opposite(self.narrowed(opposite(gate), where))
        if self.size(gate) <= SMALL:
            return gate
        if not self.some([*where, gate]):
            return FALSE
        parts = self.parts(gate)
        for part in sorted(parts, key=self.size, reverse=True):
            others = [other for other in parts if other != part]
            if not self.some([*where, *others, opposite(part)]):
                parts = others
        for index, part in enumerate(parts):  # one after the other, so that no two are each narrowed by the other
            parts[index] = self.narrowed(part, [*where, *parts[:index], *parts[index + 1 :]])
        return self.circuit.all_of(parts)
