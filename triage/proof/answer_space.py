"""Every possible answer set of a protocol, with all that comes of it, as one circuit that a solver is asked about.

An answer to a question that does not apply is no answer set here: it is set aside before anything is judged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.circuit.answer_sets import AnswerSets
from triage.circuit.gates import Circuit, opposite
from triage.circuit.results import Results
from triage.proof.counting import Counter
from triage.proof.solver import Solver

if TYPE_CHECKING:
    from triage.circuit.gates import Gate
    from triage.protocol.protocol import Protocol

__all__ = ["AnswerSpace"]

Chosen = dict[str, frozenset[str]]
"""The codes of one answer set by question; a question without any is left out."""


class AnswerSpace:
    """The answer sets of one protocol and the results for them.

    Args:
        protocol: whose questions and rules.
        beside: another answer space, so that gates of both can be compared.
        answers: the answer sets; those of ``beside`` if left out.

    Raises:
        ImportError: python-sat is not installed.

    """

    def __init__(
        self, protocol: Protocol, *, beside: AnswerSpace | None = None, answers: AnswerSets | None = None
    ) -> None:
        self.protocol = protocol
        self.answers: AnswerSets = answers or self._answers(beside)
        self.circuit: Circuit = self.answers.circuit
        self.solver: Solver = beside.solver if beside else Solver(self.circuit)
        self._like = beside if beside and beside.answers is self.answers else None
        self.results: Results = Results(
            protocol, self.answers.conditions, like=self._like.results if self._like else None
        )
        self._with: dict[AnswerSets, AnswerSpace] = {}

    def _answers(self, beside: AnswerSpace | None) -> AnswerSets:
        questionnaire = self.protocol.questionnaire
        if beside is None:
            return AnswerSets(Circuit(), questionnaire)
        if beside.protocol.questionnaire is questionnaire:
            return beside.answers
        return AnswerSets(beside.circuit, questionnaire, beside.answers.given)

    def with_answers(self, answers: AnswerSets) -> AnswerSpace:
        """Return the results of the same protocol for other answer sets."""
        if answers not in self._with:
            beside = self._like.with_answers(answers) if self._like else self
            self._with[answers] = AnswerSpace(self.protocol, beside=beside, answers=answers)
        return self._with[answers]

    def some(self, *where: Gate) -> bool:
        """Return whether there is an answer set for which all of some gates are true."""
        return self.solver.some((self.answers.valid, *where))

    def anyone(self, *where: Gate) -> Chosen | None:
        """Return some answer set for which all of some gates are true, or None if there is none."""
        return self._chosen() if self.some(*where) else None

    def simplest(self, *where: Gate) -> Chosen | None:
        """Return an answer set for which all of some gates are true, with as few answers as a greedy search finds."""
        found = self.anyone(*where)
        if found is None:
            return None
        wanted = list(where)
        questions = self.answers.questionnaire.questions
        whole = [[(one.id, code) for code in one.codes] for one in reversed(questions)]
        for choices in (*whole, *([choice] for choice in self.answers.given)):
            without = [opposite(self.answers.given[choice]) for choice in choices]
            if any(code in found.get(question, ()) for question, code in choices):
                if not self.some(*wanted, *without):
                    continue
                found = self._chosen()
            wanted += without
        return found

    def _chosen(self) -> Chosen:
        """Return the answer set that the solver has just found."""
        given = self.answers.given
        true = self.solver.true_ones(given.values())
        chosen: dict[str, set[str]] = {}
        for (question, code), gate in given.items():
            if gate in true:
                chosen.setdefault(question, set()).add(code)
        return {question: frozenset(codes) for question, codes in chosen.items()}

    def counter(self) -> Counter:
        """Return what counts answer sets exactly.

        Raises:
            ImportError: dd is not installed.

        """
        return Counter(self.circuit, self.answers.given.values(), within=self.answers.valid)
