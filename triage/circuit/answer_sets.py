"""Which answers one person can give: the answer sets that proofs speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.circuit.gates import Gate, opposite

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.circuit.conditions import Conditions
    from triage.circuit.gates import Circuit
    from triage.questionnaire import Question, Questionnaire

__all__ = ["answer_sets"]


def answer_sets(circuit: Circuit, questionnaire: Questionnaire, conditions: Conditions) -> Gate:
    """Return where every question is answered as it may be, and not answered where it does not apply."""
    questions = questionnaire.questions
    return circuit.all_of(part for question in questions for part in _well_formed(circuit, question, conditions))


def _well_formed(circuit: Circuit, question: Question, conditions: Conditions) -> Iterator[Gate]:
    codes = question.codes
    for index, code in enumerate(codes):
        for other in codes[:index]:
            if not question.multiple or question.alone & {code, other}:
                together = circuit.all_of((conditions.given[question.id, code], conditions.given[question.id, other]))
                yield opposite(together)
    applies = opposite(conditions.not_applicable(question.id))
    yield circuit.any_of((applies, conditions.nothing_given(question.id)))
