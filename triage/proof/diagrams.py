"""A protocol over every answer set: where each finding, rule, urgency, type and cause holds."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from triage.proof.answer_space import AnswerSpace, Diagram, TwoSides
from triage.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from triage.condition import Condition
    from triage.protocol import Protocol
    from triage.rule import Rule

__all__ = ["ProtocolDiagrams"]


class ProtocolDiagrams:
    """The diagrams of one protocol, all inside the valid answer sets.

    Args:
        protocol: what to draw.
        space: an answer space to share with another protocol of the same questions.
        back_end: ``cudd`` or ``autoref``; the first that can be imported if none is named.

    """

    def __init__(self, protocol: Protocol, *, space: AnswerSpace | None = None, back_end: str | None = None) -> None:
        self.protocol = protocol
        self.space = space or AnswerSpace(protocol.questionnaire, back_end=back_end)
        self.findings: dict[str, TwoSides] = {}
        self.rules: dict[str, TwoSides] = {}
        self._any_result: dict[tuple[str, frozenset[str]], Diagram] = {}
        for name, condition in protocol.derived_findings.items():
            self.findings[name] = self.space.sides(condition, {})
        for name, rules in protocol.finding_rules.items():
            true, false = self.space.false, self.space.true
            for rule in rules:
                sides = self._sides(rule.id, rule.when)
                true, false = true | sides.true, false & sides.false
            self.findings[name] = TwoSides(true, false)
        for entry in (*protocol.concluding_rules, *protocol.active_causes):
            self._sides(entry.id, entry.when)

    def _sides(self, name: str, condition: Condition) -> TwoSides:
        self.rules[name] = self.space.sides(condition, self.findings)
        return self.rules[name]

    @property
    def valid(self) -> Diagram:
        """All answer sets."""
        return self.space.valid

    def fires(self, rule: Rule) -> Diagram:
        """Return the answer sets on which a rule is true."""
        if rule.otherwise:
            return self.valid & ~(self.voted[Vote.BENIGN] | self.voted[Vote.DISEASE])
        return self.valid & self.rules[rule.id].true

    @cached_property
    def voted(self) -> dict[Vote, Diagram]:
        """Where some rule with a condition votes so."""
        result = dict.fromkeys(Vote, self.space.false)
        for rule in self.protocol.concluding_rules:
            if rule.vote is not None:
                result[rule.vote] |= self.rules[rule.id].true
        return result

    def _concluded(self, least: Urgency) -> Diagram:
        """Return where some rule with a condition concludes at least this urgency."""
        result = self.space.false
        for rule in self.protocol.concluding_rules:
            if rule.then.urgency and rule.then.urgency.rank >= least.rank:
                result |= self.rules[rule.id].true
        return result

    @cached_property
    def at_least(self) -> dict[Urgency, Diagram]:
        """Where the result is at least as urgent as each urgency."""
        fallen_through = self.fires(self.protocol.otherwise)
        otherwise = self.protocol.otherwise.then.urgency
        assert otherwise is not None
        return {
            urgency: self.valid
            & (self._concluded(urgency) | (fallen_through if otherwise.rank >= urgency.rank else self.space.false))
            for urgency in Urgency
        }

    @cached_property
    def urgency(self) -> dict[Urgency, Diagram]:
        """Where the result has each urgency."""
        levels = list(Urgency)
        above = [*levels[1:], None]
        return {
            level: self.at_least[level] & ~self.at_least[higher] if higher else self.at_least[level]
            for level, higher in zip(levels, above, strict=True)
        }

    @cached_property
    def outcome(self) -> dict[Outcome, Diagram]:
        """Where the result has each outcome."""
        benign = self.valid & self.voted[Vote.BENIGN] & ~self.voted[Vote.DISEASE]
        return {Outcome.LIKELY_BENIGN: benign, Outcome.SUGGESTS_DISEASE: self.valid & ~benign}

    def named(self, kinds: Collection[str]) -> Diagram:
        """Return where at least one of some types is named."""
        result = self.space.false
        for side in Outcome:
            # All rules of a side first: with each by itself, the diagrams in between are far greater.
            fires = self.space.false
            for rule in self.protocol.rules:
                if rule.speaks_beside(side) and not set(kinds).isdisjoint(rule.then.types):
                    fires |= self.fires(rule)
            result |= fires & self.outcome[side]
        return result

    def results_of(self, name: str) -> tuple[str, ...]:
        """Return the values of a result: ``outcome``, ``urgency`` or ``types``."""
        return {"outcome": tuple(Outcome), "urgency": tuple(Urgency), "types": tuple(self.protocol.types)}[name]

    def any_result(self, name: str, values: Iterable[str]) -> Diagram:
        """Return where a result has at least one of some values; each set of values is drawn once."""
        key = (name, frozenset(values))
        if key not in self._any_result:
            if name == "types":
                result = self.named(key[1])
            else:
                result = self.space.false
                for value in key[1]:
                    result |= self.outcome[Outcome(value)] if name == "outcome" else self.urgency[Urgency(value)]
            self._any_result[key] = result
        return self._any_result[key]

    @cached_property
    def types(self) -> dict[str, Diagram]:
        """Where each type of the catalogue is named."""
        return {code: self.any_result("types", [code]) for code in self.protocol.types}

    @cached_property
    def causes(self) -> dict[str, Diagram]:
        """Where each cause is named, by its code."""
        disease = self.outcome[Outcome.SUGGESTS_DISEASE]
        return {cause.code: self.rules[cause.id].true & disease for cause in self.protocol.active_causes}
