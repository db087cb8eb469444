"""A sign-off sheet: every rule in plain words with room for a clinician's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.prose import condition_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.protocol import Protocol
    from triage.rule import Rule

__all__ = ["review_sheet"]


def review_sheet(protocol: Protocol) -> str:
    """Return the sheet as Markdown, rule by rule in the order of the pages."""
    return "\n".join(_lines(protocol)) + "\n"


def _lines(protocol: Protocol) -> Iterator[str]:
    yield f"# Review of the rules: {protocol.title}, version {protocol.version}"
    yield ""
    yield f"Digest of the files reviewed: `{protocol.digest}`"
    yield ""
    yield "Reviewer (name, role): ______________________________  Date: ______________"
    yield ""
    yield "For each rule: is the condition right, are urgency and vote right, are the types right, is anything missing?"
    yield "Likely benign needs a vote for benign and none for disease; a rule without a vote for either says how soon."
    yield "A rule counts as reviewed when its file says `status: reviewed` with role and date."
    for page in protocol.pages:
        yield ""
        yield f"## {page.name.capitalize()}"
        for rule in page.rules:
            yield from _rule(protocol, rule)
    if mild := _mild_signs(protocol):
        yield ""
        yield "## Mild warning signs"
        yield ""
        yield "Every other warning sign is grave: it is never likely benign. A mild one is never left to self care."
        yield ""
        yield from mild
    yield ""
    yield "## Open questions"
    yield ""
    for note in protocol.notes:
        if note.audience == "clinicians":
            yield f"- {note.title}: {note.text}"


def _mild_signs(protocol: Protocol) -> list[str]:
    return [
        f"- {flag.text} {flag.by_code[code].label} (`{flag.id}: {code}`). [ ] agreed  [ ] grave  initials: ____"
        for flag in protocol.questionnaire.red_flags
        for code in flag.mild
    ]


def _rule(protocol: Protocol, rule: Rule) -> Iterator[str]:
    yield ""
    yield f"### {rule.id} {rule.title}"
    yield ""
    if rule.otherwise:
        yield "- fires when no rule that votes for benign or for disease is true"
    else:
        for depth, line in condition_lines(protocol, rule.when):
            yield f"{'  ' * depth}- {line}"
    yield ""
    concludes = [f"finding {rule.then.finding}"] if rule.then.finding else []
    concludes += [f"urgency {rule.then.urgency.value}"] if rule.then.urgency else []
    concludes += [f"vote: {rule.vote.words}"] if rule.vote else []
    concludes += [protocol.types[code].name for code in rule.then.types]
    yield f"Concludes: {'; '.join(concludes)}. Evidence: {rule.evidence}. Sources: {', '.join(rule.sources)}."
    yield ""
    yield f"Why: {rule.why}"
    yield ""
    yield f"Now: {rule.status}. [ ] agreed  [ ] change: ______________________________  initials: ____"
