"""Which of a person's answers are enough by themselves, whatever the others are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.circuit.gates import opposite
from triage.conditions.answer_state import NOT_APPLICABLE, Missing

if TYPE_CHECKING:
    from collections.abc import Collection

    from triage.answers.answers import Answers
    from triage.conditions.answer_state import AnswerState
    from triage.proof.answer_space import AnswerSpace
    from triage.protocol.urgency import Urgency

__all__ = ["enough_for"]


def enough_for(
    space: AnswerSpace,
    answers: Answers,
    urgency: Urgency,
    *,
    exactly: bool,
    telling: Collection[str] = (),
) -> list[str]:
    """Return questions whose answers force an urgency by themselves; none of them can be dropped.

    Of several such sets one that rests on warning signs is preferred. Answers that are ``unknown`` may be among them.

    Args:
        space: the protocol.
        answers: a person's answers; open ones count as not given.
        urgency: what the answers must force.
        exactly: whether just this urgency must be forced, or at least it.
        telling: questions to keep rather than others, since the reasons name them.

    """
    goal = space.results.urgency[urgency] if exactly else space.results.at_least[urgency]
    states = {name: state for name, state in answers.states.items() if state is not NOT_APPLICABLE}
    questions = space.protocol.questionnaire.by_id

    def worth(name: str) -> tuple[bool, int, int]:
        state = states[name]
        warning = not isinstance(state, Missing) and not state.isdisjoint(questions[name].warnings)
        unknown = isinstance(state, Missing)
        return (name in telling, 2 if warning else 0 if unknown else 1, -list(questions).index(name))

    kept = {name: space.answers.exactly(name, state) for name, state in states.items() if state_counts(state)}
    used = set(kept.values())
    """Those that it took the last time to force the goal; any other can be dropped without asking."""
    for name in sorted(kept, key=worth):
        fewer = [gate for other, gate in kept.items() if other != name]
        if kept[name] in used:
            if space.some(*fewer, opposite(goal)):
                continue
            used = space.solver.clash(fewer)
        del kept[name]
    return [name for name in questions if name in kept]


def state_counts(state: AnswerState) -> bool:
    """Return whether a state was said, so that it can be a reason."""
    return not isinstance(state, Missing) or state is Missing.UNKNOWN
