"""Proving safety statements over every answer set, or refuting them by the simplest counterexample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.proof.claims import claims

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
    """How many these are; None if they were not counted, as where a result decides which they are."""
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
    for claim in claims(space, statement):
        speaks = space.some(claim.spoken)
        counterexample = space.simplest(claim.spoken, claim.wrong)
        yield Proof(
            statement=statement,
            about=claim.about,
            speaks=speaks,
            answer_sets=counter.count(claim.spoken) if counter and claim.by_answers_alone else None,
            counterexample=counterexample,
            remark="" if speaks and counterexample is None else claim.if_refuted,
        )
