"""The plain engine: the reference reading of every condition, on every Python, with no library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.truth import Truth, any_of, judge_of
from triage.engines.verdicts import Verdicts

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.protocol.protocol import Protocol

__all__ = ["PlainEngine"]


class PlainEngine:
    """Judges each condition as ``truth`` does, findings first."""

    name = "plain"

    def __init__(self, protocol: Protocol) -> None:
        self._derived = [(name, judge_of(condition)) for name, condition in protocol.derived_findings.items()]
        self._findings = [
            (name, [(rule.id, judge_of(rule.when)) for rule in concluding])
            for name, concluding in protocol.finding_rules.items()
        ]
        concluding = (*protocol.concluding_rules, *protocol.active_causes)
        self._concluding = [(entry.id, judge_of(entry.when)) for entry in concluding]

    def judge(self, answers: Answers) -> Verdicts:
        """Return the truth of every rule, cause and finding."""
        states, misplaced = answers.states, answers.misplaced
        rules: dict[str, Truth] = {}
        findings: dict[str, Truth] = {name: judge(states, {}, misplaced) for name, judge in self._derived}
        for name, concluding in self._findings:
            for rule, judge in concluding:
                rules[rule] = judge(states, findings, misplaced)
            findings[name] = any_of([rules[rule] for rule, _ in concluding])
        for entry, judge in self._concluding:
            rules[entry] = judge(states, findings, misplaced)
        return Verdicts(rules, findings)
