"""Reading a protocol from its folder, with every cross-reference checked and every problem said at once."""

from __future__ import annotations

import gc
import hashlib
import os
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, Field, create_model

from triage.benign_guard import unguarded
from triage.catalogue import Advice, Case, Cause, Note, SeedSentence, Source, TriageType
from triage.condition import questions_in
from triage.condition_reading import Vocabulary
from triage.cross_references import broken_references, check_answers
from triage.documents import Document, read_yaml_file
from triage.problems import DataFault, Place, Problem, did_you_mean
from triage.protocol import Page, Protocol
from triage.questionnaire import DERIVED_FINDINGS, Questionnaire
from triage.record import AnswerField, Code, Record, Text, read_record
from triage.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.documents import Steps

__all__ = ["read_cases", "read_protocol", "readable_cases"]

RecordType = TypeVar("RecordType", bound=BaseModel)


class ProtocolFile(Record):
    """The file that says which files make up a protocol."""

    protocol: Code
    version: Text
    title: Text
    language: Text
    questionnaire: Text
    """Path of the questionnaire, from the protocol's folder."""
    emergency_screen: Code
    groups: tuple[Code, ...] = ()
    pages: Annotated[tuple[Code, ...], Field(min_length=1)]


class _Profiles(Record):
    profiles: dict[str, dict[str, AnswerField]]


@cache
def _list_file(key: str, entry: type[BaseModel]) -> type[BaseModel]:
    """Return the model of a file that holds one list under one key."""
    fields: dict[str, Any] = {key: (tuple[entry, ...], ...)}  # type: ignore[valid-type]
    return create_model(f"{entry.__name__}File", __base__=Record, **fields)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Hold back the collection of garbage: there is none, and looking for it takes a third of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@_without_collecting()
def read_protocol(folder: Path, *, even_if_unguarded: bool = False) -> Protocol:
    """Read the protocol in a folder.

    Args:
        folder: where it stands.
        even_if_unguarded: whether to read one whose self-care rules do not rule out every warning sign; only for a
            look at what is wrong with it, never for a result.

    Raises:
        DataFault: a file is missing or broken, an entry is malformed, something is named that is not there, or a
            self-care rule does not rule out every warning sign.

    """
    protocol = _Reading(folder).protocol()
    if not even_if_unguarded and (problems := list(unguarded(protocol))):
        raise DataFault(problems)
    return protocol


@_without_collecting()
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
    for path in sorted((protocol.folder / "cases").glob("*.yaml")):
        document = _read(path, problems)
        if document is None:
            continue
        if not isinstance(document.data, list):
            problems.append(Problem(document.place(), "This file should hold a list of cases."))
            continue
        for index in range(len(document.data)):
            case = read_record(Case, document, problems, steps=(index,))
            if case is None:
                continue
            case._place = document.place((index,))
            place = partial(_place_of_answer, document, (index, "answers"))
            wrong = list(check_answers(f"Case {case.id}", case.answers, protocol, place))
            problems += wrong
            if not wrong:
                cases.append(case)
    first: dict[str, Place] = {}
    for case in cases:
        if case.id in first:
            problems.append(Problem(case.place, f"The id {case.id!r} is already used at {first[case.id]}."))
        first.setdefault(case.id, case.place)
    return cases, problems


def _place_of_answer(document: Document, steps: Steps, name: str) -> Place:
    return document.place((*steps, name))


def _read(path: Path, problems: list[Problem]) -> Document | None:
    try:
        return read_yaml_file(path)
    except DataFault as fault:
        problems.extend(fault.problems)
        return None


class _Reading:
    """One reading of one folder: documents, the vocabulary they share, and what is wrong."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.vocabulary = Vocabulary(findings=set(DERIVED_FINDINGS))
        self.documents: dict[str, Document] = {}
        self.tried: set[str] = set()
        self.hash = hashlib.sha256()

    def protocol(self) -> Protocol:
        self.check_folder()
        top = self.record("protocol.yaml", ProtocolFile)
        self.stop_if_wrong()
        assert top is not None
        self.know_questions(self.document(top.questionnaire))
        questionnaire = self.record(top.questionnaire, Questionnaire)
        self.stop_if_wrong()
        assert questionnaire is not None
        self.check_order(top.questionnaire, questionnaire)
        self.stop_if_wrong()
        self.remember_places(top.questionnaire, questionnaire)
        pages = self.pages(top)
        types = self.entries("catalogue/types.yaml", "types", TriageType)
        causes = self.entries("catalogue/causes.yaml", "causes", Cause)
        advice = self.entries("catalogue/advice.yaml", "advice", Advice)
        sources = self.entries("catalogue/sources.yaml", "sources", Source)
        notes = self.entries("catalogue/notes.yaml", "notes", Note, required=False)
        seed = self.entries("catalogue/seed.yaml", "sentences", SeedSentence, required=False)
        profiles = self.record("profiles.yaml", _Profiles, required=False)
        self.stop_if_wrong()
        protocol = Protocol(
            name=top.protocol,
            version=top.version,
            title=top.title,
            language=top.language,
            folder=self.folder,
            digest=self.hash.hexdigest(),
            emergency_screen=top.emergency_screen,
            questionnaire=questionnaire,
            pages=pages,
            types={entry.code: entry for entry in types},
            causes=causes,
            advice=advice,
            sources={entry.key: entry for entry in sources},
            notes=notes,
            seed={entry.id: entry for entry in seed},
            profiles=profiles.profiles if profiles else {},
            places=self.places(pages, causes, [entry.code for entry in types], [entry.id for entry in seed]),
        )
        self.problems += broken_references(protocol, groups=top.groups, place=self.place)
        self.stop_if_wrong()
        return protocol

    def know_questions(self, document: Document | None) -> None:
        """Make all questions known, even one that is faulty, so that one fault is said once."""
        listed = document.data.get("questions") if document and isinstance(document.data, dict) else None
        for raw in listed if isinstance(listed, list) else ():
            if isinstance(raw, dict) and isinstance(raw.get("id"), str) and isinstance(raw.get("choices"), list):
                codes = tuple(str(choice.get("code")) for choice in raw["choices"] if isinstance(choice, dict))
                known = SimpleNamespace(codes=codes, ordered=raw.get("ordered") is True)
                self.vocabulary.questions.setdefault(raw["id"], known)

    def check_order(self, name: str, questionnaire: Questionnaire) -> None:
        sections = [section.id for section in questionnaire.sections]
        places = [self.place(name, ("questions", index, "id")) for index in range(len(questionnaire.questions))]
        self.refuse_repeats("id", zip((question.id for question in questionnaire.questions), places, strict=True))
        met: set[str] = set()
        for index, question in enumerate(questionnaire.questions):
            for other in sorted(questions_in(question.when) - met) if question.when is not None else ():
                message = f"{question.id} asks about {other!r}, which is asked only later."
                self.problems.append(Problem(self.place(name, ("questions", index, "when", other)), message))
            if question.section not in sections:
                message = f"{question.id} is in the section {question.section!r}, which is not declared."
                hint = did_you_mean(question.section, sections)
                self.problems.append(Problem(self.place(name, ("questions", index, "section")), message, hint))
            met.add(question.id)

    def check_folder(self) -> None:
        try:
            found = (self.folder / "protocol.yaml").is_file()
        except PermissionError:
            raise DataFault([Problem(Place(str(self.folder)), "This may not be read (no permission).")]) from None
        except OSError:
            found = False
        if not found:
            message = "This is no protocol folder: it holds no protocol.yaml."
            raise DataFault([Problem(Place(str(self.folder)), message)])

    def stop_if_wrong(self) -> None:
        if any(problem.severity == "error" for problem in self.problems):
            raise DataFault(sorted(self.problems, key=_position))

    def document(self, name: str) -> Document | None:
        if name in self.tried:
            return self.documents.get(name)
        self.tried.add(name)
        path = Path(os.path.normpath(self.folder / name))
        document = _read(path, self.problems)
        if document is not None:
            self.hash.update(path.read_bytes())
            self.documents[name] = document
        return document

    def record(self, name: str, model: type[RecordType], *, required: bool = True) -> RecordType | None:
        if not required and not os.path.exists(self.folder / name):  # noqa: PTH110 - Path.exists may raise
            return None
        document = self.document(name)
        if document is None:
            return None
        return read_record(model, document, self.problems, vocabulary=self.vocabulary)

    def entries(self, name: str, key: str, entry: type[RecordType], *, required: bool = True) -> tuple[RecordType, ...]:
        read = self.record(name, _list_file(key, entry), required=required)
        found: tuple[RecordType, ...] = getattr(read, key) if read else ()
        identity = next((field for field in ("id", "code", "key") if field in entry.model_fields), "id")
        for field in {identity, "code"} & set(entry.model_fields):
            values = [(getattr(item, field), self.place(name, (key, index, field))) for index, item in enumerate(found)]
            self.refuse_repeats(field, values)
        return found

    def refuse_repeats(self, what: str, values: Iterable[tuple[str, Place]]) -> None:
        first: dict[str, Place] = {}
        for value, place in values:
            if value in first:
                self.problems.append(Problem(place, f"The {what} {value!r} is already used at {first[value]}."))
            first.setdefault(value, place)

    def place(self, name: str, steps: Steps) -> Place:
        return self.documents[name].place(steps) if name in self.documents else Place(name)

    def remember_places(self, name: str, questionnaire: Questionnaire) -> None:
        for index, question in enumerate(questionnaire.questions):
            self.vocabulary.places[question.id] = self.place(name, ("questions", index))

    def pages(self, top: ProtocolFile) -> tuple[Page, ...]:
        documents = [(f"{name}.yaml", self.document(f"{name}.yaml")) for name in top.pages]
        for _, document in documents:
            self.vocabulary.findings |= _findings_concluded(document.data if document else None)
            self.vocabulary.all_findings_known &= document is not None
        pages = []
        for name, document in documents:
            if document is None:
                continue
            read = read_record(_list_file("rules", Rule), document, self.problems, vocabulary=self.vocabulary)
            pages.append(Page(name.removesuffix(".yaml"), getattr(read, "rules", ())))
        for what in ("id", "name"):
            self.refuse_repeats(what, ((getattr(rule, what), place) for rule, place in self.rule_places(pages, what)))
        return tuple(pages)

    def places(
        self, pages: Iterable[Page], causes: Iterable[Cause], types: Iterable[str], seed: Iterable[str]
    ) -> dict[str, Place]:
        rules = {rule.id: place for rule, place in self.rule_places(pages)}
        listed = enumerate(causes)
        return {
            **self.vocabulary.places,
            **{cause.id: self.place("catalogue/causes.yaml", ("causes", index)) for index, cause in listed},
            **rules,
            **{f"types/{code}": self.place("catalogue/types.yaml", ("types", n)) for n, code in enumerate(types)},
            **{f"seed/{code}": self.place("catalogue/seed.yaml", ("sentences", n)) for n, code in enumerate(seed)},
        }

    def rule_places(self, pages: Iterable[Page], *steps: str | int) -> Iterable[tuple[Rule, Place]]:
        for page in pages:
            for index, rule in enumerate(page.rules):
                yield rule, self.place(f"{page.name}.yaml", ("rules", index, *steps))


def _position(problem: Problem) -> tuple[str, int, int]:
    return (problem.place.source, problem.place.line or 0, problem.place.column or 0)


def _findings_concluded(data: Any) -> set[str]:
    rules = data.get("rules") if isinstance(data, dict) else None
    listed = rules if isinstance(rules, list) else []
    in_force = [rule for rule in listed if isinstance(rule, dict) and rule.get("status") != "retired"]
    conclusions = [rule.get("then") for rule in in_force]
    return {str(then["finding"]) for then in conclusions if isinstance(then, dict) and "finding" in then}
