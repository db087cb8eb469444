"""Proving safety statements over every answer set, or refuting them by the simplest counterexample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, Gate, opposite
from triage.condition import All, Any, AnyOf, Besides, Condition, Every, InState, NoneOf, Only, questions_in
from triage.proof.lowering import lowerings
from triage.questionnaire import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.proof.answer_space import AnswerSpace
    from triage.proof.counting import Counter
    from triage.proof.statements import Statement

__all__ = ["Proof", "prove"]


@dataclass(frozen=True)
class Proof:
    """What came of one statement, for one choice where it is made for each."""

    statement: Statement
    about: str
    """The choice it is made for, or nothing."""
    speaks: bool
    """Whether there is any answer set it speaks of; none is an error."""
    answer_sets: int | None
    """How many these are; None if they were not counted, as where they depend on results."""
    counterexample: Mapping[str, frozenset[str]] | None
    """Answers for which it does not hold, by question."""
    remark: str = ""

    @property
    def holds(self) -> bool:
        """Whether it is proved and speaks of anything at all."""
        return self.counterexample is None and self.speaks


def prove(space: AnswerSpace, statement: Statement, counter: Counter | None = None) -> Iterator[Proof]:
    """Prove a statement, once for each choice it is made for.

    Args:
        space: the protocol.
        statement: what must hold.
        counter: counts the answer sets it speaks of, if anybody wants to know how many these are.

    """
    prover = _Prover(space, statement, counter)
    if statement.exactly_one is not None:
        yield from prover.exactly_one(statement.exactly_one)
    elif statement.never_lowers is not None:
        for question, codes in statement.never_lowers.items():
            yield from prover.never_lowers(question, codes)
    else:
        cases = [(name, code) for name, codes in statement.each.items() for code in codes]
        yield from (prover.claim(case) for case in cases) if cases else [prover.claim(None)]


class _Prover:
    def __init__(self, space: AnswerSpace, statement: Statement, counter: Counter | None) -> None:
        self.space = space
        self.circuit = space.circuit
        self.statement = statement
        self.counter = counter

    # ---- what a condition means over answer sets ----

    def holds(self, condition: Condition) -> Gate:
        """Return where a condition certainly holds; for whole answer sets every test is true or not true."""
        match condition:
            case All(parts):
                return self.circuit.all_of(self.holds(part) for part in parts)
            case Any(parts):
                return self.circuit.any_of(self.holds(part) for part in parts)
            case NoneOf(parts):
                return opposite(self.circuit.any_of(self.holds(part) for part in parts))
            case AnyOf() | Only() | Every() | Besides() if condition.question in RESULTS:
                return self.result(condition)
            case _:
                return self.space.results.conditions.sides(condition).true

    def result(self, condition: AnyOf | Only | Every | Besides) -> Gate:
        """Return where a result passes a test."""
        values = self.space.results.by_name(condition.question)
        named = [values[code] for code in condition.codes]
        others = self.circuit.any_of(gate for code, gate in values.items() if code not in condition.codes)
        match condition:
            case AnyOf():
                return self.circuit.any_of(named)
            case Only():
                return self.circuit.all_of((self.circuit.any_of(named), opposite(others)))
            case Besides():
                return others
            case Every():
                return self.circuit.all_of(named)

    # ---- the kinds of statement ----

    def claim(self, case: tuple[str, str] | None) -> Proof:
        """Prove ``always``, ``never`` or ``possible``, for one choice or as it stands."""
        statement, about = self.statement, ""
        where: list[Condition] = []
        if case is not None:
            question, code = case
            where.append(InState(question, code) if code == "unknown" else AnyOf(question, (code,)))
            about = f"{question} = {code}"
        if statement.possible is not None:
            proof = self.proof(about, [*where, statement.possible], FALSE)
            return proof if proof.speaks else replace(proof, remark="not possible")
        if statement.always is not None:
            where += [statement.always.if_] if statement.always.if_ is not None else []
            return self.proof(about, where, opposite(self.holds(statement.always.then)))
        parts = statement.never.parts if isinstance(statement.never, All) else (statement.never,)
        wrong = tuple(part for part in parts if _tests_results(part))
        where += [part for part in parts if not _tests_results(part)]
        return self.proof(about, where, self.holds(All(wrong)))

    def exactly_one(self, results: tuple[str, ...]) -> Iterator[Proof]:
        """Prove that the values of a result share no answer set and leave none out."""
        for name in results:
            values = list(self.space.results.by_name(name).values())
            shared = (self.circuit.all_of(pair) for pair in combinations(values, 2))
            yield self.proof(name, [], self.circuit.any_of((opposite(self.circuit.any_of(values)), *shared)))

    def never_lowers(self, question: str, codes: tuple[str, ...]) -> Iterator[Proof]:
        """Prove for some choices of a question that giving them never lowers the urgency."""
        for code, spoken, wrong in lowerings(self.space, question, codes):
            proof = self.proof_of(f"{question} = {code}", spoken, wrong, counted=True)
            remark = "" if proof.holds else f"and then also answers {question} = {code}"
            yield replace(proof, remark=remark)

    # ---- results ----

    def proof(self, about: str, where: list[Condition], wrong: Gate) -> Proof:
        """Return the proof that nothing is wrong where some conditions hold, or the simplest counterexample."""
        counted = not any(map(_tests_results, where))
        return self.proof_of(about, self.holds(All(tuple(where))), wrong, counted=counted)

    def proof_of(self, about: str, spoken: Gate, wrong: Gate, *, counted: bool) -> Proof:
        return Proof(
            statement=self.statement,
            about=about,
            speaks=self.space.some(spoken),
            answer_sets=self.counter.count(spoken) if self.counter and counted else None,
            counterexample=self.space.simplest(spoken, wrong),
        )


def _tests_results(condition: Condition) -> bool:
    return not questions_in(condition).isdisjoint(RESULTS)
