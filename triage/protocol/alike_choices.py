"""Choices of several questions that mean the same, as the questionnaire itself says it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.protocol.questionnaire import Choice, Questionnaire

__all__ = ["ChoicePlace", "alike_choices"]

ChoicePlace = tuple[str, str]
"""A question and the code of a choice."""


def alike_choices(questionnaire: Questionnaire) -> dict[ChoicePlace, tuple[ChoicePlace, ...]]:
    """Return for each choice those of other questions that mean the same.

    They are warning signs of the same label, or have the same term of a code system. A term that several choices of a
    question share says less than each of them.
    """
    meanings: dict[ChoicePlace, set[str]] = {}
    for question in questionnaire.questions:
        terms = Counter(term for choice in question.choices for term in _terms(choice))
        for choice in question.choices:
            label = {choice.label.casefold()} if choice.code in question.warnings else set()
            meanings[question.id, choice.code] = label | {term for term in _terms(choice) if terms[term] == 1}
    found = {
        place: tuple(other for other, also in meanings.items() if other[0] != place[0] and not said.isdisjoint(also))
        for place, said in meanings.items()
        if said
    }
    return {place: others for place, others in found.items() if others}


def _terms(choice: Choice) -> set[str]:
    return {f"{one.system} {one.code}" for one in choice.codings}
