"""A page for the doctor: the answers, what is absent and what unknown, the pattern, and what it stands on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.conditions.answer_state import OPEN, UNKNOWN, Missing
from triage.documents.filled_pages import filled_page
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.safe_writing import written_whole
from triage.protocol.prose import answer_words

if TYPE_CHECKING:
    from pathlib import Path

    from triage.answers.answers import Answers
    from triage.assessment.assessment import Assessment
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

__all__ = ["LETTER_SUFFIXES", "letter_text", "write_letter"]

LETTER_SUFFIXES = {".html": "letter.html", ".md": "letter.md"}
"""The template for each kind of letter, by the end of its name."""


def write_letter(path: Path, protocol: Protocol, answers: Answers, result: Assessment, *, written_on: str) -> None:
    """Write the page for the doctor as HTML or Markdown, by the end of the file's name.

    Raises:
        DataFault: the name ends otherwise, or the file is there already or cannot be written.

    """
    if path.suffix.lower() not in LETTER_SUFFIXES:
        raise DataFault([Problem(Place(str(path)), "A letter is written as .html or .md.")])
    text = letter_text(LETTER_SUFFIXES[path.suffix.lower()], protocol, answers, result, written_on=written_on)
    with written_whole(path, new=True) as file:
        file.write(text)


def letter_text(template: str, protocol: Protocol, answers: Answers, result: Assessment, *, written_on: str) -> str:
    """Return the page for the doctor, filled in from one of the templates."""
    values = {
        "result": result,
        "protocol": protocol,
        "written_on": written_on,
        "sections": _answers_by_section(protocol, answers),
        "absent": _absent(protocol, answers),
        "not_asked": [flag.text for flag in protocol.questionnaire.red_flags if answers.states[flag.id] is OPEN],
        "sources": _sources(protocol, result),
    }
    return filled_page("triage.assessment", "letters", template, values)


def _answers_by_section(protocol: Protocol, answers: Answers) -> list[dict[str, Any]]:
    sections = []
    for section in protocol.questionnaire.sections:
        rows = [
            (question.text, "; ".join(words))
            for question in protocol.questionnaire.questions
            if question.section == section.id and (words := _words(question, answers))
        ]
        if rows:
            sections.append({"title": section.title, "rows": rows})
    return sections


def _words(question: Question, answers: Answers) -> list[str]:
    """Return what was answered in words; nothing for what was not asked, or stands whole among the signs denied."""
    state = answers.states[question.id]
    if state is UNKNOWN:
        return answer_words(question, [state.value])
    all_are_signs = question.alone.issuperset(question.reassuring)
    if isinstance(state, Missing) or (question.red_flag and all_are_signs and state <= question.alone):
        return []
    return answer_words(question, state)


def _absent(protocol: Protocol, answers: Answers) -> list[tuple[str, str]]:
    """Return the warning signs that were denied, by question."""
    rows = []
    for flag in protocol.questionnaire.red_flags:
        state = answers.states[flag.id]
        if isinstance(state, Missing):
            continue
        denied = [code for code in flag.warnings if code not in state]
        if denied:
            rows.append((flag.text, "; ".join(answer_words(flag, denied))))
    return rows


def _sources(protocol: Protocol, result: Assessment) -> list[str]:
    keys = dict.fromkeys(key for reason in result.reasons for key in reason.sources)
    return [f"{key}: {protocol.sources[key].reference}" for key in keys if key in protocol.sources]
