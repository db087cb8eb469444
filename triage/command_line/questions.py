"""``triage questions``: what may be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.looking_up import as_known, holding
from triage.command_line.options import json_option, protocol_from, protocol_option
from triage.command_line.saying import say_json
from triage.documents.output_text import shown

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.questionnaire import Question

__all__ = ["command"]


@click.command("questions")
@click.argument("words", nargs=-1, metavar="[ID | WORDS...]")
@json_option
@protocol_option
def command(words: tuple[str, ...], as_json: bool, folder: Path | None) -> None:
    """List the questions, those that hold some words, or show one with its choices, its codes and when it applies."""
    from triage.documents.problems import did_you_mean
    from triage.terminal.paging import paged
    from triage.terminal.reference_pages import print_question, print_questions

    protocol = protocol_from(folder)
    questions = protocol.questionnaire.by_id
    one = as_known(words[0], questions) if len(words) == 1 else None
    chosen = [questions[one]] if one else holding(words, questions.values(), _text)
    if not chosen:
        if len(words) > 1:
            raise click.UsageError(f"No question holds all the words {shown(' '.join(words))}.")
        hint = did_you_mean(words[0], questions) or "None holds that word."
        raise click.UsageError(f"No question has the id {shown(words[0])}. {hint}")
    if as_json:
        data = [question.model_dump(mode="json") for question in chosen]
        say_json(data[0] if one else data)
        return
    with paged() as page:
        if one:
            print_question(page, protocol, chosen[0])
        else:
            print_questions(page, protocol, chosen)


def _text(question: Question) -> str:
    """Return what is searched for words."""
    return " ".join((question.id, question.text, question.help or "", *(one.words for one in question.choices)))
