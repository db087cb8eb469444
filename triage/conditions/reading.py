"""From the data form of a condition to its tree: a mapping is AND, a list of codes is OR."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from typing import Any as Anything

from triage.conditions.condition import All, Any, AnyOf, Besides, Condition, Every, Found, InState, NoneOf, Only
from triage.documents.output_text import shown
from triage.documents.problems import Place, did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.documents.document import Steps

__all__ = ["Askable", "ConditionFault", "Flaw", "Vocabulary", "condition_data", "read_condition"]

_STATES = ("unknown", "not_applicable")
_GROUPS: dict[str, Callable[[tuple[Condition, ...]], Condition]] = {"all": All, "any": Any, "none": NoneOf}
_TESTS = ("only", "every", "besides", "from", "to")


class Askable(Protocol):
    """What a condition needs to know of a question."""

    @property
    def codes(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def ordered(self) -> bool: ...  # noqa: D102


@dataclass
class Vocabulary:
    """The words a condition may use: questions with their codes, and findings."""

    questions: dict[str, Askable] = field(default_factory=dict)
    findings: set[str] = field(default_factory=set)
    places: dict[str, Place] = field(default_factory=dict)
    all_questions_known: bool = True
    """False where a question could not be read, so that a condition may mean that one."""
    all_findings_known: bool = True
    """False where a page of rules could not be read, so that a finding may be concluded there."""


@dataclass(frozen=True)
class Flaw:
    """One thing wrong inside a condition, at a path that starts from the condition."""

    steps: Steps
    message: str
    hint: str | None = None


class ConditionFault(ValueError):
    """A condition that cannot be read, with every flaw found in it."""

    def __init__(self, flaws: list[Flaw]) -> None:
        self.flaws = tuple(flaws)
        super().__init__("; ".join(flaw.message for flaw in flaws))


def read_condition(raw: object, vocabulary: Vocabulary) -> Condition:
    """Read one condition.

    Raises:
        ConditionFault: an unknown question, choice, finding or key, or a value of the wrong form; all of them at once.

    >>> from types import SimpleNamespace
    >>> age = SimpleNamespace(codes=("baby", "child", "adult"), ordered=True)
    >>> read_condition({"age": {"from": "child"}}, Vocabulary({"age": age}))
    AnyOf(question='age', codes=('child', 'adult'))

    """
    reader = _Reader(vocabulary)
    condition = reader.mapping(raw, ())
    if reader.flaws or condition is None:
        raise ConditionFault(reader.flaws)
    return condition


def condition_data(condition: Condition | None) -> dict[str, Anything] | None:
    """Return a condition in the form of the data, so that reading it gives the same condition again."""
    match condition:
        case None:
            return None
        case AnyOf(question, codes):
            return {question: list(codes)}
        case InState(question, state):
            return {question: state}
        case Only(question, codes):
            return {question: {"only": list(codes)}}
        case Every(question, codes):
            return {question: {"every": list(codes)}}
        case Besides(question, codes):
            return {question: {"besides": list(codes)}}
        case Found(finding):
            return {"finding": finding}
        case All(parts) | Any(parts) | NoneOf(parts):
            word = {All: "all", Any: "any", NoneOf: "none"}[type(condition)]
            return {word: [condition_data(part) for part in parts]}
        case _:
            raise TypeError(condition)


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.flaws: list[Flaw] = []

    def flaw(self, steps: Steps, message: str, hint: str | None = None) -> None:
        self.flaws.append(Flaw(steps, message, hint))

    def mapping(self, raw: object, steps: Steps) -> Condition | None:
        if not isinstance(raw, dict) or not raw:
            self.flaw(steps, "has a condition that is not a mapping of questions to answers")
            return None
        parts: list[Condition] = []
        for key, value in raw.items():
            parts.extend(self.entry(str(key), value, (*steps, key)))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def entry(self, key: str, value: object, steps: Steps) -> list[Condition]:
        if key in _GROUPS:
            return self.group(key, value, steps)
        if key == "finding":
            return self.finding(value, steps)
        question = self.vocabulary.questions.get(key)
        if question is None and not self.vocabulary.all_questions_known:
            return []
        if question is None:
            near = nearest(key, self.vocabulary.questions)
            place = self.vocabulary.places.get(near or "")
            hint = f"Did you mean {shown(near)}{f' ({place})' if place else ''}?" if near else None
            self.flaw(steps, f"asks about {shown(key)}, which no question asks", hint)
            return []
        if isinstance(value, dict):
            if not value:
                self.flaw(steps, f"tests {shown(key)} against nothing", did_you_mean("", _TESTS))
            return self.tests(key, question, value, steps)
        codes = self.codes(key, question, value, steps, states=True)
        chosen = tuple(code for code in codes if code not in _STATES)
        parts: list[Condition] = [AnyOf(key, chosen)] if chosen else []
        parts += [InState(key, state) for state in _STATES if state in codes]
        return [parts[0] if len(parts) == 1 else Any(tuple(parts))] if parts else []

    def group(self, key: str, value: object, steps: Steps) -> list[Condition]:
        if not isinstance(value, list) or not value:
            self.flaw(steps, f"needs a list of conditions under {shown(key)}")
            return []
        read = [self.mapping(item, (*steps, index)) for index, item in enumerate(value)]
        return [_GROUPS[key](tuple(part for part in read if part is not None))]

    def finding(self, value: object, steps: Steps) -> list[Condition]:
        names = value if isinstance(value, list) else [value]
        if not names:
            self.flaw(steps, "builds on an empty list of findings")
        for index, name in enumerate(names):
            where = (*steps, index) if isinstance(value, list) else steps
            if not isinstance(name, str):
                self.flaw(where, f"should have the name of a finding, not {shown(name)}")
            elif self.vocabulary.all_findings_known and name not in self.vocabulary.findings:
                hint = did_you_mean(name, sorted(self.vocabulary.findings))
                self.flaw(where, f"builds on the finding {shown(name)}, which no rule concludes", hint)
        parts = tuple(Found(str(name)) for name in names)
        return [parts[0] if len(parts) == 1 else Any(parts)]

    def tests(self, key: str, question: Askable, value: dict[str, object], steps: Steps) -> list[Condition]:
        parts: list[Condition] = []
        for word in value:
            if word not in _TESTS:
                hint = did_you_mean(word, _TESTS)
                self.flaw((*steps, word), f"tests {shown(key)} with {shown(word)}, which is no test", hint)
        forms: dict[str, Callable[[str, tuple[str, ...]], Condition]]
        forms = {"only": Only, "every": Every, "besides": Besides}
        for word, form in forms.items():
            if word in value:
                codes = self.codes(key, question, value[word], (*steps, word), states=False)
                parts.append(form(key, codes))
        if "from" in value or "to" in value:
            parts.extend(self.band(key, question, value, steps))
        return parts

    def band(self, key: str, question: Askable, value: dict[str, object], steps: Steps) -> list[Condition]:
        if not question.ordered:
            self.flaw(steps, f"tests {shown(key)} from one choice to another, but its choices have no order")
            return []
        ends = {}
        for word in ("from", "to"):
            if word in value:
                found = self.codes(key, question, value[word], (*steps, word), states=False)
                if isinstance(value[word], list):
                    self.flaw((*steps, word), f"tests {shown(key)} {word} a list, where one choice is wanted")
                if len(found) != 1:
                    return []
                ends[word] = question.codes.index(found[0])
        first, last = ends.get("from", 0), ends.get("to", len(question.codes) - 1)
        if first > last:
            self.flaw(steps, f"tests {shown(key)} from a choice to an earlier one, so it can never hold")
        return [AnyOf(key, question.codes[first : last + 1])]

    def codes(self, key: str, question: Askable, value: Anything, steps: Steps, *, states: bool) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value]
        if not listed:
            self.flaw(steps, f"tests {shown(key)} against an empty list")
        known = (*question.codes, *(_STATES if states else ()))
        good: list[str] = []
        for index, code in enumerate(listed):
            if code in known:
                good.append(code)
                continue
            where = (*steps, index) if isinstance(value, list) else steps
            self.flaw(
                where, f"tests {shown(key)} for {shown(code)}, which is no choice of it", did_you_mean(str(code), known)
            )
        return tuple(dict.fromkeys(good))
