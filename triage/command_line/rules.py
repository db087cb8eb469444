"""``triage rules``: what the result stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.options import json_option, protocol_from, protocol_option
from triage.command_line.saying import say_json
from triage.documents.output_text import shown
from triage.documents.problems import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[ID]")
@json_option
@protocol_option
def command(rule_id: str | None, as_json: bool, folder: Path | None) -> None:
    """List the rules, or show one (by id or name) with its condition, vote, why, sources and examples."""
    from triage.answers.example_reading import read_further_examples
    from triage.terminal.reference_pages import print_rule, print_rules

    protocol = protocol_from(folder)
    rules = {rule.id: rule for page in protocol.pages for rule in page.rules}
    names = {rule.name: rule for rule in rules.values()}
    if rule_id is not None and rule_id not in rules | names:
        hint = did_you_mean(rule_id, [*names, *rules])
        raise click.UsageError(f"No rule has the id or name {shown(rule_id)}. {hint or ''}".strip())
    chosen = [(rules | names)[rule_id]] if rule_id else list(rules.values())
    if as_json:
        data = [rule.model_dump(mode="json", exclude_none=True) | {"vote": rule.vote} for rule in chosen]
        say_json(data[0] if rule_id else data)
    elif rule_id:
        print_rule(protocol, chosen[0], read_further_examples(protocol).get(chosen[0].id, ()))
    else:
        print_rules(protocol)
