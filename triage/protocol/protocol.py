"""A protocol: a questionnaire with its rules and catalogues, every reference checked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from triage.conditions.condition import findings_in, questions_in
from triage.protocol.catalogue import DRAFT_NOTICE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from triage.conditions.condition import Condition
    from triage.documents.problems import Place
    from triage.protocol.catalogue import Advice, Cause, Note, SeedSentence, Source, TriageType
    from triage.protocol.questionnaire import Question, Questionnaire
    from triage.protocol.rule import Rule

__all__ = ["Page", "Protocol"]


@dataclass(frozen=True)
class Page:
    """One file of rules that a clinician reviews in one go."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, eq=False)
class Protocol:
    """Everything that is known about one condition.

    Built by ``reading.read_protocol``, which refuses a protocol with a broken reference. Each is equal to itself alone,
    so that what was worked out of one can be kept by it.
    """

    name: str
    version: str
    title: str
    language: str
    folder: Path
    digest: str
    """SHA-256 of its questions, rules and catalogues; two results with the same digest stand on the same rules."""
    emergency_screen: str
    emergency_number: str
    """What is called first where a page names a number."""
    asked_first: tuple[str, ...]
    """Questions in the order an interview asks them, behind the emergency screen and before all others."""
    questionnaire: Questionnaire
    pages: tuple[Page, ...]
    types: Mapping[str, TriageType]
    causes: tuple[Cause, ...]
    advice: tuple[Advice, ...]
    sources: Mapping[str, Source]
    notes: tuple[Note, ...]
    seed: Mapping[str, SeedSentence]
    profiles: Mapping[str, Mapping[str, str | tuple[str, ...]]]
    places: Mapping[str, Place]
    """Where each rule, cause and question stands in its file, by id."""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules that are in force, in the order of their pages."""
        return tuple(rule for page in self.pages for rule in page.rules if rule.status != "retired")

    @cached_property
    def rules_by_id(self) -> dict[str, Rule]:
        """The rules in force by their id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def turns(self) -> dict[str, int]:
        """The place of each rule in force among all of them, by its id."""
        return {rule.id: turn for turn, rule in enumerate(self.rules)}

    @cached_property
    def judged_rules(self) -> dict[str, Rule]:
        """The rules that an engine judges, by their id: all but the one for when nobody votes."""
        return {rule.id: rule for rule in self.rules if not rule.otherwise}

    @cached_property
    def asking_order(self) -> tuple[Question, ...]:
        """The questions in the order an interview asks.

        The emergency screen, then those that the protocol asks first, then warning signs, then the rest.
        """
        first = [self.emergency_screen, *self.asked_first]

        def turn(question: Question) -> int:
            if question.id in first:
                return first.index(question.id)
            return len(first) if question.red_flag else len(first) + 1

        return tuple(sorted(self.questionnaire.questions, key=turn))

    @cached_property
    def active_causes(self) -> tuple[Cause, ...]:
        """All causes that are in force."""
        return tuple(cause for cause in self.causes if cause.status != "retired")

    @cached_property
    def otherwise(self) -> Rule:
        """The rule that fires when no other votes for benign or for disease."""
        return next(rule for rule in self.rules if rule.otherwise)

    @cached_property
    def finding_rules(self) -> dict[str, tuple[Rule, ...]]:
        """The rules that conclude each finding, in an order in which each finding stands after those it builds on."""
        by_name: dict[str, list[Rule]] = {}
        for rule in self.rules:
            if rule.then.finding:
                by_name.setdefault(rule.then.finding, []).append(rule)
        ordered: dict[str, tuple[Rule, ...]] = {}
        while len(ordered) < len(by_name):
            ready = [
                name
                for name, rules in by_name.items()
                if name not in ordered
                and all(below in ordered or below not in by_name for rule in rules for below in findings_in(rule.when))
            ]
            ordered |= {name: tuple(by_name[name]) for name in ready}
        return ordered

    @cached_property
    def readers(self) -> dict[str, frozenset[str]]:
        """The findings, rules and causes whose condition names each question and finding, by id or name."""
        conditions = [
            *self.derived_findings.items(),
            *((name, rule.when) for name, rules in self.finding_rules.items() for rule in rules),
            *((entry.id, entry.when) for entry in (*self.concluding_rules, *self.active_causes)),
        ]
        named = [(reader, questions_in(condition) | findings_in(condition)) for reader, condition in conditions]
        return {
            name: frozenset(reader for reader, names in named if name in names)
            for name in (*self.questionnaire.by_id, *self.derived_findings, *self.finding_rules)
        }

    @cached_property
    def concluding_rules(self) -> tuple[Rule, ...]:
        """The rules that conclude an urgency or types from a condition."""
        return tuple(rule for rule in self.rules if not rule.then.finding and not rule.otherwise)

    @cached_property
    def derived_findings(self) -> dict[str, Condition]:
        """The findings that follow from the questionnaire, by name."""
        return self.questionnaire.derived_findings

    @property
    def reviewed(self) -> bool:
        """Whether a clinician has reviewed every rule in force."""
        return all(rule.status == "reviewed" for rule in self.rules)

    @property
    def draft_notice(self) -> str:
        """What is said wherever rules are shown that no clinician has reviewed."""
        return next((item.text for item in self.advice if item.key == DRAFT_NOTICE), "")
