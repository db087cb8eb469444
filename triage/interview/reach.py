"""What a condition may still become once the open questions are answered.

An open question may still take any state; one answered "I don't know" stays as it is. So a condition that rests on an
unknown answer can become neither true nor false, and asking more about it helps nobody.

An answer stays as it is, too, unless its question may yet turn out not to apply, as where what decides about that is
asked anew: then it may still be set aside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import NOT_APPLICABLE, OPEN, Missing
from triage.conditions.condition import (
    All,
    Any,
    Condition,
    Found,
    InState,
    Misplaced,
    NoneOf,
)
from triage.conditions.truth import truth

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.answers import Answers
    from triage.conditions.condition import Test
    from triage.conditions.truth import Truth
    from triage.protocol.protocol import Protocol

__all__ = ["Reach", "Reachable"]


class Reach:
    """The values that a condition can end with: true, false, and neither (where an answer it needs is unknown).

    There are eight of them, made once: an interview looks at thousands in a step.
    """

    __slots__ = ("certain", "false", "neither", "settled", "true")

    def __init__(self, *, true: bool, false: bool, neither: bool) -> None:
        self.true = true
        self.false = false
        self.neither = neither
        self.settled = true + false + neither == 1
        """Whether no answer can change it any more."""
        self.certain = true and self.settled
        """Whether it is true whatever is still answered."""


_REACHES = [Reach(true=bool(n & 1), false=bool(n & 2), neither=bool(n & 4)) for n in range(8)]
_TRUE, _FALSE, _NEITHER = _REACHES[1], _REACHES[2], _REACHES[4]
_OPEN, _OPEN_STATE = _REACHES[7], _REACHES[3]


def _value(value: Truth) -> Reach:
    return _NEITHER if value is None else _TRUE if value else _FALSE


def _all(reaches: Iterable[Reach]) -> Reach:
    true, false, neither = True, False, False
    for one in reaches:
        if not one.true and not one.neither:
            return _FALSE
        true, false, neither = true and one.true, false or one.false, neither or one.neither
    return _REACHES[true + 2 * false + 4 * neither]


def _any(reaches: Iterable[Reach]) -> Reach:
    true, false, neither = False, True, False
    for one in reaches:
        if not one.false and not one.neither:
            return _TRUE
        true, false, neither = true or one.true, false and one.false, neither or one.neither
    return _REACHES[true + 2 * false + 4 * neither]


def _opposite(reach: Reach) -> Reach:
    return _REACHES[reach.false + 2 * reach.true + 4 * reach.neither]


def _either(one: Reach, other: Reach) -> Reach:
    true, false, neither = one.true or other.true, one.false or other.false, one.neither or other.neither
    return _REACHES[true + 2 * false + 4 * neither]


class Reachable:
    """Judges what every condition of a protocol may still become for one person; each of them once.

    Args:
        protocol: whose conditions.
        answers: what is known of the person.
        earlier: the same for an earlier moment. What was settled then is so still, unless an answer was changed.

    """

    def __init__(self, protocol: Protocol, answers: Answers, earlier: Reachable | None = None) -> None:
        self._protocol = protocol
        self._answers = answers
        # By identity, which is quick and safe: the protocol holds every condition as long as this lives.
        self._settled: dict[int, Reach] = {}
        self._unsettled: dict[int, Reach] = {}
        self._deciding: dict[int, frozenset[str]] = {}
        if earlier is not None:
            self._remember(earlier)
        self._findings: dict[str, Reach] = {}
        for name, condition in protocol.derived_findings.items():
            self._findings[name] = self.of(condition)
        for name, rules in protocol.finding_rules.items():
            self._findings[name] = _any(self.of(rule.when) for rule in rules)

    def _remember(self, earlier: Reachable) -> None:
        """Take over what no answer given since can have changed; nothing, if an earlier answer is another now."""
        before, now = earlier._answers, self._answers
        changed = {name for name, state in now.states.items() if state != before.states[name]}
        if now.misplaced != before.misplaced or any(before.states[name] is not OPEN for name in changed):
            return
        questions = self._protocol.questionnaire.by_id
        whens = (questions[name].when for name in changed)
        if any(when is not None and truth(when, now.states, {}) is None for when in whens):
            return  # an answer that may yet be set aside
        self._settled = dict(earlier._settled)
        self._deciding = {key: names for key, names in earlier._deciding.items() if names.isdisjoint(changed)}
        self._unsettled = {key: earlier._unsettled[key] for key in self._deciding}

    def of(self, condition: Condition) -> Reach:
        """Return what a condition may still become."""
        key = id(condition)
        if key in self._settled:
            return self._settled[key]
        if key in self._unsettled:
            return self._unsettled[key]
        reach = self._judge(condition)
        (self._settled if reach.settled else self._unsettled)[key] = reach
        return reach

    def _judge(self, condition: Condition) -> Reach:
        # Plain tests, as in `truth`: `match` takes twice as long.
        if isinstance(condition, All):
            return _all(map(self.of, condition.parts))
        if isinstance(condition, Any):
            return _any(map(self.of, condition.parts))
        if isinstance(condition, NoneOf):
            return _opposite(_any(map(self.of, condition.parts)))
        if isinstance(condition, Found):
            return self._findings[condition.finding]
        name = condition.question
        when = self._protocol.questionnaire.by_id[name].when
        if when is not None and not self.of(when).settled:
            return self._judge_either_way(condition, may_not_apply=self.of(when).false)
        if isinstance(condition, Misplaced):
            return _value(name in self._answers.misplaced)
        if self._answers.states[name] is OPEN:
            return _OPEN_STATE if isinstance(condition, InState) else _OPEN
        return _value(truth(condition, self._answers.states, {}))

    def _judge_either_way(self, test: Test, *, may_not_apply: bool) -> Reach:
        """Return what may become of a test whose question may turn out to apply, and perhaps not to apply."""
        name = test.question
        state = self._answers.states[name]
        if state is NOT_APPLICABLE:  # for now
            state = self._answers.set_aside.get(name, OPEN)
        if isinstance(test, Misplaced):
            warnings = self._protocol.questionnaire.by_id[name].warnings
            warned = not isinstance(state, Missing) and not state.isdisjoint(warnings)
            return _either(_FALSE, _TRUE) if warned and may_not_apply else _FALSE
        if state is OPEN:
            return _OPEN_STATE if isinstance(test, InState) else _OPEN
        here = _value(truth(test, {name: state}, {}))
        return _either(here, _value(truth(test, {name: NOT_APPLICABLE}, {}))) if may_not_apply else here

    def open_questions(self, condition: Condition) -> frozenset[str]:
        """Return the open questions that can still change a condition."""
        key = id(condition)
        if key in self._settled or self.of(condition).settled:
            return frozenset()
        if key not in self._deciding:
            self._deciding[key] = self._open_in(condition)
        return self._deciding[key]

    def _open_in(self, condition: Condition) -> frozenset[str]:
        match condition:
            case All(parts) | Any(parts) | NoneOf(parts):
                return frozenset().union(*(self.open_questions(part) for part in parts))
            case Found(finding):
                return frozenset().union(*(self.open_questions(part) for part in self._behind(finding)))
            case _:
                name = condition.question
                if self._answers.states[name] is OPEN and not isinstance(condition, Misplaced):
                    return frozenset({name})
                return self.open_questions(self._protocol.questionnaire.by_id[name].when)

    def _behind(self, finding: str) -> Iterable[Condition]:
        derived = self._protocol.derived_findings.get(finding)
        if derived is not None:
            return [derived]
        return [rule.when for rule in self._protocol.finding_rules[finding]]
