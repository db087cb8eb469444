"""Bad rows: what is wrong with each, where it stands, and the nearest right word."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage.answer_reading import SavedCase, read_case
from triage.batch.answer_meanings import ABOUT, number_of_case
from triage.documents import Document, decode, read_json
from triage.problems import DataFault, Place, Problem, nearest

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from triage.batch.bit_layout import BitLayout
    from triage.documents import Steps

__all__ = ["ExactReader", "Fault", "GoodRow", "RowPlace", "fault_of_file"]

_STATES = ("unknown", "not_applicable")
_MOST_REMEMBERED = 100_000
_LONGEST_FOUND = 200


@dataclass(frozen=True)
class RowPlace:
    """Where a row stands."""

    file: str
    line: int | None
    row: int | None
    """The number of the row in a list or a table that has no lines."""
    unnamed: str
    """The id of the row if it says none."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a row, or with a whole file."""

    file: str
    line: int | None
    row: int | None
    id: str | None
    question: str | None
    found: Any
    nearest: str | None
    message: str
    hint: str | None = None

    def as_json(self) -> str:
        """Return the line of the errors file."""
        shown = {
            "file": self.file,
            "line": self.line,
            "row": self.row,
            "id": self.id,
            "question": self.question,
            "found": _short(self.found),
            "nearest": self.nearest,
            "message": f"{self.message} {self.hint}" if self.hint else self.message,
        }
        return json.dumps(shown, ensure_ascii=False)

    def __str__(self) -> str:
        return str(Problem(Place(self.file, self.line or self.row), self.message, self.hint))


def fault_of_file(problem: Problem) -> Fault:
    """Return what is wrong with a whole file."""
    place = problem.place
    return Fault(place.source, place.line, None, None, None, None, None, problem.message, problem.hint)


@dataclass(frozen=True)
class GoodRow:
    """A row with nothing wrong."""

    id: str
    number: int
    """What was chosen, as bits over all words."""
    raw: dict[str, Any]


@dataclass(frozen=True)
class _Wrong:
    """One thing that is wrong, said without the id of the row."""

    said: str
    hint: str | None
    question: str | None = None
    found: Any = None
    nearest: str | None = None

    def at(self, place: RowPlace, name: str | None) -> Fault:
        message = self.said if name is None else f"{name!r} {self.said}"
        return Fault(
            place.file, place.line, place.row, name, self.question, self.found, self.nearest, message, self.hint
        )


@dataclass(frozen=True)
class _Inside(Place):
    """A place that is a path inside a case."""

    steps: Steps = ()


class _Part(Document):
    """A part of a case; its places are paths, since looking for columns takes long."""

    def place(self, path: Steps = ()) -> Place:
        return _Inside(self.source, steps=path)


class ExactReader:
    """Reads single rows just as ``triage.answer_reading`` does: answer by answer, and each answer only once.

    What is wrong with an answer does not depend on the others, so what was said about it can be remembered. With one
    bad row in a hundred, spelling out the nearest word each time would take longer than all the good rows.
    """

    def __init__(self, layout: BitLayout, keep: Iterable[str] = ()) -> None:
        self._layout = layout
        self._questionnaire = layout.questionnaire
        self._aside = frozenset((*ABOUT, *(name for name in keep if name not in self._questionnaire.by_id)))
        self._answers: dict[Hashable, int | tuple[_Wrong, ...]] = {}

    def read_line(self, raw: bytes, place: RowPlace) -> GoodRow | list[Fault]:
        """Read a line of JSON."""
        try:
            data = read_json(decode(raw, place.file), place.file).data
        except DataFault as fault:
            return [_Wrong(one.message, one.hint).at(place, None) for one in fault.problems]
        return self.read(data, place)

    def read(self, raw: Any, place: RowPlace) -> GoodRow | list[Fault]:
        """Read one row of plain data."""
        name = place.unnamed
        if not isinstance(raw, dict):
            return [one.at(place, name) for one in self._wrong(raw, name)]
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
                meaning = self._meaning(key, value)
                if isinstance(meaning, int):
                    number |= meaning
                else:
                    wrong += meaning
        else:
            wrong += self._wrong({} if bare else {"answers": answers}, name)
        about = raw.get("questionnaire")
        if about is not None and about != self._questionnaire.questionnaire:
            wrong += self._wrong({"questionnaire": about, "answers": {}}, name)
        return [one.at(place, name) for one in wrong] if wrong else GoodRow(name, number, raw)

    def _meaning(self, key: str, value: Any) -> int | tuple[_Wrong, ...]:
        """Return the bits of an answer, or what is wrong with it."""
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(code, str) for code in listed):
            return self._ask(key, value)
        remembered = (key, isinstance(value, list), *listed)
        if remembered not in self._answers:
            if len(self._answers) >= _MOST_REMEMBERED:
                self._answers = {}
            self._answers[remembered] = self._ask(key, value)
        return self._answers[remembered]

    def _ask(self, key: str, value: Any) -> int | tuple[_Wrong, ...]:
        case = self._case({"answers": {key: value}}, "")
        return number_of_case(self._layout, case) if isinstance(case, SavedCase) else case

    def _wrong(self, raw: Any, name: str) -> tuple[_Wrong, ...]:
        """Return what is wrong with a part of a row."""
        case = self._case(raw, name)
        return () if isinstance(case, SavedCase) else case

    def _case(self, raw: Any, name: str) -> SavedCase | tuple[_Wrong, ...]:
        try:
            return read_case(_Part("", raw, lambda: None), (), self._questionnaire, unnamed=name)
        except DataFault as fault:
            return tuple(self._described(problem, raw, name) for problem in fault.problems)

    def _described(self, problem: Problem, raw: Any, name: str) -> _Wrong:
        """Take what the exact reader said apart: the id it begins with, the question, and what was found there."""
        said = problem.message.removeprefix(f"{name!r} ")
        steps = problem.place.steps if isinstance(problem.place, _Inside) else ()
        found = _value_at(raw, steps)
        key = str(steps[1]) if len(steps) > 1 else None
        if key is None:
            return _Wrong(said, problem.hint, None, found)
        question = self._questionnaire.by_id.get(key)
        if question is None:
            return _Wrong(said, problem.hint, key, key, nearest(key, self._questionnaire.by_id))
        strange = isinstance(found, str) and found not in (*question.codes, *_STATES)
        return _Wrong(said, problem.hint, key, found, nearest(found, (*question.codes, *_STATES)) if strange else None)


def _value_at(raw: Any, steps: Steps) -> Any:
    """Return the value at a path; that of the last step that exists where the path leads nowhere."""
    for step in steps:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            break
    return raw


def _short(found: Any) -> Any:
    """Return a value that fits into one line of JSON; one that does not is cut as text."""
    try:
        written = json.dumps(found, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        written = ""
    if 0 < len(written) <= _LONGEST_FOUND:
        return found
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= _LONGEST_FOUND else f"{text[:_LONGEST_FOUND]} ..."
