"""Many people with known answers, judged at once by the gates of a circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.answers.answers import Given
    from triage.circuit import conditions
    from triage.circuit.gates import Circuit, Gate

__all__ = ["Crowd"]


class Crowd:
    """People whose answers are the inputs of a circuit; of a number that is a value, each person has one bit.

    Args:
        circuit: whose gates judge them.
        inputs: the inputs that say which choices were given.
        people: what each of them said; the first has the lowest bit.

    """

    def __init__(self, circuit: Circuit, inputs: conditions.Given, people: Sequence[Given]) -> None:
        self._circuit = circuit
        self.everybody = (1 << len(people)) - 1
        self._known: dict[Gate, int] = dict.fromkeys(inputs.values(), 0)
        for number, given in enumerate(people):
            for question, state in given.items():
                for code in state if isinstance(state, frozenset) else ():
                    self._known[inputs[question, code]] |= 1 << number

    def remember(self, gates: Iterable[Gate]) -> None:
        """Judge by some gates and all they are built from once and for all."""
        wanted = self._circuit.below(gates, done=self._known)
        self._known.update(zip(wanted, self.where(wanted), strict=True))

    def where(self, gates: Sequence[Gate]) -> list[int]:
        """Return for each of some gates for whom it is true."""
        return self._circuit.evaluate(gates, self._known, self.everybody)
