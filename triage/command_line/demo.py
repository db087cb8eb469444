"""``triage demo``: worked cases, played answer by answer."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from triage.command_line.looking_up import as_known, holding
from triage.command_line.options import json_option, protocol_from, protocol_option
from triage.command_line.saying import say_json
from triage.documents.output_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

__all__ = ["command"]

_SECONDS = 1.2
"""Between two answers, for reading."""


@click.command("demo")
@click.argument("words", nargs=-1, metavar="[CASE | WORDS...]")
@click.option("--fast", is_flag=True, help="Without waiting between answers.")
@click.option("--step", is_flag=True, help="Wait for Enter after each answer.")
@json_option
@protocol_option
def command(words: tuple[str, ...], fast: bool, step: bool, as_json: bool, folder: Path | None) -> None:
    """List the worked cases, those that hold some words, or play one: its story, each answer, and the result."""
    from triage.answers.case_reading import read_cases
    from triage.documents.problems import did_you_mean
    from triage.terminal.demonstration_page import print_cases
    from triage.terminal.paging import paged

    protocol = protocol_from(folder)
    cases = read_cases(protocol)
    by_id = {case.id: case for case in cases}
    one = as_known(words[0], by_id) if len(words) == 1 else None
    chosen = [by_id[one]] if one else holding(words, cases, _text)
    if not chosen:
        if len(words) > 1:
            raise click.UsageError(f"No case holds all the words {shown(' '.join(words))}.")
        raise click.UsageError(
            f"No case has the id {shown(words[0])}. {did_you_mean(words[0], by_id) or 'None holds that word.'}"
        )
    if as_json:
        say_json([case.model_dump(mode="json") for case in chosen])
    elif one:
        _play(protocol, chosen[0], fast=fast, step=step)
    else:
        with paged() as page:
            print_cases(page, chosen)


def _text(case: Case) -> str:
    """Return what is searched for words."""
    return " ".join((case.title, case.theme.replace("-", " "), case.story, *case.teaching_points))


def _play(protocol: Protocol, case: Case, *, fast: bool, step: bool) -> None:
    from triage.assessment.assessment import assess
    from triage.engines import available_engines
    from triage.teaching.demonstration import case_answers, play
    from triage.terminal.demonstration_page import print_demonstration
    from triage.terminal.page import Page

    page = Page()
    if how := _how_to_leave(fast=fast, step=step):
        page.paragraph(how, style="dim")
    result = assess(protocol, case_answers(protocol, case), available_engines(protocol), case_id=case.id)
    print_demonstration(page, protocol, case, play(protocol, case), result, _pause(fast=fast, step=step))


def _how_to_leave(*, fast: bool, step: bool) -> str:
    """Return how to go on and leave; nothing where nothing is waited for."""
    if step and sys.stdin.isatty():
        return "Press Enter for each next answer, Ctrl-C to leave."
    return "" if fast or step or not sys.stdout.isatty() else "Press Ctrl-C to leave; --fast does not wait."


def _pause(*, fast: bool, step: bool) -> Callable[[], None]:
    """Return what to do between two answers; nothing where nobody watches."""
    if step and sys.stdin.isatty():
        return lambda: click.pause("")
    if fast or step or not sys.stdout.isatty():
        return lambda: None
    return lambda: time.sleep(_SECONDS)
