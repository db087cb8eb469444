"""Phenopackets (GA4GH), which hold findings of a patient but not what the questions ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from triage.foreign.form import Asked, ForeignFile, Form, Opened
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["PHENOPACKET"]


class _Phenopacket:
    name = "phenopacket"
    title = "a phenopacket"

    def recognises(self, file: ForeignFile, questionnaire: Questionnaire) -> bool:  # noqa: ARG002
        """Whether a JSON object has the keys of a phenopacket."""
        first = next(iter(file.first_values), None)
        return isinstance(first, dict) and "phenotypicFeatures" in first and bool({"metaData", "subject"} & set(first))

    def open(self, file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Opened:  # noqa: ARG002
        """Say why it is not scored."""
        message = (
            "This is a phenopacket, which is not scored: it does not say what the questions ask, such as when it "
            "began and how it changes."
        )
        hint = "Ask the person with `triage ask`, or fill in `triage template`."
        raise DataFault([Problem(Place(file.source), message, hint)])


PHENOPACKET: Form = _Phenopacket()
