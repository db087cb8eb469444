"""Exact counts of answer sets: dd's C back end counts in floating point, which rounds above 9 x 10^15."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage.proof.answer_space import AnswerSpace, Diagram

__all__ = ["count", "written"]


def count(space: AnswerSpace, diagram: Diagram) -> int:
    """Return how many assignments of all variables lie inside a diagram, as an exact whole number."""
    total = len(space.manager.vars)
    known: dict[int, int] = {}

    def below(node: Diagram) -> tuple[int, int]:
        """Return the level of a node and the number of assignments from there on, its complement mark aside."""
        if node.var is None:
            return total, 1
        regular = ~node if node.negated else node
        key = int(regular)
        if key not in known:
            known[key] = sum(inside(child, regular.level) for child in (regular.low, regular.high))
        return regular.level, known[key]

    def inside(node: Diagram, parent: int) -> int:
        level, found = below(node)
        if node.var is None:
            found = 1 if node == space.true else 0
        elif node.negated:
            found = 2 ** (total - level) - found
        return int(found * 2 ** (level - parent - 1))

    return inside(diagram, -1)


def written(number: int) -> str:
    """Write a count: in full while short, else as a power of ten.

    >>> written(1200), written(8 * 10**50), written(9_999_999)
    ('1200', '8.0e50', '1.0e7')
    """
    return str(number) if number < 10**6 else f"{Decimal(number):.1e}".replace("e+", "e")
