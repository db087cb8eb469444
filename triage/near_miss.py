"""How near a rule that is not true comes to being true: the tests it still lacks, and which rule lacks the fewest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.condition import (
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
from triage.truth import truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers import Answers
    from triage.engines.verdicts import Verdicts
    from triage.protocol import Protocol
    from triage.rule import Rule

__all__ = ["Lacking", "NearMiss", "lacking", "nearest_rule"]

_FIXED_COUNTS = 3
"""A test of what does not change in a person, such as age, counts as so many others: no man is near a baby's rule."""


@dataclass(frozen=True)
class Lacking:
    """One simple test that does not come out as a rule needs it."""

    test: AnyOf | InState | Only | Every | Besides | Misplaced
    wanted: bool
    """Whether the test would have to hold, or must not hold."""


@dataclass(frozen=True)
class NearMiss:
    """A rule that is not true, with what it lacks."""

    rule: Rule
    lacks: tuple[Lacking, ...]
    holding: int
    """How many of its parts do hold."""


def lacking(
    protocol: Protocol, answers: Answers, verdicts: Verdicts, condition: Condition, *, wanted: bool = True
) -> tuple[Lacking, ...]:
    """Return the simple tests that would have to change for a condition to hold; none if it holds already.

    Where one of several parts would do, the part that lacks the least is taken.
    """
    return _Nearing(protocol, answers, verdicts).toward(condition, wanted)


def nearest_rule(protocol: Protocol, answers: Answers, verdicts: Verdicts, rules: Iterable[Rule]) -> NearMiss | None:
    """Return the rule that lacks the least, of those that are not true; of two alike the one that more fits in."""
    nearing = _Nearing(protocol, answers, verdicts)
    near = [
        NearMiss(rule, nearing.toward(rule.when, True), nearing.holding(rule.when))
        for rule in rules
        if rule.when is not None and verdicts.rules[rule.id] is not True
    ]
    return min(near, key=lambda one: (nearing.cost(one.lacks), -one.holding), default=None)


class _Nearing:
    def __init__(self, protocol: Protocol, answers: Answers, verdicts: Verdicts) -> None:
        self.protocol = protocol
        self.answers = answers
        self.verdicts = verdicts

    def toward(self, condition: Condition, wanted: bool) -> tuple[Lacking, ...]:
        if truth(condition, self.answers.states, self.verdicts.findings, self.answers.misplaced) is wanted:
            return ()
        match condition:
            case All(parts):
                return self.every(parts, True) if wanted else self.least(parts, False)
            case Any(parts):
                return self.least(parts, True) if wanted else self.every(parts, False)
            case NoneOf(parts):
                return self.every(parts, False) if wanted else self.least(parts, True)
            case Found(finding):
                behind = self.behind(finding)
                return self.least(behind, True) if wanted else self.every(behind, False)
            case _:
                return (Lacking(condition, wanted),)

    def every(self, parts: Iterable[Condition], wanted: bool) -> tuple[Lacking, ...]:
        return tuple(dict.fromkeys(lack for part in parts for lack in self.toward(part, wanted)))

    def least(self, parts: Iterable[Condition], wanted: bool) -> tuple[Lacking, ...]:
        return min((self.toward(part, wanted) for part in parts), key=self.cost)

    def behind(self, finding: str) -> list[Condition]:
        derived = self.protocol.derived_findings.get(finding)
        return [rule.when for rule in self.protocol.finding_rules[finding]] if derived is None else [derived]

    def cost(self, lacks: Iterable[Lacking]) -> int:
        questions = self.protocol.questionnaire.by_id
        return sum(_FIXED_COUNTS if questions[lack.test.question].fixed else 1 for lack in lacks)

    def holding(self, condition: Condition) -> int:
        parts = condition.parts if isinstance(condition, All) else (condition,)
        return sum(not self.toward(part, True) for part in parts)
