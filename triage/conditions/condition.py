"""Conditions over answers: one small tree that every engine, proof and text interprets.

A condition says nothing about how it is judged; see ``truth`` for its three-valued meaning.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any as Anything

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


class _Condition:
    """A place where a reader may keep what it made of a condition; it is no part of it and never travels along."""

    def __getstate__(self) -> dict[str, Anything]:
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]


@dataclass(frozen=True)
class AnyOf(_Condition):
    """At least one of these codes is among the answers."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class InState(_Condition):
    """The question is ``unknown`` or ``not_applicable``; always true or false once it has been asked."""

    question: str
    state: str


@dataclass(frozen=True)
class Only(_Condition):
    """Answered, and nothing but these codes."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Every(_Condition):
    """All of these codes are among the answers."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Besides(_Condition):
    """Answered, and something else than these codes."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Misplaced(_Condition):
    """A warning choice was given to a question that does not apply."""

    question: str


@dataclass(frozen=True)
class Found(_Condition):
    """A finding that other rules conclude."""

    finding: str


@dataclass(frozen=True)
class All(_Condition):
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any(_Condition):
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class NoneOf(_Condition):
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
