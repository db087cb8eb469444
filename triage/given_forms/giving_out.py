"""A form to give out as a file, in the language of a program that asks people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.given_forms.form import given_form

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

__all__ = ["SUFFIXES", "WrittenForm", "written_form"]

SUFFIXES = {"redcap": ".csv", "xlsform": ".xlsx", "surveyjs": ".json", "fhir": ".json"}
"""How the file of a form ends in its name, by the word for the program it is for."""


@dataclass(frozen=True)
class WrittenForm:
    """A form as the bytes of a file."""

    content: bytes
    cannot_say: tuple[str, ...]
    """What is asked or told elsewhere, and that this form cannot."""


def written_form(protocol: Protocol, program: str) -> WrittenForm:
    """Return the form that asks the questions of a protocol; the same protocol gives the same bytes.

    Args:
        protocol: whose questions.
        program: for which program, one of ``SUFFIXES``.

    Raises:
        DataFault: a question or choice has a name that the program does not take.
        ImportError: what writes it is not installed.

    """
    form = given_form(protocol)
    if program == "xlsform":
        from triage.given_forms.xlsform import xlsform

        content, cannot_say = xlsform(form)
        return WrittenForm(content, (*form.cannot_say, *cannot_say))
    if program == "redcap":
        from triage.given_forms.redcap import redcap_dictionary

        text, cannot_say = redcap_dictionary(form)
    elif program == "surveyjs":
        from triage.given_forms.surveyjs import surveyjs_form

        text, cannot_say = surveyjs_form(form)
    else:
        from triage.given_forms.fhir_questionnaire import fhir_questionnaire

        text, cannot_say = fhir_questionnaire(form, protocol.questionnaire)
    return WrittenForm(text.encode(), (*form.cannot_say, *cannot_say))
