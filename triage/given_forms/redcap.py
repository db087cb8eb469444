"""A form as a data dictionary of REDCap: a table of 18 columns, a row for each field."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from triage.given_forms.form import UNKNOWN_CODE, FormNote
from triage.given_forms.shown_if import AllOf, Chosen, NotChosen, OneOf, Unanswered

if TYPE_CHECKING:
    from triage.given_forms.form import FormQuestion, GivenForm
    from triage.given_forms.shown_if import ShownIf

__all__ = ["COLUMNS", "RECORD_ID", "redcap_dictionary", "redcap_logic"]

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""As REDCap names them, in its order."""
RECORD_ID = "record_id"
_LONGEST_NAME = 26
_NAME = re.compile(r"[a-z][a-z0-9_]*")


def redcap_dictionary(form: GivenForm) -> tuple[str, list[str]]:
    """Return the data dictionary, and what it cannot say.

    Raises:
        DataFault: a question or choice has a name that REDCap does not take.

    """
    form.check_names("REDCap", _NAME, of_choices=re.compile(r"[a-z0-9_]+"))
    rows = [_row(form, RECORD_ID, "text", "Record ID")]
    rows += [
        _row(form, key, "text", key, annotation=f"@HIDDEN @READONLY @DEFAULT='{value}'")
        for key, value in form.says_which.items()
    ]
    for section in form.sections:
        header = section.title
        for item in section.items:
            row = _note(form, item) if isinstance(item, FormNote) else _asked(form, item)
            row["Section Header"], header = _text(header), ""
            row["Branching Logic (Show field only if...)"] = redcap_logic(item.shown, form) if item.shown else ""
            rows.append(row)
    written = io.StringIO()
    table = csv.DictWriter(written, COLUMNS, lineterminator="\n", restval="")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue(), _cannot_say(form)


def redcap_logic(shown: ShownIf, form: GivenForm) -> str:
    """Return a test as branching logic."""
    match shown:
        case Chosen(name, codes):
            return _joined("or", [_is(name, code, form) for code in codes])
        case NotChosen(name, codes):
            return _joined("and", [_is_not(name, code, form) for code in codes])
        case Unanswered(name):
            question = form.questions[name]
            unknown = [_is(name, UNKNOWN_CODE, form)] if question.unknown else []
            nothing = (
                _joined("and", [_is_not(name, code, form) for code in question.codes])
                if question.multiple
                else f"[{name}] = ''"
            )
            return _joined("or", [*unknown, nothing])
        case AllOf(parts):
            return _joined("and", [redcap_logic(part, form) for part in parts]) or "1 = 1"
        case OneOf(parts):
            return _joined("or", [redcap_logic(part, form) for part in parts]) or "1 = 0"


def _joined(word: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f" {word} ".join(f"({one})" if " or " in one else one for one in parts)


def _is(name: str, code: str, form: GivenForm) -> str:
    return f"[{name}({code})] = '1'" if form.questions[name].multiple else f"[{name}] = '{code}'"


def _is_not(name: str, code: str, form: GivenForm) -> str:
    return f"[{name}({code})] <> '1'" if form.questions[name].multiple else f"[{name}] <> '{code}'"


def _note(form: GivenForm, note: FormNote) -> dict[str, str]:
    row = _row(form, note.id, "descriptive", note.text)
    return {**row, "Field Label": f"<b>{row['Field Label']}</b>"} if note.stands_out else row


def _asked(form: GivenForm, question: FormQuestion) -> dict[str, str]:
    choices = " | ".join(f"{option.code}, {_choice(option.words)}" for option in question.options)
    alone = f"@NONEOFTHEABOVE='{','.join(question.alone)}'" if question.alone else ""
    kind = "checkbox" if question.multiple else "radio"
    row = _row(form, question.id, kind, question.text, annotation=alone)
    return {**row, COLUMNS[5]: choices, "Field Note": _text(question.help), "Required Field?": "y"}


def _row(form: GivenForm, name: str, kind: str, label: str, *, annotation: str = "") -> dict[str, str]:
    return {
        "Variable / Field Name": name,
        "Form Name": form.id,
        "Field Type": kind,
        "Field Label": _text(label),
        "Field Annotation": annotation,
    }


def _text(text: str) -> str:
    """Return a text that REDCap does not take for HTML."""
    return text.replace("<", "&lt;")


def _choice(words: str) -> str:
    return _text(words).replace("|", "/").replace("\n", " ")


def _cannot_say(form: GivenForm) -> list[str]:
    said = [
        "A question that no longer applies loses its answer only when the person agrees; what is left there is set "
        "aside when it is scored, and a warning sign among it is shown as a contradiction.",
        "A record that comes in by import does not say which version of the questions it answers.",
    ]
    if long := [question.id for question in form.asked() if len(question.id) > _LONGEST_NAME]:
        said.append(f"REDCap warns of names longer than {_LONGEST_NAME} signs: {', '.join(long)}.")
    return said
