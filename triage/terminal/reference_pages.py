"""Questions and rules to look up in a terminal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from triage.protocol.prose import condition_lines, shown_words
from triage.protocol.urgency import Vote
from triage.terminal.page import Page

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Sequence

    from triage.conditions.condition import Condition
    from triage.documents.problems import Place
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Choice, Question
    from triage.protocol.rule import Example, Rule

__all__ = ["print_question", "print_questions", "print_rule", "print_rules"]


def print_questions(page: Page, protocol: Protocol, questions: Collection[Question]) -> None:
    """Print questions with their ids, section by section."""
    for section in protocol.questionnaire.sections:
        listed = [question for question in questions if question.section == section.id]
        if listed:
            page.heading(section.title)
            page.columns((one.id, f"{one.text}{' [red flag]' if one.red_flag else ''}") for one in listed)


def print_question(page: Page, protocol: Protocol, question: Question) -> None:
    """Print one question with its choices and when it applies."""
    page.heading(f"{question.id}: {question.text}")
    if question.help:
        page.paragraph(question.help)
    kind = "several choices may be given" if question.multiple else "one choice"
    page.paragraph(f"Takes: {kind}, or unknown.")
    page.heading("Choices")
    page.columns((choice.code, _choice_words(protocol, question, choice)) for choice in question.choices)
    page.heading("Applies")
    if question.when is None:
        page.paragraph("always", indent=2)
    else:
        _print_condition(page, protocol, question.when)


def _choice_words(protocol: Protocol, question: Question, choice: Choice) -> str:
    words = f"{choice.label}. {choice.description}" if choice.description else choice.label
    marks = ["alone"] if choice.alone else []
    if question.red_flag:
        marks.append(choice.meaning)
    if shown := shown_words(protocol, choice):
        marks.append(shown)
    return f"{words} [{', '.join(marks)}]" if marks else words


def print_rules(page: Page, protocol: Protocol, rules: Collection[Rule]) -> None:
    """Print rules with id and title, page by page."""
    wanted = {rule.id for rule in rules}
    for sheet in protocol.pages:
        listed = [rule for rule in sheet.rules if rule.id in wanted]
        if not listed:
            continue
        page.heading(sheet.name.capitalize())
        page.columns((rule.id, f"{rule.title} ({_conclusion(protocol, rule)})") for rule in listed)


def print_rule(page: Page, protocol: Protocol, rule: Rule, further: Sequence[tuple[Example, Place]] = ()) -> None:
    """Print one rule with everything that is known about it.

    Args:
        page: where it is printed.
        protocol: whose rule.
        rule: the rule.
        further: its examples beside the page, which are only counted.

    """
    page.heading(f"{rule.id} {rule.name}: {rule.title}")
    concludes = _conclusion(protocol, rule, said=tuple(Vote))
    page.paragraph(f"Status: {rule.status}. Evidence: {rule.evidence}. Concludes: {concludes}.")
    page.heading("When")
    if rule.otherwise:
        page.paragraph("no rule that votes for benign or for disease is true", indent=2)
    else:
        _print_condition(page, protocol, rule.when)
    page.heading("Why")
    page.paragraph(rule.why, indent=2)
    page.heading("Sources")
    page.items(_source_words(protocol, key) for key in rule.sources)
    page.heading("Examples")
    page.items(_example_words(example) for example in rule.examples)
    for name, count in Counter(Path(place.source).name for _, place in further).items():
        page.item(f"and {count} more in examples/{name}")


def _print_condition(page: Page, protocol: Protocol, condition: Condition) -> None:
    for depth, line in condition_lines(protocol, condition):
        page.item(line, indent=2 + 2 * depth)


def _conclusion(protocol: Protocol, rule: Rule, *, said: Container[Vote] = (Vote.BENIGN, Vote.NEUTRAL)) -> str:
    """Return what a rule concludes; its vote is named if it is one of those said."""
    if rule.then.finding:
        return f"finding {rule.then.finding}"
    parts = [rule.then.urgency.words] if rule.then.urgency else []
    parts += [rule.vote.words] if rule.vote and rule.vote in said else []
    parts += [protocol.types[code].name for code in rule.then.types]
    return "; ".join(parts)


def _source_words(protocol: Protocol, key: str) -> str:
    if key in protocol.seed:
        return f"{key}: {protocol.seed[key].meaning}"
    source = protocol.sources[key]
    return f"{key} ({source.kind}, {source.status.replace('_', ' ')}): {source.with_reading_note}"


def _example_words(example: Example) -> str:
    return f"{'fires' if example.fires else 'does not fire'}: {example.name}"
