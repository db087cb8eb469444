"""Two versions of a protocol on a page: what was added or removed, and whose result changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.proof.counting import written
from triage.protocol.prose import answer_words

if TYPE_CHECKING:
    from triage.proof.comparison import Comparison, ResultChange, Verdict
    from triage.protocol.protocol import Protocol
    from triage.terminal.page import Page

__all__ = ["print_changes"]


def print_changes(page: Page, found: Comparison, before: Protocol, after: Protocol) -> None:
    """Print what differs between two versions, those changes first that are less cautious."""
    page.paragraph(f"{after.title}: {before.version} beside {after.version}")
    for what, names in (
        ("Rules added", found.rules_added),
        ("Rules removed", found.rules_removed),
        ("Rules changed", found.rules_changed),
        ("Choices added (answer sets with them are not compared)", found.choices_added),
        ("Choices removed", found.choices_removed),
    ):
        if names:
            page.paragraph(f"{what}: {', '.join(names)}")
    if not found.changes:
        page.paragraph(f"No urgency and no outcome changes, over {written(found.answer_sets)} answer sets.")
    for change in found.changes:
        mark = "LESS CAUTIOUS: " if change.less_cautious else ""
        page.heading(f"{mark}{_words(change)} for {written(change.answer_sets)} answer sets")
        page.paragraph("The simplest of them:")
        page.items(_example(change, after))


def _words(change: ResultChange) -> str:
    return f"{_verdict_words(change.before)} becomes {_verdict_words(change.after)}"


def _verdict_words(verdict: Verdict) -> str:
    return f"{verdict.outcome.value.replace('_', ' ')}, {verdict.urgency.words}"


def _example(change: ResultChange, protocol: Protocol) -> list[str]:
    questions = protocol.questionnaire.by_id
    return [
        f"{questions[name].text} {'; '.join(answer_words(questions[name], codes))}"
        for name, codes in change.example.items()
    ]
