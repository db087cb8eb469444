"""The forms of file that are known, and which of them a file has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.fhir import FHIR
from triage.exchange.own import is_own
from triage.exchange.phenopacket import PHENOPACKET
from triage.exchange.table_forms import TABLE_FORMS
from triage.foreign.form import TEXTS, WORKBOOKS

if TYPE_CHECKING:
    from triage.foreign.form import Asked, ForeignFile, Form
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["FORMS", "OWN", "form_of"]

OWN = "own"
"""The word for files of our own form."""

FORMS: tuple[Form, ...] = (PHENOPACKET, FHIR, *TABLE_FORMS)
"""In the order in which they are tried; the first that recognises a file reads it."""


def form_of(file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Form | None:
    """Return the form of a file: the one that is asked for, else the first that recognises it; None for our own.

    Raises:
        DataFault: our own form is asked for, which no such file has.

    """
    if asked.form == OWN:
        if (name := file.name.lower()).endswith((*WORKBOOKS, *TEXTS)):
            message = f"No file of our own form ends in {name[name.rindex('.') :]}."
            raise DataFault([Problem(Place(file.source), message, "Leave out --from, or say --from table.")])
        return None
    if asked.form is not None:
        return next(form for form in FORMS if form.name == asked.form)
    try:
        if not (asked.id_column or asked.mapping or asked.sheet) and is_own(file, asked, questionnaire):
            return None
        found = next((form for form in FORMS if form.recognises(file, questionnaire)), None)
    except (DataFault, OSError, EOFError):
        found = None  # whoever reads it says what is wrong
    return FORMS[-1] if found is None and _must_be_foreign(file, asked) else found


def _must_be_foreign(file: ForeignFile, asked: Asked) -> bool:
    """Whether our own readers would not do what is asked for, or know nothing of such files."""
    name = file.name.lower()
    return name.endswith((*WORKBOOKS, *TEXTS)) or (asked.is_more_than_own and not name.endswith((".yaml", ".yml")))
