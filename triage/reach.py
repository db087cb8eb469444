"""What a condition may still become once the open questions are answered.

An open question may still take any state; one answered "I don't know" stays as it is. So a condition that rests on an
unknown answer can become neither true nor false, and asking more about it helps nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answer_state import OPEN
from triage.condition import All, Any, Condition, Found, InState, Misplaced, NoneOf
from triage.truth import truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers import Answers
    from triage.protocol import Protocol
    from triage.truth import Truth

__all__ = ["Reach", "Reachable"]


@dataclass(frozen=True)
class Reach:
    """The values that a condition can end with: true, false, and neither (where an answer it needs is unknown)."""

    true: bool
    false: bool
    neither: bool

    @property
    def settled(self) -> bool:
        """Whether no answer can change it any more."""
        return self.true + self.false + self.neither == 1

    @property
    def certain(self) -> bool:
        """Whether it is true whatever is still answered."""
        return self.true and self.settled


_OPEN = Reach(true=True, false=True, neither=True)
_OPEN_STATE = Reach(true=True, false=True, neither=False)


def _value(value: Truth) -> Reach:
    return Reach(true=value is True, false=value is False, neither=value is None)


def _all(reaches: Iterable[Reach]) -> Reach:
    parts = list(reaches)
    return Reach(
        true=all(one.true for one in parts),
        false=any(one.false for one in parts),
        neither=any(one.neither for one in parts) and all(one.true or one.neither for one in parts),
    )


def _opposite(reach: Reach) -> Reach:
    return Reach(true=reach.false, false=reach.true, neither=reach.neither)


def _any(reaches: Iterable[Reach]) -> Reach:
    return _opposite(_all(_opposite(one) for one in reaches))


class Reachable:
    """Judges what every condition of a protocol may still become for one person; each finding once."""

    def __init__(self, protocol: Protocol, answers: Answers) -> None:
        self._protocol = protocol
        self._answers = answers
        self._findings: dict[str, Reach] = {}
        for name, condition in protocol.derived_findings.items():
            self._findings[name] = self.of(condition)
        for name, rules in protocol.finding_rules.items():
            self._findings[name] = _any(self.of(rule.when) for rule in rules)

    def of(self, condition: Condition) -> Reach:
        """Return what a condition may still become."""
        match condition:
            case All(parts):
                return _all(self.of(part) for part in parts)
            case Any(parts):
                return _any(self.of(part) for part in parts)
            case NoneOf(parts):
                return _opposite(_any(self.of(part) for part in parts))
            case Found(finding):
                return self._findings[finding]
            case Misplaced(question):
                return _value(question in self._answers.misplaced)
            case InState(question) if self._answers.states[question] is OPEN:
                return _OPEN_STATE
            case _ if self._answers.states[condition.question] is OPEN:
                return _OPEN
            case _:
                return _value(truth(condition, self._answers.states, {}))

    def open_questions(self, condition: Condition) -> set[str]:
        """Return the open questions that can still change a condition."""
        if self.of(condition).settled:
            return set()
        match condition:
            case All(parts) | Any(parts) | NoneOf(parts):
                return set().union(*(self.open_questions(part) for part in parts))
            case Found(finding):
                return set().union(*(self.open_questions(part) for part in self._behind(finding)))
            case Misplaced():
                return set()
            case _:
                return {condition.question}

    def _behind(self, finding: str) -> Iterable[Condition]:
        derived = self._protocol.derived_findings.get(finding)
        if derived is not None:
            return [derived]
        return [rule.when for rule in self._protocol.finding_rules[finding]]
