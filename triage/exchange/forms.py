"""The forms of file that are known, and which of them a file has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.problems import DataFault
from triage.exchange.own import is_own
from triage.exchange.phenopacket import PHENOPACKET

if TYPE_CHECKING:
    from triage.exchange.form import Asked, ForeignFile, Form
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["FORMS", "OWN", "form_of"]

OWN = "own"
"""The word for files of our own form."""

FORMS: tuple[Form, ...] = (PHENOPACKET,)
"""In the order in which they are tried; the first that recognises a file reads it."""


def form_of(file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Form | None:
    """Return the form of a file: the one that is asked for, else the first that recognises it; None for our own."""
    if asked.form == OWN:
        return None
    if asked.form is not None:
        return next(form for form in FORMS if form.name == asked.form)
    try:
        if not asked.is_more_than_own and is_own(file, asked, questionnaire):
            return None
        return next((form for form in FORMS if form.recognises(file, questionnaire)), None)
    except (DataFault, OSError, EOFError):
        return None  # whoever reads it says what is wrong
