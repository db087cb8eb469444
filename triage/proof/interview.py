"""The circuit of a protocol as it is shipped, and the interview in it, held against all that is promised of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage.circuit.consultation import Consultation
from triage.documents.problems import Place, Problem
from triage.proof.promises import kept_promises
from triage.proof.shipped import Shipped
from triage.proof.shipping import Comparison, compared, differing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.proof.answer_space import AnswerSpace
    from triage.proof.promises import Kept
    from triage.protocol.protocol import Protocol

__all__ = ["InterviewProof", "prove_interview"]


@dataclass(frozen=True)
class InterviewProof:
    """What became of all that is promised of an interview."""

    protocol: Protocol
    shipped: Shipped
    comparison: Comparison
    promises: tuple[Kept, ...]

    def problems(self) -> Iterator[Problem]:
        """Yield what does not hold, in words."""
        place = Place(str(self.protocol.folder))
        if self.comparison.different:
            listed = ", ".join(self.comparison.different[:8])
            more = len(self.comparison.different) - 8
            yield Problem(
                place,
                f"The circuit that is shipped does not say what the rules say: {listed}"
                f"{f', and {more} more' if more > 0 else ''}.",
            )
        for kept in self.promises:
            if not kept.holds:
                yield Problem(
                    place, f"The interview does not keep what it promises: {kept.promise.title}.", _shown(kept)
                )

    def summary(self) -> str:
        """Return what was proved, in one line."""
        held = sum(kept.holds for kept in self.promises)
        equal = self.comparison.outputs - len(self.comparison.different)
        return (
            f"{held} of {len(self.promises)} promises of the interview, over every state it can be in; "
            f"{equal:,} of {self.comparison.outputs:,} results of its circuit and of pages equal to the rules "
            f"({self.shipped.gates:,} gates, {self.shipped.bytes:,} bytes)."
        )

    def as_data(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "gates": self.shipped.gates,
            "bytes": self.shipped.bytes,
            "compared": self.comparison.outputs,
            "different": list(self.comparison.different),
            "promises": [
                {
                    "promise": kept.promise.id,
                    "title": kept.promise.title,
                    "holds": kept.holds,
                    "counterexample": kept.answered,
                    "later": kept.later,
                }
                for kept in self.promises
            ],
        }


def prove_interview(
    space: AnswerSpace, consultation: Consultation | None = None, *, parts: Iterable[Consultation] = ()
) -> InterviewProof:
    """Prove that the shipped bytes say what the rules say, and that the interview in them keeps its promises.

    Args:
        space: the rules.
        consultation: what is shipped; that of the protocol, if left out.
        parts: what is shipped with some outputs left out, such as a page; all others must be the same.

    """
    shipped = _shipped(consultation or Consultation(space.protocol))
    comparison = compared(space, shipped)
    for part in map(_shipped, parts):
        comparison = comparison.with_more(part.number_of_outputs, differing(part, shipped))
    return InterviewProof(space.protocol, shipped, comparison, tuple(kept_promises(shipped)))


def _shipped(consultation: Consultation) -> Shipped:
    return Shipped(consultation.protocol, consultation.aiger, consultation.wiring)


def _shown(kept: Kept) -> str:
    if kept.answered is None:
        return "It speaks of no state at all."
    told = f"For instance where {_listed(kept.answered)}"
    later = {name: said for name, said in (kept.later or {}).items() if said != kept.answered.get(name)}
    return f"{told}, and then {_listed(later)}." if later else f"{told}."


def _listed(answered: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(f"{name} = {' + '.join(said)}" for name, said in answered.items()) or "nothing was answered"
