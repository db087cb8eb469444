"""The questions: what may be answered, which answers warn, and when a question applies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationInfo, model_validator

from triage.conditions.condition import Any, AnyOf, Besides, Condition, InState, Misplaced, questions_in
from triage.conditions.reading import Vocabulary
from triage.documents.output_text import shown
from triage.protocol.former_answer import FormerAnswer
from triage.protocol.record import Code, ConditionField, Record, Text, TrueOrFalse

__all__ = [
    "DERIVED_FINDINGS",
    "RESULTS",
    "Choice",
    "Coding",
    "FormerWords",
    "Question",
    "Questionnaire",
    "Section",
    "age_question",
]

DERIVED_FINDINGS = ("warning_sign", "grave_sign", "mild_sign", "red_flag_unknown", "misplaced_warning")
"""Findings that follow from the questionnaire itself, so that rules and red flags cannot drift apart."""

_RESERVED = frozenset({"unknown", "not_applicable", "not_asked", "open"})
RESULTS = ("outcome", "urgency", "types")
"""Results that safety statements test as if they were questions, so that no question may be called like one."""
_RESERVED_IDS = frozenset(
    {
        "all",
        "any",
        "none",
        "finding",
        "id",
        "answers",
        "questionnaire",
        "questionnaire_version",
        "protocol",
        "answered_at",
        "stopped_early",
        *RESULTS,
    }
)
_AGE = r"^[0-9]{1,3} (days|weeks|months|years)$"
_DAYS = {"days": 1, "weeks": 7, "months": 30.4, "years": 365}
Label = Annotated[str, StringConstraints(min_length=1, max_length=34)]


class Coding(Record):
    """A term of a public code system that means the same."""

    system: Literal["hpo", "icd-10", "icd-10-cm"]
    code: Text
    display: Text


class OtherWords(Record):
    """Other words for a choice, for some people."""

    when: ConditionField
    label: Label
    description: Text | None = None


class Choice(Record):
    """One answer that may be chosen."""

    code: Code
    label: Label
    description: Text | None = None
    alone: TrueOrFalse = False
    """True for a choice that excludes all others, such as "none of these"."""
    reassuring: TrueOrFalse | None = None
    """In a red-flag question: whether the choice is reassuring; every other one is a warning sign."""
    mild: TrueOrFalse = False
    """For a warning sign: whether it only rules out self care; every other one is grave and rules out benign."""
    shown_if: ConditionField = None
    """For whom a screen shows it. It is hidden where that is certainly false; a file may say it all the same."""
    other_words: OtherWords | None = None
    sources: tuple[Text, ...] = ()
    codings: tuple[Coding, ...] = ()
    from_age: Annotated[str, StringConstraints(pattern=_AGE)] | None = None
    """In a question about the age: from which age on, such as "7 months", so that numbers can be read, too."""

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What decides whether it is shown, and in which words."""
        parts = (self.shown_if, self.other_words.when if self.other_words else None)
        return tuple(part for part in parts if part is not None)

    @property
    def words(self) -> str:
        """The choice as a person reads it: the label, and behind it the description if there is one."""
        return f"{self.label}. {self.description}" if self.description else self.label

    @property
    def meaning(self) -> str:
        """What the choice means in a red-flag question; nothing elsewhere."""
        if self.reassuring is None:
            return ""
        return "reassuring" if self.reassuring else "mild warning sign" if self.mild else "grave warning sign"


class Section(Record):
    """A page of questions that belong together."""

    id: Code
    title: Text
    history: TrueOrFalse = False
    """Whether it asks about what was before and what is taken, and not about signs."""


class Question(Record):
    """One question over a closed list of choices."""

    id: Code
    section: Code
    text: Text
    help: Text | None = None
    again: Text | None = None
    """The question in other words, to ask a second time before anything is called benign."""
    type: Literal["single", "multiple"]
    ordered: TrueOrFalse = False
    red_flag: TrueOrFalse = False
    unknown: TrueOrFalse = True
    """False where the screen offers no "I don't know"; a file may still leave the question out."""
    fixed: TrueOrFalse = False
    """True for what does not change in a person from one week to the next, such as age."""
    when: ConditionField = None
    choices: Annotated[tuple[Choice, ...], Field(min_length=2)]
    for_the_letter: tuple[Code, ...] = ()
    """Choices that no rule reads; they are shown to the doctor only."""
    sources: tuple[Text, ...] = ()

    @property
    def multiple(self) -> bool:
        """Whether several choices may be given."""
        return self.type == "multiple"

    @cached_property
    def by_code(self) -> dict[str, Choice]:
        """The choices by their code."""
        return {choice.code: choice for choice in self.choices}

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """All codes, in the order shown."""
        return tuple(choice.code for choice in self.choices)

    @cached_property
    def alone(self) -> frozenset[str]:
        """The codes that exclude all others."""
        return frozenset(choice.code for choice in self.choices if choice.alone)

    @cached_property
    def reassuring(self) -> tuple[str, ...]:
        """The reassuring codes of a red-flag question."""
        return tuple(choice.code for choice in self.choices if choice.reassuring)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """The codes that are warning signs; none unless this is a red-flag question."""
        return tuple(choice.code for choice in self.choices if self.red_flag and not choice.reassuring)

    @cached_property
    def mild(self) -> tuple[str, ...]:
        """The warning signs that are mild."""
        return tuple(code for code in self.warnings if self.by_code[code].mild)

    @cached_property
    def grave(self) -> tuple[str, ...]:
        """The warning signs that are grave."""
        return tuple(code for code in self.warnings if not self.by_code[code].mild)

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        flaws = list(self._flaws())
        if flaws:
            raise ValueError("; it ".join(flaws))
        if isinstance(info.context, Vocabulary):
            info.context.questions.setdefault(self.id, self)
        return self

    def _flaws(self) -> list[str]:
        flaws = []
        codes = [choice.code for choice in self.choices]
        labels = [choice.label for choice in self.choices]
        flaws += [f"has the choice {shown(code)} twice" for code in _repeated(codes)]
        flaws += [f"has two choices with the label {shown(label)}" for label in _repeated(labels)]
        flaws += [f"has a choice {shown(code)}, a word kept for answer states" for code in codes if code in _RESERVED]
        if self.id in _RESERVED_IDS:
            flaws.append("has an id that is kept for other uses")
        for choice in self.choices:
            if self.red_flag and choice.reassuring is None:
                flaws.append(
                    f"is a red-flag question, but its choice {shown(choice.code)} says neither "
                    "`reassuring: true` nor `reassuring: false`"
                )
            if not self.red_flag and choice.reassuring is not None:
                flaws.append(f"is no red-flag question, but its choice {shown(choice.code)} says `reassuring`")
            if choice.mild and choice.reassuring is not False:
                said = f"has a choice {shown(choice.code)} that is mild"
                flaws.append(f"{said}, but no warning sign (`reassuring: false`)")
            if choice.shown_if is not None and (choice.alone or len(codes) < 3):
                flaws.append(f"has a choice {shown(choice.code)} that everybody needs, so it is shown to all")
            if choice.alone and not self.multiple:
                flaws.append(f"is a single choice, so its choice {shown(choice.code)} need not say `alone`")
        flaws += self._flaws_of_ages()
        if self.red_flag and not any(choice.reassuring for choice in self.choices):
            flaws.append("is a red-flag question without a reassuring choice")
        flaws += [
            f"keeps {shown(code)} for the letter, which is no choice"
            for code in self.for_the_letter
            if code not in codes
        ]
        return flaws

    def _flaws_of_ages(self) -> list[str]:
        ages = [choice.from_age for choice in self.choices]
        if ages == [None] * len(ages):
            return []
        if None in ages or self.multiple:
            return ["says `from_age`, which goes into all choices of a question that takes one"]
        days = [_days(age) for age in ages if age is not None]
        if days[0] != 0 or any(one >= other for one, other in pairwise(days)):
            return ["says `from_age`, which begins with 0 days and rises from choice to choice"]
        return []


def _days(age: str) -> float:
    number, unit = age.split()
    return int(number) * _DAYS[unit]


def _repeated(words: list[str]) -> list[str]:
    return [word for word in dict.fromkeys(words) if words.count(word) > 1]


class FormerWords(Record):
    """How a question and its choices were worded once; the codes are those of that time."""

    question: Code
    text: Text | None = None
    labels: dict[Code, Text] = Field(default_factory=dict)


class Questionnaire(Record):
    """All questions of one condition, in the order asked."""

    questionnaire: Code
    version: Text
    title: Text
    language: Text
    introduction: Text
    canonical_base: Annotated[str, StringConstraints(pattern=r"^https?://[^\s|#]*[^\s|#/]$")] = (
        "https://example.org/fhir"
    )
    """Where its publisher puts what stands for it in FHIR; unless it says so a name that belongs to nobody."""
    sections: tuple[Section, ...]
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    former_answers: tuple[FormerAnswer, ...] = ()
    """What codes of earlier versions mean now."""
    former_words: tuple[FormerWords, ...] = ()
    """How earlier versions were worded, for files that hold words in place of codes."""

    @cached_property
    def by_id(self) -> dict[str, Question]:
        """The questions by their id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def former_by_question(self) -> dict[str, dict[str, FormerAnswer]]:
        """The former answers by their question, which may be gone, and their code."""
        found: dict[str, dict[str, FormerAnswer]] = {}
        for entry in self.former_answers:
            found.setdefault(entry.question, {})[entry.code] = entry
        return found

    def _flaws_of_former_words(self) -> Iterator[str]:
        for words in self.former_words:
            question, former = self.by_id.get(words.question), self.former_by_question.get(words.question, {})
            codes = {*(question.codes if question else ()), *former}
            if not codes:
                yield f"has former words of {shown(words.question)}, which was never a question"
            for code, label in words.labels.items():
                if codes and code not in codes:
                    yield f"has a former label of {shown(code)}, which was never a choice of {shown(words.question)}"
                other = next((one.code for one in (question.choices if question else ()) if one.label == label), code)
                if other != code:
                    yield f"has the former label {shown(label)} for {shown(code)}, which is that of {shown(other)} now"

    @cached_property
    def deciding_what_is_shown(self) -> frozenset[str]:
        """The questions that decide which choices of others are shown."""
        conditions = (one for question in self.questions for choice in question.choices for one in choice.conditions)
        return frozenset().union(*map(questions_in, conditions))

    def is_question(self, name: str) -> bool:
        """Return whether a question of this name is asked, or was once."""
        return name in self.by_id or name in self.former_by_question

    @cached_property
    def about_history(self) -> frozenset[str]:
        """The questions that ask about illnesses, medicines and what happened, and not about signs."""
        sections = {section.id for section in self.sections if section.history}
        return frozenset(question.id for question in self.questions if question.section in sections)

    @cached_property
    def red_flags(self) -> tuple[Question, ...]:
        """The questions of which every answer must be known and reassuring before anything is called benign."""
        return tuple(question for question in self.questions if question.red_flag)

    @cached_property
    def derived_findings(self) -> dict[str, Condition]:
        """The findings that follow from the red-flag questions, by name."""
        flags = self.red_flags
        return {
            "warning_sign": Any(tuple(Besides(flag.id, flag.reassuring) for flag in flags)),
            "grave_sign": Any(tuple(AnyOf(flag.id, flag.grave) for flag in flags if flag.grave)),
            "mild_sign": Any(tuple(AnyOf(flag.id, flag.mild) for flag in flags if flag.mild)),
            "red_flag_unknown": Any(tuple(InState(flag.id, "unknown") for flag in flags)),
            "misplaced_warning": Any(tuple(Misplaced(flag.id) for flag in flags if flag.when is not None)),
        }

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        flaws = []
        order = [section.id for section in self.sections]
        met = list(dict.fromkeys(question.section for question in self.questions))
        if set(met) <= set(order) and met != [section for section in order if section in met]:
            flaws.append("has its questions in another order than its sections")
        flaws += self._flaws_of_former_words()
        if flaws:
            raise ValueError("; it ".join(flaws))
        return self


def age_question(questionnaire: Questionnaire) -> Question | None:
    """Return the question that asks for an age group, if its choices say from which age on."""
    asked = [one for one in questionnaire.questions if one.choices[0].from_age is not None]
    return asked[0] if len(asked) == 1 else None
