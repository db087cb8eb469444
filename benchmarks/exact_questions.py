"""How many questions the interview asks beyond those that can exactly still matter.

Run from the checkout, with the extra ``verify``: python -m benchmarks.exact_questions. For every worked case it counts
the questions of part one, and those that remain if each is asked only where it is proved that some answer to it can
still change the outcome or the urgency.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import triage
from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.circuit.gates import opposite
from triage.conditions.answer_state import OPEN
from triage.conditions.condition import questions_in
from triage.conditions.truth import truth
from triage.interview.interview import Interview
from triage.proof.answer_space import AnswerSpace
from triage.protocol.urgency import Urgency

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.circuit.gates import Gate
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question


def asked_by_us(protocol: Protocol, full: Answers) -> tuple[int, Urgency]:
    """Return how many questions part one asks a person, and the urgency it ends with."""
    interview, number = Interview(protocol), 0
    while question := interview.next_question():
        interview = interview.answered(question.id, full.states[question.id])
        number += 1
    return number, interview.decision.urgency


def _result(space: AnswerSpace) -> list[Gate]:
    """Return the gates that tell outcome and urgency."""
    return [*space.results.outcome.values(), *space.results.at_least.values()]


@dataclass
class ExactInterview:
    """An interview that asks in the same order, but only what provably can still change the outcome or the urgency."""

    space: AnswerSpace
    given: dict[str, Any] = field(default_factory=dict)

    def asked(self, full: Answers) -> int:
        """Return how many questions a person is asked."""
        while question := self._next():
            self.given[question.id] = full.states[question.id]
        return len(self.given)

    def _next(self) -> Question | None:
        protocol = self.space.protocol
        answers = settle(protocol.questionnaire, self.given, left_out=OPEN)
        here = self._here(self.space)
        if not any(
            self.space.some(here, gate) and self.space.some(here, opposite(gate)) for gate in _result(self.space)
        ):
            return None
        for question in protocol.asking_order:
            if answers.states[question.id] is OPEN and self._matters(question, here):
                return self._decider(question, answers)
        return None

    def _settled(self, here: Gate, gate: Gate) -> bool:
        return not (self.space.some(here, gate) and self.space.some(here, opposite(gate)))

    def _here(self, space: AnswerSpace) -> Gate:
        """Return where everything is answered as it was."""
        return space.circuit.all_of(space.answers.exactly(name, state) for name, state in self.given.items())

    def _matters(self, question: Question, here: Gate) -> bool:
        """Whether two answer sets that differ in this question (and what hangs on it) have another result."""
        space = self.space
        other = space.with_answers(space.answers.change_of(question.id).after)
        same = map(space.circuit.same, _result(space), _result(other))
        return space.some(here, other.answers.valid, self._here(other), space.circuit.any_of(map(opposite, same)))

    def _decider(self, question: Question, answers: Answers) -> Question:
        """Return the first open question that decides whether a question applies, or the question itself."""
        while question.when is not None and truth(question.when, answers.states, {}) is None:
            deciding = [one for one in questions_in(question.when) if answers.states[one] is OPEN]
            if not deciding:
                break
            order = self.space.protocol.asking_order
            question = next(one for one in order if one.id in deciding)
        return question


def main() -> None:
    """Print the mean numbers by urgency."""
    protocol = triage.load_protocol()
    try:
        space = AnswerSpace(protocol)
    except ImportError as error:
        sys.exit(f'This cannot run: {error}. Install it with: pip install ".[verify]"')
    rows: dict[Urgency, list[tuple[int, int]]] = {}
    for case in read_cases(protocol):
        full = settle(protocol.questionnaire, given_states(case.answers))
        full = settle(protocol.questionnaire, {k: v for k, v in full.given().items() if k not in full.set_aside})
        ours, urgency = asked_by_us(protocol, full)
        rows.setdefault(urgency, []).append((ours, ExactInterview(space).asked(full)))
    print("| urgency | cases | asked (mean) | exactly needed (mean) | more (mean) |")
    print("|---|---|---|---|---|")
    for urgency in Urgency:
        found = rows.get(urgency, [])
        if found:
            ours, exact = (sum(column) / len(found) for column in zip(*found, strict=True))
            print(f"| {urgency} | {len(found)} | {ours:.1f} | {exact:.1f} | {ours - exact:.1f} |")


if __name__ == "__main__":
    main()
