"""A SAT solver that is asked whether some gates can all be true at once."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.circuit.gates import Circuit, Gate

__all__ = ["Solver"]


class Solver:
    """Knows a growing circuit as clauses, each gate from the first time it matters.

    Raises:
        ImportError: python-sat is not installed.

    """

    name = "CaDiCaL"

    def __init__(self, circuit: Circuit) -> None:
        try:
            from pysat.solvers import Solver as SatSolver
        except ImportError:
            raise ImportError("the package python-sat is not installed; it comes with the extra 'verify'") from None
        self.circuit = circuit
        self._solver: Any = SatSolver("cadical195")
        weakref.finalize(self, self._solver.delete)  # by itself it fails to when the program ends
        self._known: set[Gate] = {0}
        self._solver.add_clause([-1])  # the gate that is always false

    def some(self, gates: Iterable[Gate]) -> bool:
        """Return whether all gates can be true at once."""
        wanted = list(gates)
        self._learn(wanted)
        return bool(self._solver.solve(assumptions=[_literal(gate) for gate in wanted]))

    def true_ones(self, gates: Iterable[Gate]) -> set[Gate]:
        """Return which of some gates were true where those that were last asked about were found to be all true."""
        true = set(self._solver.get_model())
        return {gate for gate in gates if _literal(gate) in true}

    def clash(self, gates: Iterable[Gate]) -> set[Gate]:
        """Return which of some gates it took where those that were last asked about were found not to be all true."""
        taken = set(self._solver.get_core())
        return {gate for gate in gates if _literal(gate) in taken}

    def _learn(self, gates: Iterable[Gate]) -> None:
        """Add the clauses of gates that were not asked about before."""
        todo = [gate & ~1 for gate in gates]
        while todo:
            gate = todo.pop()
            if gate in self._known:
                continue
            self._known.add(gate)
            if parts := self.circuit.parts(gate):
                here, one, other = _literal(gate), _literal(parts[0]), _literal(parts[1])
                self._solver.add_clause([-here, one])
                self._solver.add_clause([-here, other])
                self._solver.add_clause([here, -one, -other])
                todo += [parts[0] & ~1, parts[1] & ~1]


def _literal(gate: Gate) -> int:
    number = (gate >> 1) + 1
    return -number if gate & 1 else number
