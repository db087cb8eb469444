"""``triage verify``: whether a protocol is in order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from triage.command_line.options import json_option, protocol_from, protocol_option

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("verify")
@click.option("--rule", "rule_id", metavar="ID", help="Only what concerns this rule or cause.")
@json_option
@protocol_option
def command(rule_id: str | None, as_json: bool, folder: Path | None) -> int:
    """Check the questions, rules, catalogues, examples and cases of a protocol."""
    from triage.problems import did_you_mean
    from triage.protocol_reading import read_cases
    from triage.verification import CHECKS, verify

    protocol = protocol_from(folder)
    entries = [*protocol.rules_by_id, *(cause.id for cause in protocol.active_causes)]
    if rule_id is not None and rule_id not in entries:
        raise click.UsageError(f"No rule has the id {rule_id!r}. {did_you_mean(rule_id, entries) or ''}".strip())
    cases = read_cases(protocol)
    problems = [problem for problem in verify(protocol, cases) if rule_id is None or rule_id in problem.message.split()]
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        rows = [
            {
                "place": str(problem.place),
                "severity": problem.severity,
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in problems
        ]
        click.echo(json.dumps({"errors": len(errors), "problems": rows}, ensure_ascii=False, indent=2))
        return 1 if errors else 0
    for problem in problems:
        click.echo(str(problem), err=True)
    examples = sum(len(entry.examples) for entry in (*protocol.rules, *protocol.active_causes))
    click.echo(
        f"{protocol.title} {protocol.version}: {len(protocol.questionnaire.questions)} questions, "
        f"{len(protocol.rules)} rules, {len(protocol.active_causes)} causes, {examples} examples, {len(cases)} cases."
    )
    click.echo(f"Checked: {', '.join(CHECKS)}, cases.")
    click.echo(f"{len(errors)} errors, {len(problems) - len(errors)} warnings.")
    return 1 if errors else 0
