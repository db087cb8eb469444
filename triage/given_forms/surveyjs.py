"""A form as the JSON of SurveyJS."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from triage.documents.output_text import json_text
from triage.given_forms.form import UNKNOWN_CODE, FormNote
from triage.given_forms.shown_if import AllOf, Chosen, NotChosen, OneOf, Unanswered, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.given_forms.form import FormQuestion, GivenForm
    from triage.given_forms.shown_if import ShownIf

__all__ = ["expression", "surveyjs_form"]

_CANNOT_SAY = [
    "It has no id of a person; let the page that shows it add one under 'id', or they are numbered.",
    "Before version 2.1.1 of SurveyJS a choice that excludes others does not clear them: the form asks to mend it.",
]


def surveyjs_form(form: GivenForm) -> tuple[str, list[str]]:
    """Return the JSON of the form, and what it cannot say."""
    survey = {
        "title": form.title,
        "clearInvisibleValues": "onHidden",
        "calculatedValues": [
            {"name": key, "expression": f"'{value}'", "includeIntoResult": True}
            for key, value in form.says_which.items()
        ],
        "pages": [
            {
                "name": section.id,
                "title": section.title,
                "elements": [
                    _note(item, form) if isinstance(item, FormNote) else _asked(item, form) for item in section.items
                ],
            }
            for section in form.sections
        ],
    }
    return json_text(survey, indent=2) + "\n", _CANNOT_SAY


def _note(note: FormNote, form: GivenForm) -> dict[str, Any]:
    text = html.escape(note.text, quote=False)
    words = f"<p><strong>{text}</strong></p>" if note.stands_out else f"<p>{text}</p>"
    said = {"type": "html", "name": note.id, "html": words}
    return {**said, "visibleIf": expression(note.shown, form)} if note.shown else said


def _asked(question: FormQuestion, form: GivenForm) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "checkbox" if question.multiple else "radiogroup",
        "name": question.id,
        "title": question.text,
        "isRequired": True,
        "choices": [
            {"value": option.code, "text": option.words, **({"isExclusive": True} if option.alone else {})}
            for option in question.options
        ],
    }
    if question.help:
        element["description"] = question.help
    if question.shown:
        element["visibleIf"] = expression(question.shown, form)
    if question.alone:
        element["validators"] = [
            {
                "type": "expression",
                "text": f'"{option.words}" cannot stand with other answers.',
                "expression": f"{{{question.id}.length}} <= 1 or {{{question.id}}} notcontains '{option.code}'",
            }
            for option in question.options
            if option.alone
        ]
    return element


def expression(shown: ShownIf, form: GivenForm) -> str:
    """Return a test as an expression of SurveyJS."""
    match shown:
        case Chosen(name, codes) if form.questions[name].multiple:
            return f"{{{name}}} anyof [{', '.join(map(repr, codes))}]"
        case Chosen(name, codes):
            return joined("or", [f"{{{name}}} = '{code}'" for code in codes])
        case NotChosen(name, codes) if form.questions[name].multiple:
            return joined("and", [f"{{{name}}} notcontains '{code}'" for code in codes])
        case NotChosen(name, codes):
            return joined("and", [f"{{{name}}} <> '{code}'" for code in codes])
        case Unanswered(name):
            unknown = [expression(Chosen(name, (UNKNOWN_CODE,)), form)] if form.questions[name].unknown else []
            return joined("or", [f"{{{name}}} empty", *unknown])
        case AllOf(parts):
            return _grouped("and", parts, form) or "true"
        case OneOf(parts):
            return _grouped("or", parts, form) or "false"


def _grouped(word: str, parts: Sequence[ShownIf], form: GivenForm) -> str:
    return joined(word, [f"({expression(part, form)})" for part in parts])
