"""What single answers mean, or what is wrong with them, as the exact reader of saved answers says; each asked once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from triage.answers.conversion import changes_meanings
from triage.answers.files import cell_value
from triage.answers.reading import ABOUT, may_be_misplaced, nearest_choice, nearest_key, read_case
from triage.answers.row_faults import Fault
from triage.conditions.answer_state import STATES
from triage.documents.document import Document
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place
from triage.protocol.questionnaire import Questionnaire

if TYPE_CHECKING:
    from triage.answers.bit_layout import BitLayout
    from triage.answers.reading import SavedCase
    from triage.answers.row_faults import RowPlace
    from triage.documents.document import Steps
    from triage.documents.problems import Problem
    from triage.protocol.questionnaire import Question

    Meaning = int | tuple["Wrong", ...] | None
    """The bits of an answer over all words, or what is wrong with it; None for a code of an earlier questionnaire."""

__all__ = ["AnswerMeanings", "Wrong"]

_MOST_REMEMBERED = 100_000
"""Answers remembered at most; then all are forgotten, so that memory stays bounded."""
_UNKNOWN = object()
_INSIDE, _BARE, _CELL = "inside", "bare", "cell"
"""Ways to say an answer: in a mapping of answers, without one around it, and in a cell of a table."""


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong, said without the id and the place of the row."""

    said: str
    hint: str | None
    question: str | None = None
    found: Any = None
    nearest: str | None = None
    of_column: bool = False

    def at(self, place: RowPlace, name: str) -> Fault:
        """Return it as what is wrong with a row."""
        said = f"{shown(name)} {self.said}"
        about = (self.question, self.found, self.nearest)
        return Fault(place.file, place.line, place.row, name, *about, said, self.hint, of_column=self.of_column)


@dataclass(frozen=True)
class _Inside(Place):
    """A place that is a path inside a case."""

    steps: Steps = ()


class _Part(Document):
    """A part of a case; its places are paths, since looking for lines and columns takes long."""

    def place(self, path: Steps = ()) -> Place:
        return _Inside(self.source, steps=path)


class AnswerMeanings:
    """Asks the exact reader about parts of cases, and remembers what it says.

    What an answer means, and what is wrong with it, does not depend on the other answers. So it is asked about in a
    questionnaire of one question, which takes a fraction of the time. Only for codes of earlier questionnaires that is
    not so: here they are no choices, so that rows with them are read as a whole.
    """

    def __init__(self, layout: BitLayout) -> None:
        self._layout = layout
        self._whole = layout.questionnaire
        self._known: dict[tuple[str, Any, str], Meaning] = {}
        """By question, what was said to it, and how."""
        self._together: dict[str, dict[str, int]] = {}
        self._alone = {question.id: _alone(self._whole, question) for question in self._whole.questions}

    def of(self, key: str, value: Any, *, bare: bool = False) -> Meaning:
        """Return what an answer means; a bare one has no key ``answers`` around it."""
        said = (key, tuple(value) if isinstance(value, list) else value, _BARE if bare else _INSIDE)
        try:
            known = self._known.get(said, _UNKNOWN)
        except TypeError:  # something in the list cannot be looked up
            return self._ask(key, value, bare=bare)
        if known is not _UNKNOWN:
            return known  # type: ignore[return-value]
        if (number := self._all_of(key, value)) is not None:  # too many to remember
            return number
        meaning = self._ask(key, value, bare=bare)
        # Codes only: 1 and true would be the same to a dictionary.
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(one, str) for one in value)):
            self._remember(said, meaning)
        return meaning

    def of_cell(self, question: str, text: str) -> int | None:
        """Return the bits of a text that may hold several choices, as a cell does; None if it is not right."""
        said = (question, text, _CELL)
        known = self._known.get(said, _UNKNOWN)
        if known is _UNKNOWN:
            value = cell_value(text)
            known = self.number_if_right(question, value) if value else 0
            self._remember(said, known)
        return known  # type: ignore[return-value]

    def _remember(self, said: tuple[str, Any, str], meaning: Meaning) -> None:
        if len(self._known) >= _MOST_REMEMBERED:
            self._known = {}
        self._known[said] = meaning

    def number_if_right(self, question: str, value: Any) -> int | None:
        """Return the bits of an answer over all words, or None where it is at fault or of an earlier questionnaire."""
        meaning = self.of(question, value)
        return meaning if isinstance(meaning, int) else None

    def goes_with_others(self, question: str, code: str) -> bool:
        """Whether a choice may be given together with others."""
        return code in self._that_go_together(question)

    def may_stand_beside(self, key: str, value: Any) -> bool:
        """Whether a value is right for a key beside the answers, and leaves them what they are."""
        return not changes_meanings(self._whole, key, str(value)) and not self.wrong({"answers": {}, key: value})

    def read(self, raw: Any, name: str = "") -> SavedCase:
        """Read a case, or a part of one.

        Raises:
            DataFault: something is wrong; the places of its problems are paths.

        """
        return read_case(_Part("", raw, lambda: None), (), self._whole, unnamed=name)

    def wrong(self, raw: Any, name: str = "", said_id: str | None = None) -> tuple[Wrong, ...]:
        """Return what is wrong with a case or a part of one, which may say its id itself."""
        try:
            self.read(raw, name)
        except DataFault as fault:
            return self._described(fault, raw, name if said_id is None else said_id)
        return ()

    def _all_of(self, question: str, value: Any) -> int | None:
        """Return the bits of several choices that may be given together; None where they are something else."""
        if not isinstance(value, list) or len(value) < 2 or question not in self._whole.by_id:
            return None
        known = self._that_go_together(question)
        numbers = [known.get(code) for code in value if isinstance(code, str)]
        if len(numbers) < len(value) or None in numbers:
            return None
        return reduce(or_, (number for number in numbers if number))

    def _that_go_together(self, question: str) -> dict[str, int]:
        """Return the bits of each code that may be given with others: several of them mean all of them."""
        if question not in self._together:
            asked = self._whole.by_id[question]
            codes = [code for code in asked.codes if asked.multiple and code not in asked.alone]
            self._together[question] = {code: self._layout.number(question, [code]) for code in codes}
        return self._together[question]

    def _ask(self, key: str, value: Any, *, bare: bool) -> Meaning:
        if self._holds_former(key, value):
            return None
        answer = {"answers": {key: value}}
        if key not in self._whole.by_id:
            return self.wrong({key: value} if bare else answer)
        try:
            case = read_case(_Part("", answer, lambda: None), (), self._alone[key], unnamed="")
        except DataFault as fault:
            return self._described(fault, answer, "")
        return self._layout.number_of(case.answers.given())

    def _holds_former(self, name: object, value: Any) -> bool:
        if not isinstance(name, str) or name not in self._whole.former_by_question:
            return False
        question = self._whole.by_id.get(name)
        if question is None:
            return True
        former = self._whole.former_by_question[name]
        codes = value if isinstance(value, list) else [value]
        return any(isinstance(code, str) and code in former and code not in question.by_code for code in codes)

    # ---- what is wrong ----

    def _described(self, fault: DataFault, raw: Any, name: str) -> tuple[Wrong, ...]:
        return tuple(self._taken_apart(problem, raw, name) for problem in fault.problems)

    def _taken_apart(self, problem: Problem, raw: Any, name: str) -> Wrong:
        """Take what the exact reader said apart: the id it begins with, the question, and what was found there."""
        steps = problem.place.steps if isinstance(problem.place, _Inside) else ()
        found = _value_at(raw, steps)
        wrong = Wrong(problem.message.removeprefix(f"{shown(name)} "), problem.hint, found=found)
        bare = isinstance(raw, dict) and "answers" not in raw
        inside = steps if bare else steps[1:]
        if len(steps) == 1 and not bare and may_be_misplaced(steps[0], self._whole):
            return replace(wrong, question=str(steps[0]), of_column=True)
        if not inside or (bare and inside[0] in ABOUT):
            return wrong
        key = str(inside[0])
        question = self._whole.by_id.get(key)
        codes = tuple(question.codes if question else self._whole.former_by_question.get(key, ()))
        if not codes:
            near = None if key in ABOUT else nearest_key(key, self._whole, bare=bare)
            return replace(wrong, question=key, found=key, nearest=near, of_column=True)
        said = (*codes, *STATES)
        strange = isinstance(found, str) and found not in said
        return replace(wrong, question=key, nearest=nearest_choice(found, said, question) if strange else None)


def _value_at(raw: Any, steps: Steps) -> Any:
    """Return the value at a path; that of the last step that exists where the path leads nowhere."""
    for step in steps:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            break
    return raw


def _alone(questionnaire: Questionnaire, question: Question) -> Questionnaire:
    """Return a questionnaire of one question that always applies, and has no former answers."""
    fields = {name: getattr(questionnaire, name) for name in Questionnaire.model_fields}
    applies = type(question).model_construct(
        **{**{name: getattr(question, name) for name in type(question).model_fields}, "when": None}
    )
    return Questionnaire.model_construct(**{**fields, "questions": (applies,), "former_answers": ()})
