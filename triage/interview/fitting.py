"""Which choices of a question fit a person: those that certainly do not are not shown.

What is hidden counts as not given, as it does when nobody marks it. Where it is not known whether a choice fits, it is
shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import Missing
from triage.conditions.truth import truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.questionnaire import Choice, Question

__all__ = ["fitting", "hidden", "said_otherwise", "worded"]


def hidden(question: Question, states: Mapping[str, AnswerState]) -> frozenset[str]:
    """Return the codes of a question that certainly do not fit a person."""
    return frozenset(
        choice.code
        for choice in question.choices
        if choice.shown_if is not None and truth(choice.shown_if, states, {}) is False
    )


def said_otherwise(question: Question, states: Mapping[str, AnswerState]) -> frozenset[str]:
    """Return the codes of a question that a person reads in their other words."""
    return frozenset(
        choice.code
        for choice in question.choices
        if choice.other_words is not None and truth(choice.other_words.when, states, {}) is True
    )


def fitting(question: Question, states: Mapping[str, AnswerState], given: AnswerState | None = None) -> Question:
    """Return a question with the choices and the words that fit a person, and with those that were given before."""
    told = frozenset() if given is None or isinstance(given, Missing) else given
    left_out = hidden(question, states) - told
    asked = worded(question, states)
    return _with(asked, tuple(choice for choice in asked.choices if choice.code not in left_out))


def worded(question: Question, states: Mapping[str, AnswerState]) -> Question:
    """Return a question with all its choices, in the words that fit a person."""
    otherwise = said_otherwise(question, states)
    return _with(question, tuple(_in_other_words(one) if one.code in otherwise else one for one in question.choices))


def _with(question: Question, choices: tuple[Choice, ...]) -> Question:
    if choices == question.choices:
        return question
    # Made anew: a copy would keep what was worked out from all the choices.
    fields = {name: getattr(question, name) for name in type(question).model_fields}
    return type(question).model_construct(**{**fields, "choices": choices})


def _in_other_words(choice: Choice) -> Choice:
    other = choice.other_words
    assert other is not None
    return choice.model_copy(update={"label": other.label, "description": other.description, "other_words": None})
