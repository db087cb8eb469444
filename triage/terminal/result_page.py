"""The result page: how soon and why, what to do, and at the end, where the eye is, the verdict and the first step.

It says what a person needs. The answers behind each reason stand in ``explained_page`` and in the letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.documents.words import words_in
from triage.protocol.urgency import Outcome, Urgency
from triage.terminal.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from triage.assessment.assessment import AnswerInWords, Assessment
    from triage.documents.words import Words
    from triage.protocol.protocol import Protocol

__all__ = [
    "OUTCOME_WORDS",
    "print_at_worst",
    "print_emergency",
    "print_open_answers",
    "print_result",
    "print_verdict",
    "said",
]

OUTCOME_WORDS = {
    Outcome.LIKELY_BENIGN: "likely benign",
    Outcome.SUGGESTS_DISEASE: "may be a sign of disease, or fits no usual pattern",
}
"""The two outcomes where they are offered or counted; what is said of one person stands in the protocol."""
_MOST_REASONS = 4
"""So many reasons are named."""
_LAST_SENTENCE = re.compile(r"(?P<sign>.*[.!?])\s+(?P<then>[^.!?]+)[.!?]", re.DOTALL)


def print_result(result: Assessment, protocol: Protocol, *, console: Console | None = None) -> None:
    """Print a result for the person it is about."""
    page, say = Page(console), words_in(protocol.language)
    page.heading("Your result")
    if result.urgency is not Urgency.SELF_CARE:  # then the headline says it
        page.paragraph(say("result.how_soon", text=result.how_soon))
    print_at_worst(page, result, protocol)
    _print_why(page, result, say)
    print_open_answers(page, result, say)
    if result.seek_help_sooner_if:
        page.heading(say("result.sooner"))
        page.items(together(result.seek_help_sooner_if))
    stamp = result.protocol
    page.heading(say("result.notices"))
    rules = f"Rules: {protocol.title}, version {stamp.version} ({stamp.review_status})."
    page.paragraph(" ".join((*result.notices, rules)), indent=2)
    if result.disagreement:
        page.paragraph(f"The engines disagree, so the more careful result is shown: {result.disagreement}.")
    _print_steps(page, result, say)
    print_verdict(page, result, protocol)


def print_emergency(result: Assessment, page: Page, protocol: Protocol) -> None:
    """Print only what counts in an emergency."""
    _print_steps(page, result, words_in(protocol.language))
    print_verdict(page, result, protocol)


def print_verdict(page: Page, result: Assessment, protocol: Protocol) -> None:
    """Print what counts most, to be the last that stands on a screen: how soon, the verdict, and what to do first."""
    urgency = words_in(protocol.language)(f"result.{result.urgency.value}")
    page.heading(urgency.upper(), urgency=result.urgency.value)
    page.paragraph(result.headline if _says(result.headline, result.verdict) else f"{result.verdict} {result.headline}")
    if result.next_steps:
        page.paragraph(f"First: {result.next_steps[0]}", style="bold")


def _says(headline: str, verdict: str) -> bool:
    """Return whether a headline says the verdict, too: ends that are alike, such as "likely benign"."""
    return " ".join(verdict.rstrip(".").split()[-2:]).lower() in headline.lower()


def _print_steps(page: Page, result: Assessment, say: Words) -> None:
    if result.urgency is Urgency.EMERGENCY:
        page.heading(say("result.what_to_do"))
        page.items(result.next_steps, mark="1")
    elif result.next_steps[1:]:
        page.heading("What to do after the first step below")
        page.items(result.next_steps[1:])


def print_at_worst(page: Page, result: Assessment, protocol: Protocol) -> None:
    """Print what is not known and could make it more urgent, or no longer likely benign."""
    say = words_in(protocol.language)
    more_urgent = result.at_worst is not result.urgency
    if not more_urgent and result.outcome_at_worst is result.outcome:
        return
    worse = say("result.may_not_be_benign")
    if more_urgent:
        worse = say("result.could_still_be", worst=say(f"result.worst_{result.at_worst.value}"))
    if not result.at_worst_because:
        page.heading(say("result.not_all_asked", worse=worse), urgency=result.at_worst.value)
        page.console.print()
        return
    page.heading(say("result.because_unknown", worse=worse), urgency=result.at_worst.value)
    for answer in result.at_worst_because:
        page.item(answer.asked)
        if answer.question == protocol.emergency_screen:
            screen = protocol.questionnaire.by_id[answer.question]
            page.items((screen.by_code[code].label for code in screen.warnings), indent=4)
    page.paragraph(say("result.find_out" if result.at_worst.hurries else "result.no_hurry"))
    page.console.print()


def _print_why(page: Page, result: Assessment, say: Words) -> None:
    page.heading(say("result.why"))
    titles = list(dict.fromkeys(reason.title for reason in result.reasons))
    if calming := next((reason for reason in result.reasons if reason.calms(result.outcome)), None):
        titles.remove(calming.title)
        titles.insert(0, f"{calming.title}. {_first_sentence(calming.why).rstrip('.')}")
    page.items(f"{title}." for title in titles[:_MOST_REASONS])
    if more := len(titles) - _MOST_REASONS:
        page.items([say("interview.and_more", count=more)] if more > 0 else [])
    kinds = "; ".join(kind.name for kind in result.types)
    if result.types and result.outcome is Outcome.SUGGESTS_DISEASE:
        several = len(result.types) > 1
        patterns = (
            "these patterns, which only a doctor can tell apart"
            if several
            else "a pattern that only a doctor can judge"
        )
        page.item(f"The answers fit {patterns}: {kinds}.")
    elif result.types:
        page.item(f"The pattern: {kinds}.")
    else:
        page.item(say("result.no_pattern"))
    if result.outcome is Outcome.SUGGESTS_DISEASE and result.causes:
        causes = "; ".join(cause.name for cause in result.causes)
        page.item(f"For the doctor: it is also seen in {causes}. The person need not have any of these.")


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def said(answer: AnswerInWords) -> str:
    """Return a question with its answer."""
    return f"{answer.asked} {'; '.join(answer.answered)}"


def print_open_answers(page: Page, result: Assessment, say: Words) -> None:
    """Print what is not known, and which answers do not count any more."""
    if result.could_not_rule_out:
        page.heading(say("result.not_ruled_out"))
        page.items(answer.asked for answer in result.could_not_rule_out)
    if result.set_aside:
        page.heading(say("result.set_aside"))
        page.items(said(answer) for answer in result.set_aside)


def together(texts: Iterable[str]) -> list[str]:
    """Return what to watch for by what to do then, which is the last sentence of each text.

    >>> together(["A fit. Call now.", "Blue lips. Call now.", "You are worried. That is reason enough to call."])
    ['Call now: a fit; blue lips.', 'That is reason enough to call: you are worried.']
    """
    signs: dict[str, list[str]] = {}
    for text in texts:
        parted = _LAST_SENTENCE.fullmatch(text.strip())
        then, sign = (parted["then"], parted["sign"].rstrip(".")) if parted else ("", text)
        signs.setdefault(then, []).append(sign if not parted else f"{sign[:1].lower()}{sign[1:]}")
    alone = signs.pop("", [])
    return [f"{then}: {'; '.join(listed)}." for then, listed in signs.items()] + alone
