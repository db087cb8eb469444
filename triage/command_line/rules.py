"""``triage rules``: what the result stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.looking_up import as_known, holding
from triage.command_line.options import json_option, protocol_from, protocol_option
from triage.command_line.saying import say_json
from triage.documents.output_text import shown
from triage.documents.problems import did_you_mean
from triage.protocol.prose import condition_lines

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["command"]


@click.command("rules")
@click.argument("words", nargs=-1, metavar="[ID | WORDS...]")
@json_option
@protocol_option
def command(words: tuple[str, ...], as_json: bool, folder: Path | None) -> None:
    """List the rules, those that hold some words, or show one (by id or name) with its condition, why and sources."""
    from triage.answers.example_reading import read_further_examples
    from triage.terminal.paging import paged
    from triage.terminal.reference_pages import print_rule, print_rules

    protocol = protocol_from(folder)
    rules = {rule.id: rule for page in protocol.pages for rule in page.rules}
    known = rules | {rule.name: rule for rule in rules.values()}
    one = as_known(words[0], known) if len(words) == 1 else None
    chosen = [known[one]] if one else holding(words, rules.values(), lambda rule: _text(protocol, rule))
    if not chosen:
        if len(words) > 1:
            raise click.UsageError(f"No rule holds all the words {shown(' '.join(words))}.")
        raise click.UsageError(
            f"No rule has the id or name {shown(words[0])}. {did_you_mean(words[0], known) or 'None holds that word.'}"
        )
    if as_json:
        data = [rule.model_dump(mode="json", exclude_none=True) | {"vote": rule.vote} for rule in chosen]
        say_json(data[0] if one else data)
        return
    with paged() as page:
        if one:
            print_rule(page, protocol, chosen[0], read_further_examples(protocol).get(chosen[0].id, ()))
        else:
            print_rules(page, protocol, chosen)


def _text(protocol: Protocol, rule: Rule) -> str:
    """Return what is searched for words."""
    types = (f"{code} {protocol.types[code].name}" for code in rule.then.types)
    urgency = rule.then.urgency.words if rule.then.urgency else ""
    asked = () if rule.when is None else (text for _, text in condition_lines(protocol, rule.when))
    return " ".join((rule.name, rule.title, rule.why, urgency, *types, *asked))
