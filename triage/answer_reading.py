"""Reading one person's answers out of plain data, with every fault said at once."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from triage.answer_state import NOT_APPLICABLE, UNKNOWN, AnswerState, Missing
from triage.answers import Answers, settle
from triage.documents import WrittenNumber
from triage.problems import DataFault, Place, Problem, did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.documents import Document, Steps
    from triage.questionnaire import Question, Questionnaire

__all__ = ["ABOUT", "SavedCase", "may_be_misplaced", "nearest_key", "read_case"]

ABOUT = ("id", "questionnaire", "protocol", "answered_at")
"""Keys that stand beside the answers; in a bare mapping of answers they are no questions."""
_LONGEST_SHOWN = 60
_MISTYPED = 0.85
"""So much alike are words that differ by a slip of the hand: ``anwers`` and ``answers``, not ``note`` and ``nose``."""
_SHORT = 4
"""Words of so few letters may be others though they differ by one."""
_ALIKE = 0.6
_ROW_NUMBERS = ("", "Unnamed: 0")
_OF_A_RESULT = ("outcome", "urgency", "at_worst", "types", "causes", "warning_signs", "could_not_rule_out", "rules")
_STATES: dict[str, Missing] = {"unknown": UNKNOWN, "not_applicable": NOT_APPLICABLE}


class _Meant(NamedTuple):
    """What a key beside ``answers`` may have been meant to be."""

    key: str
    for_sure: bool
    """Whether it differs by no more than a slip of the hand."""


def may_be_misplaced(key: object, questionnaire: Questionnaire) -> bool:
    """Whether a key that stands beside ``answers`` may be one that was meant to be read, and would be lost there.

    >>> from triage.questionnaire import Questionnaire
    >>> nothing = Questionnaire.model_construct(questions=())
    >>> [may_be_misplaced(key, nothing) for key in ("answers", "Answers", "anwers", "ID", "clinic")]
    [False, True, True, True, False]
    """
    return _meant(key, questionnaire) is not None


def _meant(key: object, questionnaire: Questionnaire) -> _Meant | None:
    if key in questionnaire.by_id:
        return _Meant(str(key), for_sure=True)
    if not isinstance(key, str) or key in (*ABOUT, "answers"):
        return None
    return _nearest_beside(key, (*questionnaire.by_id, *ABOUT, "answers"))


@lru_cache(maxsize=10_000)
def _nearest_beside(key: str, known: tuple[str, ...]) -> _Meant | None:
    written = re.sub(r"[\s-]+", "_", key.strip().lower()).removesuffix("s")
    if len(written) > 2 * max(map(len, known)):
        return None
    words = {word.removesuffix("s"): word for word in known}
    near = difflib.get_close_matches(written, words, 1, _ALIKE)
    if not near:
        return None
    slip = len(written) > _SHORT and difflib.SequenceMatcher(None, near[0], written).ratio() >= _MISTYPED
    return _Meant(words[near[0]], for_sure=slip or near[0] == written)


def nearest_key(key: str, questionnaire: Questionnaire, *, bare: bool) -> str | None:
    """Return the key that a key which is no question was most likely meant to be.

    >>> from triage.questionnaire import Questionnaire
    >>> nothing = Questionnaire.model_construct(questions=())
    >>> nearest_key("ID", nothing, bare=False), nearest_key("anwers", nothing, bare=True)
    ('id', 'answers')
    """
    return nearest(key, (*questionnaire.by_id, *ABOUT, *(("answers",) if bare else ())))


@dataclass(frozen=True)
class SavedCase:
    """One person's answers as they were saved."""

    id: str
    answers: Answers
    place: Place
    answered_at: str | None = None
    protocol: str | None = None
    """Version of the rules the answers were given under."""
    named: bool = True
    """Whether the case says its id itself."""


def read_case(document: Document, steps: Steps, questionnaire: Questionnaire, *, unnamed: str) -> SavedCase:
    """Read the case at a path of a document.

    Args:
        document: where the case stands.
        steps: the path of the case in it.
        questionnaire: the questions that may be answered.
        unnamed: the id of a case that says none.

    Raises:
        DataFault: an unknown question or choice, a contradiction, or a value of the wrong form.

    """
    return _CaseReading(document, steps, questionnaire, unnamed).case()


class _CaseReading:
    def __init__(self, document: Document, steps: Steps, questionnaire: Questionnaire, unnamed: str) -> None:
        self.document = document
        self.steps = steps
        self.questionnaire = questionnaire
        self.id = unnamed
        self.problems: list[Problem] = []

    def problem(self, steps: Steps, message: str, hint: str | None = None) -> None:
        place = self.document.place((*self.steps, *steps))
        self.problems.append(Problem(place, f"{self.id!r} {message}", hint))

    def case(self) -> SavedCase:
        raw = self.document.data
        for step in self.steps:
            raw = raw[step]
        if not isinstance(raw, dict):
            self.problem((), f"should be a mapping with answers, not {_shown(raw)}.")
            raise DataFault(self.problems)
        self.id = self.identity(raw)
        bare = "answers" not in raw
        answers = {key: value for key, value in raw.items() if key not in ABOUT} if bare else raw["answers"]
        given: dict[str, AnswerState] = {}
        if not isinstance(answers, dict):
            self.problem(("answers",), f"should have a mapping of questions to answers, not {_shown(answers)}.")
        elif bare and not answers:
            self.problem((), "holds no answers.", "Put them under the key 'answers'; `triage template` shows how.")
        else:
            given = self.given(answers, () if bare else ("answers",))
        if not bare:
            self.check_beside(raw)
        self.check_questionnaire(raw.get("questionnaire"))
        answered_at, protocol = self.text(raw, "answered_at"), self.text(raw, "protocol")
        if self.problems:
            raise DataFault(self.problems)
        return SavedCase(
            id=self.id,
            answers=settle(self.questionnaire, given),
            place=self.document.place(self.steps) if self.steps else Place(self.document.source),
            answered_at=answered_at,
            protocol=protocol,
            named=raw.get("id") not in (None, ""),
        )

    def check_beside(self, raw: dict[str, Any]) -> None:
        for key, value in raw.items():
            meant = _meant(key, self.questionnaire)
            if meant is None or not (meant.for_sure or self.seems_an_answer(value, meant.key)):
                continue
            nearest_one = "" if key == meant.key else f"Did you mean {meant.key!r}? "
            if meant.key in ABOUT and value not in (None, ""):
                self.problem((key,), f"has {_shown(key)} beside 'answers', where it is not read.", nearest_one.strip())
            elif meant.key not in ABOUT and (key == meant.key or value not in (None, "", [])):
                hint = "Put it into 'answers'." if meant.key == "answers" else f"{nearest_one}Put it into 'answers'."
                self.problem((key,), f"has {_shown(key)} beside 'answers', where no answer is read.", hint)

    def seems_an_answer(self, value: object, question: str) -> bool:
        """Whether all of a value may be choices of a question, with a slip of the hand or without."""
        asked = self.questionnaire.by_id.get(question)
        codes = value if isinstance(value, list) else [value]
        if asked is None or not codes:
            return False
        return all(isinstance(code, str) and nearest(code, (*asked.codes, *_STATES)) for code in codes)

    def identity(self, raw: dict[str, Any]) -> str:
        said = raw.get("id")
        if said is None or said == "":
            return self.id
        # As it is written: 007 and 7 are two people, and so are 1e3 and 1000.
        if isinstance(said, bool) or not isinstance(said, str | int | WrittenNumber) or not _is_text(str(said)):
            self.problem(("id",), f"should have a text or a whole number as id, not {_shown(said)}.")
            return self.id
        return str(said)

    def text(self, raw: dict[str, Any], key: str) -> str | None:
        said = raw.get(key)
        if said is None or said == "":
            return None
        if isinstance(said, bool) or not isinstance(said, str | int | float) or not str(said).isprintable():
            self.problem((key,), f"should have a text for {key!r}, not {_shown(said)}.")
            return None
        return str(said)

    def check_questionnaire(self, said: object) -> None:
        if said not in (None, "", self.questionnaire.questionnaire):
            message = f"answers the questionnaire {_shown(said)}, not {self.questionnaire.questionnaire!r}."
            self.problem(("questionnaire",), message)

    def given(self, answers: dict[str, Any], steps: Steps) -> dict[str, AnswerState]:
        given: dict[str, AnswerState] = {}
        for name, value in answers.items():
            question = self.questionnaire.by_id.get(name)
            if question is None:
                message = f"answers {_shown(name)}, which no question asks."
                self.problem((*steps, name), message, self.hint_for(name, bare=not steps))
                continue
            state = self.state(question, value, (*steps, name))
            if state is not None:
                given[name] = state
        return given

    def hint_for(self, name: str, *, bare: bool) -> str:
        if name in ABOUT:
            return "It stands beside 'answers', not in it."
        if name in _ROW_NUMBERS:
            return "Are these the numbers of rows that pandas writes? Write the table with index=False."
        if name in _OF_A_RESULT:
            return "Results of `triage score` have it; what is read here are answers."
        near = nearest_key(str(name), self.questionnaire, bare=bare)
        return f"Did you mean {near!r}?" if near else "`triage questions` lists what may be answered."

    def state(self, question: Question, value: Any, steps: Steps) -> AnswerState | None:
        """Return the state a value stands for, or None where it says nothing or is at fault."""
        if value is None or value in ("", []):
            return None
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(code, str) for code in listed):
            wanted = "a list of codes" if question.multiple else "a code"
            self.problem(steps, f"should answer {question.id!r} with {wanted}, not {_shown(value)}.")
            return None
        codes = list(dict.fromkeys(listed))
        known = (*question.codes, *_STATES)
        strange = [code for code in codes if code not in known]
        for code in strange:
            where = (*steps, listed.index(code)) if isinstance(value, list) else steps
            message = f"answers {question.id!r} with {_shown(code)}, which is no choice of it."
            self.problem(where, message, did_you_mean(code, known, listed=14))
        if strange or self.contradicts(question, codes, steps):
            return None
        return _STATES.get(codes[0]) or frozenset(codes)

    def contradicts(self, question: Question, codes: list[str], steps: Steps) -> bool:
        if len(codes) < 2:
            return False
        together = ", ".join(repr(code) for code in codes)
        lonely = [code for code in codes if code in question.alone or code in _STATES]
        if lonely:
            self.problem(steps, f"answers {question.id!r} with {together}, but {lonely[0]!r} excludes the others.")
        elif not question.multiple:
            self.problem(steps, f"gives {len(codes)} answers to {question.id!r}, which takes one: {together}.")
        return bool(lonely) or not question.multiple


def _shown(value: object) -> str:
    """Show a value from a file in one short line, whatever it holds, in the words of the file."""
    text = ""
    for part in _parts(value):
        text += part
        if len(text) > _LONGEST_SHOWN:
            return f"{text[: _LONGEST_SHOWN - 4]} ..."
    return text


def _parts(value: object) -> Iterator[str]:
    """Yield how a value is written, part by part, for nobody reads a long one to its end."""
    match value:
        case None | True | False:
            yield {None: "null", True: "true", False: "false"}[value]
        case str():
            begun = value[: _LONGEST_SHOWN + 1]
            yield repr(begun) if begun.isprintable() else ascii(begun)
        case list():
            yield "["
            for at, item in enumerate(value):
                yield ", " if at else ""
                yield from _parts(item)
            yield "]"
        case dict():
            yield "{"
            for at, (key, item) in enumerate(value.items()):
                yield ", " if at else ""
                yield from _parts(key)
                yield ": "
                yield from _parts(item)
            yield "}"
        case int() | float():
            yield repr(value)
        case _:  # a date, bytes and the like, which only tables hold
            yield from _parts(value.decode(errors="replace") if isinstance(value, bytes) else str(value))


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
