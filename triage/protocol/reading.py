"""Reading a protocol from its folder, with every cross-reference checked and every problem said at once."""

from __future__ import annotations

import gc
import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, Field, create_model

from triage.conditions.condition import findings_in, questions_in
from triage.conditions.reading import Vocabulary
from triage.documents.data_folders import data_files
from triage.documents.document import Document
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, did_you_mean, nearest
from triage.protocol.benign_guard import unguarded
from triage.protocol.catalogue import Advice, Cause, Note, SeedSentence, Source, TriageType
from triage.protocol.cross_references import broken_references
from triage.protocol.folder import ProtocolFolder, exists
from triage.protocol.protocol import Page, Protocol
from triage.protocol.questionnaire import DERIVED_FINDINGS, Question, Questionnaire
from triage.protocol.record import AnswerField, Code, Record, Text, read_record
from triage.protocol.rule import Rule
from triage.protocol.written import Answerable, WrittenProtocol, written_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


__all__ = ["read_protocol", "without_collecting"]

RecordType = TypeVar("RecordType", bound=BaseModel)
_CATALOGUE = ("types.yaml", "causes.yaml", "advice.yaml", "sources.yaml", "notes.yaml", "seed.yaml")


class ProtocolFile(Record):
    """The file that says which files make up a protocol."""

    protocol: Code
    version: Text
    title: Text
    language: Text
    questionnaire: Text
    """Path of the questionnaire, from the protocol's folder."""
    emergency_screen: Code
    emergency_number: Annotated[str, Field(pattern=r"^\+?[0-9]{2,15}$")] = "112"
    """What a page calls first, unless whoever writes it says another number."""
    asked_first: tuple[Code, ...] = ()
    """Questions that an interview asks right behind the emergency screen, in this order."""
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
def without_collecting() -> Iterator[None]:
    """Hold back the collection of garbage: there is none, and looking for it takes a third of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@without_collecting()
def read_protocol(folder: Path, *, even_if_unguarded: bool = False, only_to_compare: bool = False) -> Protocol:
    """Read the protocol in a folder.

    Args:
        folder: where it stands.
        even_if_unguarded: whether to read one whose self-care rules do not rule out every warning sign; only for a
            look at what is wrong with it, never for a result.
        only_to_compare: whether to read one that lacks texts which every result needs, as earlier versions do; only
            to compare its rules with others, never for a result.

    Raises:
        DataFault: a file is missing or broken, an entry is malformed, something is named that is not there, or a
            self-care rule does not rule out every warning sign.

    """
    protocol = _Reading(folder, with_texts=not only_to_compare).protocol()
    if not even_if_unguarded and (problems := list(unguarded(protocol))):
        raise DataFault(problems)
    return protocol


class _Reading(ProtocolFolder):
    """One reading of one folder: its documents, the vocabulary they share, and what is wrong."""

    def __init__(self, folder: Path, *, with_texts: bool) -> None:
        super().__init__(folder)
        self.with_texts = with_texts
        self.vocabulary = Vocabulary(findings=set(DERIVED_FINDINGS))
        self.questions: dict[str, Answerable] = {}

    def protocol(self) -> Protocol:
        self.check_folder()
        top = self.record("protocol.yaml", ProtocolFile)
        self.stop_if_wrong()
        assert top is not None
        questionnaire = self.questionnaire(top.questionnaire)
        pages = self.pages(top)
        types = self.entries("catalogue/types.yaml", "types", TriageType)
        causes = self.entries("catalogue/causes.yaml", "causes", Cause)
        advice = self.entries("catalogue/advice.yaml", "advice", Advice)
        sources = self.entries("catalogue/sources.yaml", "sources", Source)
        notes = self.entries("catalogue/notes.yaml", "notes", Note, required=False)
        seed = self.entries("catalogue/seed.yaml", "sentences", SeedSentence, required=False)
        profiles = self.record("profiles.yaml", _Profiles, required=False)
        self.refuse_strays(top)
        self.check_asked_first(top)
        self.problems += broken_references(self.written(top), with_texts=self.with_texts)
        self.stop_if_wrong()
        assert questionnaire is not None
        return Protocol(
            name=top.protocol,
            version=top.version,
            title=top.title,
            language=top.language,
            folder=self.folder,
            digest=self.hash.hexdigest(),
            emergency_screen=top.emergency_screen,
            emergency_number=top.emergency_number,
            asked_first=top.asked_first,
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

    def written(self, top: ProtocolFile) -> WrittenProtocol:
        return WrittenProtocol(
            emergency_screen=top.emergency_screen,
            groups=top.groups,
            questionnaire=top.questionnaire,
            pages=[f"{name}.yaml" for name in top.pages],
            documents=self.documents,
            missing=self.tried - set(self.documents),
            questions=self.questions,
            all_questions_known=self.vocabulary.all_questions_known,
        )

    def questionnaire(self, name: str) -> Questionnaire | None:
        """Read the questions; whatever is wrong with them, the rest can be read as far as they are known."""
        place = self.place("protocol.yaml", ("questionnaire",))
        if not _may_be_a_questionnaire(name):
            self.vocabulary.all_questions_known = False
            message = f"The questionnaire {shown(name)} is not read: it may be a .yaml file, at most two folders up."
            self.problems.append(Problem(place, message))
            return None
        beside = (self.folder / name).parent
        named = {file: str(PurePosixPath(name).parent / file) for file in data_files(beside)}
        self.know_questions(self.document(name, place, list(named.values())))
        questionnaire = self.record(name, Questionnaire)
        if questionnaire is not None:
            self.check_order(name, questionnaire)
        for index, raw in written_entries(self.documents.get(name), "questions"):
            if isinstance(raw.get("id"), str):
                self.vocabulary.places[raw["id"]] = self.place(name, ("questions", index))
        return questionnaire

    def know_questions(self, document: Document | None) -> None:
        """Make all questions known, even one that is faulty, so that one fault is said once."""
        entries = written_entries(document, "questions")
        for _, raw in entries:
            if isinstance(raw.get("id"), str) and isinstance(raw.get("choices"), list):
                choices = [choice for choice in raw["choices"] if isinstance(choice, dict)]
                known = Answerable(
                    codes=tuple(str(choice.get("code")) for choice in choices),
                    ordered=raw.get("ordered") is True,
                    multiple=raw.get("type") != "single",
                    red_flag=raw.get("red_flag") is True,
                    alone=frozenset(str(choice.get("code")) for choice in choices if choice.get("alone") is True),
                )
                if len(set(known.codes)) == len(known.codes):  # else one took the place of another
                    self.questions.setdefault(raw["id"], known)
        self.vocabulary.questions.update(self.questions)
        listed = document.data.get("questions") if document and isinstance(document.data, dict) else None
        if not isinstance(listed, list) or len(self.questions) < len(listed):
            self.vocabulary.all_questions_known = False

    def refuse_strays(self, top: ProtocolFile) -> None:
        """Refuse files that look like a part of the protocol and are none: what they say would be lost by a slip."""
        wanted = (*(f"{name}.yaml" for name in top.pages), top.questionnaire)
        absent = (PurePosixPath(name).name for name in wanted if not exists(self.folder / name))
        meant = {nearest(name, self.unlisted(top)) for name in absent}
        for name in self.unlisted(top):
            if name not in meant:
                message = (
                    f"The file {name} stands in this folder, but `pages` does not name it: its rules would be lost."
                )
                hint = f"Add {shown(name.rpartition('.')[0])} to `pages`, or move the file elsewhere."
                self.problems.append(Problem(self.place("protocol.yaml", ("pages",)), message, hint))
        for name in data_files(self.folder / "catalogue"):
            if name not in _CATALOGUE:
                place = Place(str(self.folder / "catalogue" / name))
                self.problems.append(Problem(place, "No catalogue has this name.", did_you_mean(name, _CATALOGUE)))

    def unlisted(self, top: ProtocolFile) -> list[str]:
        """Return the files in the folder that nothing names."""
        named = {f"{name}.yaml" for name in top.pages} | {"protocol.yaml", "profiles.yaml", "safety.yaml"}
        named.add(os.path.normpath(top.questionnaire))
        return [name for name in data_files(self.folder) if name not in named]

    def check_order(self, name: str, questionnaire: Questionnaire) -> None:
        sections = [section.id for section in questionnaire.sections]
        places = [self.place(name, ("questions", index, "id")) for index in range(len(questionnaire.questions))]
        self.refuse_repeats("id", zip((question.id for question in questionnaire.questions), places, strict=True))
        met: set[str] = set()
        for index, question in enumerate(questionnaire.questions):
            for other in sorted(questions_in(question.when) - met) if question.when is not None else ():
                message = f"{question.id} asks about {shown(other)}, which is asked only later."
                self.problems.append(Problem(self.place(name, ("questions", index, "when", other)), message))
            self.check_what_is_shown(name, index, question, met, questionnaire)
            if question.section not in sections:
                message = f"{question.id} is in the section {shown(question.section)}, which is not declared."
                hint = did_you_mean(question.section, sections)
                self.problems.append(Problem(self.place(name, ("questions", index, "section")), message, hint))
            met.add(question.id)

    def check_what_is_shown(
        self, name: str, index: int, question: Question, met: set[str], questionnaire: Questionnaire
    ) -> None:
        """See that a choice is shown by what is asked before it and does not change, and by nothing that rules say."""
        for number, choice in enumerate(question.choices):
            place = self.place(name, ("questions", index, "choices", number))
            for other in sorted({one for condition in choice.conditions for one in questions_in(condition)}):
                asked = questionnaire.by_id.get(other)
                if other not in met or (asked is not None and not asked.fixed):
                    trouble = "is asked only later" if other not in met else "may change (it is not `fixed`)"
                    message = f"{question.id} shows {shown(choice.code)} by {shown(other)}, which {trouble}."
                    self.problems.append(Problem(place, message))
            for finding in sorted({one for condition in choice.conditions for one in findings_in(condition)}):
                message = f"{question.id} shows {shown(choice.code)} by the finding {shown(finding)}, not by answers."
                self.problems.append(Problem(place, message))

    def check_asked_first(self, top: ProtocolFile) -> None:
        places = [self.place("protocol.yaml", ("asked_first", index)) for index in range(len(top.asked_first))]
        self.refuse_repeats("question", zip(top.asked_first, places, strict=True))
        for name, place in zip(top.asked_first, places, strict=True):
            if name not in self.questions and self.vocabulary.all_questions_known:
                message = f"The protocol asks {shown(name)} first, which no question asks."
                self.problems.append(Problem(place, message, did_you_mean(name, self.questions)))

    def record(self, name: str, model: type[RecordType], *, required: bool = True) -> RecordType | None:
        if not required and not exists(self.folder / name):
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
            self.refuse_repeats(field, self.written_words([name], key, field))
        return found

    def pages(self, top: ProtocolFile) -> tuple[Page, ...]:
        names = [f"{name}.yaml" for name in top.pages]
        others = self.unlisted(top)
        documents = [
            (name, self.document(name, self.place("protocol.yaml", ("pages", index)), others))
            for index, name in enumerate(names)
        ]
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
            self.refuse_repeats(what, self.written_words(names, "rules", what))
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


def _may_be_a_questionnaire(name: str) -> bool:
    """Return whether a path from the protocol's folder stays near it and has the ending of a data file."""
    anchored = PurePosixPath(name).is_absolute() or bool(PureWindowsPath(name).anchor)
    steps = os.path.normpath(name).replace("\\", "/").split("/")
    return not anchored and steps.count("..") <= 2 and name.endswith((".yaml", ".yml", ".json"))


def _findings_concluded(data: Any) -> set[str]:
    rules = data.get("rules") if isinstance(data, dict) else None
    listed = rules if isinstance(rules, list) else []
    in_force = [rule for rule in listed if isinstance(rule, dict) and rule.get("status") != "retired"]
    conclusions = [rule.get("then") for rule in in_force]
    return {str(then["finding"]) for then in conclusions if isinstance(then, dict) and "finding" in then}
