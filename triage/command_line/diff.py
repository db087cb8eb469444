"""``triage diff``: what a change of the rules changes, over every answer set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.options import json_option, protocol_option
from triage.command_line.saying import say_json

if TYPE_CHECKING:
    from pathlib import Path

    from triage.proof.comparison import Comparison, ResultChange, Verdict
    from triage.protocol.protocol import Protocol

__all__ = ["command"]


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@json_option
@protocol_option
def command(old: str, new: str | None, as_json: bool, folder: Path | None) -> int:
    """Show whose outcome or urgency changes between two protocol folders or git revisions, for how many answer sets.

    Without NEW the present protocol is meant. Changes to less caution come first and are marked: less urgent, or
    likely benign where it was not.
    """
    from triage.documents.data_folders import shipped_protocol
    from triage.documents.revisions import protocol_folder_of
    from triage.protocol.reading import read_protocol

    if "" in (old, new):
        raise click.UsageError("An empty name names nothing.")
    present = folder or shipped_protocol()
    with protocol_folder_of(old, present) as path:
        before = read_protocol(path, only_to_compare=True)
    with protocol_folder_of(new or str(present), present) as path:
        after = read_protocol(path, only_to_compare=True)
    try:
        from triage.proof.comparison import compare

        found = compare(before, after)
    except ImportError as error:
        raise click.ClickException(f"Versions are compared by proofs: {error}.") from None
    if as_json:
        say_json(_as_data(found))
    else:
        _print(found, after)
    return 0


def _as_data(found: Comparison) -> dict[str, object]:
    return {
        "answer_sets": str(found.answer_sets),
        "changes": [
            {
                "before": change.before._asdict(),
                "after": change.after._asdict(),
                "less_cautious": change.less_cautious,
                "answer_sets": str(change.answer_sets),
                "example": {name: sorted(codes) for name, codes in change.example.items()},
            }
            for change in found.changes
        ],
        "rules": {"added": found.rules_added, "removed": found.rules_removed, "changed": found.rules_changed},
        "choices": {"added": found.choices_added, "removed": found.choices_removed},
    }


def _print(found: Comparison, protocol: Protocol) -> None:
    from triage.proof.counting import written
    from triage.terminal.page import Page

    page = Page()
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
        page.items(_example(change, protocol))


def _words(change: ResultChange) -> str:
    return f"{_verdict_words(change.before)} becomes {_verdict_words(change.after)}"


def _verdict_words(verdict: Verdict) -> str:
    return f"{verdict.outcome.value.replace('_', ' ')}, {verdict.urgency.words}"


def _example(change: ResultChange, protocol: Protocol) -> list[str]:
    from triage.protocol.prose import answer_words

    questions = protocol.questionnaire.by_id
    return [
        f"{questions[name].text} {'; '.join(answer_words(questions[name], codes))}"
        for name, codes in change.example.items()
    ]
