"""The meaning of a condition: true, false, or neither while answers are missing (strong Kleene logic).

This is the reference reading. ``None`` stands for "neither": the answers do not settle it yet.

Nearly all the time of judging goes here, and one condition is judged of many people. So its meaning is made of it once,
a function inside a function for every part, and kept with the condition.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from triage.conditions.answer_state import NOT_APPLICABLE, OPEN, AnswerState, Missing
from triage.conditions.condition import (
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
    from collections.abc import Set as AbstractSet

__all__ = ["Judge", "Truth", "any_of", "judge_of", "opposite", "truth"]

Truth = bool | None

Judge = Callable[[Mapping[str, AnswerState], Mapping[str, Truth], Collection[str]], Truth]
"""Judges one condition; its arguments are those of :func:`truth` after the first."""

_KEPT = "judge"


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

    >>> from triage.conditions.answer_state import UNKNOWN
    >>> truth(AnyOf("smoker", ("yes",)), {"smoker": UNKNOWN}, {}) is None
    True

    """
    return judge_of(condition)(states, findings, misplaced)


def judge_of(condition: Condition) -> Judge:
    """Return what judges a condition; made when it is first asked for, and kept with the condition."""
    judge: Judge | None = condition.__dict__.get(_KEPT)
    if judge is None:
        judge = condition.__dict__[_KEPT] = _judge_of(condition)
    return judge


def _judge_of(condition: Condition) -> Judge:
    match condition:
        case All(parts):
            return _combined(parts, decisive=False)
        case Any(parts):
            return _combined(parts, decisive=True)
        case NoneOf(parts):
            return _opposite(_combined(parts, decisive=True))
        case Found(finding):
            return lambda _states, findings, _misplaced: findings[finding]
        case Misplaced(question):
            return lambda _states, _findings, misplaced: question in misplaced
        case InState(question, state):
            return _in_state(question, Missing(state))
        case AnyOf(question, codes):
            return _answered(question, frozenset(codes).isdisjoint, wanted=False)
        case Only(question, codes):
            return _answered(question, frozenset(codes).issuperset, wanted=True)
        case Every(question, codes):
            return _answered(question, frozenset(codes).issubset, wanted=True)
        case Besides(question, codes):
            return _answered(question, frozenset(codes).issuperset, wanted=False)


def _combined(parts: Iterable[Condition], *, decisive: bool) -> Judge:
    """Judge parts until one of them decides: a false one of a conjunction, a true one of a disjunction."""
    judges = tuple(judge_of(part) for part in parts)
    otherwise = not decisive

    def judge(states: Mapping[str, AnswerState], findings: Mapping[str, Truth], misplaced: Collection[str]) -> Truth:
        result: Truth = otherwise
        for part in judges:
            value = part(states, findings, misplaced)
            if value is decisive:
                return value
            if value is None:
                result = None
        return result

    return judge


def _opposite(judge: Judge) -> Judge:
    return lambda states, findings, misplaced: opposite(judge(states, findings, misplaced))


def _in_state(question: str, wanted: Missing) -> Judge:
    def judge(states: Mapping[str, AnswerState], _findings: Mapping[str, Truth], _misplaced: Collection[str]) -> Truth:
        state = states[question]
        return None if state is OPEN else state is wanted

    return judge


def _answered(question: str, compare: Callable[[AbstractSet[str]], bool], *, wanted: bool) -> Judge:
    """Judge the codes of an answer; without any it is false where the question does not apply, else neither."""

    def judge(states: Mapping[str, AnswerState], _findings: Mapping[str, Truth], _misplaced: Collection[str]) -> Truth:
        state = states[question]
        if isinstance(state, frozenset):
            return compare(state) is wanted
        return False if state is NOT_APPLICABLE else None

    return judge
