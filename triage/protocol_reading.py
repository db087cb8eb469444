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

from triage.catalogue import STANDING_NOTICES, Advice, Case, Cause, Note, SeedSentence, Source, TriageType
from triage.condition import findings_in, questions_in
from triage.condition_reading import Vocabulary
from triage.documents import Document, read_yaml_file
from triage.problems import DataFault, Place, Problem, did_you_mean
from triage.protocol import Page, Protocol
from triage.questionnaire import DERIVED_FINDINGS, Questionnaire
from triage.record import AnswerField, Code, Record, Text, read_record
from triage.rule import Example, Rule
from triage.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from triage.documents import Steps

__all__ = ["read_cases", "read_protocol"]

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
def read_protocol(folder: Path) -> Protocol:
    """Read the protocol in a folder.

    Raises:
        DataFault: a file is missing or broken, an entry is malformed, or something is named that is not there.

    """
    return _Reading(folder).protocol()


@_without_collecting()
def read_cases(protocol: Protocol) -> list[Case]:
    """Read the worked cases of a protocol, in the order of their files.

    Raises:
        DataFault: a file is broken or a case malformed.

    """
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
            problems += check_answers(f"Case {case.id}", case.answers, protocol, place)
            cases.append(case)
    first: dict[str, Place] = {}
    for case in cases:
        if case.id in first:
            problems.append(Problem(case.place, f"The id {case.id!r} is already used at {first[case.id]}."))
        first.setdefault(case.id, case.place)
    if problems:
        raise DataFault(problems)
    return cases


def _place_of_answer(document: Document, steps: Steps, name: str) -> Place:
    return document.place((*steps, name))


def _always(place: Place, _: str) -> Place:
    return place


def check_answers(owner: str, answers: Any, protocol: Protocol, place: Callable[[str], Place]) -> Iterator[Problem]:
    """Find answers to no question, with no choice, or that contradict each other."""
    questions = protocol.questionnaire.by_id
    for name, value in answers.items():
        if name not in questions:
            message = f"{owner} answers {name!r}, which no question asks."
            yield Problem(place(name), message, did_you_mean(name, questions))
            continue
        codes = [value] if isinstance(value, str) else value
        known = (*questions[name].codes, "unknown", "not_applicable")
        for code in codes:
            if code not in known:
                message = f"{owner} answers {name!r} with {code!r}, which is no choice of it."
                yield Problem(place(name), message, did_you_mean(code, known))
        lonely = [code for code in codes if code in questions[name].alone or code in known[-2:]]
        if len(codes) > 1 and lonely:
            yield Problem(place(name), f"{owner} answers {name!r} with {lonely[0]!r}, which excludes the others.")
        elif len(codes) > 1 and not questions[name].multiple:
            yield Problem(place(name), f"{owner} gives {len(codes)} answers to {name!r}, which takes one.")


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
        self.cross_check(top, protocol)
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

    # ---- references between files ----

    def cross_check(self, top: ProtocolFile, protocol: Protocol) -> None:
        self.check_emergency_screen(protocol)
        self.check_otherwise(protocol)
        self.check_circles(protocol)
        self.check_rules(protocol)
        self.check_causes(top, protocol)
        for index, entry in enumerate(protocol.types.values()):
            place = self.place("catalogue/types.yaml", ("types", index))
            self.check_sources(entry.code, entry.sources, protocol, place)
            self.check_group(entry.code, entry.group, top, place)
        self.check_advice(protocol)
        for index, question in enumerate(protocol.questionnaire.questions):
            place = self.place(top.questionnaire, ("questions", index))
            cited = (*question.sources, *(source for choice in question.choices for source in choice.sources))
            self.check_sources(question.id, cited, protocol, place)
        self.check_profiles(protocol)

    def check_advice(self, protocol: Protocol) -> None:
        for index, item in enumerate(protocol.advice):
            place = self.place("catalogue/advice.yaml", ("advice", index))
            self.check_sources(item.key, item.sources, protocol, place)
        place = self.place("catalogue/advice.yaml", ("advice",))
        notices = [item.key for item in protocol.advice if item.kind == "notice"]
        for key in STANDING_NOTICES:
            if key not in notices:
                message = f"No notice has the key {key!r}; every result may need it."
                self.problems.append(Problem(place, message, did_you_mean(key, notices)))
        for kind in ("headline", "how_soon"):
            always = [item for item in protocol.advice if item.kind == kind and item.when is None]
            for urgency in Urgency:
                if not any(urgency in item.urgency for item in always):
                    message = f"No {kind} is said to everybody whose result is {urgency.value}."
                    self.problems.append(Problem(place, message))

    def check_emergency_screen(self, protocol: Protocol) -> None:
        screen = protocol.questionnaire.by_id.get(protocol.emergency_screen)
        place = self.place("protocol.yaml", ("emergency_screen",))
        if screen is None or not screen.red_flag:
            hint = did_you_mean(protocol.emergency_screen, [flag.id for flag in protocol.questionnaire.red_flags])
            message = f"The emergency screen {protocol.emergency_screen!r} is no red-flag question."
            self.problems.append(Problem(place, message, hint))

    def check_otherwise(self, protocol: Protocol) -> None:
        found = [rule.id for rule in protocol.rules if rule.otherwise]
        if len(found) != 1:
            said = f"has {len(found)} ({', '.join(found)})" if found else "has none"
            message = f"A protocol needs exactly one rule with `otherwise: true`; this one {said}."
            self.problems.append(Problem(self.place("protocol.yaml", ("pages",)), message))
        elif protocol.otherwise.then.urgency is None or protocol.otherwise.then.urgency.rank == 0:
            message = f"{found[0]} fires when nothing else does, so it must conclude an urgency above self_care."
            self.problems.append(Problem(self.place("protocol.yaml", ("pages",)), message))

    def check_circles(self, protocol: Protocol) -> None:
        below: dict[str, set[str]] = {}
        where: dict[str, Place] = {}
        for rule, place in self.rule_places(protocol.pages):
            if rule.then.finding and rule.when is not None:
                below.setdefault(rule.then.finding, set()).update(findings_in(rule.when))
                where.setdefault(rule.then.finding, place)
        circle = _circle(below)
        if circle:
            message = f"These findings build on one another in a circle: {' -> '.join(circle)}."
            self.problems.append(Problem(where[circle[0]], message))

    def check_rules(self, protocol: Protocol) -> None:
        derived = protocol.questionnaire.derived_findings
        keys = [item.key for item in protocol.advice]
        for rule, place in self.rule_places(protocol.pages):
            if rule.then.finding in derived:
                message = f"{rule.id} concludes {rule.then.finding!r}, which follows from the questionnaire."
                self.problems.append(Problem(place, message))
            for code in rule.then.types:
                if code not in protocol.types:
                    hint = did_you_mean(code, protocol.types)
                    message = f"{rule.id} names the type {code!r}, which is not in the catalogue."
                    self.problems.append(Problem(place, message, hint))
            for key in rule.then.advice:
                if key not in keys:
                    message = f"{rule.id} names the advice {key!r}, which is not in the catalogue."
                    self.problems.append(Problem(place, message, did_you_mean(key, keys)))
            self.check_sources(rule.id, rule.sources, protocol, place)
            self.check_examples(rule.id, rule.examples, protocol, place)

    def check_causes(self, top: ProtocolFile, protocol: Protocol) -> None:
        rule_ids = {rule.id for page in protocol.pages for rule in page.rules}
        for index, cause in enumerate(protocol.causes):
            place = self.place("catalogue/causes.yaml", ("causes", index))
            if cause.id in rule_ids:
                self.problems.append(Problem(place, f"The id {cause.id!r} is already used by a rule."))
            self.check_sources(cause.id, cause.sources, protocol, place)
            self.check_group(cause.id, cause.group, top, place)
            self.check_examples(cause.id, cause.examples, protocol, place)

    def check_group(self, owner: str, group: str, top: ProtocolFile, place: Place) -> None:
        if group not in top.groups:
            message = f"{owner} is in the group {group!r}, which protocol.yaml does not list."
            self.problems.append(Problem(place, message, did_you_mean(group, top.groups)))

    def check_sources(self, owner: str, cited: Iterable[str], protocol: Protocol, place: Place) -> None:
        known = (*protocol.sources, *protocol.seed)
        for key in cited:
            if key not in known:
                message = f"{owner} cites {key!r}, which is not in the catalogue of sources."
                self.problems.append(Problem(place, message, did_you_mean(key, known)))

    def check_profiles(self, protocol: Protocol) -> None:
        for name, answers in protocol.profiles.items():
            place = self.place("profiles.yaml", ("profiles", name))
            self.problems += check_answers(f"The profile {name!r}", answers, protocol, partial(_always, place))

    def check_examples(self, owner: str, examples: Iterable[Example], protocol: Protocol, place: Place) -> None:
        for example in examples:
            if example.like and example.like not in protocol.profiles:
                message = f"{owner} has an example like {example.like!r}, which is no profile."
                self.problems.append(Problem(place, message, did_you_mean(example.like, protocol.profiles)))
            said = f"{owner}, example {example.name!r},"
            one_by_one = ({name: code} for name, codes in example.each.items() for code in codes)
            for answers in (example.given, *one_by_one):
                self.problems += check_answers(said, answers, protocol, partial(_always, place))


def _position(problem: Problem) -> tuple[str, int, int]:
    return (problem.place.source, problem.place.line or 0, problem.place.column or 0)


def _findings_concluded(data: Any) -> set[str]:
    rules = data.get("rules") if isinstance(data, dict) else None
    listed = rules if isinstance(rules, list) else []
    in_force = [rule for rule in listed if isinstance(rule, dict) and rule.get("status") != "retired"]
    conclusions = [rule.get("then") for rule in in_force]
    return {str(then["finding"]) for then in conclusions if isinstance(then, dict) and "finding" in then}


def _circle(below: dict[str, set[str]]) -> list[str]:
    """Return one circle of findings, first and last the same, or nothing."""

    def follow(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        for lower in sorted(below.get(name, ())):
            if found := follow(lower, [*path, name]):
                return found
        return []

    return next((found for name in sorted(below) if (found := follow(name, []))), [])
