"""A sign-off sheet: every rule in plain words with room for a clinician's decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.output_text import markdown
from triage.protocol.prose import condition_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["review_sheet"]


def review_sheet(protocol: Protocol) -> str:
    """Return the sheet as Markdown, rule by rule in the order of the pages."""
    return "\n".join(_lines(protocol)) + "\n"


def _lines(protocol: Protocol) -> Iterator[str]:
    yield f"# Review of the rules: {markdown(protocol.title)}, version {markdown(protocol.version)}"
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
        yield f"## {markdown(page.name.capitalize())}"
        for rule in page.rules:
            yield from _rule(protocol, rule)
    if mild := list(_mild_signs(protocol)):
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
            yield f"- {markdown(note.title)}: {markdown(note.text)}"


def _mild_signs(protocol: Protocol) -> Iterator[str]:
    for flag in protocol.questionnaire.red_flags:
        for code in flag.mild:
            said = markdown(f"{flag.text} {flag.by_code[code].label}")
            yield f"- {said} (`{flag.id}: {code}`). [ ] agreed  [ ] grave  initials: ____"


def _rule(protocol: Protocol, rule: Rule) -> Iterator[str]:
    yield ""
    yield f"### {rule.id} {markdown(rule.title)}"
    yield ""
    if rule.otherwise:
        yield "- fires when no rule that votes for benign or for disease is true"
    else:
        for depth, line in condition_lines(protocol, rule.when):
            yield f"{'  ' * depth}- {markdown(line)}"
    yield ""
    concludes = [f"finding {rule.then.finding}"] if rule.then.finding else []
    concludes += [f"urgency {rule.then.urgency.value}"] if rule.then.urgency else []
    concludes += [f"vote: {rule.vote.words}"] if rule.vote else []
    concludes += [protocol.types[code].name for code in rule.then.types]
    evidence = f"Evidence: {rule.evidence}. Sources: {', '.join(rule.sources)}."
    yield markdown(f"Concludes: {'; '.join(concludes)}. {evidence}")
    yield ""
    yield f"Why: {markdown(rule.why)}"
    yield ""
    yield f"Now: {rule.status}. [ ] agreed  [ ] change: ______________________________  initials: ____"
