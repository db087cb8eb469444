"""The choices, types and causes as code systems of FHIR R4, and a map from them to public codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage.documents.output_text import json_text
from triage.given_forms.fhir_names import PUBLIC_SYSTEMS, FhirNames, computer_name, fhir_id
from triage.given_forms.form import UNKNOWN_CODE
from triage.protocol.prose import DONT_KNOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Coding

__all__ = ["fhir_terminology", "terminology_bundle"]


@dataclass(frozen=True)
class _Concept:
    code: str
    display: str
    definition: str = ""
    words: str = ""
    """How a form shows it."""
    codings: Sequence[Coding] = ()


@dataclass(frozen=True)
class _System:
    name: str
    url: str
    title: str
    concepts: Sequence[_Concept]


def fhir_terminology(protocol: Protocol) -> str:
    """Return the JSON of a Bundle with a CodeSystem for each question and catalogue, and a ConceptMap."""
    return json_text(terminology_bundle(protocol), indent=2) + "\n"


def terminology_bundle(protocol: Protocol) -> dict[str, Any]:
    """Return the Bundle."""
    names = FhirNames(protocol.questionnaire)
    systems = [*_of_questions(protocol, names), *_of_catalogues(protocol, names)]
    resources = [_code_system(system, protocol) for system in systems]
    if any(concept.codings for system in systems for concept in system.concepts):
        resources.append(_concept_map(systems, protocol, names))
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _of_questions(protocol: Protocol, names: FhirNames) -> list[_System]:
    systems = []
    for question in protocol.questionnaire.questions:
        concepts = [
            _Concept(
                choice.code,
                choice.label,
                choice.description or "",
                choice.words,
                choice.codings,
            )
            for choice in question.choices
        ]
        if question.unknown:
            concepts.append(_Concept(UNKNOWN_CODE, DONT_KNOW))
        systems.append(
            _System(f"{names.name}-{question.id}", names.system(question.id), question.text, tuple(concepts))
        )
    return systems


def _of_catalogues(protocol: Protocol, names: FhirNames) -> list[_System]:
    types = [_Concept(kind.code, kind.name, kind.description, "", kind.codings) for kind in protocol.types.values()]
    causes = {cause.code: _Concept(cause.code, cause.name, "", "", cause.codings) for cause in protocol.active_causes}
    listed = (("types", types), ("causes", list(causes.values())))
    return [
        _System(f"{names.name}.{kind}", names.catalogue(kind), f"{protocol.title}: {kind}", concepts)
        for kind, concepts in listed
        if concepts
    ]


def _code_system(system: _System, protocol: Protocol) -> dict[str, Any]:
    return {
        **_about("CodeSystem", system.name, system.url, system.title, protocol),
        "caseSensitive": True,
        "content": "complete",
        "count": len(system.concepts),
        "concept": [_concept(concept) for concept in system.concepts],
    }


def _concept(concept: _Concept) -> dict[str, Any]:
    said: dict[str, Any] = {"code": concept.code, "display": concept.display}
    if concept.definition:
        said["definition"] = concept.definition
    if concept.words not in ("", concept.display):
        said["designation"] = [{"value": concept.words}]
    return said


def _concept_map(systems: Sequence[_System], protocol: Protocol, names: FhirNames) -> dict[str, Any]:
    """Return the map; how near a public code comes is not said anywhere, so that it is no more than related."""
    name = f"{names.name}-public-codes"
    groups = [
        {"source": system.url, "sourceVersion": names.version, "target": target, "element": elements}
        for system in systems
        for kind, target in PUBLIC_SYSTEMS.items()
        if (elements := _elements(system, kind))
    ]
    title = f"{protocol.title}: public codes"
    return {**_about("ConceptMap", name, names.address("ConceptMap", name), title, protocol), "group": groups}


def _elements(system: _System, kind: str) -> list[dict[str, Any]]:
    return [
        {
            "code": concept.code,
            "display": concept.display,
            "target": [
                {"code": coding.code, "display": coding.display, "equivalence": "relatedto"}
                for coding in concept.codings
                if coding.system == kind
            ],
        }
        for concept in system.concepts
        if any(coding.system == kind for coding in concept.codings)
    ]


def _about(kind: str, name: str, url: str, title: str, protocol: Protocol) -> dict[str, Any]:
    about = {
        "resourceType": kind,
        "id": fhir_id(name),
        "url": url,
        "version": protocol.questionnaire.version,
        "name": computer_name(name),
        "title": title,
        "status": "draft",
    }
    return {key: value for key, value in about.items() if value is not None}
