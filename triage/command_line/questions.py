"""``triage questions``: what may be answered."""

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


@click.command("questions")
@click.argument("question_id", required=False, metavar="[ID]")
@json_option
@protocol_option
def command(question_id: str | None, as_json: bool, folder: Path | None) -> None:
    """List the questions, or show one with its choices, its codes and when it applies."""
    from triage.terminal.reference_pages import print_question, print_questions

    protocol = protocol_from(folder)
    questions = protocol.questionnaire.by_id
    if question_id is not None and question_id not in questions:
        hint = did_you_mean(question_id, questions)
        raise click.UsageError(f"No question has the id {shown(question_id)}. {hint or ''}".strip())
    chosen = [questions[question_id]] if question_id else list(questions.values())
    if as_json:
        data = [question.model_dump(mode="json") for question in chosen]
        say_json(data[0] if question_id else data)
    elif question_id:
        print_question(protocol, chosen[0])
    else:
        print_questions(protocol)
