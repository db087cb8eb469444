"""``triage rules``: what the result stands on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from triage.command_line.options import json_option, protocol_from, protocol_option
from triage.problems import did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("rules")
@click.argument("rule_id", required=False, metavar="[ID]")
@json_option
@protocol_option
def command(rule_id: str | None, as_json: bool, folder: Path | None) -> None:
    """List the rules, or show one (by id or name) with its condition, vote, why, sources and examples."""
    from triage.example_reading import read_further_examples
    from triage.terminal.reference_pages import print_rule, print_rules

    protocol = protocol_from(folder)
    rules = {rule.id: rule for page in protocol.pages for rule in page.rules}
    names = {rule.name: rule for rule in rules.values()}
    if rule_id is not None and rule_id not in rules | names:
        hint = did_you_mean(rule_id, [*names, *rules])
        raise click.UsageError(f"No rule has the id or name {rule_id!r}. {hint or ''}".strip())
    chosen = [(rules | names)[rule_id]] if rule_id else list(rules.values())
    if as_json:
        shown = [rule.model_dump(mode="json", exclude_none=True) | {"vote": rule.vote} for rule in chosen]
        click.echo(json.dumps(shown[0] if rule_id else shown, ensure_ascii=False, indent=2))
    elif rule_id:
        print_rule(protocol, chosen[0], read_further_examples(protocol).get(chosen[0].id, ()))
    else:
        print_rules(protocol)
