"""Exact counts of answer sets, by decision diagrams of gates. Needs the package dd.

dd's C back end counts in floating point, which rounds above 9 x 10^15; so the diagrams are walked with whole numbers.
"""

from __future__ import annotations

import warnings
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

from triage.circuit.gates import FALSE, Gate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.circuit.gates import Circuit

__all__ = ["Counter", "written"]

BACK_ENDS = ("cudd", "autoref")
"""The C library, and the same in pure Python; the first that can be imported is used."""

Diagram = Any
"""A node of either back end of dd."""

_KEPT: list[Any] = []
"""Every manager that was made: dd complains if one is freed before its nodes, and the collector keeps no order."""


class Counter:
    """Counts the answers for which a gate is true.

    Args:
        circuit: whose gates.
        inputs: what the answers are, in the order of the diagrams' variables; no gate may rest on others.
        within: a gate that is true for all answers that count.
        back_end: ``cudd`` or ``autoref``; the first that can be imported if none is named.

    Raises:
        ImportError: dd is not installed.

    """

    def __init__(self, circuit: Circuit, inputs: Iterable[Gate], *, within: Gate, back_end: str | None = None) -> None:
        self._circuit = circuit
        self._manager = _manager((back_end,) if back_end else BACK_ENDS)
        self._diagrams: dict[Gate, Diagram] = {FALSE: self._manager.false}
        for number, gate in enumerate(inputs):
            self._manager.declare(f"i{number}")
            self._diagrams[gate] = self._manager.var(f"i{number}")
        self._within = self._diagram(within)

    @property
    def total(self) -> int:
        """How many answers there are in all."""
        return self._size(self._within)

    def count(self, *gates: Gate) -> int:
        """Return for how many answers all of some gates are true, as an exact whole number."""
        result = self._within
        for diagram in sorted(map(self._diagram, gates), key=len):
            result &= diagram
        return self._size(result)

    def _diagram(self, gate: Gate) -> Diagram:
        drawn = self._diagrams
        for one in self._circuit.below([gate], done=drawn):
            parts = self._circuit.parts(one)
            assert parts is not None, "a gate rests on an input that is no answer"
            drawn[one] = self._drawn(parts[0]) & self._drawn(parts[1])
        return self._drawn(gate)

    def _drawn(self, gate: Gate) -> Diagram:
        return ~self._diagrams[gate ^ 1] if gate & 1 else self._diagrams[gate]

    def _size(self, diagram: Diagram) -> int:
        total = len(self._manager.vars)
        true = self._manager.true
        known: dict[int, int] = {}

        def below(node: Diagram) -> tuple[int, int]:
            """Return the level of a node and the number of assignments from there on, its complement mark aside."""
            if node.var is None:
                return total, 1
            regular = ~node if node.negated else node
            key = int(regular)
            if key not in known:
                known[key] = sum(inside(child, regular.level) for child in (regular.low, regular.high))
            return regular.level, known[key]

        def inside(node: Diagram, parent: int) -> int:
            level, found = below(node)
            if node.var is None:
                found = 1 if node == true else 0
            elif node.negated:
                found = 2 ** (total - level) - found
            return int(found * 2 ** (level - parent - 1))

        return inside(diagram, -1)


def _manager(back_ends: Iterable[str]) -> Any:
    for name in back_ends:
        try:
            module = import_module(f"dd.{name}")
        except ImportError:
            continue
        manager = module.BDD()
        _KEPT.append(manager)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            manager.configure(reordering=False)
        return manager
    raise ImportError("the package dd is not installed; it comes with the extra 'verify'")


def written(number: int) -> str:
    """Write a count: in full while short, else as a power of ten.

    >>> written(1200), written(8 * 10**50), written(9_999_999)
    ('1200', '8.0e50', '1.0e7')
    """
    return str(number) if number < 10**6 else f"{Decimal(number):.1e}".replace("e+", "e")
