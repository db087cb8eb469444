"""The condition tree as gates: one that is certainly true, one that is certainly false, for everybody at once.

Each form means here exactly what it means in ``triage.truth``; the tests hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.condition import All, Any, AnyOf, Besides, Condition, Every, Found, InState, Misplaced, NoneOf, Only

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.batch.bit_circuit import Circuit, Gate
    from triage.questionnaire import Question, Questionnaire

__all__ = ["Conditions", "Judged"]


@dataclass(frozen=True)
class Judged:
    """Where a condition is certainly true and where it is certainly false; neither holds while answers are missing."""

    true: Gate
    false: Gate


@dataclass(frozen=True)
class _Settled:
    """The state of one question: for each person exactly one of unknown, not applicable and answered."""

    codes: Mapping[str, Gate]
    unknown: Gate
    not_applicable: Gate
    misplaced: Gate


class Conditions:
    """Builds gates for conditions, after it has settled which question is in which state."""

    def __init__(self, circuit: Circuit, questionnaire: Questionnaire, given: Mapping[tuple[str, str], Gate]) -> None:
        self._circuit = circuit
        self._questions = questionnaire.by_id
        self._settled: dict[str, _Settled] = {}
        self.findings: dict[str, Judged] = {}
        for question in questionnaire.questions:
            chosen = {code: given[question.id, code] for code in question.codes}
            self._settled[question.id] = self._settle(question, chosen)

    def unknown(self, question: str) -> Gate:
        """Return where a question applies, or may apply, and was not answered."""
        return self._settled[question].unknown

    def _settle(self, question: Question, chosen: Mapping[str, Gate]) -> _Settled:
        build = self._circuit
        said = build.any_of(chosen.values())
        if question.when is None:
            return _Settled(chosen, build.opposite(said), build.false, build.false)
        set_aside = self.judge(question.when).false
        applies = build.opposite(set_aside)
        warned = build.any_of(chosen[code] for code in question.warnings)
        return _Settled(
            codes={code: build.all_of((gate, applies)) for code, gate in chosen.items()},
            unknown=build.opposite(build.any_of((said, set_aside))),
            not_applicable=set_aside,
            misplaced=build.all_of((warned, set_aside)),
        )

    def judge(self, condition: Condition) -> Judged:
        """Return the gates of a condition; every finding it names must be in ``findings``."""
        match condition:
            case All(parts):
                return self.all_of(self.judge(part) for part in parts)
            case Any(parts):
                return self.any_of(self.judge(part) for part in parts)
            case NoneOf(parts):
                found = self.any_of(self.judge(part) for part in parts)
                return Judged(found.false, found.true)
            case Found(finding):
                return self.findings[finding]
            case Misplaced(question):
                return self._certain(self._settled[question].misplaced)
            case InState(question, state):
                settled = self._settled[question]
                return self._certain(settled.unknown if state == "unknown" else settled.not_applicable)
            case _:
                return self._answered(condition)

    def all_of(self, judged: Iterable[Judged]) -> Judged:
        """Return the conjunction: false where one part is."""
        parts = list(judged)
        build = self._circuit
        return Judged(build.all_of(part.true for part in parts), build.any_of(part.false for part in parts))

    def any_of(self, judged: Iterable[Judged]) -> Judged:
        """Return the disjunction: true where one part is."""
        parts = list(judged)
        build = self._circuit
        return Judged(build.any_of(part.true for part in parts), build.all_of(part.false for part in parts))

    def _certain(self, gate: Gate) -> Judged:
        return Judged(gate, self._circuit.opposite(gate))

    def _answered(self, condition: AnyOf | Only | Every | Besides) -> Judged:
        build = self._circuit
        settled = self._settled[condition.question]
        named = [settled.codes[code] for code in condition.codes]
        others = [gate for code, gate in settled.codes.items() if code not in condition.codes]
        known = build.opposite(settled.unknown)
        match condition:
            case AnyOf():
                true = build.any_of(named)
            case Every():
                answered = build.any_of(settled.codes.values())
                true = build.all_of(named) if named else answered
            case Besides():
                true = build.any_of(others)
            case Only():
                answered = build.any_of(settled.codes.values())
                true = build.all_of((answered, build.opposite(build.any_of(others))))
        return Judged(true, build.all_of((known, build.opposite(true))))
