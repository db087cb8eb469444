"""A form as a Questionnaire of FHIR R4."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from triage.documents.output_text import json_text
from triage.given_forms.fhir_names import EXTENSION, FhirNames, computer_name, fhir_id
from triage.given_forms.form import UNKNOWN_CODE, FormNote
from triage.given_forms.shown_if import AllOf, Chosen, OneOf, Unanswered, without_negations

if TYPE_CHECKING:
    from triage.given_forms.form import FormQuestion, GivenForm
    from triage.given_forms.shown_if import ShownIf
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["fhir_questionnaire", "nested_groups", "questionnaire_resource"]

_MOST_GROUPS = 6
"""Groups around a question; what more they would test is left out, so that it is shown a little more often."""
_CONTROLS = "http://hl7.org/fhir/questionnaire-item-control"
_SIMPLER = "It is shown more often than it applies, for only plain tests may be said here: "
_CANNOT_SAY = [
    'Programs that do not know the extension "optionExclusive", such as LHC-Forms 40, let "none of these" stand with '
    "other answers; such a response is a fault when it is scored.",
]

Tests = tuple["ShownIf", ...]


def fhir_questionnaire(form: GivenForm, questionnaire: Questionnaire) -> tuple[str, list[str]]:
    """Return the JSON of the Questionnaire, and what it cannot say."""
    often = [question.id for question in form.asked() if question.shown and not _says_all(question.shown, form)]
    said = [*_CANNOT_SAY, *([_SIMPLER + ", ".join(often) + "."] if often else [])]
    return json_text(questionnaire_resource(form, questionnaire), indent=2) + "\n", said


def questionnaire_resource(form: GivenForm, questionnaire: Questionnaire) -> dict[str, Any]:
    """Return the Questionnaire."""
    names = FhirNames(questionnaire)
    resource = {
        "resourceType": "Questionnaire",
        "id": fhir_id(form.id),
        "language": form.language,
        "url": names.questionnaire,
        "version": form.version,
        "name": computer_name(form.id),
        "title": form.title,
        "status": "draft",
        "subjectType": ["Patient"],
        "description": questionnaire.introduction,
        "item": [
            {
                "linkId": section.id,
                "text": section.title,
                "type": "group",
                "item": [
                    _note(item, form, names) if isinstance(item, FormNote) else _asked(item, form, names)
                    for item in section.items
                ],
            }
            for section in form.sections
        ],
    }
    return {key: value for key, value in resource.items() if value is not None}


def nested_groups(question: FormQuestion, form: GivenForm) -> list[str]:
    """Return the ids of the groups that stand around a question, the outermost first."""
    clauses = _clauses(question.shown, form) if question.shown else []
    return [f"{question.id}.applies-{number}" for number in range(1, len(clauses))]


def _note(note: FormNote, form: GivenForm, names: FhirNames) -> dict[str, Any]:
    item = {"linkId": note.id, "text": note.text, "type": "display"}
    clauses = _clauses(note.shown, form) if note.shown else []
    return {**item, **_enabled(clauses[-1], form, names)} if clauses else item


def _asked(question: FormQuestion, form: GivenForm, names: FhirNames) -> dict[str, Any]:
    clauses = _clauses(question.shown, form) if question.shown else []
    item: dict[str, Any] = {
        "extension": [
            {
                "url": f"{EXTENSION}questionnaire-itemControl",
                "valueCodeableConcept": {
                    "coding": [{"system": _CONTROLS, "code": "check-box" if question.multiple else "radio-button"}]
                },
            },
            {"url": f"{EXTENSION}questionnaire-choiceOrientation", "valueCode": "vertical"},
        ],
        "linkId": question.id,
        "text": question.text,
        "type": "choice",
        **(_enabled(clauses[-1], form, names) if clauses else {}),
        "required": True,
        "repeats": question.multiple,
        "answerOption": [
            {
                **({"extension": [_exclusive()]} if option.code in question.alone else {}),
                "valueCoding": names.coding(question.id, option.code, option.words),
            }
            for option in question.options
        ],
    }
    if question.help:
        item["item"] = [{"linkId": f"{question.id}.help", "text": question.help, "type": "display"}]
    for name, tests in reversed(list(zip(nested_groups(question, form), clauses, strict=False))):
        item = {"linkId": name, "type": "group", **_enabled(tests, form, names), "item": [item]}
    return item


def _exclusive() -> dict[str, Any]:
    return {"url": f"{EXTENSION}questionnaire-optionExclusive", "valueBoolean": True}


def _enabled(tests: Tests, form: GivenForm, names: FhirNames) -> dict[str, Any]:
    """Return the tests of which one must hold; there may be no test within a test, so that "and" is a group around."""
    listed: list[dict[str, Any]] = []
    for test in tests:
        match test:
            case Unanswered(name):
                listed.append({"question": name, "operator": "exists", "answerBoolean": False})
                if form.questions[name].unknown:
                    listed.append(_equals(name, UNKNOWN_CODE, names))
            case Chosen(name, codes):
                listed += [_equals(name, code, names) for code in codes]
    return {"enableWhen": listed, **({"enableBehavior": "any"} if len(listed) > 1 else {})}


def _equals(name: str, code: str, names: FhirNames) -> dict[str, Any]:
    return {"question": name, "operator": "=", "answerCoding": {"system": names.system(name), "code": code}}


def _clauses(shown: ShownIf, form: GivenForm) -> list[Tests]:
    """Return plain tests of which, line by line, one must hold: the whole, or less, which holds more often."""
    clauses = _conjunction(without_negations(shown, form.questions))
    return [clause for clause in dict.fromkeys(clauses) if clause][:_MOST_GROUPS]


def _conjunction(shown: ShownIf) -> list[Tests]:
    match shown:
        case AllOf(parts):
            return [clause for part in parts for clause in _conjunction(part)]
        case OneOf(parts):
            each = [_conjunction(part) for part in parts]
            if prod(map(len, each)) > _MOST_GROUPS:
                each = [clauses[:1] for clauses in each]
            return [tuple(dict.fromkeys(test for clause in row for test in clause)) for row in product(*each)]
        case _:
            return [(shown,)]


def _says_all(shown: ShownIf, form: GivenForm) -> bool:
    """Whether the plain tests hold no more often than they should."""
    plain = without_negations(shown, form.questions)
    return plain == shown and _size(plain) <= _MOST_GROUPS


def _size(shown: ShownIf) -> int:
    """Return how many tests of "one of these" a test is."""
    match shown:
        case AllOf(parts):
            return sum(map(_size, parts))
        case OneOf(parts):
            return prod(map(_size, parts))
        case _:
            return 1
