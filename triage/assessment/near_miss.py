"""How near a rule that is not true comes to being true: the tests it still lacks, and which rule lacks the fewest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    from triage.engines.verdicts import Verdicts
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["Lacking", "NearMiss", "nearest_rule"]

_FAR = 3
"""A test counts as so many others if it asks about what does not change in a person, such as age (no man is near a
baby's rule), or if it asks for an answer to be missing (to know less is not to come nearer)."""


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
    """The simple tests that would have to change for it to be true."""
    fits: float
    """How much of it does hold: a narrow test, such as one place of the body, counts for more than a wide one."""


def nearest_rule(protocol: Protocol, answers: Answers, verdicts: Verdicts, rules: Iterable[Rule]) -> NearMiss | None:
    """Return the rule that lacks the least, of those that are not true; of two alike the one that more fits in.

    Where one of several parts of a rule would do, the part that lacks the least counts. A rule that can never be true,
    such as one about a sign given to a question that does not apply where every question applies, is passed over.
    """
    nearing = _Nearing(protocol, answers, verdicts)
    near = [
        NearMiss(rule, lacks, nearing.fit(rule.when))
        for rule in rules
        if rule.when is not None
        and verdicts.rules[rule.id] is not True
        and (lacks := nearing.toward(rule.when, True)) is not None
    ]
    return min(near, key=lambda one: (nearing.cost(one.lacks), -one.fits), default=None)


class _Nearing:
    def __init__(self, protocol: Protocol, answers: Answers, verdicts: Verdicts) -> None:
        self.protocol = protocol
        self.answers = answers
        self.verdicts = verdicts

    def toward(self, condition: Condition, wanted: bool) -> tuple[Lacking, ...] | None:
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

    def every(self, parts: Iterable[Condition], wanted: bool) -> tuple[Lacking, ...] | None:
        lacks: dict[Lacking, None] = {}
        for part in parts:
            more = self.toward(part, wanted)
            if more is None:
                return None
            lacks |= dict.fromkeys(more)
        return tuple(lacks)

    def least(self, parts: Iterable[Condition], wanted: bool) -> tuple[Lacking, ...] | None:
        ways = [lacks for part in parts if (lacks := self.toward(part, wanted)) is not None]
        return min(ways, key=self.cost, default=None)

    def behind(self, finding: str) -> list[Condition]:
        derived = self.protocol.derived_findings.get(finding)
        return [rule.when for rule in self.protocol.finding_rules[finding]] if derived is None else [derived]

    def cost(self, lacks: Iterable[Lacking]) -> int:
        return sum(_FAR if self.is_far(lack) else 1 for lack in lacks)

    def is_far(self, lack: Lacking) -> bool:
        if lack.wanted and isinstance(lack.test, InState | Misplaced):
            return True
        return self.protocol.questionnaire.by_id[lack.test.question].fixed

    def fit(self, condition: Condition) -> float:
        """Return how much of a condition holds by what was answered, not by what was left out or denied."""
        match condition:
            case All(parts):
                return sum(self.fit(part) for part in parts)
            case Any(parts):
                return max((self.fit(part) for part in parts), default=0)
            case AnyOf(name, codes) | Only(name, codes) | Every(name, codes) if not self.toward(condition, True):
                return 1 - len(codes) / len(self.protocol.questionnaire.by_id[name].codes)
            case _:
                return 0
