"""The plain engine: the reference reading of every condition, on every Python, with no library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.truth import any_of, judge_of
from triage.engines.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Set

    from triage.answers.answers import Answers
    from triage.conditions.truth import Truth
    from triage.protocol.protocol import Protocol

__all__ = ["PlainEngine"]


class PlainEngine:
    """Judges each condition as ``truth`` does, findings first.

    It remembers whom it judged last: of somebody who differs in a few answers, as in an interview and in every "what
    if", it judges only what rests on those.
    """

    name = "plain"

    def __init__(self, protocol: Protocol) -> None:
        self._derived = [(name, judge_of(one)) for name, one in protocol.derived_findings.items()]
        self._findings = [
            (name, [(rule.id, judge_of(rule.when)) for rule in concluding])
            for name, concluding in protocol.finding_rules.items()
        ]
        concluding = (*protocol.concluding_rules, *protocol.active_causes)
        self._concluding = [(entry.id, judge_of(entry.when)) for entry in concluding]
        self._everything = protocol.questions_behind.keys()
        self._resting = protocol.resting_on
        self._last: tuple[Answers, Verdicts] | None = None  # in one piece, for threads may share an engine

    def judge(self, answers: Answers) -> Verdicts:
        """Return the truth of every rule, cause and finding."""
        states, misplaced = answers.states, answers.misplaced
        last = self._last
        rules: dict[str, Truth]
        findings: dict[str, Truth]
        if last is not None and last[0].states.keys() == states.keys():
            before, verdicts = last
            rules, findings = dict(verdicts.rules), dict(verdicts.findings)
            resting: Set[str] = set[str]().union(*(self._resting[name] for name in _differing(before, answers)))
        else:
            rules, findings = {}, {}
            resting = self._everything
        for name, judge in self._derived:
            if name in resting:
                findings[name] = judge(states, {}, misplaced)
        for name, concluding in self._findings:
            if name in resting:
                for rule, judge in concluding:
                    rules[rule] = judge(states, findings, misplaced)
                findings[name] = any_of([rules[rule] for rule, _ in concluding])
        for entry, judge in self._concluding:
            if entry in resting:
                rules[entry] = judge(states, findings, misplaced)
        verdicts = Verdicts(rules, findings)
        self._last = answers, verdicts
        return verdicts


def _differing(one: Answers, other: Answers) -> set[str]:
    """Return the questions that two people answer differently."""
    differing = {name for name, state in other.states.items() if state != one.states[name]}
    return differing.union(one.misplaced ^ other.misplaced)
