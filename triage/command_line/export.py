"""``triage export``: a protocol in another form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from triage.command_line.options import protocol_from, protocol_option

if TYPE_CHECKING:
    from triage.protocol import Protocol

__all__ = ["command"]


@click.command("export")
@click.argument("kind", type=click.Choice(["review", "statements", "json-schema"]))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write here, whole or not at all."
)
@protocol_option
def command(kind: str, output: Path | None, folder: Path | None) -> None:
    """Export a sign-off sheet (review), the safety statements (statements) or the schema of a result (json-schema)."""
    from triage.safe_writing import written_whole

    text = _exported(kind, protocol_from(folder))
    if output is None:
        click.echo(text, nl=False)
        return
    with written_whole(output) as file:
        file.write(text)


def _exported(kind: str, protocol: Protocol) -> str:
    if kind == "review":
        from triage.export.review import review_sheet

        return review_sheet(protocol)
    if kind == "statements":
        from triage.export.statements import statement_table
        from triage.proof.statements import read_statements

        return statement_table(read_statements(protocol))
    from triage.assessment import Assessment

    return json.dumps(Assessment.model_json_schema(), indent=2) + "\n"
