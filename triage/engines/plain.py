"""The plain engine: the reference reading of every condition, on every Python, with no library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.truth import any_of, judge_of
from triage.engines.verdicts import Verdicts

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.conditions.truth import Truth
    from triage.protocol.protocol import Protocol

__all__ = ["PlainEngine"]


class PlainEngine:
    """Judges each condition as ``truth`` does, findings first.

    It remembers whom it judged last: of somebody who differs in a few answers, as in an interview and in every "what
    if", it judges only what names those, or a finding that became another.
    """

    name = "plain"

    def __init__(self, protocol: Protocol) -> None:
        self._derived = [(name, judge_of(one)) for name, one in protocol.derived_findings.items()]
        self._findings = [
            (name, [(rule.id, judge_of(rule.when)) for rule in concluding])
            for name, concluding in protocol.finding_rules.items()
        ]
        concluding = (*protocol.concluding_rules, *protocol.active_causes)
        self._concluding = {entry.id: judge_of(entry.when) for entry in concluding}
        self._readers = protocol.readers
        self._last: tuple[Answers, Verdicts] | None = None  # in one piece, for threads may share an engine

    def judge(self, answers: Answers) -> Verdicts:
        """Return the truth of every rule, cause and finding."""
        states, misplaced = answers.states, answers.misplaced
        last = self._last
        if last is not None and last[0].states.keys() != states.keys():
            last = None
        rules: dict[str, Truth] = {}
        findings: dict[str, Truth] = {}
        if last is None:
            waiting = {name for name, _ in (*self._derived, *self._findings)}
        else:
            rules, findings = dict(last[1].rules), dict(last[1].findings)
            waiting = set[str]().union(*(self._readers[name] for name in _differing(last[0], answers)))
        for name, judge in self._derived:
            if name in waiting:
                self._take(name, judge(states, {}, misplaced), findings, waiting)
        for name, concluding in self._findings:
            if name in waiting:
                for rule, judge in concluding:
                    rules[rule] = judge(states, findings, misplaced)
                self._take(name, any_of([rules[rule] for rule, _ in concluding]), findings, waiting)
        for entry in waiting & self._concluding.keys() if last is not None else self._concluding:
            rules[entry] = self._concluding[entry](states, findings, misplaced)
        verdicts = Verdicts(rules, findings)
        self._last = answers, verdicts
        return verdicts

    def _take(self, finding: str, value: Truth, findings: dict[str, Truth], waiting: set[str]) -> None:
        """Take down what became of a finding; where it is another than before, what names it waits as well."""
        if finding not in findings or findings[finding] is not value:
            findings[finding] = value
            waiting |= self._readers[finding]


def _differing(one: Answers, other: Answers) -> set[str]:
    """Return the questions that two people answer differently."""
    before = one.states
    differing = {name for name, state in other.states.items() if state is not before[name] and state != before[name]}
    return differing.union(one.misplaced ^ other.misplaced)
