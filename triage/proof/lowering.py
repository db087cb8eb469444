"""What one more answer does: whether giving a choice can lower the urgency, from whatever was answered before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.answer_state import UNKNOWN
from triage.circuit.answer_sets import answer_sets
from triage.circuit.conditions import Conditions
from triage.circuit.gates import Gate, opposite
from triage.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.answer_state import AnswerState
    from triage.proof.answer_space import AnswerSpace

__all__ = ["lowerings"]


def lowerings(space: AnswerSpace, question: str, codes: Iterable[str]) -> Iterator[tuple[str, Gate, Gate]]:
    """Yield for each choice of a question where it can be given anew, and where that lowers the urgency.

    Where the change makes other questions apply or not, it lowers if it does with any answers to those.
    """
    circuit = space.circuit
    after = space.varied(space.hanging_on(question))
    may_follow = circuit.all_of((after.valid, _same_where_possible(space, after, question)))
    lower = circuit.any_of(
        circuit.all_of((space.results.at_least[level], opposite(after.results.at_least[level])))
        for level in list(Urgency)[1:]
    )
    for code in codes:
        changes = list(_changes(space, after, question, code))
        changed = circuit.any_of(circuit.all_of(change) for change in changes)
        yield code, circuit.any_of(before for before, _ in changes), circuit.all_of((changed, may_follow, lower))


def _same_where_possible(space: AnswerSpace, after: AnswerSpace, question: str) -> Gate:
    """Return where what hangs on a question is answered as before, unless the change makes that impossible."""
    circuit, questionnaire = space.circuit, space.protocol.questionnaire
    kept = {choice: (after if choice[0] == question else space).given[choice] for choice in space.given}
    possible = answer_sets(circuit, questionnaire, Conditions(circuit, questionnaire, kept))
    same = circuit.all_of(circuit.same(gate, kept[choice]) for choice, gate in after.given.items())
    return circuit.any_of((same, opposite(possible)))


def _changes(space: AnswerSpace, after: AnswerSpace, question: str, code: str) -> Iterator[tuple[Gate, Gate]]:
    """Yield each kind of earlier answer to a question: where it is given, and what then becomes of its choices."""
    circuit = space.circuit
    asked = space.protocol.questionnaire.by_id[question]
    alone: list[AnswerState] = [UNKNOWN]
    if asked.multiple:
        alone += [frozenset({one}) for one in asked.codes if one in asked.alone]
        others = [one for one in asked.codes if one != code]
        together = space.some_of(question, (one for one in others if one not in asked.alone))
        kept = (circuit.same(after.given[question, one], space.given[question, one]) for one in others)
        before = circuit.all_of((opposite(space.given[question, code]), together))
        yield before, circuit.all_of((after.given[question, code], *kept))
    else:
        alone += [frozenset({one}) for one in asked.codes if one in asked.reassuring]
    for state in alone:
        yield space.exactly(question, state), after.exactly(question, frozenset({code}))
