"""The meaning of a condition: true, false, or neither while answers are missing (strong Kleene logic).

This is the reference reading. ``None`` stands for "neither": the answers do not settle it yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.answer_state import OPEN, UNKNOWN, Missing
from triage.condition import (
    All,
    Any,
    AnyOf,
    Besides,
    Condition,
    Every,
    Found,
    InState,
    Misplaced,
    NoneOf,
    Only,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from triage.answer_state import AnswerState

__all__ = ["Truth", "all_of", "any_of", "opposite", "truth"]

Truth = bool | None


def opposite(value: Truth) -> Truth:
    """Return the negation; neither stays neither."""
    return None if value is None else not value


def all_of(values: Iterable[Truth]) -> Truth:
    """Return the conjunction: false wins, then neither.

    >>> all_of([True, None]), all_of([None, False]), all_of([])
    (None, False, True)
    """
    result: Truth = True
    for value in values:
        if value is False:
            return False
        if value is None:
            result = None
    return result


def any_of(values: Iterable[Truth]) -> Truth:
    """Return the disjunction: true wins, then neither."""
    result: Truth = False
    for value in values:
        if value is True:
            return True
        if value is None:
            result = None
    return result


def truth(
    condition: Condition,
    states: Mapping[str, AnswerState],
    findings: Mapping[str, Truth],
    misplaced: Collection[str] = (),
) -> Truth:
    """Judge a condition.

    Args:
        condition: what to judge.
        states: the state of every question that the condition names.
        findings: the truth of every finding that the condition names.
        misplaced: questions that do not apply and were given a warning choice all the same.

    >>> truth(AnyOf("smoker", ("yes",)), {"smoker": UNKNOWN}, {}) is None
    True

    """
    match condition:
        case All(parts):
            return all_of(truth(part, states, findings, misplaced) for part in parts)
        case Any(parts):
            return any_of(truth(part, states, findings, misplaced) for part in parts)
        case NoneOf(parts):
            return opposite(any_of(truth(part, states, findings, misplaced) for part in parts))
        case Found(finding):
            return findings[finding]
        case Misplaced(question):
            return question in misplaced
        case InState(question, state):
            return _in_state(states[question], state)
        case _:
            return _answered(condition, states[condition.question])


def _in_state(state: AnswerState, wanted: str) -> Truth:
    if state is OPEN:
        return None
    return isinstance(state, Missing) and state.value == wanted


def _answered(condition: AnyOf | Only | Every | Besides, state: AnswerState) -> Truth:
    if state is UNKNOWN or state is OPEN:
        return None
    if isinstance(state, Missing):
        return False
    codes = condition.codes
    match condition:
        case AnyOf():
            return not state.isdisjoint(codes)
        case Only():
            return state.issubset(codes)
        case Every():
            return state.issuperset(codes)
        case Besides():
            return not state.issubset(codes)
