"""What the rules of a protocol conclude, as gates: which rules fire, and every part of a result.

It is ``triage.engines.decision`` once more, for all answers at once.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, Gate, opposite
from triage.conditions.condition import findings_in
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from triage.circuit.conditions import Conditions, Sides
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Judged, Rule

__all__ = ["Results"]


class Results:
    """The results of one protocol; each part is built when it is asked for.

    Args:
        protocol: whose rules.
        conditions: builds the gates of their conditions.
        like: the results of another protocol with the same conditions. What is the same in both is taken from there,
            which is quicker.

    """

    def __init__(self, protocol: Protocol, conditions: Conditions, *, like: Results | None = None) -> None:
        self.protocol = protocol
        self.circuit = conditions.circuit
        self.findings: dict[str, Sides] = {}
        self._conditions = conditions
        self._like = like
        self._sides: dict[str, tuple[Judged, Sides]] = {}
        for name, condition in protocol.derived_findings.items():
            self.findings[name] = conditions.sides(condition)
        for name, rules in protocol.finding_rules.items():
            self.findings[name] = conditions.any_of(self.sides(rule) for rule in rules)

    # ---- rules ----

    def sides(self, entry: Judged) -> Sides:
        """Return where a rule with a condition, or a cause, is certainly true and where it is certainly false."""
        if entry.id not in self._sides:
            taken_over = self._taken_over(entry)
            self._sides[entry.id] = (entry, taken_over or self._conditions.sides(entry.when, self.findings))
        return self._sides[entry.id][1]

    def _taken_over(self, entry: Judged) -> Sides | None:
        """Return the sides of an entry in the other protocol, if it and the findings it names are the same there."""
        if self._like is None or entry.id not in self._like._sides:
            return None
        other, sides = self._like._sides[entry.id]
        theirs, ours = self._like.findings, self.findings
        same = other is entry and all(theirs.get(name) == ours[name] for name in findings_in(entry.when))
        return sides if same else None

    def fires(self, rule: Rule) -> Gate:
        """Return where a rule fires; the one for "otherwise" where no other votes for benign or for disease."""
        if rule.otherwise:
            return opposite(self.circuit.any_of((self.voted[Vote.BENIGN], self.voted[Vote.DISEASE])))
        return self.sides(rule).true

    @cached_property
    def voted(self) -> dict[Vote, Gate]:
        """Where some rule with a condition votes so."""
        rules = self.protocol.concluding_rules
        return {vote: self.circuit.any_of(self.fires(rule) for rule in rules if rule.vote is vote) for vote in Vote}

    # ---- how soon ----

    @cached_property
    def at_least(self) -> dict[Urgency, Gate]:
        """Where the result is at least as urgent as each urgency."""
        return self._from_the_most_urgent((rule, self.fires(rule)) for rule in self.protocol.rules)

    @cached_property
    def urgency(self) -> dict[Urgency, Gate]:
        """Where the result has each urgency."""
        return self._only_the_most_urgent(self.at_least)

    @cached_property
    def at_worst(self) -> dict[Urgency, Gate]:
        """Where each urgency is the most urgent that the unknown answers could still make of the result."""
        rules = self.protocol.concluding_rules
        possible = self._from_the_most_urgent((rule, opposite(self.sides(rule).false)) for rule in rules)
        return self._only_the_most_urgent(
            {level: self.circuit.any_of((self.at_least[level], possible[level])) for level in Urgency}
        )

    def _from_the_most_urgent(self, rules: Iterable[tuple[Rule, Gate]]) -> dict[Urgency, Gate]:
        """Return where some rule concludes each urgency or a more urgent one."""
        concluded: dict[Urgency, list[Gate]] = {level: [] for level in Urgency}
        for rule, gate in rules:
            if rule.then.urgency is not None:
                concluded[rule.then.urgency].append(gate)
        result: dict[Urgency, Gate] = {}
        above = FALSE
        for level in reversed(Urgency):
            result[level] = above = self.circuit.any_of((above, self.circuit.any_of(concluded[level])))
        return result

    def _only_the_most_urgent(self, at_least: Mapping[Urgency, Gate]) -> dict[Urgency, Gate]:
        levels = list(Urgency)
        above = [at_least[level] for level in levels[1:]] + [FALSE]
        return {
            level: self.circuit.all_of((at_least[level], opposite(higher)))
            for level, higher in zip(levels, above, strict=True)
        }

    # ---- what it amounts to ----

    @cached_property
    def outcome(self) -> dict[Outcome, Gate]:
        """Where the result has each outcome."""
        benign = self.circuit.all_of((self.voted[Vote.BENIGN], opposite(self.voted[Vote.DISEASE])))
        return {Outcome.LIKELY_BENIGN: benign, Outcome.SUGGESTS_DISEASE: opposite(benign)}

    @cached_property
    def outcome_at_worst(self) -> dict[Outcome, Gate]:
        """Where the outcome is each, or a sign of disease since the unknown answers could still make it one."""
        voting = (rule for rule in self.protocol.concluding_rules if rule.vote is Vote.DISEASE)
        may_turn = self.circuit.any_of(opposite(self.sides(rule).false) for rule in voting)
        benign = self.circuit.all_of((self.outcome[Outcome.LIKELY_BENIGN], opposite(may_turn)))
        return {Outcome.LIKELY_BENIGN: benign, Outcome.SUGGESTS_DISEASE: opposite(benign)}

    def speaks(self, rule: Rule) -> Gate:
        """Return where a rule fires and its types are named."""
        return self.circuit.all_of((self.fires(rule), self.outcome[rule.speaks_beside]))

    def named(self, kinds: Collection[str]) -> Gate:
        """Return where at least one of some types is named."""
        naming = (rule for rule in self.protocol.rules if not set(kinds).isdisjoint(rule.then.types))
        return self.circuit.any_of(self.speaks(rule) for rule in naming)

    @cached_property
    def types(self) -> dict[str, Gate]:
        """Where each type of the catalogue is named."""
        return {code: self.named([code]) for code in self.protocol.types}

    @cached_property
    def causes(self) -> dict[str, Gate]:
        """Where each cause is named, by its code."""
        disease = self.outcome[Outcome.SUGGESTS_DISEASE]
        return {
            cause.code: self.circuit.all_of((self.sides(cause).true, disease)) for cause in self.protocol.active_causes
        }

    def by_name(self, name: str) -> Mapping[str, Gate]:
        """Return where a result has each of its values: ``outcome``, ``urgency`` or ``types``."""
        if name == "types":
            return self.types
        return {one.value: gate for one, gate in (self.outcome if name == "outcome" else self.urgency).items()}
