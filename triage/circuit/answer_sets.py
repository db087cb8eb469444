"""The answers one person can give, as gates: what proofs speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.circuit.conditions import Conditions, Given, inputs_for
from triage.circuit.gates import Gate, opposite
from triage.conditions.answer_state import UNKNOWN
from triage.conditions.condition import questions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.circuit.gates import Circuit
    from triage.conditions.answer_state import AnswerState
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["AnswerSets", "Change"]


class AnswerSets:
    """All answer sets of a questionnaire; an answer to a question that does not apply is none.

    Args:
        circuit: where to build.
        questionnaire: the questions.
        given: the gates that say which choices are given; new inputs, if left out.

    """

    def __init__(self, circuit: Circuit, questionnaire: Questionnaire, given: Given | None = None) -> None:
        self.circuit = circuit
        self.questionnaire = questionnaire
        self.given = given or inputs_for(circuit, questionnaire)
        self.conditions = Conditions(circuit, questionnaire, self.given)
        self.valid: Gate = circuit.all_of(
            part for question in questionnaire.questions for part in self._well_formed(question)
        )
        """Where every question is answered as it may be, and not answered where it does not apply."""
        self._changes: dict[str, Change] = {}

    def _well_formed(self, question: Question) -> Iterator[Gate]:
        for index, code in enumerate(question.codes):
            for other in question.codes[:index]:
                if not question.multiple or question.alone & {code, other}:
                    yield opposite(self.circuit.all_of((self.given[question.id, code], self.given[question.id, other])))
        applies = opposite(self.conditions.not_applicable(question.id))
        yield self.circuit.any_of((applies, opposite(self.some_of(question.id, question.codes))))

    def some_of(self, question: str, codes: Iterable[str]) -> Gate:
        """Return where at least one of some choices is among the answers."""
        return self.circuit.any_of(self.given[question, code] for code in codes)

    def exactly(self, question: str, state: AnswerState) -> Gate:
        """Return where a question has exactly this state; in any state but answered it has no code."""
        chosen = state if isinstance(state, frozenset) else frozenset()
        codes = self.questionnaire.by_id[question].codes
        gates = {code: self.given[question, code] for code in codes}
        parts = [gate if code in chosen else opposite(gate) for code, gate in gates.items()]
        if state is UNKNOWN:
            parts.append(self.conditions.unknown(question))
        return self.circuit.all_of(parts)

    # ---- other answers beside these ----

    def hanging_on(self, question: str) -> frozenset[str]:
        """Return a question and all whose applicability hangs on it, directly or not."""
        found = {question}
        for other in self.questionnaire.questions:
            if other.when is not None and questions_in(other.when) & found:
                found.add(other.id)
        return frozenset(found)

    def with_others_to(self, questions: Iterable[str]) -> AnswerSets:
        """Return answer sets with answers of their own to some questions; those to all others are the same."""
        names = frozenset(questions)
        anew = {choice: self.circuit.input() for choice in self.given if choice[0] in names}
        return AnswerSets(self.circuit, self.questionnaire, {**self.given, **anew})

    def change_of(self, question: str) -> Change:
        """Return what can come of an answer set by another answer to a question; built once for each question."""
        if question not in self._changes:
            after = self.with_others_to(self.hanging_on(question))
            asked = self.questionnaire.by_id[question]
            self._changes[question] = Change(asked, self, after, self._may_follow(question, after))
        return self._changes[question]

    def _may_follow(self, question: str, after: AnswerSets) -> Gate:
        """Return where what hangs on a question is answered as before, unless that has become impossible."""
        kept = {choice: (after if choice[0] == question else self).given[choice] for choice in self.given}
        possible = AnswerSets(self.circuit, self.questionnaire, kept).valid
        same = self.circuit.all_of(self.circuit.same(gate, kept[choice]) for choice, gate in after.given.items())
        return self.circuit.all_of((after.valid, self.circuit.any_of((same, opposite(possible)))))


class Change:
    """Answer sets before and after another answer to a question, and to what then applies or does not.

    Args:
        question: the question.
        before: all answer sets.
        after: the same with answers of their own to that question, and to all that hang on it.
        may_follow: where those after can come of those before, whatever the other answer is.

    """

    def __init__(self, question: Question, before: AnswerSets, after: AnswerSets, may_follow: Gate) -> None:
        self.question = question
        self.before = before
        self.after = after
        self.may_follow = may_follow
        self._given_anew: dict[str, tuple[Gate, Gate]] = {}

    def given_anew(self, code: str) -> tuple[Gate, Gate]:
        """Return where a choice can be given that was not given before, and where it then is."""
        circuit = self.before.circuit
        if code not in self._given_anew:
            kinds = list(self._kinds(code))
            can_be = circuit.any_of(where for where, _ in kinds)
            self._given_anew[code] = (can_be, circuit.any_of(circuit.all_of(kind) for kind in kinds))
        return self._given_anew[code]

    def _kinds(self, code: str) -> Iterator[tuple[Gate, Gate]]:
        """Yield each kind of earlier answer: where it is given, and what then becomes of the choices."""
        asked, name, circuit = self.question, self.question.id, self.before.circuit
        before, after = self.before, self.after
        alone: list[AnswerState] = [UNKNOWN]
        if asked.multiple:
            alone += [frozenset({one}) for one in asked.codes if one in asked.alone]
            others = [one for one in asked.codes if one != code]
            together = before.some_of(name, (one for one in others if one not in asked.alone))
            kept = (circuit.same(after.given[name, one], before.given[name, one]) for one in others)
            where = circuit.all_of((opposite(before.given[name, code]), together))
            yield where, circuit.all_of((after.given[name, code], *kept))
        else:
            alone += [frozenset({one}) for one in asked.codes if one in asked.reassuring]
        for state in alone:
            yield before.exactly(name, state), after.exactly(name, frozenset({code}))
