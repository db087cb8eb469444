"""The condition tree as gates: one that is certainly true, one that is certainly false.

Each form means here exactly what it means in ``triage.conditions.truth``; the tests hold the two against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, TRUE, Gate, opposite
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.circuit.gates import Circuit
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["Conditions", "Given", "Settled", "Sides", "inputs_for"]

Given = dict[tuple[str, str], Gate]
"""Where each choice was given, by question and code."""


def inputs_for(circuit: Circuit, questionnaire: Questionnaire) -> Given:
    """Add an input to a circuit for each choice, in the order of the questions."""
    return {(question.id, code): circuit.input() for question in questionnaire.questions for code in question.codes}


@dataclass(frozen=True, slots=True)
class Sides:
    """Where a condition is certainly true and where it is certainly false; neither holds while answers are missing."""

    true: Gate
    false: Gate


_NOTHING_FOUND: Mapping[str, Sides] = {}


@dataclass(frozen=True, slots=True)
class Settled:
    """The state of one question: always exactly one of answered, unknown, open and not applicable."""

    codes: Mapping[str, Gate]
    """Where each choice was given and counts."""
    answered: Gate
    missing: Gate
    """Where it is unknown or open."""
    unknown: Gate
    open: Gate
    not_applicable: Gate
    misplaced: Gate
    """Where a warning choice was given although it does not apply."""


class Conditions:
    """Builds gates for conditions, after it has settled which question is in which state.

    A question without a given code is not applicable where its ``when`` is certainly false, and unknown elsewhere, so
    the two need no inputs. Codes given to a question that does not apply are set aside.

    Args:
        circuit: where to build.
        questionnaire: the questions.
        given: the gates that say which choices were given.
        said_unknown: the gates that say to which question "I don't know" was said, as in an interview: what nothing was
            said to is then open. Left out, nothing is open.

    """

    def __init__(
        self,
        circuit: Circuit,
        questionnaire: Questionnaire,
        given: Given,
        said_unknown: Mapping[str, Gate] | None = None,
    ) -> None:
        self.circuit = circuit
        self.given = given
        self.said_unknown = said_unknown
        self._settled: dict[str, Settled] = {}
        self._tests: dict[AnyOf | Only | Every | Besides, Sides] = {}
        for question in questionnaire.questions:
            codes = {code: given[question.id, code] for code in question.codes}
            self._settled[question.id] = self._settle(question, codes)

    def _settle(self, question: Question, given: Mapping[str, Gate]) -> Settled:
        build = self.circuit
        said = build.any_of(given.values())
        set_aside = FALSE if question.when is None else self.sides(question.when).false
        applies = opposite(set_aside)
        missing = build.all_of((opposite(said), applies))
        not_known = TRUE if self.said_unknown is None else self.said_unknown.get(question.id, FALSE)
        return Settled(
            codes={code: build.all_of((gate, applies)) for code, gate in given.items()},
            answered=build.all_of((said, applies)),
            missing=missing,
            unknown=build.all_of((missing, not_known)),
            open=build.all_of((missing, opposite(not_known))),
            not_applicable=set_aside,
            misplaced=build.all_of((set_aside, build.any_of(given[code] for code in question.warnings))),
        )

    def of(self, question: str) -> Settled:
        """Return the gates for the state of a question."""
        return self._settled[question]

    def unknown(self, question: str) -> Gate:
        """Return where a question applies, or may apply, and was not answered."""
        return self._settled[question].unknown

    def not_applicable(self, question: str) -> Gate:
        """Return where a question certainly does not apply."""
        return self._settled[question].not_applicable

    def set_aside(self, question: Question, given: Given) -> Gate:
        """Return where a question was answered though it certainly does not apply."""
        said = self.circuit.any_of(given[question.id, code] for code in question.codes)
        return self.circuit.all_of((said, self.not_applicable(question.id)))

    def sides(self, condition: Condition, findings: Mapping[str, Sides] = _NOTHING_FOUND) -> Sides:
        """Return the gates of a condition.

        Args:
            condition: what to build.
            findings: the gates of every finding that it names.

        """
        match condition:
            case All(parts):
                return self.all_of(self.sides(part, findings) for part in parts)
            case Any(parts):
                return self.any_of(self.sides(part, findings) for part in parts)
            case NoneOf(parts):
                found = self.any_of(self.sides(part, findings) for part in parts)
                return Sides(found.false, found.true)
            case Found(finding):
                return findings[finding]
            case Misplaced(question):
                return _certain(self._settled[question].misplaced)
            case InState(question, state):
                settled = self._settled[question]
                true = settled.unknown if state == "unknown" else settled.not_applicable
                return Sides(true, self.circuit.all_of((opposite(true), opposite(settled.open))))
            case _:
                if condition not in self._tests:
                    self._tests[condition] = self._answered(condition)
                return self._tests[condition]

    def all_of(self, sides: Iterable[Sides]) -> Sides:
        """Return the conjunction: false where one part is."""
        parts = list(sides)
        build = self.circuit
        return Sides(build.all_of(part.true for part in parts), build.any_of(part.false for part in parts))

    def any_of(self, sides: Iterable[Sides]) -> Sides:
        """Return the disjunction: true where one part is."""
        parts = list(sides)
        build = self.circuit
        return Sides(build.any_of(part.true for part in parts), build.all_of(part.false for part in parts))

    def _answered(self, condition: AnyOf | Only | Every | Besides) -> Sides:
        build = self.circuit
        settled = self._settled[condition.question]
        named = [settled.codes[code] for code in condition.codes]
        others = build.any_of(gate for code, gate in settled.codes.items() if code not in condition.codes)
        match condition:
            case AnyOf():
                true = build.any_of(named)
            case Every():
                true = build.all_of((settled.answered, *named))
            case Besides():
                true = others
            case Only():
                true = build.all_of((settled.answered, opposite(others)))
        return Sides(true, build.all_of((opposite(true), opposite(settled.missing))))


def _certain(gate: Gate) -> Sides:
    return Sides(gate, opposite(gate))
