"""``triage diff``: what a change of the rules changes, over every answer set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.options import json_option, protocol_option
from triage.command_line.saying import say_json
from triage.documents.output_text import shown

if TYPE_CHECKING:
    from pathlib import Path

    from triage.proof.comparison import Comparison

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
    if before.name != after.name:
        raise click.UsageError(
            f"These are not two versions of one protocol, but {shown(before.name)} and {shown(after.name)}. For a "
            "protocol of your own add --protocol DIR."
        )
    try:
        from triage.proof.comparison import compare

        found = compare(before, after)
    except ImportError as error:
        raise click.ClickException(f"Versions are compared by proofs: {error}.") from None
    if as_json:
        say_json(_as_data(found))
    else:
        from triage.terminal.comparison_page import print_changes
        from triage.terminal.page import Page

        print_changes(Page(), found, before, after)
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
