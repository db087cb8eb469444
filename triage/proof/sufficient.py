"""Which of a person's answers are enough by themselves, whatever the others are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.answer_state import NOT_APPLICABLE, Missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from triage.answer_state import AnswerState
    from triage.answers import Answers
    from triage.proof.answer_space import Diagram
    from triage.proof.diagrams import ProtocolDiagrams
    from triage.urgency import Urgency

__all__ = ["enough_for", "is_enough"]


def enough_for(
    diagrams: ProtocolDiagrams,
    answers: Answers,
    urgency: Urgency,
    *,
    exactly: bool,
    telling: Collection[str] = (),
) -> list[str]:
    """Return questions whose answers force an urgency by themselves; none of them can be dropped.

    Of several such sets one that rests on warning signs is preferred. Answers that are ``unknown`` may be among them.

    Args:
        diagrams: the protocol.
        answers: a person's answers; open ones count as not given.
        urgency: what the answers must force.
        exactly: whether just this urgency must be forced, or at least it.
        telling: questions to keep rather than others, since the reasons name them.

    """
    goal = diagrams.urgency[urgency] if exactly else diagrams.at_least[urgency]
    states = {name: state for name, state in answers.states.items() if state is not NOT_APPLICABLE}
    questions = diagrams.protocol.questionnaire.by_id

    def worth(name: str) -> tuple[bool, int, int]:
        state = states[name]
        warning = not isinstance(state, Missing) and not state.isdisjoint(questions[name].warnings)
        unknown = isinstance(state, Missing)
        return (name in telling, 2 if warning else 0 if unknown else 1, -list(questions).index(name))

    kept = {name: states[name] for name in states if state_counts(states[name])}
    for name in sorted(kept, key=worth):
        fewer = {other: state for other, state in kept.items() if other != name}
        if is_enough(diagrams, fewer, goal):
            kept = fewer
    return [name for name in questions if name in kept]


def state_counts(state: AnswerState) -> bool:
    """Return whether a state was said, so that it can be a reason."""
    return not isinstance(state, Missing) or state is Missing.UNKNOWN


def is_enough(diagrams: ProtocolDiagrams, states: Mapping[str, AnswerState], goal: Diagram) -> bool:
    """Return whether every answer set with these answers lies inside a goal."""
    space = diagrams.space
    left = diagrams.valid & ~goal
    for name, state in states.items():
        left &= space.exactly(name, state)
        if state is Missing.UNKNOWN:
            left &= space.unknown(name)
        if left == space.false:
            return True
    return bool(left == space.false)
