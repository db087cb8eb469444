"""What single changes of a person's answers would change: what calls for more caution, and what for less.

More caution is more urgent, or no longer likely benign; less is less urgent, or likely benign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answers.answers import Answers, settle
from triage.conditions.answer_state import NOT_APPLICABLE, OPEN, Missing
from triage.conditions.condition import All, Found
from triage.conditions.truth import truth
from triage.engines.deciding_answers import deciding_answers
from triage.engines.decision import Decision, decide
from triage.engines.plain import PlainEngine
from triage.protocol.urgency import Outcome, Vote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.conditions.answer_state import AnswerState
    from triage.conditions.condition import Condition
    from triage.engines.verdicts import Verdicts
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule
    from triage.protocol.urgency import Urgency

__all__ = ["Change", "NearestPattern", "WhatIf"]


_FAR = 2
"""A pattern that fails on more questions is not said to come close."""


@dataclass(frozen=True)
class Change:
    """One new answer and the result it would lead to."""

    question: str
    code: str
    """What would be answered; for a multiple choice, as well as what is."""
    outcome: Outcome
    urgency: Urgency


@dataclass(frozen=True)
class NearestPattern:
    """The benign rule whose pattern fails on the fewest answers, and those answers.

    Warning signs and unknown answers keep every benign rule from being true; they are not repeated here.
    """

    rule: Rule
    failing: Mapping[str, frozenset[str]]


class WhatIf:
    """Tries single changes of one person's answers."""

    def __init__(self, protocol: Protocol, answers: Answers) -> None:
        self._protocol = protocol
        self._engine = PlainEngine(protocol)
        self._answers = answers
        self._given = answers.given()
        self._verdicts = self._engine.judge(answers)
        self._decision = decide(protocol, self._verdicts)
        self._tried: dict[tuple[str, AnswerState], tuple[Answers, Verdicts, Decision]] = {}
        """What becomes of changes; many are asked about twice, for more caution and for less."""

    # ---- more caution ----

    def would_raise(self, commonness: Mapping[tuple[str, str], int], most: int = 7) -> list[Change]:
        """Return single new answers that would raise the urgency, or turn likely benign into a sign of disease.

        Warning signs come first, then the most urgent and common. At most two of one question are named. Questions
        about what does not change in a person are left out.

        Args:
            commonness: how often a choice is given in the worked cases, by question and code.
            most: how many to return.

        """
        found = [
            Change(question.id, code, decision.outcome, decision.urgency)
            for question in self._protocol.questionnaire.questions
            if not question.fixed and self._answers.states[question.id] is not NOT_APPLICABLE
            for code, state in self._additions(question)
            for answers, verdicts, decision in [self._after(question.id, state)]
            if _asks_for_more(decision, self._decision) and self._rests_on(question.id, answers, verdicts, decision)
        ]
        questions = self._protocol.questionnaire.by_id
        found.sort(
            key=lambda change: (
                change.code not in questions[change.question].warnings,
                -change.urgency.rank,
                -commonness.get((change.question, change.code), 0),
            )
        )
        chosen: list[Change] = []
        for change in found:
            if sum(other.question == change.question for other in chosen) < 2:
                chosen.append(change)
        return chosen[:most]

    def _additions(self, question: Question) -> Iterator[tuple[str, AnswerState]]:
        """Yield each code that could be answered as well, with the state it makes."""
        state = self._answers.states[question.id]
        chosen = frozenset() if isinstance(state, Missing) else state
        for code in question.codes:
            if code in chosen or code in question.alone:
                continue
            yield code, (chosen - question.alone) | {code} if question.multiple else frozenset({code})

    def _rests_on(self, question: str, answers: Answers, verdicts: Verdicts, decision: Decision) -> bool:
        """Return whether a rule that carries the new result was made true by the changed question."""
        raised = decision.urgency is not self._decision.urgency
        carrying = (
            rule
            for rule in decision.fired
            if rule.when is not None
            and (rule.then.urgency is decision.urgency if raised else rule.vote is Vote.DISEASE)
        )
        return any(question in deciding_answers(self._protocol, answers, verdicts, rule.when) for rule in carrying)

    # ---- less caution ----

    def would_lower(self) -> list[str]:
        """Return the questions whose answer, if it is wrong, could make it less urgent, or likely benign."""
        found = []
        for question in self._protocol.questionnaire.questions:
            state = self._answers.states[question.id]
            if question.fixed or (isinstance(state, Missing) and state is not Missing.UNKNOWN):
                continue
            others = (other for other in self._others(question) if other != state)
            if any(_asks_for_more(self._decision, self._after(question.id, other)[2]) for other in others):
                found.append(question.id)
        return found

    def _others(self, question: Question) -> Iterator[AnswerState]:
        """Yield the states a mistaken answer might have had: one code less, or another code by itself."""
        state = self._answers.states[question.id]
        if question.multiple and not isinstance(state, Missing):
            for code in sorted(state):
                if len(state) > 1:
                    yield state - {code}
        yield from (frozenset({code}) for code in question.codes)

    # ---- why not benign ----

    def nearest_pattern(self) -> NearestPattern | None:
        """Return the benign rule that comes closest; None where the result is benign, or none comes close.

        A pattern of another age does not come close, nor does one that fails on more than two questions.
        """
        if self._decision.outcome is Outcome.LIKELY_BENIGN:
            return None
        questions = self._protocol.questionnaire.by_id
        near: list[NearestPattern] = []
        for rule in self._protocol.concluding_rules:
            if rule.vote is not Vote.BENIGN:
                continue
            behind, pattern = self._failing(rule.when)
            if not any(questions[name].fixed for name in (*behind, *pattern)) and len(pattern) <= _FAR:
                near.append(NearestPattern(rule, pattern))
        return min(near, key=lambda one: len(one.failing), default=None)

    def _failing(self, condition: Condition) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
        """Return the answers on which the findings of a condition fail, and those on which the rest of it does."""
        parts = condition.parts if isinstance(condition, All) else (condition,)
        states, findings, misplaced = self._answers.states, self._verdicts.findings, self._answers.misplaced
        behind: dict[str, frozenset[str]] = {}
        pattern: dict[str, frozenset[str]] = {}
        for part in parts:
            if truth(part, states, findings, misplaced) is True:
                continue
            answers = behind if isinstance(part, Found) else pattern
            for question, codes in deciding_answers(self._protocol, self._answers, self._verdicts, part).items():
                answers[question] = answers.get(question, frozenset()) | codes
        return behind, pattern

    def _after(self, question: str, state: AnswerState) -> tuple[Answers, Verdicts, Decision]:
        tried = self._tried.get((question, state))
        if tried is None:
            left_out = OPEN if OPEN in self._answers.states.values() else Missing.UNKNOWN
            answers = settle(self._protocol.questionnaire, {**self._given, question: state}, left_out=left_out)
            verdicts = self._engine.judge(answers)
            tried = self._tried[question, state] = answers, verdicts, decide(self._protocol, verdicts)
        return tried


def _asks_for_more(one: Decision, other: Decision) -> bool:
    """Return whether a result asks for more caution than another."""
    if one.urgency is not other.urgency:
        return one.urgency.rank > other.urgency.rank
    return (one.outcome, other.outcome) == (Outcome.SUGGESTS_DISEASE, Outcome.LIKELY_BENIGN)
