"""When a form shows a question: never hidden while the answers so far may still come to mean that it applies.

A form knows only what is filled in and what is not. So the ``when`` of a question, which may also be neither true nor
false, becomes a plain test that holds whenever ``when`` is not certainly false. A question that is shown although it
does not apply does no harm; one that is hidden although it applies would be answered by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.conditions.condition import All, Any, AnyOf, Besides, Every, InState, NoneOf, Only

if TYPE_CHECKING:
    from triage.conditions.condition import Condition
    from triage.protocol.questionnaire import Question

__all__ = [
    "ALWAYS",
    "NEVER",
    "AllOf",
    "Chosen",
    "NotChosen",
    "OneOf",
    "ShownIf",
    "Unanswered",
    "joined",
    "shown_if",
    "without_negations",
]


@dataclass(frozen=True)
class Chosen:
    """At least one of these codes is chosen."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class NotChosen:
    """None of these codes is chosen."""

    question: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Unanswered:
    """Nothing is chosen, or "I don't know"."""

    question: str


@dataclass(frozen=True)
class AllOf:
    """Every part holds; always, if there is none."""

    parts: tuple[ShownIf, ...]


@dataclass(frozen=True)
class OneOf:
    """At least one part holds; never, if there is none."""

    parts: tuple[ShownIf, ...]


ShownIf = Chosen | NotChosen | Unanswered | AllOf | OneOf
Questions = Mapping[str, "Question"]

ALWAYS = AllOf(())
NEVER = OneOf(())


def shown_if(question: Question, questions: Questions) -> ShownIf | None:
    """Return when a form shows a question; None where it always does.

    Args:
        question: to be shown or not.
        questions: all questions by id.

    """
    if question.when is None:
        return None
    shown = _may_hold(question.when, questions)
    return None if shown == ALWAYS else shown


def without_negations(shown: ShownIf, questions: Questions) -> ShownIf:
    """Return a test without "not chosen": the same, or one that holds a little more often.

    Where several choices may stand together, "one of these is not chosen" becomes "one of the others is chosen".
    """
    match shown:
        case NotChosen(name, codes):
            return _one_of([Unanswered(name), _others_chosen(questions[name], codes)])
        case AllOf(parts):
            return _all_of([without_negations(part, questions) for part in parts])
        case OneOf(parts):
            return _one_of([without_negations(part, questions) for part in parts])
        case _:
            return shown


def _may_hold(condition: Condition, questions: Questions) -> ShownIf:
    """Return the test that a condition is not certainly false."""
    match condition:
        case All(parts):
            return _all_of([_may_hold(part, questions) for part in parts])
        case Any(parts):
            return _one_of([_may_hold(part, questions) for part in parts])
        case NoneOf(parts):
            return _all_of([_may_fail(part, questions) for part in parts])
        case AnyOf(name, codes):
            return _applying(name, questions, [Unanswered(name), Chosen(name, codes)])
        case Besides(name, codes):
            return _applying(name, questions, [Unanswered(name), _others_chosen(questions[name], codes)])
        case Only(name, codes):
            return _applying(name, questions, [Unanswered(name), _no_others_chosen(questions[name], codes)])
        case Every(name, codes):
            each = _all_of([Chosen(name, (code,)) for code in codes])
            return _applying(name, questions, [Unanswered(name), each])
        case InState(name, "unknown"):
            return _applying(name, questions, [Unanswered(name)])
        case InState(name, _):
            return NEVER if questions[name].when is None else ALWAYS
        case _:  # findings are what rules conclude, of which a form knows nothing
            return ALWAYS


def _may_fail(condition: Condition, questions: Questions) -> ShownIf:
    """Return the test that a condition is not certainly true."""
    match condition:
        case All(parts):
            return _one_of([_may_fail(part, questions) for part in parts])
        case Any(parts):
            return _all_of([_may_fail(part, questions) for part in parts])
        case NoneOf(parts):
            return _one_of([_may_hold(part, questions) for part in parts])
        case AnyOf(name, codes):
            return _missing_or(name, questions, [NotChosen(name, codes)])
        case Besides(name, codes):
            return _missing_or(name, questions, [_no_others_chosen(questions[name], codes)])
        case Only(name, codes):
            return _missing_or(name, questions, [_others_chosen(questions[name], codes)])
        case Every(name, codes):
            return _missing_or(name, questions, [NotChosen(name, (code,)) for code in codes])
        case InState(name, "unknown") if questions[name].when is None:
            return Chosen(name, questions[name].codes)
        case _:
            return ALWAYS


def _applying(name: str, questions: Questions, tests: list[ShownIf]) -> ShownIf:
    """Return tests of an answer, which hold only where its question is shown itself."""
    when = questions[name].when
    held = _one_of(tests)
    return held if when is None else _all_of([_may_hold(when, questions), held])


def _missing_or(name: str, questions: Questions, tests: list[ShownIf]) -> ShownIf:
    """Return that one of some tests of an answer holds, that there is none, or that its question may not apply."""
    when = questions[name].when
    return _one_of([Unanswered(name), *tests, *([] if when is None else [_may_fail(when, questions)])])


def _others_chosen(question: Question, codes: tuple[str, ...]) -> ShownIf:
    others = _others(question, codes)
    return Chosen(question.id, others) if others else NEVER


def _no_others_chosen(question: Question, codes: tuple[str, ...]) -> ShownIf:
    others = _others(question, codes)
    return NotChosen(question.id, others) if others else ALWAYS


def _others(question: Question, codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code for code in question.codes if code not in codes)


def _all_of(parts: list[ShownIf]) -> ShownIf:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,))]
    kept = tuple(dict.fromkeys(flat))
    if NEVER in kept:
        return NEVER
    return kept[0] if len(kept) == 1 else AllOf(kept)


def _one_of(parts: list[ShownIf]) -> ShownIf:
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, OneOf) else (part,))]
    kept = tuple(dict.fromkeys(flat))
    if ALWAYS in kept:
        return ALWAYS
    return kept[0] if len(kept) == 1 else OneOf(kept)


def joined(word: str, parts: list[str]) -> str:
    """Return conditions as they are written one behind the other, with a word between them.

    >>> joined("or", ["a", "b"])
    'a or b'
    """
    return f" {word} ".join(parts)
