"""The exact explanation of one result: what forces it, why it is not benign, and what would change it."""

from __future__ import annotations

from collections import Counter, defaultdict
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

__all__ = ["Commonness", "explained"]


def explained(protocol: Protocol, answers: Answers, result: Assessment, commonness: Commonness) -> Assessment:
    """Return a result with its exact explanation.

    Args:
        protocol: the rules.
        answers: the answers that were judged.
        result: what came of them.
        commonness: how common choices are.

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
            for change in what_if.would_raise(commonness.among(answers))
        ),
        would_lower=tuple(_said(protocol, answers, name) for name in what_if.would_lower()),
    )
    return result.model_copy(update={"explanation": explanation})


class Commonness:
    """How often each choice is given in worked cases, apart for each kind of person, such as babies.

    Args:
        protocol: the rules.
        cases: the worked cases.

    """

    def __init__(self, protocol: Protocol, cases: Iterable[Case]) -> None:
        self._flags = _flags_by_kind(protocol)
        self._counts: defaultdict[tuple[bool, ...], Counter[tuple[str, str]]] = defaultdict(Counter)
        for case in cases:
            kind = self._kind(settle(protocol.questionnaire, given_states(case.answers)))
            said = ((name, [value] if isinstance(value, str) else value) for name, value in case.answers.items())
            self._counts[kind].update((name, code) for name, codes in said for code in codes)

    def among(self, answers: Answers) -> Counter[tuple[str, str]]:
        """Return the counts by question and code, in the cases of people like this one."""
        return self._counts.get(self._kind(answers), Counter())

    def _kind(self, answers: Answers) -> tuple[bool, ...]:
        return tuple(answers.states[flag] is NOT_APPLICABLE for flag in self._flags)


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
