"""The forms of file that are known, and which of them a file has."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.own import is_own
from triage.foreign.form import TEXTS, WORKBOOKS

if TYPE_CHECKING:
    from triage.foreign.form import Asked, ForeignFile, Form
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["OWN", "form_of", "known_forms"]

OWN = "own"
"""The word for files of our own form."""


@cache
def known_forms() -> tuple[Form, ...]:
    """Return the forms in the order in which they are tried; the first that recognises a file reads it."""
    # Only here, for most files are of our own form.
    from triage.exchange.fhir import FHIR
    from triage.exchange.phenopacket import PHENOPACKET
    from triage.exchange.table_forms import TABLE_FORMS

    return (PHENOPACKET, FHIR, *TABLE_FORMS)


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
        return next(form for form in known_forms() if form.name == asked.form)
    try:
        if not (asked.id_column or asked.mapping or asked.sheet) and is_own(file, asked, questionnaire):
            return None
        found = next((form for form in known_forms() if form.recognises(file, questionnaire)), None)
    except (DataFault, OSError, EOFError):
        found = None  # whoever reads it says what is wrong
    return known_forms()[-1] if found is None and _must_be_foreign(file, asked) else found


def _must_be_foreign(file: ForeignFile, asked: Asked) -> bool:
    """Whether our own readers would not do what is asked for, or know nothing of such files."""
    name = file.name.lower()
    return name.endswith((*WORKBOOKS, *TEXTS)) or (asked.is_more_than_own and not name.endswith((".yaml", ".yml")))
