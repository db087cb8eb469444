"""Saved answers as QuestionnaireResponses of FHIR R4: one in a line, or all of them in a Bundle."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from triage.conditions.answer_state import Missing
from triage.given_forms.fhir_names import FhirNames
from triage.given_forms.fhir_questionnaire import nested_groups
from triage.given_forms.form import FormNote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.reading import SavedCase
    from triage.given_forms.form import FormQuestion, GivenForm
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["bundle_of", "response_of"]

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_DATE_TIME = re.compile(
    r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]((0\d|1[0-3]):[0-5]\d|14:00)))?)?)?"
)


def bundle_of(responses: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Return a collection of responses."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in responses]}


def response_of(case: SavedCase, form: GivenForm, questionnaire: Questionnaire) -> dict[str, Any]:
    """Return one case; what is unknown or was not said is left out, and so is what does not apply.

    An answer to a question that does not apply is written all the same: it may be a warning sign.
    """
    names = FhirNames(questionnaire)
    given = case.answers.given()
    response: dict[str, Any] = {"resourceType": "QuestionnaireResponse"}
    if _ID.fullmatch(case.id):
        response["id"] = case.id
    response["identifier"] = {"system": names.identifiers, "value": case.id}
    response |= {"questionnaire": f"{names.questionnaire}|{names.version}", "status": "completed"}
    if case.answered_at and _DATE_TIME.fullmatch(case.answered_at):
        response["authored"] = case.answered_at
    items = []
    for section in form.sections:
        asked = [item for item in section.items if not isinstance(item, FormNote)]
        inside = [
            _answered(question, sorted(state, key=questionnaire.by_id[question.id].codes.index), form, names)
            for question in asked
            if (state := given.get(question.id)) is not None and not isinstance(state, Missing)
        ]
        if inside:
            items.append({"linkId": section.id, "text": section.title, "item": inside})
    return {**response, **({"item": items} if items else {})}


def _answered(question: FormQuestion, codes: list[str], form: GivenForm, names: FhirNames) -> dict[str, Any]:
    words = {option.code: option.words for option in question.options}
    item: dict[str, Any] = {
        "linkId": question.id,
        "text": question.text,
        "answer": [{"valueCoding": names.coding(question.id, code, words[code])} for code in codes],
    }
    for name in reversed(nested_groups(question, form)):
        item = {"linkId": name, "item": [item]}
    return item
