"""What a safety statement says, as gates: the answer sets it speaks of, and where it would be wrong."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, Gate, opposite
from triage.conditions.condition import All, Any, AnyOf, Besides, Condition, Every, InState, NoneOf, Only, questions_in
from triage.protocol.questionnaire import RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.proof.answer_space import AnswerSpace
    from triage.proof.statements import Statement

__all__ = ["Claim", "claims"]


@dataclass(frozen=True)
class Claim:
    """One thing a statement says; it says one for each choice it is made for."""

    about: str
    """The choice it is made for, or nothing."""
    spoken: Gate
    """Where it speaks of the answers: everywhere else it says nothing, and it must speak of some."""
    wrong: Gate
    """Where it does not hold, if it speaks of the answers there."""
    by_answers_alone: bool = True
    """Whether no result decides if it speaks of somebody."""
    if_refuted: str = ""
    """What to say if it turns out to be wrong."""


def claims(space: AnswerSpace, statement: Statement) -> Iterator[Claim]:
    """Yield all that a statement says about a protocol."""
    if statement.exactly_one is not None:
        yield from _exactly_one(space, statement.exactly_one)
    elif statement.never_lowers is not None:
        for question, codes in statement.never_lowers.items():
            yield from _never_lowers(space, question, codes)
    elif statement.each:
        for question, codes in statement.each.items():
            for code in codes:
                where = InState(question, code) if code == "unknown" else AnyOf(question, (code,))
                yield _claim(space, statement, f"{question} = {code}", where)
    else:
        yield _claim(space, statement, "", All(()))


def _claim(space: AnswerSpace, statement: Statement, about: str, where: Condition) -> Claim:
    """Return what ``always``, ``never`` or ``possible`` says where some condition holds."""
    if statement.possible is not None:
        spoken, wrong = [statement.possible], FALSE
    elif statement.always is not None:
        spoken = [statement.always.if_] if statement.always.if_ is not None else []
        wrong = opposite(_holds(space, statement.always.then))
    else:
        parts = statement.never.parts if isinstance(statement.never, All) else (statement.never,)
        spoken = [part for part in parts if not _tests_results(part)]
        wrong = _holds(space, All(tuple(part for part in parts if _tests_results(part))))
    return Claim(
        about,
        _holds(space, All((where, *spoken))),
        wrong,
        by_answers_alone=not any(map(_tests_results, spoken)),
        if_refuted="not possible" if statement.possible is not None else "",
    )


def _never_lowers(space: AnswerSpace, question: str, codes: tuple[str, ...]) -> Iterator[Claim]:
    """Yield for some choices of a question that giving one anew never lowers the urgency.

    Where that makes other questions apply or not, it must hold whatever is answered to those.
    """
    circuit = space.circuit
    change = space.answers.change_of(question)
    after = space.with_answers(change.after)
    lower = circuit.any_of(
        circuit.all_of((at_least, opposite(after.results.at_least[level])))
        for level, at_least in space.results.at_least.items()
    )
    for code in codes:
        about = f"{question} = {code}"
        before, given = change.given_anew(code)
        wrong = circuit.all_of((given, change.may_follow, lower))
        yield Claim(about, before, wrong, if_refuted=f"and then also answers {about}")


def _exactly_one(space: AnswerSpace, results: tuple[str, ...]) -> Iterator[Claim]:
    """Yield for some results that their values share no answer set and leave none out."""
    circuit = space.circuit
    for name in results:
        values = list(space.results.by_name(name).values())
        shared = (circuit.all_of(pair) for pair in combinations(values, 2))
        yield Claim(name, _holds(space, All(())), circuit.any_of((opposite(circuit.any_of(values)), *shared)))


def _tests_results(condition: Condition) -> bool:
    return not questions_in(condition).isdisjoint(RESULTS)


def _holds(space: AnswerSpace, condition: Condition) -> Gate:
    """Return where a condition certainly holds; for whole answer sets every test is true or not true."""
    match condition:
        case All(parts):
            return space.circuit.all_of(_holds(space, part) for part in parts)
        case Any(parts):
            return space.circuit.any_of(_holds(space, part) for part in parts)
        case NoneOf(parts):
            return opposite(space.circuit.any_of(_holds(space, part) for part in parts))
        case AnyOf() | Only() | Every() | Besides() if condition.question in RESULTS:
            return _result(space, condition)
        case _:
            return space.answers.conditions.sides(condition).true


def _result(space: AnswerSpace, condition: AnyOf | Only | Every | Besides) -> Gate:
    """Return where a result passes a test."""
    circuit = space.circuit
    values = space.results.by_name(condition.question)
    named = [values[code] for code in condition.codes]
    others = circuit.any_of(gate for code, gate in values.items() if code not in condition.codes)
    match condition:
        case AnyOf():
            return circuit.any_of(named)
        case Only():
            return circuit.all_of((circuit.any_of(named), opposite(others)))
        case Besides():
            return others
        case Every():
            return circuit.all_of(named)
