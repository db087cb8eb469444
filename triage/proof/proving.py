"""Proving safety statements over every answer set, or refuting them by the simplest counterexample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answer_state import UNKNOWN
from triage.condition import (
    All,
    Any,
    AnyOf,
    Besides,
    Condition,
    Every,
    InState,
    NoneOf,
    Only,
    questions_in,
)
from triage.proof.counting import count
from triage.questionnaire import RESULTS
from triage.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.answer_state import AnswerState
    from triage.proof.answer_space import Diagram
    from triage.proof.diagrams import ProtocolDiagrams
    from triage.proof.statements import Statement

__all__ = ["Proof", "prove"]


@dataclass(frozen=True)
class Proof:
    """What came of one statement, for one choice where it is made for each."""

    statement: Statement
    about: str
    """The choice it is made for, or nothing."""
    answer_sets: int
    """How many answer sets it speaks of; none is an error."""
    counterexample: Mapping[str, frozenset[str]] | None
    """Answers for which it does not hold, by question."""
    remark: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is proved and speaks of anything at all."""
        return self.counterexample is None and self.answer_sets > 0


def prove(diagrams: ProtocolDiagrams, statement: Statement, *, counted: bool = True) -> Iterator[Proof]:
    """Prove a statement, once for each choice it is made for.

    Args:
        diagrams: the protocol.
        statement: what must hold.
        counted: whether to count exactly how many answer sets it speaks of; else only whether there are any.

    """
    prover = _Prover(diagrams, statement, counted=counted)
    if statement.exactly_one is not None:
        yield from prover.exactly_one(statement.exactly_one)
    elif statement.never_lowers is not None:
        for question, codes in statement.never_lowers.items():
            for code in codes:
                yield prover.never_lowers(question, code)
    else:
        cases = [(name, code) for name, codes in statement.each.items() for code in codes]
        yield from (prover.claim(case) for case in cases) if cases else [prover.claim(None)]


class _Prover:
    def __init__(self, diagrams: ProtocolDiagrams, statement: Statement, *, counted: bool) -> None:
        self.diagrams = diagrams
        self.space = diagrams.space
        self.statement = statement
        self.counted = counted

    # ---- what a condition means over answer sets ----

    def holds(self, condition: Condition) -> Diagram:
        """Return where a condition certainly holds; for whole answer sets every test is true or not true."""
        match condition:
            case All(parts):
                result = self.space.true
                for part in parts:
                    result &= self.holds(part)
                return result
            case Any(parts) | NoneOf(parts):
                result = self.space.false
                for part in parts:
                    result |= self.holds(part)
                return ~result if isinstance(condition, NoneOf) else result
            case AnyOf() | Only() | Every() | Besides() if condition.question in RESULTS:
                return self.result(condition)
            case _:
                return self.space.sides(condition, {}).true

    def result(self, condition: AnyOf | Only | Every | Besides) -> Diagram:
        """Return where a result passes a test."""
        known = self.diagrams.results_of(condition.question)
        outside = [code for code in known if code not in condition.codes]
        match condition:
            case AnyOf(name, codes):
                return self.diagrams.any_result(name, codes)
            case Only(name, codes):
                return self.diagrams.any_result(name, codes) & ~self.diagrams.any_result(name, outside)
            case Besides(name):
                return self.diagrams.any_result(name, outside)
            case Every(name, codes):
                every = self.space.true
                for code in codes:
                    every &= self.diagrams.any_result(name, [code])
                return every

    # ---- the kinds of statement ----

    def claim(self, case: tuple[str, str] | None) -> Proof:
        """Prove ``always``, ``never`` or ``possible``, for one choice or as it stands."""
        statement = self.statement
        where = self.diagrams.valid
        if case is not None:
            question, code = case
            where &= self.holds(InState(question, code) if code == "unknown" else AnyOf(question, (code,)))
        about = f"{case[0]} = {case[1]}" if case else ""
        if statement.always is not None:
            if statement.always.if_ is not None:
                where &= self.holds(statement.always.if_)
            return self.proof(about, where, where & ~self.holds(statement.always.then))
        if statement.never is not None:
            spoken, wrong = self.split(statement.never)
            return self.proof(about, where & spoken, where & spoken & wrong)
        found = where & self.holds(statement.possible)
        return Proof(statement, about, self.size(found), None, "" if found != self.space.false else "not possible")

    def split(self, never: Condition) -> tuple[Diagram, Diagram]:
        """Split what must never be into the answers it speaks of and the result they must not have."""
        parts = never.parts if isinstance(never, All) else (never,)
        spoken, wrong = self.space.true, self.space.true
        for part in parts:
            if not questions_in(part).isdisjoint(RESULTS):
                wrong &= self.holds(part)
            else:
                spoken &= self.holds(part)
        return spoken, wrong

    def exactly_one(self, results: tuple[str, ...]) -> Iterator[Proof]:
        """Prove that the values of a result share no answer set and leave none out."""
        for name in results:
            values = list((self.diagrams.urgency if name == "urgency" else self.diagrams.outcome).values())
            wrong = self.diagrams.valid
            for value in values:
                wrong &= ~value
            for index, first in enumerate(values):
                for other in values[:index]:
                    wrong |= first & other
            yield self.proof(name, self.diagrams.valid, wrong)

    def never_lowers(self, question: str, code: str) -> Proof:
        """Prove that giving a choice never lowers the urgency, from whatever was answered before."""
        spoken = wrong = self.space.false
        for before, changes in self.changes(question, code):
            spoken |= before
            wrong |= self.lowered(question, before, changes)
        return self.proof(f"{question} = {code}", spoken, wrong, f"and then also answers {question} = {code}")

    def changes(self, question: str, code: str) -> Iterator[tuple[Diagram, Mapping[str, bool]]]:
        """Yield each kind of earlier answer: where it is given, and the variables as they are after the change."""
        asked = self.space.questionnaire.by_id[question]
        names = {one: f"{question}={one}" for one in asked.codes}
        only_this = {names[one]: one == code for one in asked.codes}
        valid = self.diagrams.valid
        alone: list[AnswerState] = [UNKNOWN]
        if asked.multiple:
            alone += [frozenset({one}) for one in asked.codes if one in asked.alone]
            others = [one for one in asked.codes if one not in asked.alone and one != code]
            before = valid & ~self.space.chosen(question, code) & self.space.some(question, others)
            yield before, {names[code]: True}
        else:
            alone += [frozenset({one}) for one in asked.codes if one in asked.reassuring]
        for state in alone:
            before = valid & self.space.exactly(question, state)
            if state is UNKNOWN:
                before &= self.space.unknown(question)
            yield before, only_this

    def lowered(self, question: str, before: Diagram, new: Mapping[str, bool]) -> Diagram:
        """Return the answer sets whose urgency a change lowers.

        Where the change makes other questions apply or not, it must hold whatever is answered to those.
        """
        manager = self.space.manager
        valid_after = manager.let(new, self.diagrams.valid)
        dependents = [name for one in self.dependents(question) for name in self.space.variables_of(one)]
        wrong = self.space.false
        for level in list(Urgency)[1:]:
            urgent_before = before & self.diagrams.at_least[level]
            less_after = valid_after & ~manager.let(new, self.diagrams.at_least[level])
            wrong |= urgent_before & less_after
            if dependents:
                wrong |= urgent_before & ~valid_after & manager.exist(dependents, less_after)
        return wrong

    def dependents(self, question: str) -> list[str]:
        """Return the questions whose applicability hangs on a question, directly or not."""
        found = {question}
        for other in self.space.questionnaire.questions:
            if other.when is not None and questions_in(other.when) & found:
                found.add(other.id)
        return sorted(found - {question})

    # ---- results ----

    def size(self, diagram: Diagram) -> int:
        """Return how many answer sets there are, or only whether there are any."""
        if not self.counted:
            return int(diagram != self.space.false)
        return count(self.space, diagram)

    def proof(self, about: str, spoken: Diagram, wrong: Diagram, remark: str = "") -> Proof:
        """Return the proof, or the simplest counterexample."""
        refuted = wrong != self.space.false
        example = self.space.simplest(wrong) if refuted else None
        return Proof(self.statement, about, self.size(spoken), example, remark if refuted else "")
