"""Are the checks alive? One small change of the rules at a time, and who notices it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from triage.answers import settle
from triage.catalogue import UNDETERMINED
from triage.circuit.gates import opposite
from triage.condition import (
    All,
    Any,
    AnyOf,
    Besides,
    Condition,
    Every,
    Found,
    NoneOf,
    Only,
    findings_in,
)
from triage.decision import decide
from triage.engines.plain import PlainEngine
from triage.examples import example_answers, given_states
from triage.proof.answer_space import AnswerSpace
from triage.proof.proving import prove
from triage.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic import BaseModel

    from triage.catalogue import Case, Cause
    from triage.circuit.gates import Gate
    from triage.example_reading import FurtherExamples
    from triage.problems import Place
    from triage.proof.statements import Statement
    from triage.protocol import Protocol
    from triage.questionnaire import Question
    from triage.rule import Example, Judged, Rule

__all__ = ["Mutant", "MutationScore", "Noticed", "Watch", "mutants"]

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


@dataclass(frozen=True)
class Noticed:
    """Who noticed a change: ``example``, ``case``, ``statement``, ``equivalent`` (nobody could), or ``nobody``."""

    mutant: Mutant
    by: str
    where: str = ""


@dataclass(frozen=True)
class MutationScore:
    """What came of all changes."""

    looks: tuple[Noticed, ...]

    def by(self, who: str) -> int:
        """Return how many changes somebody noticed."""
        return sum(look.by == who for look in self.looks)

    @property
    def survivors(self) -> list[Noticed]:
        """The changes nobody noticed though some answer set shows them."""
        return [look for look in self.looks if look.by == "nobody"]

    @property
    def share(self) -> float:
        """The share of the changes that make a difference and were noticed."""
        different = len(self.looks) - self.by("equivalent")
        return 1 - len(self.survivors) / different if different else 1.0

    def summary(self) -> str:
        """Return the figures in one line."""
        noticed = ", ".join(f"{self.by(who)} by {who}" for who in ("example", "case", "statement"))
        return (
            f"{len(self.looks)} changes: {noticed}; {self.by('equivalent')} make no difference (proved); "
            f"{len(self.survivors)} noticed by nobody. Noticed: {self.share:.1%}."
        )

    def as_data(self) -> dict[str, object]:
        """Return the figures and the survivors as plain data."""
        counts = {who: self.by(who) for who in ("example", "case", "statement", "equivalent", "nobody")}
        survivors = [{"entry": look.mutant.entry, "change": look.mutant.change} for look in self.survivors]
        return {"changes": len(self.looks), **counts, "share": round(self.share, 4), "survivors": survivors}


# ---- changes ----


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


# ---- who notices ----


def _expanded(examples: Iterable[tuple[Example, Place]]) -> list[Example]:
    return [one for example, _ in examples for one in example.expanded()]


class Watch:
    """The checks of one protocol, ready to look at its mutants."""

    def __init__(
        self,
        protocol: Protocol,
        cases: Sequence[Case],
        statements: Sequence[Statement],
        further: FurtherExamples | None = None,
    ) -> None:
        self.protocol = protocol
        self.examples = {
            entry.id: entry.all_examples() + _expanded((further or {}).get(entry.id, ()))
            for entry in (*protocol.rules, *protocol.active_causes)
        }
        self.cases = cases
        self.statements = sorted(statements, key=lambda one: one.never_lowers is not None)
        self.base = AnswerSpace(protocol)
        self.expected = [self._result(protocol, case) for case in cases]

    @staticmethod
    def _result(protocol: Protocol, case: Case) -> tuple[bool, ...]:
        """Return how a case comes out against what it expects."""
        answers = settle(protocol.questionnaire, given_states(case.answers))
        decision = decide(protocol, PlainEngine(protocol).judge(answers))
        expected = case.expected
        types = set(decision.types) or {UNDETERMINED}
        return (
            decision.outcome is expected.outcome,
            decision.urgency in expected.acceptable_urgency,
            bool(types & set(expected.types)),
            len(types - set(expected.types)) <= 2,
        )

    def look(self, mutant: Mutant) -> Noticed:
        """Return who notices a mutant, the cheapest check first."""
        if noticed := self.glance(mutant):
            return noticed
        space = AnswerSpace(mutant.protocol, beside=self.base)
        if not self._differ(space):
            return Noticed(mutant, "equivalent")
        for statement in self.statements:
            for proof in prove(space, statement):
                if not proof.holds:
                    return Noticed(mutant, "statement", f"{statement.id} {proof.about}".strip())
        return Noticed(mutant, "nobody")

    def glance(self, mutant: Mutant) -> Noticed | None:
        """Return which example or case notices a mutant, if any does."""
        if not mutant.conclusion_only and (where := self._example(mutant)):
            return Noticed(mutant, "example", where)
        for case, expected in zip(self.cases, self.expected, strict=True):
            if self._result(mutant.protocol, case) != expected:
                return Noticed(mutant, "case", case.id)
        return None

    def _example(self, mutant: Mutant) -> str:
        """Return the first example that now comes out otherwise, of the changed entry and those that build on it."""
        protocol = mutant.protocol
        engine = PlainEngine(protocol)
        old = {entry.id: entry for entry in (*self.protocol.rules, *self.protocol.active_causes)}
        present = {entry.id for entry in (*protocol.rules, *protocol.active_causes)}
        for name in self._touched(mutant.entry, old):
            for example in self.examples[name]:
                verdicts = engine.judge(example_answers(protocol, example))
                if name == protocol.otherwise.id:
                    fires = protocol.otherwise in decide(protocol, verdicts).fired
                else:
                    fires = name in present and verdicts.rules[name] is True
                if fires is not example.fires:
                    return f"{name}: {example.name}"
        return ""

    def _touched(self, entry: str, entries: dict[str, Judged]) -> list[str]:
        """Return the entry and every rule or cause that builds on a finding it concludes."""
        if entry not in entries:  # a red-flag question: what builds directly on the findings derived from it
            derived = set(self.protocol.derived_findings)
            return [name for name, one in entries.items() if one.when is not None and findings_in(one.when) & derived]
        found, names = {entry}, set()
        while True:
            names |= {
                rule.then.finding for rule in self.protocol.rules if rule.id in found and rule.then.finding is not None
            }
            more = {name for name, one in entries.items() if one.when is not None and findings_in(one.when) & names}
            if more <= found:
                return [name for name in entries if name in found]
            found |= more

    def _differ(self, space: AnswerSpace) -> bool:
        """Return whether outcome, urgency, types or causes are others for any answer set."""
        return space.some(space.circuit.any_of(opposite(same) for same in self._same(space)))

    def _same(self, space: AnswerSpace) -> Iterator[Gate]:
        """Yield for each part of the results where it is as before."""
        before, now, circuit = self.base.results, space.results, space.circuit
        for level in Urgency:
            yield circuit.same(before.at_least[level], now.at_least[level])
        yield circuit.same(before.outcome[Outcome.LIKELY_BENIGN], now.outcome[Outcome.LIKELY_BENIGN])
        for old, new in ((before.types, now.types), (before.causes, now.causes)):
            yield from (circuit.same(gate, new[code]) for code, gate in old.items())
