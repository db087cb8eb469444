"""A form to give out: what every program shows in its own way, made from a protocol once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.given_forms.shown_if import Chosen, shown_if
from triage.protocol.prose import DONT_KNOW
from triage.protocol.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.given_forms.shown_if import ShownIf
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Choice, Question

__all__ = [
    "NOTES",
    "SAYS_WHICH",
    "UNKNOWN_CODE",
    "FormNote",
    "FormOption",
    "FormQuestion",
    "FormSection",
    "GivenForm",
    "given_form",
]

UNKNOWN_CODE = "unknown"
SAYS_WHICH = ("questionnaire", "questionnaire_version")
"""What a form carries along unseen, so that its answers are still understood when the questions have changed."""
_ABOUT, _WHAT_TO_DO = "about_this_form", "what_to_do_now"
_FIRST_WORDS = {_ABOUT: "Read this first.", _WHAT_TO_DO: "What to do now."}
"""By which a text is told from a question where a program makes it the heading of a column."""
NOTES = re.compile(
    rf"(?:.*[/.:-])?(?:(?:x_)*(?:{_ABOUT}|{_WHAT_TO_DO})|\W*(?:{'|'.join(map(re.escape, _FIRST_WORDS.values()))}) .*)",
    re.IGNORECASE,
)
"""How the columns are called that some programs make of texts to read, which nobody answers; on one line."""

_NO_RESULT = (
    "It gives no result. The rules judge the answers only when they are scored: until then nobody is told that an "
    "answer is an emergency, but for the first warning signs. See that somebody scores them at once."
)
_EVERY_CHOICE = (
    "It shows every choice to everybody, also those that `triage ask` leaves out since they cannot fit. Other words "
    "for a choice stand in the help."
)
_NOT_SAID_TWICE = (
    "It does not ask again in other words before a result is called benign, and does not leave out questions that can "
    "no longer change the result, as `triage ask` does."
)


@dataclass(frozen=True)
class FormOption:
    """One answer to tick."""

    code: str
    words: str
    """The label, and behind it the description if there is one."""
    alone: bool
    """Whether it excludes all others."""


@dataclass(frozen=True)
class FormQuestion:
    """One question."""

    id: str
    text: str
    help: str
    multiple: bool
    options: tuple[FormOption, ...]
    shown: ShownIf | None
    """When it is shown; None for always."""

    @property
    def alone(self) -> tuple[str, ...]:
        """The codes that exclude all others, where several may be chosen."""
        return tuple(option.code for option in self.options if option.alone) if self.multiple else ()


@dataclass(frozen=True)
class FormNote:
    """A text to read."""

    id: str
    text: str
    shown: ShownIf | None

    @property
    def stands_out(self) -> bool:
        """Whether it is said because of an answer, so that nobody should overlook it."""
        return self.shown is not None


@dataclass(frozen=True)
class FormSection:
    """A page of the form."""

    id: str
    title: str
    items: tuple[FormQuestion | FormNote, ...]


@dataclass(frozen=True)
class GivenForm:
    """All of it."""

    id: str
    version: str
    title: str
    language: str
    sections: tuple[FormSection, ...]
    questions: Mapping[str, Question]

    @property
    def cannot_say(self) -> tuple[str, ...]:
        """What no form can say that is given out."""
        fitted = any(choice.conditions for question in self.questions.values() for choice in question.choices)
        return (_NO_RESULT, _NOT_SAID_TWICE, *([_EVERY_CHOICE] if fitted else []))

    @property
    def says_which(self) -> dict[str, str]:
        """What it carries along unseen, by the key that stands for it in an answer file."""
        return dict(zip(SAYS_WHICH, (self.id, self.version), strict=True))

    def check_names(self, program: str, name: re.Pattern[str], *, of_choices: re.Pattern[str] | None = None) -> None:
        """Make sure that a program can take the names of questions and of choices as they are.

        Raises:
            DataFault: it cannot; renamed, their answers would not be understood when they come back.

        """
        wrong = [question.id for question in self.asked() if not name.fullmatch(question.id)]
        if of_choices is not None:
            wrong += [
                f"{question.id}: {option.code}"
                for question in self.asked()
                for option in question.options
                if not of_choices.fullmatch(option.code)
            ]
        place = Place(self.id)
        if wrong:
            raise DataFault([Problem(place, f"{program} does not take the name {shown(one)}.") for one in wrong])

    def asked(self) -> Iterator[FormQuestion]:
        """Yield every question, in order."""
        for section in self.sections:
            yield from (item for item in section.items if isinstance(item, FormQuestion))


def given_form(protocol: Protocol) -> GivenForm:
    """Return the form that asks the questions of a protocol.

    Every question wants an answer, for "I don't know" is one; where a question does not offer it, the person knows.
    """
    questionnaire = protocol.questionnaire
    sections = []
    for number, section in enumerate(questionnaire.sections):
        items: list[FormQuestion | FormNote] = []
        if number == 0:
            words = [questionnaire.introduction, *([] if protocol.reviewed else [protocol.draft_notice])]
            items.append(_note(_ABOUT, " ".join(filter(None, words)), None, protocol))
        for question in questionnaire.questions:
            if question.section == section.id:
                items.append(_asked(question, questionnaire.by_id))
                items += _emergency(protocol) if question.id == protocol.emergency_screen else []
        name = f"section_{section.id}" if section.id in questionnaire.by_id else section.id
        sections.append(FormSection(name, section.title, tuple(items)))
    return GivenForm(
        questionnaire.questionnaire,
        questionnaire.version,
        questionnaire.title,
        questionnaire.language,
        tuple(sections),
        questionnaire.by_id,
    )


def _asked(question: Question, questions: Mapping[str, Question]) -> FormQuestion:
    options = [FormOption(choice.code, choice.words, choice.alone) for choice in question.choices]
    if question.unknown:
        options.append(FormOption(UNKNOWN_CODE, DONT_KNOW, question.multiple))
    return FormQuestion(
        question.id,
        question.text,
        " ".join(filter(None, [question.help, *map(_also, question.choices)])),
        question.multiple,
        tuple(options),
        shown_if(question, questions),
    )


def _also(choice: Choice) -> str:
    """Return what a choice also means to some people."""
    other = choice.other_words
    if other is None:
        return ""
    return f'"{choice.label}" also means: {". ".join(filter(None, (other.label, other.description)))}'


def _emergency(protocol: Protocol) -> list[FormNote]:
    """Return what is said at once when the emergency screen is answered with a warning sign."""
    screen = protocol.questionnaire.by_id[protocol.emergency_screen]
    fitting = [
        next(
            (
                item.text
                for item in protocol.advice
                if item.kind == kind and Urgency.EMERGENCY in item.urgency and item.when is None
            ),
            "",
        )
        for kind in ("headline", "how_soon")
    ]
    text = " How soon? ".join(filter(None, fitting))
    return [_note(_WHAT_TO_DO, text, Chosen(screen.id, screen.warnings), protocol)] if text else []


def _note(name: str, text: str, shown: ShownIf | None, protocol: Protocol) -> FormNote:
    """Return a note under a name that nobody takes for that of a question."""
    free = name
    while any(free.startswith(question) for question in protocol.questionnaire.by_id):
        free = f"x_{free}"
    return FormNote(free, f"{_FIRST_WORDS[name]} {text}", shown)
