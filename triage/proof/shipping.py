"""Whether the shipped circuit says of every answer set what the rules say that are proved and explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.circuit.consultation import UNKNOWN_INPUT
from triage.circuit.gates import FALSE, TRUE, Circuit, opposite
from triage.proof.solver import Solver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.circuit.gates import Gate
    from triage.proof.answer_space import AnswerSpace
    from triage.proof.shipped import Inputs, Shipped

__all__ = ["Comparison", "compared", "differing"]


@dataclass(frozen=True)
class Comparison:
    """What came of comparing the shipped circuit with the rules."""

    outputs: int
    """How many outputs were compared."""
    different: tuple[str, ...]
    """Those that are not the same for every answer set."""

    def with_more(self, outputs: int, different: Iterable[str]) -> Comparison:
        """Return it with further outputs compared."""
        return Comparison(self.outputs + outputs, (*self.different, *different))


def compared(space: AnswerSpace, shipped: Shipped) -> Comparison:
    """Compare every urgency, outcome, rule, type and cause over every state with no open question.

    Answers to questions that do not apply are among the states. A question to which the screen offers no "I don't
    know" is answered in all of them: left open is not the same as unknown.
    """
    circuit = space.circuit
    inputs: Inputs = {}
    answered: list[Gate] = []
    for question in space.protocol.questionnaire.questions:
        codes = [space.answers.given[question.id, code] for code in question.codes]
        inputs |= {(question.id, code): gate for code, gate in zip(question.codes, codes, strict=True)}
        if question.unknown:
            inputs[question.id, UNKNOWN_INPUT] = opposite(circuit.any_of(codes))
        else:
            answered.append(circuit.any_of(codes))
    said = shipped.state(circuit, inputs).said
    where = circuit.all_of(answered)
    different = {
        f"{group}: {name}": circuit.all_of((where, opposite(circuit.same(said[group].get(name, FALSE), gate))))
        for group, name, gate in _proved(space)
    }
    wrong: list[str] = []
    if space.solver.some([circuit.any_of(different.values())]):
        wrong = [name for name, gate in different.items() if space.solver.some([gate])]
    return Comparison(len(different), tuple(wrong))


def differing(one: Shipped, other: Shipped) -> tuple[str, ...]:
    """Return the outputs of one circuit that are not the same in another, whatever the inputs are.

    Outputs that only the other has do not matter.
    """
    circuit = Circuit()
    solver = Solver(circuit)
    inputs = one.new_inputs(circuit)
    theirs = other.outputs(circuit, inputs)
    different = {
        name: opposite(circuit.same(gate, theirs[name])) if name in theirs else TRUE
        for name, gate in one.outputs(circuit, inputs).items()
    }
    if not solver.some([circuit.any_of(different.values())]):
        return ()
    return tuple(name for name, gate in different.items() if solver.some([gate]))


def _proved(space: AnswerSpace) -> Iterator[tuple[str, str, Gate]]:
    """Yield all that is compared, by the group and name that it has in the shipped circuit."""
    results = space.results
    for group, gates in (("urgency", results.urgency), ("at worst", results.at_worst), ("outcome", results.outcome)):
        yield from ((group, value.value, gate) for value, gate in gates.items())
    yield from (("fired", rule.id, results.fires(rule)) for rule in space.protocol.rules)
    yield from (("types", code, gate) for code, gate in results.types.items())
    yield from (("causes", code, gate) for code, gate in results.causes.items())
