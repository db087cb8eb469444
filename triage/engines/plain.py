"""The plain engine: the reference reading of every condition, on every Python, with no library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.truth import Truth, any_of, truth
from triage.engines.verdicts import Verdicts

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.protocol.protocol import Protocol

__all__ = ["PlainEngine"]


class PlainEngine:
    """Judges each condition by ``truth``, findings first."""

    name = "plain"

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def judge(self, answers: Answers) -> Verdicts:
        """Return the truth of every rule, cause and finding."""
        protocol = self._protocol
        states, misplaced = answers.states, answers.misplaced
        rules: dict[str, Truth] = {}
        findings = {
            name: truth(condition, states, {}, misplaced) for name, condition in protocol.derived_findings.items()
        }
        for name, concluding in protocol.finding_rules.items():
            for rule in concluding:
                rules[rule.id] = truth(rule.when, states, findings, misplaced)
            findings[name] = any_of(rules[rule.id] for rule in concluding)
        for entry in (*protocol.concluding_rules, *protocol.active_causes):
            rules[entry.id] = truth(entry.when, states, findings, misplaced)
        return Verdicts(rules, findings)
