"""Conditions in a rule book: nested lines of plain words, with links to what they read, and the way to a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.condition import Found, findings_in, questions_in
from triage.export.book_entries import Line, Link, Way, anchor
from triage.export.book_links import finding_link, question_link, rule_link
from triage.protocol.prose import condition_lines_with_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.conditions.condition import Condition
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["is_used", "linked_lines", "way_through"]


def linked_lines(protocol: Protocol, condition: Condition | None) -> tuple[Line, ...]:
    """Return a condition as nested lines with links to what it reads."""
    if condition is None:
        return ()
    parts = condition_lines_with_parts(protocol, condition)
    return _nested([(depth, _line(protocol, text, part)) for depth, text, part in parts])


def _line(protocol: Protocol, text: str, part: Condition) -> Line:
    """Return one line with the question or finding in it as a link."""
    if isinstance(part, Found):
        before, _, words = text.partition(": ")
        return Line(f"{before}: ", Link(anchor("finding", part.finding), words))
    name = getattr(part, "question", None)
    if name is None:
        return Line(text)
    before, asked, after = text.partition(f"“{protocol.questionnaire.by_id[name].text}”")
    return Line(before, Link(anchor("question", name), asked), after)


def _nested(flat: list[tuple[int, Line]]) -> tuple[Line, ...]:
    """Return lines with a depth each as lines that hold those below them."""
    lines: list[Line] = []
    while flat:
        (depth, line), flat = flat[0], flat[1:]
        end = next((index for index, (other, _) in enumerate(flat) if other <= depth), len(flat))
        lines.append(Line(line.before, line.link, line.after, _nested(flat[:end])))
        flat = flat[end:]
    return tuple(lines)


def is_used(protocol: Protocol, finding: str) -> bool:
    """Return whether anything reads or concludes a finding."""
    entries = (*protocol.rules, *protocol.active_causes)
    return finding in protocol.finding_rules or any(
        finding in findings_in(one.when) for one in entries if one.when is not None
    )


def way_through(protocol: Protocol, rules: Sequence[Rule]) -> Way:
    """Return the questions and findings that rules rest on, directly or through other findings."""
    questions: set[str] = set()
    findings: set[str] = set()
    named = (*protocol.derived_findings, *protocol.finding_rules)
    todo = [rule.when for rule in rules if rule.when is not None]
    while todo:
        condition = todo.pop()
        questions |= questions_in(condition)
        for name in findings_in(condition) - findings:
            findings.add(name)
            derived = protocol.derived_findings.get(name)
            todo += [derived] if derived is not None else [one.when for one in protocol.finding_rules[name]]
    return Way(
        tuple(question_link(one) for one in protocol.questionnaire.questions if one.id in questions),
        tuple(finding_link(name) for name in named if name in findings),
        tuple(rule_link(rule) for rule in rules),
    )
