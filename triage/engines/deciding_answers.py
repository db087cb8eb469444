"""Which of a person's answers made a condition true or false."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import Missing
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
from triage.conditions.truth import truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.answers import Answers
    from triage.conditions.truth import Truth
    from triage.engines.verdicts import Verdicts
    from triage.protocol.protocol import Protocol

__all__ = ["deciding_answers", "undecided_questions"]

Deciding = dict[str, frozenset[str]]
"""Codes (or ``unknown``) by question, in the order asked."""


def deciding_answers(protocol: Protocol, answers: Answers, verdicts: Verdicts, condition: Condition) -> Deciding:
    """Return the answers that made a condition what it is.

    Of a conjunction that is true every part counts, of one that is false the parts that are false; likewise for the
    others. An answer that plays no part is left out.
    """
    found = _Explaining(protocol, answers, verdicts).of(condition)
    return {name: found[name] for name in protocol.questionnaire.by_id if name in found}


def undecided_questions(
    protocol: Protocol, answers: Answers, verdicts: Verdicts, condition: Condition
) -> frozenset[str]:
    """Return the questions without an answer that keep a condition from being true or false."""
    return _Explaining(protocol, answers, verdicts).undecided(condition)


class _Explaining:
    def __init__(self, protocol: Protocol, answers: Answers, verdicts: Verdicts) -> None:
        self.protocol = protocol
        self.answers = answers
        self.verdicts = verdicts

    def truth(self, condition: Condition) -> Truth:
        return truth(condition, self.answers.states, self.verdicts.findings, self.answers.misplaced)

    def of(self, condition: Condition) -> Deciding:
        match condition:
            case All(parts) | Any(parts) | NoneOf(parts):
                whole = self.truth(condition)
                wanted = not whole if isinstance(condition, NoneOf) and whole is not None else whole
                return self.together(part for part in parts if self.truth(part) is wanted)
            case Found(finding):
                return self.together(self.behind(finding))
            case Misplaced(question):
                said = {question: self.answers.set_aside.get(question, frozenset())}
                return said | self.of(self.protocol.questionnaire.by_id[question].when)
            case InState(question, state):
                return {question: frozenset({state})} if self.truth(condition) else self.chosen(question)
            case AnyOf(question, codes) | Every(question, codes):
                held = self.truth(condition) is True
                return self.chosen(question, within=codes) if held else self.chosen(question)
            case Only(question, codes):
                broken = self.truth(condition) is False
                return self.chosen(question, beside=codes) if broken else self.chosen(question)
            case Besides(question, codes):
                held = self.truth(condition) is True
                return self.chosen(question, beside=codes) if held else self.chosen(question)

    def behind(self, finding: str) -> Iterable[Condition]:
        """Yield the conditions that settled a finding."""
        derived = self.protocol.derived_findings.get(finding)
        if derived is not None:
            return [derived]
        wanted = self.verdicts.findings[finding]
        rules = self.protocol.finding_rules[finding]
        return [rule.when for rule in rules if self.verdicts.rules[rule.id] is wanted]

    def undecided(self, condition: Condition) -> frozenset[str]:
        if self.truth(condition) is not None:
            return frozenset()
        match condition:
            case All(parts) | Any(parts) | NoneOf(parts):
                return frozenset().union(*(self.undecided(part) for part in parts))
            case Found(finding):
                return frozenset().union(*(self.undecided(part) for part in self.behind(finding)))
            case _:
                return frozenset({condition.question})

    def together(self, conditions: Iterable[Condition]) -> Deciding:
        found: Deciding = {}
        for condition in conditions:
            for question, codes in self.of(condition).items():
                found[question] = found.get(question, frozenset()) | codes
        return found

    def chosen(self, question: str, *, within: Iterable[str] | None = None, beside: Iterable[str] = ()) -> Deciding:
        state = self.answers.states[question]
        if isinstance(state, Missing):
            return {question: frozenset({state.value})}
        codes = state if within is None else state & frozenset(within)
        return {question: (codes - frozenset(beside)) or state}
