"""A person's answers: every question in exactly one state, contradictions kept visible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.conditions.answer_state import NOT_APPLICABLE, OPEN, UNKNOWN, AnswerState, Missing
from triage.conditions.truth import truth

if TYPE_CHECKING:
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["Answers", "Given", "settle", "unknown_red_flags", "warning_signs"]

Given = Mapping[str, AnswerState]
"""What was said: codes, UNKNOWN or NOT_APPLICABLE by question id; what was not said is left out."""


@dataclass(frozen=True)
class Answers:
    """The state of every question of a questionnaire for one person.

    Built by :func:`settle`, which decides what applies.
    """

    states: Mapping[str, AnswerState]
    set_aside: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Answers to questions that do not apply."""
    misplaced: frozenset[str] = frozenset()
    """Questions that do not apply and were given a warning choice: a contradiction that excludes benign."""

    def given(self) -> dict[str, AnswerState]:
        """Return what was said, so that ``settle`` builds the same answers from it; what was not asked is left out."""
        said = {name: state for name, state in self.states.items() if state not in (OPEN, NOT_APPLICABLE)}
        return {**said, **self.set_aside}

    def without_open(self, questionnaire: Questionnaire) -> Answers:
        """Return the same answers with what was not asked as unknown, which is never less cautious."""
        return settle(questionnaire, self.given()) if OPEN in self.states.values() else self


def settle(questionnaire: Questionnaire, given: Given, *, left_out: Missing = UNKNOWN) -> Answers:
    """Decide the state of every question from what was said.

    A question whose ``when`` is certainly false is not applicable, whatever was said to it. ``not_applicable`` said to
    a question that does apply, or may apply, counts as unknown.

    Args:
        questionnaire: the questions.
        given: what was said.
        left_out: the state of a question nothing was said to: UNKNOWN for a file, OPEN in an interview.

    """
    states: dict[str, AnswerState] = {}
    set_aside: dict[str, frozenset[str]] = {}
    misplaced: set[str] = set()
    for question in questionnaire.questions:
        said = given.get(question.id, left_out)
        if question.when is not None and truth(question.when, states, {}) is False:
            states[question.id] = NOT_APPLICABLE
            if not isinstance(said, Missing):
                set_aside[question.id] = said
                if not said.isdisjoint(question.warnings):
                    misplaced.add(question.id)
        else:
            states[question.id] = UNKNOWN if said is NOT_APPLICABLE else said
    return Answers(states, set_aside, frozenset(misplaced))


def warning_signs(questionnaire: Questionnaire, answers: Answers) -> list[tuple[Question, str]]:
    """Return every warning choice that was given, misplaced ones too, in the order asked."""
    found = []
    for question in questionnaire.red_flags:
        state = answers.states[question.id]
        codes = answers.set_aside.get(question.id, frozenset()) if isinstance(state, Missing) else state
        found += [(question, code) for code in question.warnings if code in codes]
    return found


def unknown_red_flags(questionnaire: Questionnaire, answers: Answers) -> list[Question]:
    """Return the red-flag questions that were not answered, in the order asked."""
    return [flag for flag in questionnaire.red_flags if answers.states[flag.id] is UNKNOWN]
