"""The circuit that is shipped, read back from its bytes: what a proof about a page speaks of."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from triage.circuit.aiger import read_aiger
from triage.circuit.consultation import UNKNOWN_INPUT
from triage.circuit.gates import FALSE, Circuit, Gate, opposite

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.protocol.protocol import Protocol

__all__ = ["Shipped", "State"]

Inputs = dict[tuple[str, str], Gate]
"""Gates for the inputs, by question and by code or ``unknown``."""


class Shipped:
    """The bytes of a consultation and what their inputs and outputs mean.

    Args:
        protocol: whose consultation.
        data: the binary AIGER file.
        wiring: the meaning of its inputs and outputs.

    """

    def __init__(self, protocol: Protocol, data: bytes, wiring: Mapping[str, Any]) -> None:
        self.protocol = protocol
        self.bytes = len(data)
        self._file = read_aiger(data)
        self._groups: list[tuple[str, list[str]]] = [(group, list(names)) for group, names in wiring["outputs"]]
        self._rows: list[tuple[str, list[int]]] = [(name, list(places)) for name, places in wiring["rows"]]
        self.inputs: list[tuple[str, str]] = [(name, said) for name, inputs in wiring["inputs"] for said in inputs]

    @property
    def gates(self) -> int:
        """How many ANDs the file holds."""
        return len(self._file.ands)

    @property
    def number_of_outputs(self) -> int:
        """How many outputs the file has."""
        return len(self._file.outputs)

    def outputs(self, circuit: Circuit, inputs: Inputs) -> dict[str, Gate]:
        """Build the circuit over some gates in another circuit and return each single output by a name of its own."""
        names = [
            f"{group}: {name}{f', {number}.' if number > 1 else ''}"
            for group, listed in self._groups
            for name, number in _counted(listed)
        ]
        names += [f"row {row}: {name} {place}" for row, (name, places) in enumerate(self._rows) for place in places]
        return dict(zip(names, self._file.built(circuit, [inputs[name] for name in self.inputs]), strict=True))

    def new_inputs(self, circuit: Circuit) -> Inputs:
        """Return new inputs in another circuit."""
        return {name: circuit.input() for name in self.inputs}

    def state(self, circuit: Circuit, inputs: Inputs) -> State:
        """Build the circuit over some gates in another circuit."""
        outputs = iter(self._file.built(circuit, [inputs[name] for name in self.inputs]))
        said: dict[str, dict[str, Gate]] = {}
        for group, names in self._groups:
            gates = said.setdefault(group, {})
            for name in names:  # one may stand twice
                gates[name] = circuit.any_of((gates.get(name, FALSE), next(outputs)))
        return State(self.protocol, circuit, inputs, said)


def _counted(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Yield names, each with how often it was met so far."""
    met: Counter[str] = Counter()
    for name in names:
        met[name] += 1
        yield name, met[name]


class State:
    """A state of an interview, any at all: its inputs, and what comes of them.

    Args:
        protocol: whose questions.
        circuit: where its gates are.
        inputs: what was answered.
        said: the outputs by group and name.

    """

    def __init__(
        self, protocol: Protocol, circuit: Circuit, inputs: Inputs, said: Mapping[str, Mapping[str, Gate]]
    ) -> None:
        self.protocol = protocol
        self.circuit = circuit
        self.inputs = inputs
        self.said = said

    @property
    def nothing_set_aside(self) -> Gate:
        """Where every answer, "I don't know" too, is one to a question that applies or may apply."""
        no_answer = ((name, opposite(self.answered(name))) for name in self.said["does not apply"])
        applies = self.said["does not apply"]
        return self.circuit.all_of(self.circuit.any_of((none, opposite(applies[name]))) for name, none in no_answer)

    def some_of(self, group: str) -> Gate:
        """Return where anything in a group is said."""
        return self.circuit.any_of(self.said[group].values())

    def answered(self, question: str) -> Gate:
        """Return where anything was answered to a question, "I don't know" included."""
        return self.circuit.any_of(gate for (name, _), gate in self.inputs.items() if name == question)

    @property
    def well_formed(self) -> Gate:
        """Where each question is answered as a screen lets one answer it, or not at all."""
        return self.circuit.all_of(
            opposite(self.circuit.all_of((one, other))) for one, other in self._pairs_that_exclude_each_other()
        )

    def _pairs_that_exclude_each_other(self) -> Iterator[tuple[Gate, Gate]]:
        for question in self.protocol.questionnaire.questions:
            names = [said for name, said in self.inputs if name == question.id]
            alone = question.alone | {UNKNOWN_INPUT}
            for index, name in enumerate(names):
                for other in names[:index]:
                    if not question.multiple or alone & {name, other}:
                        yield self.inputs[question.id, name], self.inputs[question.id, other]

    def further(self, shipped: Shipped, *, also_unknown: bool = False) -> State:
        """Return all states that can come of these by answers to open questions.

        Args:
            shipped: the circuit.
            also_unknown: whether what was answered with "I don't know" may turn out to be known as well.

        """
        every, some = self.circuit.all_of, self.circuit.any_of
        new = shipped.new_inputs(self.circuit)
        inputs: Inputs = {}
        for (name, said), gate in self.inputs.items():
            is_open, unknown = self.said["open"][name], self.said["unknown"][name]
            added = every((is_open, new[name, said]))
            kept = gate
            if also_unknown and said == UNKNOWN_INPUT:
                kept = every((gate, new[name, said]))
            elif also_unknown:
                added = every((some((is_open, unknown)), new[name, said]))
            inputs[name, said] = some((kept, added))
        return shipped.state(self.circuit, inputs)
