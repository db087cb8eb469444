"""Small changes of the rules, one at a time: who notices them shows whether the checks are alive."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from triage.conditions.condition import All, Any, AnyOf, Besides, Condition, Every, Found, NoneOf, Only
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from triage.protocol.catalogue import Cause
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Judged, Rule

__all__ = ["Mutant", "mutants"]

RecordType = TypeVar("RecordType", bound="BaseModel")
JudgedType = TypeVar("JudgedType", bound="Judged")


@dataclass(frozen=True)
class Mutant:
    """A protocol with one change."""

    entry: str
    """The rule, cause or question that was changed."""
    change: str
    """What was changed, in words."""
    protocol: Protocol
    conclusion_only: bool = False
    """Whether only what a rule concludes was changed, not when it is true."""


def mutants(protocol: Protocol) -> Iterator[Mutant]:
    """Yield every change of the fixed operators, in the order of the rules."""
    for rule in protocol.rules:
        if not rule.otherwise and not _alone_with_its_finding(protocol, rule):
            yield Mutant(rule.id, "rule dropped", _with_rule(protocol, rule, None))
        for change, condition in _changed(rule.when, protocol):
            yield Mutant(rule.id, change, _with_rule(protocol, rule, _rebuilt(rule, when=condition)))
        for change, conclusion in _weaker_conclusions(rule):
            yield Mutant(rule.id, change, _with_rule(protocol, rule, conclusion), conclusion_only=True)
    for cause in protocol.active_causes:
        for change, condition in _changed(cause.when, protocol):
            yield Mutant(cause.id, change, _with_cause(protocol, cause, _rebuilt(cause, when=condition)))
    for question in protocol.questionnaire.red_flags:
        for code in question.warnings:
            reassured = _with_choice(protocol, question, code, reassuring=True)
            yield Mutant(question.id, f"{code} made reassuring", reassured)
            if code in question.grave:
                yield Mutant(question.id, f"{code} made mild", _with_choice(protocol, question, code, mild=True))


def _alone_with_its_finding(protocol: Protocol, rule: Rule) -> bool:
    """Return whether a protocol without the rule would be refused, since a finding would have no rule."""
    return rule.then.finding is not None and len(protocol.finding_rules[rule.then.finding]) == 1


def _weaker_conclusions(rule: Rule) -> Iterator[tuple[str, Rule]]:
    urgency = rule.then.urgency
    if urgency and urgency.rank > 0 and not rule.otherwise:
        lower = list(Urgency)[urgency.rank - 1]
        if lower is not Urgency.SELF_CARE or rule.vote is Vote.BENIGN:
            then = _rebuilt(rule.then, urgency=lower, vote=rule.vote)
            yield f"urgency lowered to {lower}", _rebuilt(rule, then=then)
        if urgency in Outcome.LIKELY_BENIGN.urgencies:
            for vote in Vote:
                if vote is not rule.vote:
                    yield f"vote changed to {vote}", _rebuilt(rule, then=_rebuilt(rule.then, vote=vote))
    for kind in rule.then.types:
        rest = tuple(other for other in rule.then.types if other != kind)
        if rest or urgency:
            yield f"type {kind} dropped", _rebuilt(rule, then=_rebuilt(rule.then, types=rest))


def _changed(condition: Condition | None, protocol: Protocol) -> Iterator[tuple[str, Condition]]:
    """Yield a condition with one of its tests or groups changed."""
    if condition is None:
        return
    if isinstance(condition, All | Any | NoneOf):
        for index, part in enumerate(condition.parts):
            before, after = condition.parts[:index], condition.parts[index + 1 :]
            if before or after:
                yield f"dropped: {_short(part)}", type(condition)((*before, *after))
            for change, other in _changed(part, protocol):
                yield change, type(condition)((*before, other, *after))
        return
    yield f"negated: {_short(condition)}", NoneOf((condition,))
    if isinstance(condition, AnyOf | Only | Every | Besides):
        yield from _changed_codes(condition, protocol)


def _changed_codes(condition: AnyOf | Only | Every | Besides, protocol: Protocol) -> Iterator[tuple[str, Condition]]:
    question = protocol.questionnaire.by_id[condition.question]
    order = question.codes
    codes = condition.codes
    kind = type(condition)
    if question.ordered and isinstance(condition, AnyOf) and len(codes) > 1:
        first, last = order.index(codes[0]), order.index(codes[-1])
        if codes == order[first : last + 1]:
            for low, high in ((first + 1, last), (first, last - 1), (first - 1, last), (first, last + 1)):
                if 0 <= low <= high < len(order):
                    yield (
                        f"bound of {question.id} moved to {order[low]}..{order[high]}",
                        kind(question.id, order[low : high + 1]),
                    )
            return
    for code in codes:
        if len(codes) > 1:
            yield f"{question.id}: {code} removed", kind(question.id, tuple(one for one in codes if one != code))
    for code in order:
        if code not in codes:
            yield f"{question.id}: {code} added", kind(question.id, (*codes, code))


def _short(condition: Condition) -> str:
    match condition:
        case Found(finding):
            return f"finding {finding}"
        case All(parts) | Any(parts) | NoneOf(parts):
            return f"{type(condition).__name__}({', '.join(_short(part) for part in parts)})"
        case _:
            return f"{type(condition).__name__} {condition.question} {', '.join(getattr(condition, 'codes', ()))}"


def _rebuilt(record: RecordType, **changes: object) -> RecordType:
    """Return a record with other fields, without the values it has remembered."""
    fields = {name: getattr(record, name) for name in type(record).model_fields}
    return type(record).model_construct(**{**fields, **changes})


def _with_rule(protocol: Protocol, rule: Rule, other: Rule | None) -> Protocol:
    pages = tuple(
        dataclasses.replace(
            page,
            rules=tuple(one for old in page.rules for one in [other if old.id == rule.id else old] if one is not None),
        )
        for page in protocol.pages
    )
    return dataclasses.replace(protocol, pages=pages)


def _with_cause(protocol: Protocol, cause: Cause, other: Cause) -> Protocol:
    return dataclasses.replace(protocol, causes=tuple(other if one.id == cause.id else one for one in protocol.causes))


def _with_choice(protocol: Protocol, question: Question, code: str, **changes: bool) -> Protocol:
    changes = {"mild": False, **changes}
    choices = tuple(_rebuilt(choice, **changes) if choice.code == code else choice for choice in question.choices)
    other = _rebuilt(question, choices=choices)
    questions = tuple(other if one.id == question.id else one for one in protocol.questionnaire.questions)
    return dataclasses.replace(protocol, questionnaire=_rebuilt(protocol.questionnaire, questions=questions))
