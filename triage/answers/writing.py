"""Answers as files: a saved case, and empty forms to fill in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from triage.conditions.answer_state import OPEN, Missing
from triage.documents.output_text import json_text, one_line

if TYPE_CHECKING:
    from triage.answers.answers import Answers, Given
    from triage.answers.reading import SavedCase
    from triage.conditions.answer_state import AnswerState
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = ["converted_case", "saved_case", "template"]


def saved_case(
    protocol: Protocol, case_id: str, answers: Answers, answered_at: str, *, stopped_early: bool = False
) -> str:
    """Return the answer file of one case as JSON text; it says what was not asked, which is not what is unknown."""
    questionnaire = protocol.questionnaire
    case = {
        "id": case_id,
        "questionnaire": questionnaire.questionnaire,
        "questionnaire_version": questionnaire.version,
        "protocol": protocol.version,
        "answered_at": answered_at,
        **({"stopped_early": True} if stopped_early else {}),
        "answers": _written(questionnaire, {**answers.given(), **_not_asked(answers)}),
    }
    return json_text(case, indent=2) + "\n"


def converted_case(questionnaire: Questionnaire, case: SavedCase) -> dict[str, Any]:
    """Return a case that was read as it is written today; what is unknown or was not said is left out."""
    known = {name: state for name, state in case.answers.given().items() if not isinstance(state, Missing)}
    about = {
        "id": case.id,
        "questionnaire": questionnaire.questionnaire,
        "questionnaire_version": questionnaire.version,
        "protocol": case.protocol,
        "answered_at": case.answered_at,
        "stopped_early": case.stopped_early,
        "ask_again": list(case.ask_again),
    }
    said = {key: value for key, value in about.items() if value}
    return {**said, "answers": _written(questionnaire, {**known, **_not_asked(case.answers)})}


def _not_asked(answers: Answers) -> dict[str, AnswerState]:
    return {name: state for name, state in answers.states.items() if state is OPEN}


def _written(questionnaire: Questionnaire, given: Given) -> dict[str, str | list[str]]:
    body: dict[str, str | list[str]] = {}
    for question in questionnaire.questions:
        state = given.get(question.id)
        if isinstance(state, Missing):
            body[question.id] = state.value
        elif state is not None:
            codes = [code for code in question.codes if code in state]
            body[question.id] = codes if question.multiple else codes[0]
    return body


def template(protocol: Protocol, form: str) -> str:
    """Return an empty answer file as ``json``, ``yaml`` or ``csv``; what stays empty is unknown."""
    questions = protocol.questionnaire.questions
    if form == "csv":
        return ",".join(["id", *(question.id for question in questions)]) + "\ncase-1" + "," * len(questions) + "\n"
    if form == "yaml":
        return _yaml_template(protocol)
    answers = {question.id: [] if question.multiple else "" for question in questions}
    questionnaire = protocol.questionnaire
    case = {
        "id": "",
        "questionnaire": questionnaire.questionnaire,
        "questionnaire_version": questionnaire.version,
        "answers": answers,
    }
    return json.dumps(case, indent=2) + "\n"


def _yaml_template(protocol: Protocol) -> str:
    lines = [
        f"# {one_line(protocol.questionnaire.title)}",
        "# What stays empty counts as unknown, never as no.",
        "# Lists take several choices, such as [one, other]; a choice marked (alone) excludes the others.",
        'id: ""',
        f"questionnaire: {protocol.questionnaire.questionnaire}",
        f"questionnaire_version: {protocol.questionnaire.version}",
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
