"""A form as XLSForm, a workbook that ODK, KoboToolbox and their relatives make a form of."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import TYPE_CHECKING

from triage.given_forms.form import UNKNOWN_CODE, FormNote
from triage.given_forms.shown_if import AllOf, Chosen, NotChosen, OneOf, Unanswered, joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.given_forms.form import FormQuestion, GivenForm
    from triage.given_forms.shown_if import ShownIf

__all__ = ["xlsform", "xlsform_sheets", "xpath"]

_SURVEY = (
    "type",
    "name",
    "label",
    "hint",
    "required",
    "relevant",
    "constraint",
    "constraint_message",
    "calculation",
)
_ALWAYS_MADE = datetime(2000, 1, 1)
_CANNOT_SAY = [
    "Whoever fills it in may leave it and send it unfinished where the program allows it; what is missing is unknown.",
]

_NAME = re.compile(r"[a-z_][a-z0-9_-]*")

Sheet = list[list[str]]


def xlsform(form: GivenForm) -> tuple[bytes, list[str]]:
    """Return the workbook, and what it cannot say.

    Raises:
        DataFault: a question has a name that a form of this kind does not take.
        ImportError: what writes workbooks is not installed.

    """
    try:
        import xlsxwriter
    except ImportError:
        raise ImportError("the package xlsxwriter is not installed; it comes with the extra 'exchange'") from None
    form.check_names("XLSForm", _NAME)

    written = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(written, never) as workbook:
        workbook.set_properties({"created": _ALWAYS_MADE})
        for name, rows in xlsform_sheets(form).items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            sheet.freeze_panes(1, 0)
    return written.getvalue(), _CANNOT_SAY


def xlsform_sheets(form: GivenForm) -> dict[str, Sheet]:
    """Return the rows of each sheet, headings first."""
    survey: list[dict[str, str]] = [
        {"type": "calculate", "name": key, "calculation": f"'{value}'"} for key, value in form.says_which.items()
    ]
    choices = [["list_name", "name", "label"]]
    for section in form.sections:
        survey.append({"type": "begin_group", "name": section.id, "label": _text(section.title)})
        for item in section.items:
            relevant = xpath(item.shown, form) if item.shown else ""
            if isinstance(item, FormNote):
                words = f"**{item.text}**" if item.stands_out else item.text
                survey.append({"type": "note", "name": item.id, "label": _text(words), "relevant": relevant})
                continue
            survey.append({**_asked(item), "relevant": relevant})
            choices += [[item.id, option.code, _text(option.words)] for option in item.options]
        survey.append({"type": "end_group"})
    settings = {"form_title": form.title, "form_id": form.id, "version": form.version, "style": "pages"}
    return {
        "survey": [list(_SURVEY), *([row.get(column, "") for column in _SURVEY] for row in survey)],
        "choices": choices,
        "settings": [list(settings), list(settings.values())],
    }


def _asked(question: FormQuestion) -> dict[str, str]:
    row = {
        "type": f"{'select_multiple' if question.multiple else 'select_one'} {question.id}",
        "name": question.id,
        "label": _text(question.text),
        "hint": _text(question.help),
        "required": "yes",
    }
    if question.alone:
        by_itself = [f"not(selected(., '{code}') and count-selected(.) > 1)" for code in question.alone]
        words = [option.words for option in question.options if option.alone]
        said = " or ".join(f'"{one}"' for one in words)
        row |= {"constraint": " and ".join(by_itself), "constraint_message": _text(f"Choose {said} by itself.")}
    return row


def xpath(shown: ShownIf, form: GivenForm) -> str:
    """Return a test as an expression of XLSForm."""
    match shown:
        case Chosen(name, codes):
            return joined("or", [f"selected(${{{name}}}, '{code}')" for code in codes])
        case NotChosen(name, codes):
            return f"not({xpath(Chosen(name, codes), form)})"
        case Unanswered(name):
            unknown = [xpath(Chosen(name, (UNKNOWN_CODE,)), form)] if form.questions[name].unknown else []
            return joined("or", [f"${{{name}}} = ''", *unknown])
        case AllOf(parts):
            return _grouped("and", parts, form) or "true()"
        case OneOf(parts):
            return _grouped("or", parts, form) or "false()"


def _grouped(word: str, parts: Sequence[ShownIf], form: GivenForm) -> str:
    written = [xpath(part, form) for part in parts]
    return joined(word, [f"({part})" if len(parts) > 1 and " " in part else part for part in written])


def _text(text: str) -> str:
    """Return a text in which nothing is taken for the answer to a question."""
    return text.replace("${", "$ {")
