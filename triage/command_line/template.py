"""``triage template``: an empty answer file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.options import protocol_from, protocol_option
from triage.command_line.saying import say

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("template")
@click.option(
    "--format", "form", type=click.Choice(["json", "yaml", "csv"]), default="yaml", show_default=True,
    help="Kind of file; YAML lists the choices of every question beside it.",
)  # fmt: skip
@protocol_option
def command(form: str, folder: Path | None) -> None:
    """Print an empty answer file to fill in. What stays empty counts as unknown, never as no."""
    from triage.answers.writing import template

    say(template(protocol_from(folder), form), ended=False)
