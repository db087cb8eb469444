"""``triage questions``: what may be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from triage.command_line.looking_up import looked_up
from triage.command_line.options import json_option, protocol_from, protocol_option
from triage.command_line.saying import say_json

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["command"]


@click.command("questions")
@click.argument("question_id", required=False, metavar="[ID]")
@json_option
@protocol_option
def command(question_id: str | None, as_json: bool, folder: Path | None) -> None:
    """List the questions, or show one with its choices, its codes and when it applies."""
    from triage.terminal.paging import paged
    from triage.terminal.reference_pages import print_question, print_questions

    protocol = protocol_from(folder)
    questions = protocol.questionnaire.by_id
    if question_id is not None:
        question_id = looked_up(question_id, questions, "question")
    chosen = [questions[question_id]] if question_id else list(questions.values())
    if as_json:
        data = [question.model_dump(mode="json") for question in chosen]
        say_json(data[0] if question_id else data)
        return
    with paged() as page:
        if question_id:
            print_question(page, protocol, chosen[0])
        else:
            print_questions(page, protocol)
