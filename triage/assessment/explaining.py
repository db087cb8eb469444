"""The exact explanation of one result: what forces it, why it is not benign, and what would change it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import Explanation, NearestBenign, PossibleChange, read_in_words
from triage.assessment.what_if import WhatIf
from triage.conditions.answer_state import NOT_APPLICABLE, Missing
from triage.conditions.condition import questions_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.answers import Answers
    from triage.assessment.assessment import AnswerInWords, Assessment
    from triage.proof.answer_space import AnswerSpace
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

__all__ = ["commonness", "explained"]


def explained(protocol: Protocol, answers: Answers, result: Assessment, cases: Iterable[Case]) -> Assessment:
    """Return a result with its exact explanation.

    Args:
        protocol: the rules.
        answers: the answers that were judged.
        result: what came of them.
        cases: worked cases, which say how common a choice is.

    """
    what_if = WhatIf(protocol, answers)
    nearest = what_if.nearest_pattern()
    at_least, exactly = _enough(protocol, answers, result)
    explanation = Explanation(
        enough_for_at_least=at_least,
        enough_for_exactly=exactly,
        nearest_benign=nearest
        and NearestBenign(
            rule=nearest.rule.id,
            title=nearest.rule.title,
            answers=tuple(read_in_words(protocol, answers, name, codes) for name, codes in nearest.failing.items()),
        ),
        would_raise=tuple(
            PossibleChange(
                answer=read_in_words(protocol, answers, change.question, [change.code]),
                outcome=change.outcome,
                urgency=change.urgency,
            )
            for change in what_if.would_raise(commonness(protocol, answers, cases))
        ),
        would_lower=tuple(_said(protocol, answers, name) for name in what_if.would_lower()),
    )
    return result.model_copy(update={"explanation": explanation})


def commonness(protocol: Protocol, answers: Answers, cases: Iterable[Case]) -> Counter[tuple[str, str]]:
    """Count how often each choice is given in the worked cases of people like this one, such as babies."""
    flags = _flags_by_kind(protocol)
    kind = [answers.states[flag] is NOT_APPLICABLE for flag in flags]
    counts: Counter[tuple[str, str]] = Counter()
    for case in cases:
        states = settle(protocol.questionnaire, given_states(case.answers)).states
        if [states[flag] is NOT_APPLICABLE for flag in flags] == kind:
            said = ((name, [value] if isinstance(value, str) else value) for name, value in case.answers.items())
            counts.update((name, code) for name, codes in said for code in codes)
    return counts


def _flags_by_kind(protocol: Protocol) -> list[str]:
    """Return the red-flag questions that apply to some kinds of people only, by what does not change in them."""
    questions = protocol.questionnaire.by_id
    return [
        flag.id
        for flag in protocol.questionnaire.red_flags
        if flag.when is not None and all(questions[name].fixed for name in questions_in(flag.when))
    ]


def _said(protocol: Protocol, answers: Answers, name: str) -> AnswerInWords:
    state = answers.states[name]
    return read_in_words(protocol, answers, name, [state.value] if isinstance(state, Missing) else state)


_known: dict[str, AnswerSpace] = {}
"""The answer space of the protocol explained last: making it anew for each case would cost time and memory."""


def _answer_space(protocol: Protocol) -> AnswerSpace | None:
    """Return all answer sets of a protocol, or None where the proofs are not installed."""
    if protocol.digest not in _known:
        try:
            from triage.proof.answer_space import AnswerSpace

            space = AnswerSpace(protocol)
        except ImportError:
            return None
        _known.clear()
        _known[protocol.digest] = space
    return _known[protocol.digest]


def _enough(
    protocol: Protocol, answers: Answers, result: Assessment
) -> tuple[tuple[AnswerInWords, ...] | None, tuple[AnswerInWords, ...] | None]:
    """Return the minimal sufficient answers, if the proofs are installed."""
    space = _answer_space(protocol)
    if space is None:
        return None, None
    from triage.proof.sufficient import enough_for

    plain = settle(protocol.questionnaire, answers.given())  # set-aside answers are no part of the answer space
    if plain.misplaced:
        return None, None  # a contradiction about what applies; the reasons say so
    top = [reason for reason in result.reasons if reason.urgency is result.urgency]
    telling = {answer.question for reason in top for answer in reason.because}
    sets = [enough_for(space, plain, result.urgency, exactly=exactly, telling=telling) for exactly in (False, True)]
    at_least, exactly = (tuple(_said(protocol, plain, name) for name in names) for names in sets)
    return at_least, exactly
