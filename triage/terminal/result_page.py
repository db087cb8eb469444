"""The result page: how soon and why, what to do, and at the end, where the eye is, the verdict and the first step.

It says what a person needs. The answers behind each reason stand in ``explained_page`` and in the letter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.protocol.urgency import Outcome, Urgency
from triage.terminal.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from triage.assessment.assessment import Assessment
    from triage.protocol.protocol import Protocol

__all__ = ["OUTCOME_WORDS", "URGENCY_WORDS", "print_at_worst", "print_emergency", "print_result", "print_verdict"]

URGENCY_WORDS = {
    Urgency.EMERGENCY: "Emergency: get help now",
    Urgency.URGENT: "Urgent: see a doctor today or in the next days",
    Urgency.ROUTINE: "Routine: see your own doctor",
    Urgency.SELF_CARE: "Self care",
}
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
    page = Page(console)
    page.heading("Your result")
    if result.urgency is not Urgency.SELF_CARE:  # then the headline says it
        page.paragraph(f"How soon: {result.how_soon}")
    print_at_worst(page, result, protocol)
    _print_why(page, result)
    _print_open_answers(page, result)
    if result.seek_help_sooner_if:
        page.heading("Get help sooner if")
        page.items(together(result.seek_help_sooner_if))
    stamp = result.protocol
    page.heading("Please note")
    rules = f"Rules: {protocol.title}, version {stamp.version} ({stamp.review_status})."
    page.paragraph(" ".join((*result.notices, rules)), indent=2)
    if result.disagreement:
        page.paragraph(f"The engines disagree, so the more careful result is shown: {result.disagreement}.")
    _print_steps(page, result)
    print_verdict(page, result)


def print_emergency(result: Assessment, page: Page) -> None:
    """Print only what counts in an emergency."""
    _print_steps(page, result)
    print_verdict(page, result)


def print_verdict(page: Page, result: Assessment) -> None:
    """Print what counts most, to be the last that stands on a screen: how soon, the verdict, and what to do first."""
    page.heading(_urgency(result), urgency=result.urgency.value)
    page.paragraph(result.headline if _says(result.headline, result.verdict) else f"{result.verdict} {result.headline}")
    if result.next_steps:
        page.paragraph(f"First: {result.next_steps[0]}", style="bold")


def _says(headline: str, verdict: str) -> bool:
    """Return whether a headline says the verdict, too: ends that are alike, such as "likely benign"."""
    return " ".join(verdict.rstrip(".").split()[-2:]).lower() in headline.lower()


def _urgency(result: Assessment) -> str:
    return URGENCY_WORDS[result.urgency].upper()


def _print_steps(page: Page, result: Assessment) -> None:
    if result.urgency is Urgency.EMERGENCY:
        page.heading("What to do now")
        page.items(result.next_steps, mark="1")
    elif result.next_steps[1:]:
        page.heading("What to do after the first step below")
        page.items(result.next_steps[1:])


def print_at_worst(page: Page, result: Assessment, protocol: Protocol) -> None:
    """Print what is not known and could make it more urgent, or no longer likely benign."""
    more_urgent = result.at_worst is not result.urgency
    if not more_urgent and result.outcome_at_worst is result.outcome:
        return
    worse = f"This could be more urgent (up to: {result.at_worst.words})" if more_urgent else "This may not be benign"
    if not result.at_worst_because:
        page.heading(f"{worse}: not all was asked", urgency=result.at_worst.value)
        page.console.print()
        return
    page.heading(f"{worse}, because we do not know:", urgency=result.at_worst.value)
    for answer in result.at_worst_because:
        page.item(answer.asked)
        if answer.question == protocol.emergency_screen:
            screen = protocol.questionnaire.by_id[answer.question]
            page.items((screen.by_code[code].label for code in screen.warnings), indent=4)
    hurry = result.at_worst in (Urgency.EMERGENCY, Urgency.URGENT)
    page.paragraph("Please find these out now, if you can." if hurry else "There is no hurry to find these out.")
    page.console.print()


def _print_why(page: Page, result: Assessment) -> None:
    page.heading("Why")
    titles = list(dict.fromkeys(reason.title for reason in result.reasons))
    page.items(f"{title}." for title in titles[:_MOST_REASONS])
    if more := len(titles) - _MOST_REASONS:
        page.items([f"and {more} more"] if more > 0 else [])
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
        page.item("These answers do not fit one pattern (undetermined).")
    if result.outcome is Outcome.SUGGESTS_DISEASE and result.causes:
        causes = "; ".join(cause.name for cause in result.causes)
        page.item(f"For the doctor: it is also seen in {causes}. The person need not have any of these.")


def _print_open_answers(page: Page, result: Assessment) -> None:
    if result.could_not_rule_out:
        page.heading("Could not be ruled out (not known)")
        page.items(answer.asked for answer in result.could_not_rule_out)
    if result.set_aside:
        page.heading("Set aside, because the question does not apply")
        page.items(f"{answer.asked} {'; '.join(answer.answered)}" for answer in result.set_aside)


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
