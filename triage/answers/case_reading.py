"""Reading the worked cases of a protocol, with their answers and expectations checked against it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from triage.documents.data_folders import data_files
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean
from triage.documents.yaml_reading import read_yaml_file
from triage.protocol.answer_references import check_answers
from triage.protocol.catalogue import UNDETERMINED, Case
from triage.protocol.reading import without_collecting
from triage.protocol.record import read_record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.documents.document import Document, Steps
    from triage.protocol.protocol import Protocol

__all__ = ["read_cases", "readable_cases"]


@without_collecting()
def read_cases(protocol: Protocol) -> list[Case]:
    """Read the worked cases of a protocol, in the order of their files.

    Raises:
        DataFault: a file is broken or a case malformed.

    """
    cases, problems = readable_cases(protocol)
    if problems:
        raise DataFault(problems)
    return cases


def readable_cases(protocol: Protocol) -> tuple[list[Case], list[Problem]]:
    """Read the worked cases of a protocol that can be read, and return what is wrong with the others beside them."""
    problems: list[Problem] = []
    cases: list[Case] = []
    for name in data_files(protocol.folder / "cases"):
        try:
            document = read_yaml_file(protocol.folder / "cases" / name)
        except DataFault as fault:
            problems += fault.problems
            continue
        if not isinstance(document.data, list):
            problems.append(Problem(document.place(), "This file should hold a list of cases."))
            continue
        for index in range(len(document.data)):
            case = read_record(Case, document, problems, steps=(index,))
            if case is None:
                continue
            case._place = document.place((index,))
            place = partial(document.place_below, (index, "answers"))
            answers, questions = document.data[index]["answers"], protocol.questionnaire.by_id
            wrong = list(check_answers(f"Case {case.id}", answers, questions, place))
            wrong += _unknown_types(case, protocol, document, (index, "expected", "types"))
            problems += wrong
            if not wrong:
                cases.append(case)
    first: dict[str, Place] = {}
    for case in cases:
        if case.id in first:
            problems.append(Problem(case.place, f"The id {shown(case.id)} is already used at {first[case.id]}."))
        first.setdefault(case.id, case.place)
    return cases, problems


def _unknown_types(case: Case, protocol: Protocol, document: Document, steps: Steps) -> Iterator[Problem]:
    known = (*protocol.types, UNDETERMINED)
    for index, code in enumerate(case.expected.types):
        if code not in known:
            message = f"Case {case.id} expects the type {shown(code)}, which is not in the catalogue."
            yield Problem(document.place((*steps, index)), message, did_you_mean(code, known))
