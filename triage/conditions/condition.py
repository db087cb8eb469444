"""Conditions over answers: one small tree that every engine, proof and text interprets.

A condition says nothing about how it is judged; see ``truth`` for its three-valued meaning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "All",
    "Any",
    "AnyOf",
    "Besides",
    "Condition",
    "Every",
    "Found",
    "InState",
    "Misplaced",
    "NoneOf",
    "Only",
    "Test",
    "findings_in",
    "questions_in",
    "walk",
]


@dataclass(frozen=True)
class AnyOf:
    """At least one of these codes is among the answers."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class InState:
    """The question is ``unknown`` or ``not_applicable``; always true or false once it has been asked."""

    question: str
    state: str


@dataclass(frozen=True)
class Only:
    """Answered, and nothing but these codes."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Every:
    """All of these codes are among the answers."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Besides:
    """Answered, and something else than these codes."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Misplaced:
    """A warning choice was given to a question that does not apply."""

    question: str


@dataclass(frozen=True)
class Found:
    """A finding that other rules conclude."""

    finding: str


@dataclass(frozen=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class NoneOf:
    """No part holds."""

    parts: tuple[Condition, ...]


Test = AnyOf | InState | Only | Every | Besides | Misplaced
"""A condition on the answer to one question."""
Condition = AnyOf | InState | Only | Every | Besides | Misplaced | Found | All | Any | NoneOf


def walk(condition: Condition) -> Iterator[Condition]:
    """Yield a condition and all its parts, outermost first."""
    yield condition
    if isinstance(condition, All | Any | NoneOf):
        for part in condition.parts:
            yield from walk(part)


def questions_in(condition: Condition) -> frozenset[str]:
    """Return the questions a condition itself tests, without those behind its findings.

    >>> sorted(questions_in(All((AnyOf("age", ("baby",)), Found("clear")))))
    ['age']
    """
    return frozenset(part.question for part in walk(condition) if not isinstance(part, Found | All | Any | NoneOf))


def findings_in(condition: Condition) -> frozenset[str]:
    """Return the findings a condition names.

    >>> sorted(findings_in(NoneOf((Found("clear"),))))
    ['clear']
    """
    return frozenset(part.finding for part in walk(condition) if isinstance(part, Found))
