"""Forms that were given out, filled in by made-up people and exported as the programs do it."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from triage.answers.answers import settle
from triage.conditions.answer_state import UNKNOWN, Missing
from triage.exchange.cases import read_files
from triage.foreign.form import Asked
from triage.given_forms.fhir_questionnaire import questionnaire_resource
from triage.given_forms.form import FormNote
from triage.given_forms.shown_if import AllOf, Chosen, NotChosen, OneOf, ShownIf, Unanswered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from triage.answers.answers import Given
    from triage.answers.reading import SavedCase
    from triage.documents.problems import DataFault
    from triage.given_forms.form import GivenForm
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Questionnaire

Ticked = dict[str, tuple[str, ...]]
"""What is ticked in a form, by question; nothing where somebody left one out."""


def ticked(form: GivenForm, given: Given) -> Ticked:
    """Return what a person ticks who says these things, in the order of the form; "I don't know" where it is offered.

    One who says of a question that it does not apply leaves it out.
    """
    boxes: Ticked = {}
    for question in form.asked():
        said = given.get(question.id)
        codes = [option.code for option in question.options]
        if said is UNKNOWN and "unknown" in codes:
            boxes[question.id] = ("unknown",)
        elif said is not None and not isinstance(said, Missing):
            boxes[question.id] = tuple(code for code in codes if code in said)
    return boxes


def is_shown(shown: ShownIf | None, boxes: Ticked) -> bool:
    """Judge a test as every program should."""
    match shown:
        case None:
            return True
        case Chosen(name, codes):
            return bool(set(codes) & set(boxes.get(name, ())))
        case NotChosen(name, codes):
            return not set(codes) & set(boxes.get(name, ()))
        case Unanswered(name):
            return boxes.get(name, ()) in ((), ("unknown",))
        case AllOf(parts):
            return all(is_shown(part, boxes) for part in parts)
        case OneOf(parts):
            return any(is_shown(part, boxes) for part in parts)


@dataclass(frozen=True)
class GivenOut:
    """A protocol whose form was given out."""

    protocol: Protocol = field(repr=False)
    form: GivenForm = field(repr=False)
    cases: Sequence[Case] = field(repr=False)


# ---- exports ----


@dataclass(frozen=True)
class Exported:
    """How a program exports a filled form."""

    name: str
    suffix: str
    text: Callable[[GivenOut, Sequence[Ticked]], str]


def table(rows: Iterable[dict[str, Any]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> str:
    listed = list(rows)
    written = io.StringIO()
    writer = csv.DictWriter(written, list(listed[0]), delimiter=delimiter, quoting=quoting, lineterminator="\n")
    writer.writeheader()
    writer.writerows(listed)
    return written.getvalue()


def redcap(of: GivenOut, people: Sequence[Ticked], *, labels: bool = False, headings: bool = False) -> str:
    return table(_redcap_row(of.form, f"p{number}", boxes, labels, headings) for number, boxes in enumerate(people))


def _redcap_row(form: GivenForm, name: str, boxes: Ticked, labels: bool, headings: bool) -> dict[str, str]:
    row = {"Record ID" if headings else "record_id": name, **form.says_which}
    for question in form.asked():
        chosen = boxes.get(question.id, ())
        if not question.multiple:
            words = {option.code: option.words if labels else option.code for option in question.options}
            row[question.text if headings else question.id] = words[chosen[0]] if chosen else ""
            continue
        for option in question.options:
            heading = f"{question.text} (choice={option.words})" if headings else f"{question.id}___{option.code}"
            ticks = ("Unchecked", "Checked") if labels else ("0", "1")
            row[heading] = ticks[option.code in chosen]
    row["Complete?" if headings else f"{form.id}_complete"] = "Complete" if labels else "2"
    return row


def kobo(of: GivenOut, people: Sequence[Ticked], *, details: bool, summary: bool, labels: bool = False) -> str:
    rows = []
    for number, boxes in enumerate(people):
        notes = [item for section in of.form.sections for item in section.items if isinstance(item, FormNote)]
        row = {**of.form.says_which, **{note.text if labels else note.id: "" for note in notes}}
        for question in of.form.asked():
            chosen = boxes.get(question.id, ())
            words = {option.code: option.words if labels else option.code for option in question.options}
            heading = question.text if labels else question.id
            if summary or not question.multiple:
                row[heading] = " ".join(words[code] for code in chosen)
            if details and question.multiple:
                for option in question.options:
                    row[f"{heading}/{words[option.code]}"] = ("0", "1")[option.code in chosen] if chosen else ""
        rows.append({**row, "_id": str(number), "_uuid": f"p{number}", "_submission_time": "2026-11-25 10:00:00"})
    return table(rows, ";", csv.QUOTE_ALL)


def odk_central(of: GivenOut, people: Sequence[Ticked]) -> str:
    rows = []
    for number, boxes in enumerate(people):
        row = {"SubmissionDate": "2026-11-25T10:00:00.000Z", **of.form.says_which}
        for section in of.form.sections:
            for item in section.items:
                chosen = () if isinstance(item, FormNote) else boxes.get(item.id, ())
                row[f"{section.id}-{item.id}"] = " ".join(chosen)
        rows.append({**row, "meta-instanceID": f"uuid:p{number}", "KEY": f"p{number}"})
    return table(rows)


def surveyjs(of: GivenOut, people: Sequence[Ticked]) -> str:
    multiple = {question.id for question in of.form.asked() if question.multiple}
    rows = []
    for number, boxes in enumerate(people):
        said = {name: list(codes) if name in multiple else codes[0] for name, codes in boxes.items()}
        rows.append({"id": f"p{number}", **of.form.says_which, **said})
    return json.dumps(rows)


def fhir(of: GivenOut, people: Sequence[Ticked]) -> str:
    """Answer the Questionnaire itself, item by item, with its own options."""
    asked = questionnaire_resource(of.form, of.protocol.questionnaire)
    responses = [
        {
            "resourceType": "QuestionnaireResponse",
            "id": f"p{number}",
            "questionnaire": f"{asked['url']}|{asked['version']}",
            "status": "completed",
            "item": _answered(asked["item"], boxes),
        }
        for number, boxes in enumerate(people)
    ]
    entries = [{"resource": response} for response in responses]
    return json.dumps({"resourceType": "Bundle", "type": "searchset", "entry": entries})


def _answered(items: list[dict[str, Any]], boxes: Ticked) -> list[dict[str, Any]]:
    answered = []
    for item in items:
        chosen = boxes.get(item["linkId"], ())
        options = [option["valueCoding"] for option in item.get("answerOption", ())]
        answers = [{"valueCoding": coding} for coding in options if coding["code"] in chosen]
        inside = _answered(item.get("item", []), boxes)
        if answers or inside:
            said = {"answer": answers} if answers else {"item": inside}
            answered.append({"linkId": item["linkId"], "text": item.get("text", ""), **said})
    return answered


EXPORTS = (
    Exported("redcap raw", ".csv", redcap),
    Exported("redcap labels", ".csv", lambda of, people: redcap(of, people, labels=True)),
    Exported("redcap headings", ".csv", lambda of, people: redcap(of, people, labels=True, headings=True)),
    Exported("kobo both", ".csv", lambda of, people: kobo(of, people, details=True, summary=True)),
    Exported("kobo summary", ".csv", lambda of, people: kobo(of, people, details=False, summary=True)),
    Exported("kobo details", ".csv", lambda of, people: kobo(of, people, details=True, summary=False)),
    Exported("kobo labels", ".csv", lambda of, people: kobo(of, people, details=True, summary=True, labels=True)),
    Exported("odk central", ".csv", odk_central),
    Exported("surveyjs", ".json", surveyjs),
    Exported("fhir", ".json", fhir),
)


# ---- and back ----


def read_back(path: Path, questionnaire: Questionnaire) -> list[SavedCase | DataFault]:
    """Read a file as the program does, person by person."""
    return list(read_files([path], Asked(), questionnaire, lambda _: None))


def said_by(questionnaire: Questionnaire, boxes: Ticked) -> tuple[Any, Any]:
    """Return what somebody said who ticked this, and of it what does not apply: that is what must come back."""
    known = {name: frozenset(codes) for name, codes in boxes.items() if codes != ("unknown",)}
    settled = settle(questionnaire, known)
    return settled.states, settled.set_aside
