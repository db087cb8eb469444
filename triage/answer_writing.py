"""Answers as files: a saved case, and empty forms to fill in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from triage.answer_state import Missing
from triage.output_text import json_text, one_line

if TYPE_CHECKING:
    from triage.answers import Answers
    from triage.protocol import Protocol
    from triage.questionnaire import Question

__all__ = ["saved_case", "template"]


def saved_case(protocol: Protocol, case_id: str, answers: Answers, answered_at: str) -> str:
    """Return the answer file of one case as JSON text."""
    said = answers.given()
    body: dict[str, Any] = {}
    for question in protocol.questionnaire.questions:
        state = said.get(question.id)
        if isinstance(state, Missing):
            body[question.id] = state.value
        elif state is not None:
            codes = [code for code in question.codes if code in state]
            body[question.id] = codes if question.multiple else codes[0]
    case = {
        "id": case_id,
        "questionnaire": protocol.questionnaire.questionnaire,
        "protocol": protocol.version,
        "answered_at": answered_at,
        "answers": body,
    }
    return json_text(case, indent=2) + "\n"


def template(protocol: Protocol, form: str) -> str:
    """Return an empty answer file as ``json``, ``yaml`` or ``csv``; what stays empty is unknown."""
    questions = protocol.questionnaire.questions
    if form == "csv":
        return ",".join(["id", *(question.id for question in questions)]) + "\ncase-1" + "," * len(questions) + "\n"
    if form == "yaml":
        return _yaml_template(protocol)
    answers = {question.id: [] if question.multiple else "" for question in questions}
    case = {"id": "", "questionnaire": protocol.questionnaire.questionnaire, "answers": answers}
    return json.dumps(case, indent=2) + "\n"


def _yaml_template(protocol: Protocol) -> str:
    lines = [
        f"# {one_line(protocol.questionnaire.title)}",
        "# What stays empty counts as unknown, never as no.",
        "# Lists take several choices, such as [one, other]; a choice marked (alone) excludes the others.",
        'id: ""',
        f"questionnaire: {protocol.questionnaire.questionnaire}",
        "answers:",
    ]
    for question in protocol.questionnaire.questions:
        lines += ["", f"  # {one_line(question.text)}"]
        lines += [f"  #   {_choice_line(question, code)}" for code in question.codes]
        lines.append(f"  {question.id}: {'[]' if question.multiple else ''}".rstrip())
    return "\n".join(lines) + "\n"


def _choice_line(question: Question, code: str) -> str:
    choice = question.by_code[code]
    return f"{code}: {one_line(choice.label)}{' (alone)' if choice.alone else ''}"
