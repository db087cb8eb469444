"""Answers that a protocol or a case holds, against its questions: what no question asks, and what cannot be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.conditions.answer_state import STATES
from triage.documents.output_text import shown
from triage.documents.problems import Problem, did_you_mean
from triage.protocol.written import texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from triage.documents.document import Steps
    from triage.documents.problems import Place

__all__ = ["check_answers"]


def check_answers(
    owner: str,
    answers: Mapping[str, Any],
    questions: Mapping[str, Any],
    place: Callable[[Steps], Place],
    *,
    all_questions_known: bool = True,
) -> Iterator[Problem]:
    """Find answers to no question, with no choice, or that contradict each other; what has another form is left out."""
    for name, value in answers.items():
        if name not in questions:
            if all_questions_known:
                message = f"{owner} answers {shown(name)}, which no question asks."
                yield Problem(place((name,)), message, did_you_mean(name, questions))
            continue
        codes = texts([value] if isinstance(value, str) else value)
        known = (*questions[name].codes, *STATES)
        for index, code in codes:
            if code not in known:
                message = f"{owner} answers {shown(name)} with {shown(code)}, which is no choice of it."
                word = (name, index) if isinstance(value, list) else (name,)
                yield Problem(place(word), message, did_you_mean(code, known))
        lonely = [code for _, code in codes if code in questions[name].alone or code in STATES]
        if len(codes) > 1 and lonely:
            yield Problem(
                place((name,)), f"{owner} answers {shown(name)} with {shown(lonely[0])}, which excludes the others."
            )
        elif len(codes) > 1 and not questions[name].multiple:
            yield Problem(place((name,)), f"{owner} gives {len(codes)} answers to {shown(name)}, which takes one.")
