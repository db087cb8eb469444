"""One QuestionnaireResponse of FHIR R4 as plain answers, or what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.documents.output_text import shown
from triage.foreign.choices import words_of
from triage.given_forms.fhir_names import FhirNames
from triage.given_forms.form import UNKNOWN_CODE
from triage.protocol.former_answer import is_no_later

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.protocol.questionnaire import Questionnaire

__all__ = ["CannotRead", "ResponseReader"]

_SCORED = ("completed", "amended")
_NOT_SCORED = {
    "in-progress": "is still in progress",
    "stopped": "was stopped before its end",
    "entered-in-error": "was entered in error",
}
_ELEMENT = frozenset(("id", "extension", "modifierExtension"))
_ITEM = _ELEMENT | {"linkId", "definition", "text", "answer", "item"}
_CODING = _ELEMENT | {"system", "version", "code", "display", "userSelected"}
_RESPONSE = _ELEMENT | {
    *("resourceType", "meta", "implicitRules", "language", "text", "contained", "identifier", "basedOn", "partOf"),
    *("questionnaire", "status", "subject", "encounter", "authored", "author", "source", "item"),
}
"""What R4 has; whatever else stands there may say something, and is not read."""
_DEEPEST = 50
"""Levels that items may be nested; no form comes near."""


class CannotRead(Exception):
    """A response that cannot become plain answers, with everything that is wrong with it."""

    def __init__(self, case: str | None, wrong: list[str], hint: str | None) -> None:
        self.case = case
        self.wrong = wrong
        self.hint = hint
        super().__init__("; ".join(wrong))


class ResponseReader:
    """Reads responses to one questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._names = FhirNames(questionnaire)
        self._questionnaire = questionnaire

    def read(self, response: dict[str, Any]) -> dict[str, Any]:
        """Return a case as it stands in a file of our own; each code is judged by whoever reads that.

        Raises:
            CannotRead: it is not finished, answers another questionnaire, or says something that must not be ignored.

        """
        case = self._identity(response)
        reading = _Reading(self._names, self._questionnaire)
        hints = [reading.status(response), reading.canonical(response)]
        reading.refuse_unknown_meaning(response, _RESPONSE)
        reading.items(response.get("item"), 0)
        if reading.wrong:
            raise CannotRead(case, reading.wrong, " ".join(filter(None, hints)) or None)
        about = {
            "id": case,
            "questionnaire": self._names.name,
            "questionnaire_version": reading.version,
            "answered_at": response.get("authored"),
        }
        return {**{key: said for key, said in about.items() if said is not None}, "answers": reading.answers}

    def _identity(self, response: dict[str, Any]) -> str | None:
        identifier = response.get("identifier")
        ours = isinstance(identifier, dict) and identifier.get("system") == self._names.identifiers
        said = identifier.get("value") if ours and isinstance(identifier, dict) else response.get("id")
        return said if isinstance(said, str) and said else None


class _Reading:
    def __init__(self, names: FhirNames, questionnaire: Questionnaire) -> None:
        self.names = names
        self.questionnaire = questionnaire
        self.version: str | None = None
        self.answers: dict[str, Any] = {}
        self.wrong: list[str] = []

    def status(self, response: dict[str, Any]) -> str | None:
        status = response.get("status")
        if status in _SCORED:
            return None
        if isinstance(status, str) and status in _NOT_SCORED:
            self.wrong.append(f"{_NOT_SCORED[status]} (status {shown(status)})")
        else:
            self.wrong.append(f"has the status {shown(status)}")
        return f"Only {' and '.join(_SCORED)} responses are scored."

    def canonical(self, response: dict[str, Any]) -> str | None:
        """Check which questionnaire is answered; return a hint where it is none of ours."""
        said = response.get("questionnaire")
        wanted = f"It should name {self.names.questionnaire}|{self.names.version}, or an earlier version."
        if not isinstance(said, str):
            self.wrong.append("does not say which questionnaire it answers")
            return wanted
        address, _, version = said.partition("|")
        if address != self.names.questionnaire:
            self.wrong.append(f"answers the questionnaire {shown(address)}, not {shown(self.names.questionnaire)}")
            return wanted
        version = version.partition("#")[0]
        if not version:
            self.wrong.append(f"does not say which version of {shown(address)} it answers")
            return wanted
        if not is_no_later(version, self.names.version):
            self.wrong.append(f"answers version {shown(version)} of the questions, which are {self.names.version} here")
            return wanted
        self.version = version
        return None

    def refuse_unknown_meaning(self, element: dict[str, Any], known: frozenset[str], link: object = None) -> None:
        """Refuse what changes the meaning in a way that is not known here, as FHIR demands, and what it does not have.

        Args:
            element: what is looked at.
            known: the keys that it may have; with ``_`` before, more about the value of one.
            link: the linkId of the item it stands in.

        """
        where = f" at {shown(link)}" if link is not None else ""
        for key, value in element.items():
            if key in ("modifierExtension", "implicitRules") and value is not None:
                self.wrong.append(f"has {shown(key)}{where}, which may turn its meaning round and is not known here")
            elif key.removeprefix("_") not in known and value is not None:
                self.wrong.append(f"has {shown(key)}{where}, which FHIR R4 does not have there and nobody reads")

    def items(self, listed: object, depth: int) -> None:
        """Read items and what stands in them, by their linkId, wherever they stand."""
        if listed and depth > _DEEPEST:
            self.wrong.append(f"has items nested more than {_DEEPEST} levels deep")
            return
        for item in self.mappings(listed, "item"):
            link = item.get("linkId")
            self.refuse_unknown_meaning(item, _ITEM, link)
            answers = list(self.mappings(item.get("answer"), "answer"))
            if not isinstance(link, str):
                self.wrong.append(f"has an item with the linkId {shown(link)}, where a text belongs")
            elif answers:
                self.answer(link, answers, depth)
            self.items(item.get("item"), depth + 1)

    def mappings(self, listed: object, key: str) -> Iterator[dict[str, Any]]:
        if listed is None:
            return
        for one in listed if isinstance(listed, list) else [listed]:
            if isinstance(one, dict) and isinstance(listed, list):
                yield one
            else:
                self.wrong.append(f"has {shown(one)} as {shown(key)}, where a list of objects belongs")

    def answer(self, link: str, answers: list[dict[str, Any]], depth: int) -> None:
        empty = [answer for answer in answers if not any(key.startswith("value") for key in answer)]
        if empty and len(answers) > 1:
            self.wrong.append(f"answers {shown(link)} with several answers, of which one has no value")
        for answer in answers:
            values = {key.removeprefix("_") for key in answer if key.removeprefix("_").startswith("value")}
            self.refuse_unknown_meaning(answer, _ELEMENT | {"item", *values}, link)
            code = None if answer in empty else self.code(link, answer)
            if code is not None:
                self.answers.setdefault(link, []).append(code)
            self.items(answer.get("item"), depth + 1)

    def code(self, link: str, answer: dict[str, Any]) -> str | None:
        """Return the code of an answer, or its words where nothing is known by them; None where that is at fault."""
        kind, *others = [key for key in answer if key.startswith("value")]
        value = answer[kind]
        if not others and kind == "valueString" and isinstance(value, str):
            return self.by_words(link, value)
        if not others and kind == "valueCoding" and isinstance(value, dict):
            return self.by_coding(link, value)
        what = f"{kind} and {' and '.join(others)}" if others else f"{kind} {shown(value)}"
        self.wrong.append(f"answers {shown(link)} with {what}, where a coding belongs")
        return None

    def by_coding(self, link: str, coding: dict[str, Any]) -> str | None:
        self.refuse_unknown_meaning(coding, _CODING, link)
        system, code, display = coding.get("system"), coding.get("code"), coding.get("display")
        if system not in (None, self.names.system(link), self.names.joint_system):
            self.wrong.append(f"answers {shown(link)} with a code of {shown(system)}, not of {self.names.system(link)}")
            return None
        if isinstance(code, str):
            meant = self.by_words(link, display) if isinstance(display, str) and self.is_current else code
            if meant != code and meant in self.codes_of(link):
                self.wrong.append(f"answers {shown(link)} with {shown(code)}, but calls it {shown(display)}")
                return None
            return code
        if isinstance(display, str) and code is None:
            return self.by_words(link, display)
        self.wrong.append(f"answers {shown(link)} with a coding without a code or words: {shown(coding)}")
        return None

    @property
    def is_current(self) -> bool:
        """Whether words mean what they mean today."""
        return self.version == self.names.version

    def codes_of(self, link: str) -> tuple[str, ...]:
        """Return what may be answered today."""
        question = self.questionnaire.by_id.get(link)
        return () if question is None else (*question.codes, UNKNOWN_CODE)

    def by_words(self, link: str, words: str) -> str:
        """Return the code of the choice that is called so today; the words themselves if there is none."""
        code = words_of(self.questionnaire, link).code(words) if self.is_current else None
        return words if code is None else code
