"""A page for the doctor: the answers, what is absent and what unknown, the pattern, and what it stands on.

It is a record first. A file, a screen and a sheet of paper show the same record.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from triage.conditions.answer_state import OPEN, UNKNOWN, Missing
from triage.documents.filled_pages import filled_page, our_own
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.safe_writing import written_whole
from triage.documents.words import words_in
from triage.interview.fitting import hidden, worded
from triage.protocol.alike_choices import alike_choices
from triage.protocol.prose import answer_words

if TYPE_CHECKING:
    from pathlib import Path

    from triage.answers.answers import Answers
    from triage.assessment.assessment import Assessment
    from triage.documents.words import Words
    from triage.protocol.alike_choices import ChoicePlace
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

__all__ = ["LETTER_SUFFIXES", "Letter", "letter_of", "letter_style", "letter_text", "write_letter"]

LETTER_SUFFIXES = {".html": "letter.html", ".md": "letter.md"}
"""The template for each kind of letter, by the end of its name."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Line(_Part):
    """Some words, and those that stand out behind them or, in the summary, before them."""

    text: str
    strong: str = ""


class LetterPart(_Part):
    """A heading with a list."""

    heading: str
    small: bool = False
    items: tuple[Line, ...]


class Letter(_Part):
    """The page for the doctor."""

    title: str
    lead: str
    draft: str
    """That nobody has reviewed the rules; empty where somebody has."""
    blanks: tuple[str, ...]
    """What is filled in by hand: who it is, and what the person says in words of their own."""
    summary: tuple[Line, ...]
    parts: tuple[LetterPart, ...]
    closing: tuple[str, ...]


def write_letter(path: Path, protocol: Protocol, answers: Answers, result: Assessment, *, written_on: str) -> None:
    """Write the page for the doctor as HTML or Markdown, by the end of the file's name.

    Raises:
        DataFault: the name ends otherwise, or the file is there already or cannot be written.

    """
    if path.suffix.lower() not in LETTER_SUFFIXES:
        raise DataFault([Problem(Place(str(path)), "A letter is written as .html or .md.")])
    letter = letter_of(protocol, answers, result, written_on=written_on)
    text = letter_text(LETTER_SUFFIXES[path.suffix.lower()], letter, protocol.language)
    with written_whole(path, new=True) as file:
        file.write(text)


def letter_text(template: str, letter: Letter, language: str) -> str:
    """Return a letter filled into one of the templates."""
    values = {"letter": letter, "language": language, "style": our_own(letter_style())}  # our own style, no data
    return filled_page("triage.assessment", "letters", template, values)


def letter_style() -> str:
    """Return how a letter looks, on a screen and on paper."""
    return (files("triage.assessment") / "letters" / "letter.css").read_text(encoding="utf-8")


def letter_of(protocol: Protocol, answers: Answers, result: Assessment, *, written_on: str) -> Letter:
    """Return the page for the doctor as a record."""
    say = words_in(protocol.language)
    return Letter(
        title=say("letter.title", title=protocol.title),
        lead=_lead(say, written_on, (result.answered_at or written_on)[: len("2026-01-31")]),
        draft="" if result.protocol.review_status == "reviewed" else say("letter.draft"),
        blanks=tuple(say(f"letter.{name}") for name in ("name", "birth_date", "own_words")),
        summary=tuple(_summary(say, result)),
        parts=(
            *_signs(say, protocol, answers, result),
            *_what_was_said(say, protocol, answers),
            _stands_on(say, result),
        ),
        closing=(
            say("letter.sources", sources=" · ".join(_sources(protocol, result)) or say("letter.see_the_rules")),
            say(
                "letter.stamp",
                title=protocol.title,
                version=result.protocol.version,
                status=result.protocol.review_status,
                digest=result.protocol.digest[:12],
                engines=", ".join(result.engines),
            ),
        ),
    )


def _lead(say: Words, written_on: str, answered_on: str) -> str:
    if answered_on == written_on:
        return say("letter.lead", date=written_on)
    return say("letter.lead_dated", date=written_on, answered_on=answered_on)


def _summary(say: Words, result: Assessment) -> list[Line]:
    verdict = result.verdict
    urgency = say(f"result.soon_{result.urgency.value}")
    if result.outcome_at_worst is not result.outcome:
        verdict = say("letter.may_not_be", result=verdict)
    if result.at_worst is not result.urgency:
        urgency = say("letter.could_be", urgency=urgency, worst=say(f"result.worst_{result.at_worst.value}"))
    types = "; ".join(kind.name for kind in result.types) or say("letter.undetermined")
    lines = [
        Line(strong=say("letter.result"), text=verdict),
        Line(strong=say("letter.how_soon"), text=urgency),
        Line(strong=say("letter.pattern"), text=types),
    ]
    if result.causes:
        lines.append(Line(strong=say("letter.causes"), text="; ".join(cause.name for cause in result.causes)))
    if result.at_worst_because:
        worse = "letter.worse_urgent" if result.at_worst is not result.urgency else "letter.worse_disease"
        asked = " ".join(answer.asked for answer in result.at_worst_because)
        lines.append(Line(strong=say(worse), text=asked))
    return lines


def _stands_on(say: Words, result: Assessment) -> LetterPart:
    """Return the rules that carry the result."""
    reasons = (
        say(
            "letter.reason",
            rule=reason.rule,
            title=reason.title,
            weight=reason.weight,
            evidence=reason.evidence,
            status=reason.status,
        )
        for reason in result.reasons
    )
    lines = tuple(Line(text=reason) for reason in reasons)
    return LetterPart(heading=say("letter.stands_on"), small=True, items=lines)


def _signs(say: Words, protocol: Protocol, answers: Answers, result: Assessment) -> list[LetterPart]:
    """Return the warning signs that are there, not known, and not asked about."""
    reported = [Line(text=sign.asked, strong="; ".join(sign.answered)) for sign in result.warning_signs]
    unknown = [Line(text=answer.asked) for answer in result.could_not_rule_out]
    parts = [
        LetterPart(heading=say("letter.reported"), items=tuple(reported) or (Line(text=say("letter.none_reported")),)),
        LetterPart(heading=say("letter.not_known"), items=tuple(unknown) or (Line(text=say("letter.none_not_known")),)),
    ]
    not_asked = tuple(
        Line(text=flag.text) for flag in protocol.questionnaire.red_flags if answers.states[flag.id] is OPEN
    )
    if not_asked:
        heading = "letter.not_asked_stopped" if result.stopped_early else "letter.not_asked"
        parts.append(LetterPart(heading=say(heading), small=True, items=not_asked))
    return parts


def _what_was_said(say: Words, protocol: Protocol, answers: Answers) -> list[LetterPart]:
    said = tuple(
        Line(text=question.text, strong="; ".join(words))
        for question in protocol.questionnaire.questions
        if (words := _words(question, answers))
    )
    small = {
        "letter.denied": _denied(protocol, answers, history=False),
        "letter.not_in_history": _denied(protocol, answers, history=True),
        "letter.both": _both(say, protocol, answers),
    }
    return [
        LetterPart(heading=say("letter.answers"), items=said),
        *(LetterPart(heading=say(name), small=True, items=tuple(lines)) for name, lines in small.items() if lines),
    ]


def _words(question: Question, answers: Answers) -> list[str]:
    """Return what was answered in words; nothing for what was not asked, or stands whole among the signs denied."""
    state = answers.states[question.id]
    if state is UNKNOWN:
        return answer_words(question, [state.value])
    question = worded(question, answers.states)
    all_are_signs = question.alone.issuperset(question.reassuring)
    if isinstance(state, Missing) or (question.red_flag and all_are_signs and state <= question.alone):
        return []
    return answer_words(question, state)


def _denied(protocol: Protocol, answers: Answers, *, history: bool) -> list[Line]:
    """Return what was shown in lists and denied, by question: signs, or what belongs to the history.

    Where only one choice could be taken, the answer says it all. What another answer reports stands apart.
    """
    about_history, reported = protocol.questionnaire.about_history, _reported(protocol, answers)
    rows = []
    for flag in protocol.questionnaire.red_flags:
        denied = [code for code in _left_unmarked(flag, answers) if (flag.id, code) not in reported]
        if denied and (flag.id in about_history) is history:
            rows.append(Line(text=_told(flag, denied, answers)))
    return rows


def _both(say: Words, protocol: Protocol, answers: Answers) -> list[Line]:
    """Return what one answer reports and another denies: both are said, for nobody knows which is right."""
    questions, reported = protocol.questionnaire.by_id, _reported(protocol, answers)
    return [
        Line(
            text=say(
                "letter.but_denied",
                reported=_told(questions[name], [other], answers),
                denied=_told(flag, [code], answers),
            )
        )
        for flag in protocol.questionnaire.red_flags
        for code in _left_unmarked(flag, answers)
        for name, other in reported.get((flag.id, code), ())
    ]


def _told(question: Question, codes: list[str], answers: Answers) -> str:
    return f"{question.text} {'; '.join(answer_words(worded(question, answers.states), codes))}"


def _left_unmarked(flag: Question, answers: Answers) -> list[str]:
    """Return the signs of a list that was answered without them."""
    state = answers.states[flag.id]
    if isinstance(state, Missing) or not flag.multiple:
        return []
    left_out = hidden(flag, answers.states)
    return [code for code in flag.warnings if code not in state and code not in left_out]


def _reported(protocol: Protocol, answers: Answers) -> dict[ChoicePlace, list[ChoicePlace]]:
    """Return for each choice where the answer to another question reports the same."""
    found = {
        place: [
            (name, code)
            for name, code in others
            if not isinstance(state := answers.states[name], Missing) and code in state
        ]
        for place, others in alike_choices(protocol.questionnaire).items()
    }
    return {place: others for place, others in found.items() if others}


def _sources(protocol: Protocol, result: Assessment) -> list[str]:
    keys = dict.fromkeys(key for reason in result.reasons for key in reason.sources)
    cited = (protocol.sources[key].cited for key in keys if key in protocol.sources)
    return [reference for reference in cited if reference]
