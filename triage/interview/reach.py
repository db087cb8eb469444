"""What a condition may still become once the open questions are answered.

An open question may still take any state; one answered "I don't know" stays as it is. So a condition that rests on an
unknown answer can become neither true nor false, and asking more about it helps nobody.

An answer stays as it is, too, unless its question may yet turn out not to apply, as where what decides about that is
asked anew: then it may still be set aside.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from triage.answers.answers import settle
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
    from collections.abc import Iterable, Sequence

    from triage.answers.answers import Answers
    from triage.conditions.condition import Test
    from triage.conditions.truth import Truth
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["Reach", "Reachable", "beginning"]


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


_TRUE, _FALSE, _NEITHER = 1, 2, 4
"""Each value that a condition can end with is a bit."""
_ALL = _TRUE | _FALSE | _NEITHER
_REACHES = [Reach(true=bool(n & _TRUE), false=bool(n & _FALSE), neither=bool(n & _NEITHER)) for n in range(8)]
_SETTLED = (_TRUE, _FALSE, _NEITHER)


def _value(value: Truth) -> int:
    return _NEITHER if value is None else _TRUE if value else _FALSE


def _opposite(values: int) -> int:
    return (values & _NEITHER) | (values & _TRUE and _FALSE) | (values & _FALSE and _TRUE)


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
        self._bits: dict[str, int] = (
            earlier._bits if earlier is not None else {name: 1 << n for n, name in enumerate(answers.states)}
        )
        """A bit for each question."""
        self._whens: dict[str, Condition | None] = (
            earlier._whens if earlier is not None else {one.id: one.when for one in protocol.questionnaire.questions}
        )
        """When each question applies; asking the protocol takes longer."""
        self._asked = 0
        """The questions answered since the moment at which nothing was remembered."""
        # By identity, which is quick and safe: the protocol holds every condition as long as this lives.
        self._known: dict[int | str, tuple[int, int]] = {}
        """The values that each condition and finding can end with, and the open questions that can still change it.

        What rests on a question asked since then is out of date, and judged anew when somebody wants to know.
        """
        self._candidates: Sequence[Rule] = protocol.concluding_rules
        """All rules but some that can be true no more."""
        if earlier is not None:
            self._remember(earlier)

    def _remember(self, earlier: Reachable) -> None:
        """Take over what was known earlier; nothing, if an earlier answer is another now."""
        before, now = earlier._answers, self._answers
        changed = {name for name, state in now.states.items() if state != before.states[name]}
        if now.misplaced != before.misplaced or any(before.states[name] is not OPEN for name in changed):
            return
        whens = (self._whens[name] for name in changed)
        if any(when is not None and truth(when, now.states, {}) is None for when in whens):
            return  # an answer that may yet be set aside
        self._asked = earlier._asked | sum(self._bits[name] for name in changed)
        self._known = earlier._known.copy()
        self._candidates = [rule for rule, _ in earlier.possible]

    @cached_property
    def possible(self) -> list[tuple[Rule, bool]]:
        """The rules with a condition that can still be true, each with whether it is certain."""
        reaches = [(rule, _REACHES[self._of(rule.when)[0]]) for rule in self._candidates]
        return [(rule, reach.certain) for rule, reach in reaches if reach.true]

    def of(self, condition: Condition) -> Reach:
        """Return what a condition may still become."""
        return _REACHES[self._of(condition)[0]]

    def open_questions(self, condition: Condition) -> set[str]:
        """Return the open questions that can still change a condition."""
        return self._named(self._of(condition)[1])

    def open_behind(self, conditions: Iterable[Condition]) -> set[str]:
        """Return the open questions that can still change those of some conditions that can still be true."""
        questions = 0
        for condition in conditions:
            values, deciding = self._of(condition)
            if values & _TRUE:
                questions |= deciding
        return self._named(questions)

    def _named(self, questions: int) -> set[str]:
        return {name for name, bit in self._bits.items() if questions & bit}

    def _of(self, condition: Condition) -> tuple[int, int]:
        """Return the values that a condition can end with, and the open questions that can still change it."""
        key = id(condition)
        found = self._known.get(key)
        if found is None or found[1] & self._asked:
            found = self._judge(condition)
            self._known[key] = found = (found[0], 0) if found[0] in _SETTLED else found
        return found

    def _finding(self, name: str) -> tuple[int, int]:
        """Return the same for a finding."""
        found = self._known.get(name)
        if found is None or found[1] & self._asked:
            derived = self._protocol.derived_findings.get(name)
            if derived is not None:
                found = self._of(derived)
            else:
                found = self._joined([rule.when for rule in self._protocol.finding_rules[name]], _FALSE)
            self._known[name] = found
        return found

    def _judge(self, condition: Condition) -> tuple[int, int]:
        # Plain tests: `match` takes twice as long.
        if isinstance(condition, All):
            return self._joined(condition.parts, _TRUE)
        if isinstance(condition, Any):
            return self._joined(condition.parts, _FALSE)
        if isinstance(condition, NoneOf):
            values, questions = self._joined(condition.parts, _FALSE)
            return _opposite(values), questions
        if isinstance(condition, Found):
            return self._finding(condition.finding)
        name = condition.question
        when = self._whens[name]
        values, deciding = (_TRUE, 0) if when is None else self._of(when)
        if self._answers.states[name] is OPEN and not isinstance(condition, Misplaced):
            deciding = self._bits[name]
        if values not in _SETTLED:
            return self._judge_either_way(condition, may_not_apply=bool(values & _FALSE)), deciding
        if isinstance(condition, Misplaced):
            return _value(name in self._answers.misplaced), deciding
        if self._answers.states[name] is OPEN:
            return _TRUE | _FALSE if isinstance(condition, InState) else _ALL, deciding
        return _value(truth(condition, self._answers.states, {})), deciding

    def _joined(self, parts: Iterable[Condition], idle: int) -> tuple[int, int]:
        """Judge parts of which all decide (then true changes nothing) or any does (then false changes nothing)."""
        every, some, questions = idle, 0, 0
        decides = _opposite(idle)
        for part in parts:
            values, deciding = self._of(part)
            if values == decides:
                return decides, 0
            every &= values
            some |= values
            questions |= deciding
        return every | (some & ~idle), questions

    def _judge_either_way(self, test: Test, *, may_not_apply: bool) -> int:
        """Return what may become of a test whose question may turn out to apply, and perhaps not to apply."""
        name = test.question
        state = self._answers.states[name]
        if state is NOT_APPLICABLE:  # for now
            state = self._answers.set_aside.get(name, OPEN)
        if isinstance(test, Misplaced):
            warnings = self._protocol.questionnaire.by_id[name].warnings
            warned = not isinstance(state, Missing) and not state.isdisjoint(warnings)
            return _FALSE | _TRUE if warned and may_not_apply else _FALSE
        if state is OPEN:
            return _TRUE | _FALSE if isinstance(test, InState) else _ALL
        here = _value(truth(test, {name: state}, {}))
        return here | _value(truth(test, {name: NOT_APPLICABLE}, {})) if may_not_apply else here


@lru_cache(maxsize=4)
def beginning(protocol: Protocol) -> Reachable:
    """Return what can still become of a protocol's conditions before anything is asked: the same for everybody."""
    return Reachable(protocol, settle(protocol.questionnaire, {}, left_out=OPEN))
