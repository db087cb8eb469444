"""Options that several verbs share, and what they stand for."""

from __future__ import annotations

import io
import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from triage.documents.output_text import shown

if TYPE_CHECKING:
    from triage.engines import Engine
    from triage.protocol.protocol import Protocol
    from triage.terminal.asking import Asker

__all__ = [
    "NAMED",
    "chosen_engine",
    "command_to_type",
    "engine_option",
    "fitting_screen",
    "json_option",
    "protocol_from",
    "protocol_option",
    "refuse_letter",
    "refuse_unless_writable",
]


class _Named(click.Path):
    """The name of something, which is never empty: as a path that would be the folder one is in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path."""
        if value == "":
            self.fail("An empty name names nothing.", param, ctx)
        return super().convert(value, param, ctx)


NAMED = _Named(path_type=Path, readable=False)
"""A file or folder that is named. Whether it may be read is said by whoever reads it, beside what else is wrong."""

protocol_option = click.option(
    "--protocol",
    "folder",
    type=NAMED,
    metavar="DIR",
    help="Folder of another protocol: its questions, rules and catalogues.",
)

engine_option = click.option(
    "--engine",
    "engine_name",
    type=click.Choice(["plain", "durable"]),
    help="Which engine judges the rules.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def protocol_from(folder: Path | None) -> Protocol:
    """Read the protocol an option names, or the one that comes with the package."""
    from triage import load_protocol

    return load_protocol(folder)


def command_to_type(verb: str, folder: Path | None) -> str:
    """Return a command for the protocol in use, as a person may type it.

    >>> command_to_type("ask --resume", None)
    'triage ask --resume'
    >>> command_to_type("ask --resume", Path("my sneezes"))
    "triage ask --resume --protocol 'my sneezes'"
    """
    return f"triage {verb} --protocol {shlex.quote(str(folder))}" if folder else f"triage {verb}"


def chosen_engine(name: str, protocol: Protocol) -> Engine:
    """Build the engine an option names.

    Raises:
        click.ClickException: it cannot run here.

    """
    from triage.engines import EngineUnavailable, build_engine

    try:
        return build_engine(name, protocol)
    except EngineUnavailable as error:
        raise click.ClickException(f"The engine {shown(name)} cannot run here: {error}. Use --engine plain.") from None


def fitting_screen(*, plain: bool) -> tuple[Asker, bool]:
    """Return the screen that fits and whether it is the plain one: lists to move through need a terminal on both sides.

    Args:
        plain: whether the person wants the plain one anyway.

    """
    from triage.terminal.page import Page

    typed = sys.stdin or io.StringIO()  # Python has none where it was closed: then nothing will ever be typed
    capable = typed.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if plain or not capable:
        from triage.terminal.plain_prompts import PlainPrompts

        return PlainPrompts(Page.plain(), typed), True
    from triage.terminal.prompts import Prompts

    return Prompts(Page()), False


def refuse_letter(path: Path) -> None:
    """Refuse a letter that could not be written, as early as possible.

    Raises:
        click.BadParameter: so it is.

    """
    from triage.assessment.letter import LETTER_SUFFIXES

    if path.suffix.lower() not in LETTER_SUFFIXES:
        raise click.BadParameter("A letter is written as .html or .md.", param_hint="--letter")
    refuse_unless_writable("--letter", path)


def refuse_unless_writable(option: str, path: Path) -> None:
    """Refuse a file that could not be written, or is somebody's, before the first question rather than after the last.

    Raises:
        click.BadParameter: so it is.

    """
    from triage.documents.problems import DataFault
    from triage.documents.safe_writing import check_writable

    with suppress(OSError):  # what may not be looked at cannot be written either
        if path.is_dir() or not path.parent.is_dir():
            trouble = "is a folder" if path.is_dir() else "stands in a folder that does not exist"
            raise click.BadParameter(f"{path} {trouble}.", param_hint=option)
    try:
        check_writable(path, new=True)
    except DataFault as fault:
        raise click.BadParameter(str(fault), param_hint=option) from None
