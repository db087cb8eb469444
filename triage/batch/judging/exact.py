"""The exact reader: single rows just as ``triage.answers.reading`` reads them, each answer only once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from triage.answers.answers import settle
from triage.answers.conversion import VERSIONS, changes_meanings, convert
from triage.answers.reading import (
    ABOUT,
    may_be_misplaced,
    nearest_choice,
    nearest_key,
    read_answer,
    still_asked,
)
from triage.batch.judging.faults import Fault, GoodRow, fault_of_row
from triage.batch.judging.meanings import AnswerMeanings, Inside
from triage.conditions.answer_state import STATES
from triage.documents.document import decode
from triage.documents.json_reading import read_json
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from triage.batch.judging.bits import BitLayout
    from triage.batch.judging.faults import RowPlace
    from triage.conditions.answer_state import AnswerState
    from triage.documents.document import Steps

__all__ = ["ExactReader"]

_BESIDES = tuple(key for key in ABOUT if key not in ("id", "questionnaire"))
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True)
class _Wrong:
    """One thing that is wrong, said without the id of the row."""

    said: str
    hint: str | None
    question: str | None = None
    found: Any = None
    nearest: str | None = None
    of_column: bool = False

    def at(self, place: RowPlace, name: str | None) -> Fault:
        message = self.said if name is None else f"{shown(name)} {self.said}"
        return Fault(
            place.file,
            place.line,
            place.row,
            name,
            self.question,
            self.found,
            self.nearest,
            message,
            self.hint,
            of_column=self.of_column,
        )


class ExactReader:
    """Reads single rows just as ``triage.answers.reading`` does: answer by answer, and each answer only once.

    What is wrong with an answer does not depend on the others, so what was said about it can be remembered. With one
    bad row in a hundred, spelling out the nearest word each time would take longer than all the good rows.
    """

    def __init__(self, layout: BitLayout, keep: Iterable[str] = ()) -> None:
        self._questionnaire = layout.questionnaire
        self._aside = frozenset((*ABOUT, *(name for name in keep if not self._questionnaire.is_question(name))))
        self._layout = layout
        self.meanings = AnswerMeanings(layout)
        """What single answers mean; whoever reads rows quickly asks here, too, so that each is asked about once."""
        self._said: dict[Hashable, AnswerState | None] = {}
        self._answers: dict[tuple[str, Hashable, bool], int | tuple[_Wrong, ...]] = {}

    def read_line(self, raw: bytes, place: RowPlace) -> GoodRow | list[Fault]:
        """Read a line of JSON."""
        try:
            data = read_json(decode(raw, place.file), place.file).data
        except DataFault as fault:
            return self._placed([fault_of_row(place, one.message, one.hint) for one in fault.problems], place)
        return self.read(data, place)

    def read(self, raw: Any, place: RowPlace) -> GoodRow | list[Fault]:
        """Read one row of plain data."""
        if isinstance(raw, dict) and self.answers_earlier_questionnaire(raw):
            return self._read_earlier(raw, place)
        return self._read_by_pieces(raw, place)

    def _read_by_pieces(self, raw: Any, place: RowPlace) -> GoodRow | list[Fault]:
        name = place.unnamed
        if not isinstance(raw, dict):
            return self._placed([one.at(place, name) for one in self._wrong(raw, name)], place)
        wrong: list[_Wrong] = []
        said = raw.get("id")
        if said is not None and said != "":
            wrong += () if isinstance(said, str) and said.isascii() else self._wrong({"id": said, "answers": {}}, name)
            name = name if wrong else str(said)
        bare = "answers" not in raw
        answers = {key: value for key, value in raw.items() if key not in self._aside} if bare else raw["answers"]
        number = 0
        if isinstance(answers, dict) and (answers or not bare):
            for key, value in answers.items():
                meaning = self._meaning(key, value, bare=bare)
                if isinstance(meaning, int):
                    number |= meaning
                else:
                    wrong += meaning
        else:
            wrong += self._wrong({} if bare else {"answers": answers}, name)
        if not bare:
            for key in raw:
                if key not in self._aside and may_be_misplaced(key, self._questionnaire):
                    wrong += self._wrong({key: raw[key], "answers": {}}, name)
        if raw.get("questionnaire") not in (None, "", self._questionnaire.questionnaire):
            wrong += self._wrong({"questionnaire": raw["questionnaire"], "answers": {}}, name)
        for key in _BESIDES:
            if not isinstance(raw.get(key, ""), str) or not raw.get(key, "").isprintable():
                wrong += self._wrong({key: raw[key], "answers": {}}, name)
        return (
            self._placed([one.at(place, name) for one in wrong], place)
            if wrong
            else GoodRow(name, said is not None and said != "", number, raw)
        )

    def answers_earlier_questionnaire(self, raw: dict[str, Any]) -> bool:
        """Whether some answers of a row mean something else, or elsewhere, than they say by themselves."""
        if not self._questionnaire.former_answers:
            return False
        answers = raw.get("answers", raw)
        said = answers.items() if isinstance(answers, dict) else ()
        versions = [(key, raw[key]) for key in VERSIONS if raw.get(key) is not None]
        return any(self._holds_former(name, value) for name, value in said) or any(
            changes_meanings(self._questionnaire, key, str(value)) for key, value in versions
        )

    def _holds_former(self, name: object, value: Any) -> bool:
        if not isinstance(name, str) or name not in self._questionnaire.former_by_question:
            return False
        question = self._questionnaire.by_id.get(name)
        if question is None:
            return True
        former = self._questionnaire.former_by_question[name]
        codes = value if isinstance(value, list) else [value]
        return any(isinstance(code, str) and code in former and code not in question.by_code for code in codes)

    def _read_earlier(self, raw: dict[str, Any], place: RowPlace) -> GoodRow | list[Fault]:
        """Read a row of which answers may mean something else together; what each says is still read only once."""
        read = {key: value for key, value in raw.items() if key in ABOUT or key not in self._aside}
        if "answers" in raw:
            beside, answers = read, raw["answers"]
        else:
            beside = {key: value for key, value in read.items() if key in ABOUT}
            answers = {key: value for key, value in read.items() if key not in ABOUT}
        row = self._read_by_pieces({**beside, "answers": {}}, place)
        said = self._said_together(answers) if isinstance(answers, dict) else None
        if said is None or not isinstance(row, GoodRow):
            return self._wrong_as_a_whole(read, place)
        version, rules = (str(raw[key]) if raw.get(key) not in (None, "") else None for key in VERSIONS)
        now = convert(self._questionnaire, said, version=version, rules=rules)
        if now.ask_again:
            now = replace(now, ask_again=still_asked(now, settle(self._questionnaire, now.given)))
        return replace(row, number=self._layout.number_of(now.given), raw=raw, earlier=now)

    def _said_together(self, answers: dict[str, Any]) -> dict[str, AnswerState] | None:
        """Return what answers say, in codes of today and of before; None where one is at fault."""
        said: dict[str, AnswerState] = {}
        for name, value in answers.items():
            key = (name, tuple(value) if isinstance(value, list) else value)
            try:
                known = key in self._said
            except TypeError:  # something in the list cannot be looked up
                return None
            if not known:
                if len(self._said) >= _MOST_REMEMBERED:
                    self._said = {}
                try:
                    self._said[key] = read_answer(name, value, self._questionnaire)
                except DataFault:
                    return None
            state = self._said[key]
            if state is not None:
                said[name] = state
        return said

    def _wrong_as_a_whole(self, raw: dict[str, Any], place: RowPlace) -> list[Fault]:
        try:
            self.meanings.read(raw, place.unnamed)
        except DataFault as fault:
            name = self._id_of(raw, place)
            wrong = [self._described(problem, raw, name) for problem in fault.problems]
            return self._placed([one.at(place, name) for one in wrong], place)
        raise AssertionError("what is wrong with a part is wrong with the whole")

    def _id_of(self, raw: dict[str, Any], place: RowPlace) -> str:
        try:
            return self.meanings.read({"id": raw.get("id"), "answers": {}}, place.unnamed).id
        except DataFault:
            return place.unnamed

    def wrong_answers(self, answers: Iterable[tuple[str, Any]], place: RowPlace, said_id: str | None) -> list[Fault]:
        """Return what is wrong with answers, each with its question, of a row in which nothing else is wrong.

        Nothing where some of them answer an earlier questionnaire, so that the row has to be read as a whole.
        """
        wrong: list[_Wrong] = []
        answers = list(answers)
        if any(self._holds_former(question, value) for question, value in answers):
            return []
        for question, value in answers:
            meaning = self._meaning(question, value, bare=False)
            wrong += () if isinstance(meaning, int) else meaning
        return self._placed([one.at(place, said_id or place.unnamed) for one in wrong], place)

    def _placed(self, faults: list[Fault], place: RowPlace) -> list[Fault]:
        """Return the faults of a row with their exact places, where these can be known."""
        if not faults or place.written is None:
            return faults
        places: dict[str, list[Place]] = {}
        for problem in place.written.problems(place.file, self._questionnaire, place.unnamed):
            places.setdefault(problem.message, []).append(problem.place)
        return [fault.standing_at(at.pop(0)) if (at := places.get(fault.message)) else fault for fault in faults]

    def _meaning(self, key: str, value: Any, *, bare: bool) -> int | tuple[_Wrong, ...]:
        """Return the bits of an answer, or what is wrong with it; a bare one has no key ``answers`` around it."""
        right = self.meanings.number_if_right(key, value) if key in self._questionnaire.by_id else None
        if right is not None:
            return right
        said: Hashable = tuple(value) if isinstance(value, list) else value if isinstance(value, str) else None
        try:
            known = self._answers.get((key, said, bare)) if said is not None else None
        except TypeError:  # something in the list cannot be looked up
            known = None
        if known is None:
            known = self._ask(key, value, bare=bare)
            if len(self._answers) >= _MOST_REMEMBERED:
                self._answers = {}
            # Codes only: 1 and true would be the same to a dictionary.
            if isinstance(said, str) or (isinstance(said, tuple) and all(isinstance(one, str) for one in said)):
                self._answers[key, said, bare] = known
        return known

    def _ask(self, key: str, value: Any, *, bare: bool) -> int | tuple[_Wrong, ...]:
        if key not in self._questionnaire.by_id:
            return self._wrong({key: value} if bare else {"answers": {key: value}}, "")
        try:
            return self.meanings.number(key, value)
        except DataFault as fault:
            return tuple(self._described(problem, {"answers": {key: value}}, "") for problem in fault.problems)

    def _wrong(self, raw: Any, name: str) -> tuple[_Wrong, ...]:
        """Return what is wrong with a part of a row."""
        try:
            self.meanings.read(raw, name)
        except DataFault as fault:
            return tuple(self._described(problem, raw, name) for problem in fault.problems)
        return ()

    def _described(self, problem: Problem, raw: Any, name: str) -> _Wrong:
        """Take what the exact reader said apart: the id it begins with, the question, and what was found there."""
        said = problem.message.removeprefix(f"{shown(name)} ")
        steps = problem.place.steps if isinstance(problem.place, Inside) else ()
        found = _value_at(raw, steps)
        bare = isinstance(raw, dict) and "answers" not in raw
        inside = steps if bare else steps[1:]
        if len(steps) == 1 and not bare and may_be_misplaced(steps[0], self._questionnaire):
            return _Wrong(said, problem.hint, str(steps[0]), found, of_column=True)
        if not inside or (bare and inside[0] in ABOUT):
            return _Wrong(said, problem.hint, None, found)
        key = str(inside[0])
        question = self._questionnaire.by_id.get(key)
        codes = tuple(question.codes if question else self._questionnaire.former_by_question.get(key, ()))
        if not codes:
            near = None if key in ABOUT else nearest_key(key, self._questionnaire, bare=bare)
            return _Wrong(said, problem.hint, key, key, near, of_column=True)
        strange = isinstance(found, str) and found not in (*codes, *STATES)
        return _Wrong(
            said, problem.hint, key, found, nearest_choice(found, (*codes, *STATES), question) if strange else None
        )


def _value_at(raw: Any, steps: Steps) -> Any:
    """Return the value at a path; that of the last step that exists where the path leads nowhere."""
    for step in steps:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            break
    return raw
