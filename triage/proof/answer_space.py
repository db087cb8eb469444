"""Every possible answer set of a protocol, with all that comes of it, as one circuit that a solver is asked about.

An answer to a question that does not apply is no answer set here: it is set aside before anything is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.answer_state import Missing
from triage.circuit.answer_sets import answer_sets
from triage.circuit.conditions import inputs_for
from triage.circuit.gates import Circuit, opposite
from triage.circuit.results import Results
from triage.condition import questions_in
from triage.proof.counting import Counter
from triage.proof.solver import Solver

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.answer_state import AnswerState
    from triage.circuit.conditions import Given
    from triage.circuit.gates import Gate
    from triage.protocol import Protocol

__all__ = ["AnswerSpace"]

Chosen = dict[str, frozenset[str]]
"""The codes of one answer set by question; a question without any is left out."""


class AnswerSpace:
    """The answer sets of one protocol and the results for them.

    Args:
        protocol: whose questions and rules.
        beside: another answer space, so that gates of both can be compared.
        given: the gates that say which choices are given; those of ``beside``, or new inputs, if left out.

    Raises:
        ImportError: python-sat is not installed.

    """

    def __init__(self, protocol: Protocol, *, beside: AnswerSpace | None = None, given: Given | None = None) -> None:
        self.protocol = protocol
        self.circuit: Circuit = beside.circuit if beside else Circuit()
        self.solver: Solver = beside.solver if beside else Solver(self.circuit)
        self._same_answers = beside if given is None else None
        if given is None:
            given = beside.given if beside else inputs_for(self.circuit, protocol.questionnaire)
        self.given: Given = given
        same = self._same_answers
        alike = same if same and same.protocol.questionnaire is protocol.questionnaire else None
        self.results: Results = Results(self.circuit, protocol, given, like=alike.results if alike else None)
        conditions = self.results.conditions
        self.valid: Gate = alike.valid if alike else answer_sets(self.circuit, protocol.questionnaire, conditions)
        self._varied: dict[frozenset[str], AnswerSpace] = {}

    # ---- asking ----

    def some(self, *where: Gate) -> bool:
        """Return whether there is an answer set for which all of some gates are true."""
        return self.solver.some((self.valid, *where))

    def simplest(self, *where: Gate) -> Chosen | None:
        """Return an answer set for which all of some gates are true, with as few answers as a greedy search finds."""
        if not self.some(*where):
            return None
        wanted = list(where)
        true = self.solver.true_ones(self.given.values())
        questions = reversed(self.protocol.questionnaire.questions)
        silent = [[opposite(self.given[one.id, code]) for code in one.codes] for one in questions]
        for unwanted in (*silent, *([opposite(gate)] for gate in self.given.values())):
            if true.isdisjoint(opposite(gate) for gate in unwanted):
                wanted += unwanted
            elif self.some(*wanted, *unwanted):
                wanted += unwanted
                true = self.solver.true_ones(self.given.values())
        chosen: dict[str, set[str]] = {}
        for (question, code), gate in self.given.items():
            if gate in true:
                chosen.setdefault(question, set()).add(code)
        return {question: frozenset(codes) for question, codes in chosen.items()}

    def counter(self) -> Counter:
        """Return what counts answer sets exactly.

        Raises:
            ImportError: dd is not installed.

        """
        return Counter(self.circuit, self.given.values(), within=self.valid)

    # ---- answers ----

    def some_of(self, question: str, codes: Iterable[str]) -> Gate:
        """Return where at least one of some choices is among the answers."""
        return self.circuit.any_of(self.given[question, code] for code in codes)

    def exactly(self, question: str, state: AnswerState) -> Gate:
        """Return where a question has exactly this state; in any state but answered it has no code."""
        codes: Mapping[str, Gate] = {
            code: self.given[question, code] for code in self.protocol.questionnaire.by_id[question].codes
        }
        chosen = state if isinstance(state, frozenset) else frozenset()
        parts = [gate if code in chosen else opposite(gate) for code, gate in codes.items()]
        if state is Missing.UNKNOWN:
            parts.append(self.results.conditions.unknown(question))
        return self.circuit.all_of(parts)

    # ---- other answers ----

    def hanging_on(self, question: str) -> frozenset[str]:
        """Return a question and all whose applicability hangs on it, directly or not."""
        found = {question}
        for other in self.protocol.questionnaire.questions:
            if other.when is not None and questions_in(other.when) & found:
                found.add(other.id)
        return frozenset(found)

    def varied(self, questions: frozenset[str]) -> AnswerSpace:
        """Return the same with other answers to some questions: those that are given to all others are shared."""
        if questions not in self._varied:
            if self._same_answers:
                self._varied[questions] = AnswerSpace(self.protocol, beside=self._same_answers.varied(questions))
            else:
                anew = {choice: self.circuit.input() for choice in self.given if choice[0] in questions}
                self._varied[questions] = AnswerSpace(self.protocol, beside=self, given={**self.given, **anew})
        return self._varied[questions]
