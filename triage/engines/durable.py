"""The durable engine: the same conditions matched by durable-rules, as a second opinion.

The recipe (no host with its threads, no actions, one fact a rule set, a catch-all rule, deletion after each case) works
around observed faults of the library; ``docs/decisions`` says which.
"""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, Any

import durable_rules_engine as library
from durable.engine import Ruleset

from triage.conditions.condition import findings_in
from triage.conditions.truth import any_of
from triage.engines.formula import (
    NO,
    YES,
    And,
    Field,
    Formula,
    Or,
    alternatives,
    answer_fields,
    certainly_false,
    certainly_true,
    fields_in,
    finding_field,
    narrowed,
    still_possible,
    width,
)
from triage.engines.verdicts import EngineFault, Verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.answers.answers import Answers
    from triage.conditions.condition import Condition
    from triage.conditions.truth import Truth
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

__all__ = ["DurableEngine"]

_ALWAYS = "always"
_GATE = Field("the gate", "1")
_CASE = "the case"
_CONJUNCTIONS_A_SET = 100
"""More than 120 rules firing on one fact are an error of the library; a set can never fire more often than this."""


class DurableEngine:
    """Judges each rule by matching it in durable-rules, findings first, a rule set at a time.

    The rule sets are made when somebody is judged first: an interview does not wait for them.
    """

    name = "durable"

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._questions = protocol.questionnaire.by_id

    @cached_property
    def _derived(self) -> _Layers:
        return _Layers("derived", _both_sides(self._protocol.derived_findings.items(), self._questions))

    @cached_property
    def _findings(self) -> list[tuple[dict[str, tuple[Rule, ...]], _Layers]]:
        groups = []
        for number, together in enumerate(_apart_from_each_other(self._protocol.finding_rules)):
            rules = [(rule.id, rule.when) for concluding in together.values() for rule in concluding]
            groups.append((together, _Layers(f"findings {number}-", _both_sides(rules, self._questions))))
        return groups

    @cached_property
    def _concluding(self) -> _Layers:
        protocol = self._protocol
        concluding = ((entry.id, entry.when) for entry in (*protocol.concluding_rules, *protocol.active_causes))
        return _Layers("rules", _true_or_possible(concluding, self._questions))

    def judge(self, answers: Answers) -> Verdicts:
        """Return the truth of every rule, cause and finding.

        Raises:
            EngineFault: the library refuses the rules, or lost a result.

        """
        protocol = self._protocol
        fields = answer_fields(self._questions, answers)
        rules: dict[str, Truth] = {}
        findings: dict[str, Truth] = {}
        matched = self._derived.match(fields)
        for name in protocol.derived_findings:
            findings[name] = _settled(name, matched)
            fields[finding_field(name)] = _word(findings[name])
        for together, sets in self._findings:
            matched = sets.match(fields)
            for name, concluding in together.items():
                for rule in concluding:
                    rules[rule.id] = _settled(rule.id, matched)
                findings[name] = any_of(rules[rule.id] for rule in concluding)
                fields[finding_field(name)] = _word(findings[name])
        matched = self._concluding.match(fields)
        for entry in (*protocol.concluding_rules, *protocol.active_causes):
            rules[entry.id] = _concluded(entry.id, matched)
        return Verdicts(rules, findings)


def _apart_from_each_other(findings: Mapping[str, tuple[Rule, ...]]) -> list[dict[str, tuple[Rule, ...]]]:
    """Return findings that do not build on each other together, each after those that it builds on."""
    level: dict[str, int] = {}
    groups: list[dict[str, tuple[Rule, ...]]] = []
    for name, rules in findings.items():
        below = {found for rule in rules for found in findings_in(rule.when)}
        level[name] = max((level[one] + 1 for one in below if one in level), default=0)
        if level[name] == len(groups):
            groups.append({})
        groups[level[name]][name] = rules
    return groups


def _settled(name: str, matched: frozenset[str]) -> Truth:
    """Read a verdict of which both sides were matched: what did not fire at all stays open, never false."""
    certain, excluded = f"{name} true" in matched, f"{name} false" in matched
    if certain and excluded:
        raise EngineFault(f"durable-rules calls {name} true and false at once")
    return True if certain else False if excluded else None


def _concluded(name: str, matched: frozenset[str]) -> Truth:
    """Read a verdict that was matched as true and as possible; hardly anything is possible in a complete answer set."""
    certain, possible = f"{name} true" in matched, f"{name} possible" in matched
    if certain and not possible:
        raise EngineFault(f"durable-rules calls {name} true and impossible at once")
    return True if certain else None if possible else False


def _true_or_possible(
    conditions: Iterable[tuple[str, Condition]], questions: dict[str, Question]
) -> Iterator[tuple[str, Formula]]:
    for name, condition in conditions:
        yield f"{name} true", certainly_true(condition, questions)
        yield f"{name} possible", still_possible(condition, questions)


def _word(value: Truth) -> str:
    return "unknown" if value is None else str(value).lower()


def _both_sides(
    conditions: Iterable[tuple[str, Condition]], questions: dict[str, Question]
) -> Iterator[tuple[str, Formula]]:
    for name, condition in conditions:
        yield f"{name} true", certainly_true(condition, questions)
        yield f"{name} false", certainly_false(condition, questions)


class _Layers:
    """Named formulas, matched after the parts that they are narrowed by."""

    def __init__(self, name: str, formulas: Iterable[tuple[str, Formula]]) -> None:
        *parts, given = narrowed(formulas)
        self._parts = [
            ([label for label, _ in layer], _RuleSets(f"{name}-{depth}-", layer)) for depth, layer in enumerate(parts)
        ]
        self._given = _RuleSets(name, given)

    def match(self, fields: dict[str, str]) -> frozenset[str]:
        """Return the labels of the formulas that hold."""
        for names, sets in self._parts:
            matched = sets.match(fields)
            fields = {**fields, **{name: YES if name in matched else NO for name in names}}
        return self._given.match(fields)


class _RuleSets:
    """Named formulas, matched together in sets small enough for the library."""

    def __init__(self, name: str, formulas: Iterable[tuple[str, Formula]]) -> None:
        self._sets: list[_RuleSet] = []
        self._case_numbers = itertools.count()
        labels: dict[Formula, list[str]] = {}  # one alternative may stand in several formulas, and all of these hold
        for label, formula in formulas:
            for alternative in alternatives(formula):
                labels.setdefault(alternative, []).append(label)
        batch: dict[Formula, list[str]] = {}
        filled = 0
        for alternative, named in labels.items():
            conjunctions = width(alternative)
            if batch and filled + conjunctions > _CONJUNCTIONS_A_SET:
                self._sets.append(_RuleSet(f"{name}{len(self._sets)}", batch))
                batch, filled = {}, 0
            batch[alternative] = named
            filled += conjunctions
        self._sets.append(_RuleSet(f"{name}{len(self._sets)}", batch))

    def match(self, fields: dict[str, str]) -> frozenset[str]:
        """Return the labels of the formulas that hold."""
        case = f"case-{next(self._case_numbers)}"
        fields = {**fields, _GATE.name: _GATE.value, _CASE: case}
        return frozenset().union(*(rules.match(case, fields) for rules in self._sets))


class _RuleSet:
    """One rule set of the library: formulas, each with the labels that hold where it does."""

    def __init__(self, name: str, formulas: dict[Formula, list[str]]) -> None:
        used = dict.fromkeys(field for formula in formulas for field in fields_in(formula))
        self._short = {field: f"f{number}" for number, field in enumerate((_GATE.name, *used))}
        # No name, number or code holds a sign that JSON, or the filling in, would read otherwise.
        stands = {"sid": _CASE, "id": _CASE, **{brief: field for field, brief in self._short.items()}}
        self._fact = "{" + ",".join(f'"{brief}":"%({field})s"' for brief, field in stands.items()) + "}"
        self._labels: dict[str, list[str]] = {_ALWAYS: []}
        definition = {_ALWAYS: self._rule(_GATE)}
        for number, (formula, labels) in enumerate(formulas.items()):
            self._labels[f"rule {number}"] = labels
            definition[f"rule {number}"] = self._rule(And((_GATE, formula)))
        try:
            self._rules = Ruleset(name, None, definition)
        except Exception as error:  # whatever the library raises: the person still gets the result of the other engine
            raise EngineFault(f"durable-rules refuses the rules: {error}") from error

    def _rule(self, formula: Formula) -> dict[str, Any]:
        return {"all": [{"m": _test(formula, self._short)}], "run": _no_action}

    def match(self, case: str, fields: dict[str, str]) -> set[str]:
        """Return the labels that hold for a case.

        This is what a host of the library does for one fact, without its threads and without running actions: it hands
        the whole case to each of them and back, as JSON, which takes longer than all the matching.
        """
        rules = self._rules._handle
        fact = self._fact % fields
        status, state = library.assert_fact(rules, fact)
        if status:
            raise EngineFault(f"durable-rules refuses a case: status {status}")
        fired: list[str] = []
        started = library.start_action_for_state(rules, state)
        following = started[1] if started else None
        while following:
            fired.append(following.split('"', 2)[1])  # {"name of the rule": {...}}, and our names hold no quotes
            following = library.complete_and_start_action(rules, state)
        library.retract_fact(rules, fact)
        library.delete_state(rules, case)
        if _ALWAYS not in fired:
            raise EngineFault("durable-rules lost a case: its catch-all rule did not fire")
        return {label for rule in fired for label in self._labels[rule]}


def _no_action(_: Any) -> None:
    """Stand where the library wants an action."""


def _test(formula: Formula, short: dict[str, str]) -> dict[str, Any]:
    """Return a formula as durable-rules writes it; short names keep it small."""
    if isinstance(formula, Field):
        test: dict[str, Any] = {short[formula.name]: formula.value}
        return test if formula.equal else {"$neq": test}
    word = "$and" if isinstance(formula, And) else "$or"
    return {word: [_test(part, short) for part in _flat(formula)]}


def _flat(formula: And | Or) -> list[Formula]:
    """Return the parts with those of the same kind unfolded; many nested groups make the library refuse a rule."""
    parts: list[Formula] = []
    for part in formula.parts:
        parts += _flat(part) if isinstance(part, type(formula)) and isinstance(part, And | Or) else [part]
    return parts
