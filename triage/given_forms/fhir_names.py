"""How the questions and their choices are called in FHIR R4: canonical addresses, code systems and ids."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["EXTENSION", "PUBLIC_SYSTEMS", "FhirNames", "computer_name", "fhir_id"]

EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
PUBLIC_SYSTEMS = {
    "hpo": "http://human-phenotype-ontology.org",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
}
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9.-]")
_LONGEST_ID = 64


class FhirNames:
    """The names that stand for one questionnaire.

    A code such as ``none`` means another thing in each question, so each question has a code system of its own.
    """

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.name = questionnaire.questionnaire
        self.version = questionnaire.version
        self.base = questionnaire.canonical_base

    @property
    def questionnaire(self) -> str:
        """The canonical address of the questionnaire, without its version."""
        return self.address("Questionnaire", self.name)

    @property
    def identifiers(self) -> str:
        """The system of the ids that cases have."""
        return self.address("NamingSystem", f"{self.name}-case")

    @property
    def joint_system(self) -> str:
        """One code system for all questions, as other writers have it; a code is read in the question it answers."""
        return self.address("CodeSystem", self.name)

    def system(self, question: str) -> str:
        """Return the code system of the choices of a question."""
        return self.address("CodeSystem", f"{self.name}-{question}")

    def catalogue(self, kind: str) -> str:
        """Return the code system of a catalogue; no question is called like one, for of a dot."""
        return self.address("CodeSystem", f"{self.name}.{kind}")

    def coding(self, question: str, code: str, display: str) -> dict[str, Any]:
        """Return a choice as a coding."""
        return {"system": self.system(question), "code": code, "display": display}

    def address(self, kind: str, name: str) -> str:
        """Return the canonical address of a resource of some kind."""
        return f"{self.base}/{kind}/{name}"


def fhir_id(name: str) -> str | None:
    """Return a name as the id of a resource; None where it would be too long.

    >>> fhir_id("emergency_now"), fhir_id("x" * 65)
    ('emergency-now', None)
    """
    written = _NOT_IN_IDS.sub("-", name)
    return written if 0 < len(written) <= _LONGEST_ID else None


def computer_name(name: str) -> str:
    """Return a name that programs can make code of.

    >>> computer_name("sneezing-right_now.types")
    'TriageSneezingRightNowTypes'
    """
    return "".join(part.capitalize() for part in ("triage", *re.split(r"[-_.]", name)))
