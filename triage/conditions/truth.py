"""The meaning of a condition: true, false, or neither while answers are missing (strong Kleene logic).

This is the reference reading. ``None`` stands for "neither": the answers do not settle it yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import OPEN, UNKNOWN, Missing
from triage.conditions.condition import (
    All,
    Any,
    AnyOf,
    Besides,
    Condition,
    Every,
    Found,
    InState,
    NoneOf,
    Only,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from triage.conditions.answer_state import AnswerState

__all__ = ["Truth", "any_of", "opposite", "truth"]

Truth = bool | None

_ANSWERED = (AnyOf, Only, Every, Besides)


def opposite(value: Truth) -> Truth:
    """Return the negation; neither stays neither."""
    return None if value is None else not value


def any_of(values: Iterable[Truth]) -> Truth:
    """Return the disjunction: true wins, then neither.

    >>> any_of([False, None]), any_of([None, True]), any_of([])
    (None, True, False)
    """
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
    # Plain tests and loops, for all the time of judging goes here: `match` and generators take twice as long.
    if isinstance(condition, _ANSWERED):
        return _answered(condition, states[condition.question])
    if isinstance(condition, All):
        return _combined(condition.parts, False, states, findings, misplaced)
    if isinstance(condition, Any):
        return _combined(condition.parts, True, states, findings, misplaced)
    if isinstance(condition, NoneOf):
        return opposite(_combined(condition.parts, True, states, findings, misplaced))
    if isinstance(condition, Found):
        return findings[condition.finding]
    if isinstance(condition, InState):
        return _in_state(states[condition.question], condition.state)
    return condition.question in misplaced


def _combined(
    parts: Iterable[Condition],
    decisive: bool,
    states: Mapping[str, AnswerState],
    findings: Mapping[str, Truth],
    misplaced: Collection[str],
) -> Truth:
    """Judge parts until one of them decides: a false one of a conjunction, a true one of a disjunction."""
    result: Truth = not decisive
    for part in parts:
        value = truth(part, states, findings, misplaced)
        if value is decisive:
            return value
        if value is None:
            result = None
    return result


def _in_state(state: AnswerState, wanted: str) -> Truth:
    if state is OPEN:
        return None
    return isinstance(state, Missing) and state.value == wanted


def _answered(condition: AnyOf | Only | Every | Besides, state: AnswerState) -> Truth:
    if state is UNKNOWN or state is OPEN:
        return None
    if isinstance(state, Missing):
        return False
    if isinstance(condition, AnyOf):
        return not state.isdisjoint(condition.codes)
    if isinstance(condition, Only):
        return state.issubset(condition.codes)
    if isinstance(condition, Every):
        return state.issuperset(condition.codes)
    return not state.issubset(condition.codes)
