"""Reading one person's answers out of plain data, with every fault said at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from triage.answers.answers import Answers, settle
from triage.answers.conversion import convert
from triage.answers.nearest_words import (
    ABOUT,
    hint_for_choice,
    may_be_misplaced,
    meant_key,
    misspelt,
    nearest_choice,
    nearest_key,
)
from triage.conditions.answer_state import NOT_APPLICABLE, STATES, AnswerState, Missing
from triage.documents.document import Document, WrittenNumber
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, nearest

if TYPE_CHECKING:
    from triage.answers.conversion import Conversion
    from triage.documents.document import Steps
    from triage.protocol.former_answer import FormerAnswer
    from triage.protocol.questionnaire import Question, Questionnaire

__all__ = [
    "ABOUT",
    "SavedCase",
    "may_be_misplaced",
    "misspelt",
    "nearest_choice",
    "nearest_key",
    "read_answer",
    "read_case",
    "still_asked",
]

_ROW_NUMBERS = ("", "Unnamed: 0")
_OF_A_RESULT = ("outcome", "urgency", "at_worst", "types", "causes", "warning_signs", "could_not_rule_out", "rules")


@dataclass(frozen=True)
class SavedCase:
    """One person's answers as they were saved."""

    id: str
    answers: Answers
    place: Place
    answered_at: str | None = None
    protocol: str | None = None
    """Version of the rules the answers were given under."""
    questionnaire_version: str | None = None
    taken_over: tuple[FormerAnswer, ...] = ()
    """Answers to an earlier questionnaire that say something in this one, too."""
    ask_again: tuple[str, ...] = ()
    """Questions that apply and that answers to an earlier questionnaire leave open, in the order asked."""
    named: bool = True
    """Whether the case says its id itself."""
    stopped_early: bool = False
    """Whether the person stopped before the questions that could still matter were asked."""


def read_case(document: Document, steps: Steps, questionnaire: Questionnaire, *, unnamed: str) -> SavedCase:
    """Read the case at a path of a document; codes of earlier questionnaires become those of today.

    Args:
        document: where the case stands.
        steps: the path of the case in it.
        questionnaire: the questions that may be answered.
        unnamed: the id of a case that says none.

    Raises:
        DataFault: an unknown question or choice, a contradiction, or a value of the wrong form.

    """
    return _CaseReading(document, steps, questionnaire, unnamed).case()


def read_answer(name: str, value: Any, questionnaire: Questionnaire) -> AnswerState | None:
    """Read one answer by itself, in codes of today or of before; None where it says nothing.

    Raises:
        DataFault: it is no answer.

    """
    reading = _CaseReading(Document("", {}, lambda: None), (), questionnaire, "")
    given = reading.given({name: value}, ())
    if reading.problems:
        raise DataFault(reading.problems)
    return given.get(name)


def still_asked(conversion: Conversion, settled: Answers) -> tuple[str, ...]:
    """Return the questions that former answers leave open and that apply, in the order asked."""
    return tuple(name for name in conversion.ask_again if settled.states[name] is not NOT_APPLICABLE)


class _CaseReading:
    def __init__(self, document: Document, steps: Steps, questionnaire: Questionnaire, unnamed: str) -> None:
        self.document = document
        self.steps = steps
        self.questionnaire = questionnaire
        self.id = unnamed
        self.problems: list[Problem] = []

    def problem(self, steps: Steps, message: str, hint: str | None = None) -> None:
        place = self.document.place((*self.steps, *steps))
        self.problems.append(Problem(place, f"{shown(self.id)} {message}", hint))

    def case(self) -> SavedCase:
        raw = self.document.data
        for step in self.steps:
            raw = raw[step]
        if not isinstance(raw, dict):
            self.problem((), f"should be a mapping with answers, not {shown(raw)}.")
            raise DataFault(self.problems)
        self.id = self.identity(raw)
        bare = "answers" not in raw
        answers = {key: value for key, value in raw.items() if key not in ABOUT} if bare else raw["answers"]
        given: dict[str, AnswerState] = {}
        if not isinstance(answers, dict):
            self.problem(("answers",), f"should have a mapping of questions to answers, not {shown(answers)}.")
        elif bare and not answers:
            self.problem((), "holds no answers.", "Put them under the key 'answers'; `triage template` shows how.")
        else:
            given = self.given(answers, () if bare else ("answers",))
        if not bare:
            self.check_beside(raw)
        self.check_questionnaire(raw.get("questionnaire"))
        version, protocol = self.text(raw, "questionnaire_version"), self.text(raw, "protocol")
        answered_at = self.text(raw, "answered_at")
        if self.problems:
            raise DataFault(self.problems)
        now = convert(self.questionnaire, given, version=version, rules=protocol)
        settled = settle(self.questionnaire, now.given)
        return SavedCase(
            id=self.id,
            answers=settled,
            place=self.document.place(self.steps) if self.steps else Place(self.document.source),
            answered_at=answered_at,
            protocol=protocol,
            questionnaire_version=version,
            taken_over=now.taken_over,
            ask_again=still_asked(now, settled),
            named=raw.get("id") not in (None, ""),
            stopped_early=raw.get("stopped_early") in (True, "true"),
        )

    def check_beside(self, raw: dict[str, Any]) -> None:
        for key, value in raw.items():
            meant = meant_key(key, self.questionnaire)
            if meant is None or not (meant.for_sure or self.seems_an_answer(value, meant.key)):
                continue
            nearest_one = "" if key == meant.key else f"Did you mean {shown(meant.key)}? "
            if meant.key in ABOUT and value not in (None, ""):
                self.problem((key,), f"has {shown(key)} beside 'answers', where it is not read.", nearest_one.strip())
            elif meant.key not in ABOUT and (key == meant.key or value not in (None, "", [])):
                hint = "Put it into 'answers'." if meant.key == "answers" else f"{nearest_one}Put it into 'answers'."
                self.problem((key,), f"has {shown(key)} beside 'answers', where no answer is read.", hint)

    def seems_an_answer(self, value: object, question: str) -> bool:
        """Whether all of a value may be choices of a question, with a slip of the hand or without."""
        asked = self.questionnaire.by_id.get(question)
        codes = value if isinstance(value, list) else [value]
        if asked is None or not codes:
            return False
        return all(isinstance(code, str) and nearest(code, (*asked.codes, *STATES)) for code in codes)

    def identity(self, raw: dict[str, Any]) -> str:
        said = raw.get("id")
        if said is None or said == "":
            return self.id
        # As it is written: 007 and 7 are two people, and so are 1e3 and 1000.
        if isinstance(said, bool) or not isinstance(said, str | int | WrittenNumber) or not _is_text(str(said)):
            self.problem(("id",), f"should have a text or a whole number as id, not {shown(said)}.")
            return self.id
        return str(said)

    def text(self, raw: dict[str, Any], key: str) -> str | None:
        said = raw.get(key)
        if said is None or said == "":
            return None
        if isinstance(said, bool) or not isinstance(said, str | int | float) or not str(said).isprintable():
            self.problem((key,), f"should have a text for {shown(key)}, not {shown(said)}.")
            return None
        return str(said)

    def check_questionnaire(self, said: object) -> None:
        if said not in (None, "", self.questionnaire.questionnaire):
            message = f"answers the questionnaire {shown(said)}, not {shown(self.questionnaire.questionnaire)}."
            self.problem(("questionnaire",), message)

    def given(self, answers: dict[str, Any], steps: Steps) -> dict[str, AnswerState]:
        """Return what was said, in codes of today and of before."""
        given: dict[str, AnswerState] = {}
        for name, value in answers.items():
            if not isinstance(name, str) or not self.questionnaire.is_question(name):
                message = f"answers {shown(name)}, which no question asks."
                self.problem((*steps, name), message, self.hint_for(name, bare=not steps))
                continue
            state = self.state(name, value, (*steps, name))
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
        return f"Did you mean {shown(near)}?" if near else "`triage questions` lists what may be answered."

    def state(self, name: str, value: Any, steps: Steps) -> AnswerState | None:
        """Return the state a value stands for, or None where it says nothing or is at fault."""
        if value is None or (isinstance(value, str | list) and not value):  # some others may not be asked what they are
            return None
        question = self.questionnaire.by_id.get(name)
        former = self.questionnaire.former_by_question.get(name, {})
        listed = value if isinstance(value, list) else [value]
        if not all(isinstance(code, str) for code in listed):
            wanted = "a list of codes" if question is None or question.multiple else "a code"
            said = {True: "true", False: "false"}.get(value) if isinstance(value, bool) else None
            codes_known = (*question.codes, *STATES) if question else ()
            hint = hint_for_choice(said, codes_known, question) if said else None
            self.problem(steps, f"should answer {shown(name)} with {wanted}, not {shown(value)}.", hint)
            return None
        codes = [code for code in dict.fromkeys(listed) if code]
        if not codes:
            return None
        known = (*(question.codes if question else former), *STATES)
        strange = [code for code in codes if code not in known and code not in former]
        for code in strange:
            where = (*steps, listed.index(code)) if isinstance(value, list) else steps
            message = f"answers {shown(name)} with {shown(code)}, which is no choice of it."
            self.problem(where, message, hint_for_choice(code, known, question))
        if strange or self.contradicts(name, question, codes, steps):
            return None
        return Missing(codes[0]) if codes[0] in STATES else frozenset(codes)

    def contradicts(self, name: str, question: Question | None, codes: list[str], steps: Steps) -> bool:
        """Say what cannot go together; whether former codes can is seen when they are those of today."""
        if len(codes) < 2:
            return False
        together = ", ".join(map(shown, codes))
        lonely = [code for code in codes if code in STATES or (question is not None and code in question.alone)]
        too_many = question is not None and not question.multiple and all(code in question.by_code for code in codes)
        if lonely:
            self.problem(steps, f"answers {shown(name)} with {together}, but {shown(lonely[0])} excludes the others.")
        elif too_many:
            self.problem(steps, f"gives {len(codes)} answers to {shown(name)}, which takes one: {together}.")
        return bool(lonely) or too_many


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
