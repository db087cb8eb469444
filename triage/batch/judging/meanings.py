"""What single answers mean, as the exact reader of saved answers says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from triage.answers.conversion import changes_meanings
from triage.answers.reading import read_case
from triage.documents.document import Document
from triage.documents.problems import DataFault, Place
from triage.protocol.questionnaire import Questionnaire

if TYPE_CHECKING:
    from triage.answers.reading import SavedCase
    from triage.batch.judging.bits import BitLayout
    from triage.documents.document import Steps
    from triage.protocol.questionnaire import Question

__all__ = ["AnswerMeanings", "Inside"]

_MOST_REMEMBERED = 100_000
"""Answers remembered at most; then all are forgotten, so that memory stays bounded."""


@dataclass(frozen=True)
class Inside(Place):
    """A place that is a path inside a case."""

    steps: Steps = ()


class _Part(Document):
    """A part of a case; its places are paths, since looking for lines and columns takes long."""

    def place(self, path: Steps = ()) -> Place:
        return Inside(self.source, steps=path)


class AnswerMeanings:
    """Asks the exact reader about parts of cases.

    What an answer means, and what is wrong with it, does not depend on the other answers. So it is asked about in a
    questionnaire of one question, which takes a fraction of the time. Only for codes of earlier questionnaires that is
    not so: here they are no choices, so that rows with them are read as a whole.
    """

    def __init__(self, layout: BitLayout) -> None:
        self._layout = layout
        self._whole = layout.questionnaire
        self._known: dict[tuple[str, str | tuple[str, ...]], int | None] = {}
        self._together: dict[str, dict[str, int]] = {}
        self._alone = {question.id: _alone(self._whole, question) for question in self._whole.questions}

    def read(self, raw: Any, name: str = "") -> SavedCase:
        """Read a case, or a part of one.

        Raises:
            DataFault: something is wrong; the places of its problems are paths.

        """
        return read_case(_Part("", raw, lambda: None), (), self._whole, unnamed=name)

    def number(self, question: str, value: Any) -> int:
        """Return the bits of an answer over all words.

        Raises:
            DataFault: something is wrong; the places of its problems are paths.

        """
        part = _Part("", {"answers": {question: value}}, lambda: None)
        case = read_case(part, (), self._alone.get(question, self._whole), unnamed="")
        return self._layout.number_of(case.answers.given())

    def number_if_right(self, question: str, value: Any) -> int | None:
        """Return the bits of an answer over all words, or None where it is at fault."""
        if isinstance(value, list) and len(value) > 1:
            known = self._that_go_together(question)
            together = [known.get(code) for code in value if isinstance(code, str)]
            if len(together) == len(value) and None not in together:
                return reduce(or_, (number for number in together if number))
        said = tuple(value) if isinstance(value, list) else value
        # Codes only: 1 and true would be the same to a dictionary.
        of_texts = isinstance(said, str) or (isinstance(said, tuple) and all(isinstance(one, str) for one in said))
        if of_texts and (question, said) in self._known:
            return self._known[question, said]
        try:
            number = self.number(question, value)
        except DataFault:
            number = None
        if of_texts:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known = {}
            self._known[question, said] = number
        return number

    def goes_with_others(self, question: str, code: str) -> bool:
        """Whether a choice may be given together with others."""
        return code in self._that_go_together(question)

    def _that_go_together(self, question: str) -> dict[str, int]:
        """Return the bits of each code that may be given with others: several of them mean all of them."""
        if question not in self._together:
            asked = self._whole.by_id[question]
            codes = [code for code in asked.codes if asked.multiple and code not in asked.alone]
            self._together[question] = {code: self.number(question, code) for code in codes}
        return self._together[question]

    def may_stand_beside(self, key: str, value: Any) -> bool:
        """Whether a value is right for a key beside the answers, and leaves them what they are."""
        if changes_meanings(self._whole, key, str(value)):
            return False
        try:
            self.read({"answers": {}, key: value})
        except DataFault:
            return False
        return True


def _alone(questionnaire: Questionnaire, question: Question) -> Questionnaire:
    """Return a questionnaire of one question that always applies, and has no former answers."""
    fields = {name: getattr(questionnaire, name) for name in Questionnaire.model_fields}
    applies = type(question).model_construct(
        **{**{name: getattr(question, name) for name in type(question).model_fields}, "when": None}
    )
    return Questionnaire.model_construct(**{**fields, "questions": (applies,), "former_answers": ()})
