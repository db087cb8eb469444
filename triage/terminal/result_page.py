"""The result page: the important thing first, then why, what to do, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.protocol.urgency import Outcome, Urgency, Vote
from triage.terminal.page import Page

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from triage.assessment.assessment import AnswerInWords, Assessment, Explanation, PossibleChange, Reason
    from triage.protocol.protocol import Protocol

__all__ = [
    "OUTCOME_WORDS",
    "URGENCY_WORDS",
    "print_emergency",
    "print_reasons",
    "print_result",
    "print_votes_for_disease",
    "said",
]

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


def print_result(result: Assessment, protocol: Protocol, *, console: Console | None = None) -> None:
    """Print a result for the person it is about."""
    page = Page(console)
    page.heading(URGENCY_WORDS[result.urgency].upper(), urgency=result.urgency.value)
    page.paragraph(result.headline)
    _print_at_worst(page, result, protocol)
    page.paragraph(f"How soon: {result.how_soon}")
    page.paragraph(f"Result: {result.verdict}")
    if result.urgency is not Urgency.EMERGENCY:
        _print_notices(page, result)
    if result.next_steps:
        page.heading("What to do now")
        page.items(result.next_steps, mark="1")
    page.heading("Why")
    print_reasons(page, result.reasons, result.outcome, protocol)
    if result.explanation:
        _print_explanation(page, result, result.explanation, protocol)
    _print_open_answers(page, result)
    _print_pattern(page, result)
    if result.seek_help_sooner_if:
        page.heading("Get help sooner if")
        page.items(result.seek_help_sooner_if)
    if result.urgency is Urgency.EMERGENCY:
        _print_notices(page, result)
    stamp = result.protocol
    page.console.print()
    page.paragraph(
        f"Rules: {protocol.title}, version {stamp.version} ({stamp.review_status}). "
        f"Judged by: {', '.join(result.engines)}.",
        style="dim",
    )
    if result.disagreement:
        page.paragraph(f"The engines disagree, so the more careful result is shown: {result.disagreement}.")


def print_emergency(result: Assessment, page: Page) -> None:
    """Print only what counts in an emergency."""
    page.heading(URGENCY_WORDS[result.urgency].upper(), urgency=result.urgency.value)
    page.paragraph(result.headline)
    page.items(result.next_steps, mark="1")


def _print_at_worst(page: Page, result: Assessment, protocol: Protocol) -> None:
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


def _print_notices(page: Page, result: Assessment) -> None:
    page.heading("Please note")
    page.items(result.notices)


def print_reasons(page: Page, reasons: Iterable[Reason], outcome: Outcome, protocol: Protocol) -> None:
    """Print rules that are true, each with the answers that made it so."""
    for reason in reasons:
        page.item(f"{reason.title} ({reason.rule}, {reason.weight})", style="bold")
        for answer in reason.because if outcome is Outcome.SUGGESTS_DISEASE else _telling(reason.because, protocol):
            page.paragraph(said(answer), indent=4)
        page.paragraph(reason.why, indent=4)


def _print_explanation(page: Page, result: Assessment, explanation: Explanation, protocol: Protocol) -> None:
    level = result.urgency.words
    if explanation.enough_for_at_least:
        alone = "Enough by itself" if len(explanation.enough_for_at_least) == 1 else "Together enough"
        page.heading(f"{alone}, whatever the other answers are (at least {level})")
        page.items(said(answer) for answer in explanation.enough_for_at_least)
    if result.outcome is Outcome.LIKELY_BENIGN:
        _print_why_not_self_care(page, result)
    elif result.urgency is not Urgency.EMERGENCY:
        _print_why_not_benign(page, result, explanation, protocol)
    if explanation.would_raise:
        benign = result.outcome is Outcome.LIKELY_BENIGN
        page.heading(f"One new answer that would make it more urgent{', or no longer benign' if benign else ''}")
        page.items(f"{said(change.answer)} ({_changed(result, change)})" for change in explanation.would_raise)
    if explanation.would_lower and result.urgency is not Urgency.EMERGENCY:
        page.heading("These answers count most: please check that they are right")
        page.items(said(answer) for answer in explanation.would_lower)


def _changed(result: Assessment, change: PossibleChange) -> str:
    """Say the urgency that one new answer would lead to, and where that may go with benign, that it is so no longer."""
    turns = change.outcome is not result.outcome and change.urgency in result.outcome.urgencies
    return f"{change.urgency.words}, no longer benign" if turns else change.urgency.words


def _print_why_not_self_care(page: Page, result: Assessment) -> None:
    keeping = [reason for reason in result.reasons if reason.urgency and reason.urgency is not Urgency.SELF_CARE]
    if keeping:
        page.heading("Why not self care")
        page.items(f"A mild warning sign: {said(answer)}" for answer in result.warning_signs)
        page.items(f"This rule asks for a doctor: {reason.title} ({reason.rule})." for reason in keeping)


def print_votes_for_disease(page: Page, result: Assessment, protocol: Protocol) -> None:
    """Print the rules that speak for disease, or that no rule speaks for either."""
    votes = [one for one in result.reasons if one.vote is Vote.DISEASE and one.rule != protocol.otherwise.id]
    page.items(f"This rule speaks for disease: {reason.title} ({reason.rule})." for reason in votes)
    if not votes:
        page.item("No rule speaks for disease, and none for benign.")


def _print_why_not_benign(page: Page, result: Assessment, explanation: Explanation, protocol: Protocol) -> None:
    page.heading("Why not benign")
    print_votes_for_disease(page, result, protocol)
    page.items(f"A warning sign: {said(answer)}" for answer in result.warning_signs)
    if result.could_not_rule_out:
        page.item("Some warning signs are not known; they stand below.")
    nearest = explanation.nearest_benign
    if nearest is None:
        page.item("No ordinary pattern comes close.")
        return
    page.item(f"The ordinary pattern that comes closest is: {nearest.title} ({nearest.rule}).")
    if nearest.answers:
        more = "also " if result.warning_signs or result.could_not_rule_out else ""
        page.item(f"It {more}does not fit because of:")
        page.items((said(answer) for answer in nearest.answers), indent=4)


def said(answer: AnswerInWords) -> str:
    """Return a question with its answer."""
    return f"{answer.asked} {'; '.join(answer.answered)}"


def _telling(because: Iterable[AnswerInWords], protocol: Protocol) -> list[AnswerInWords]:
    """Leave the many "none of these" to red-flag questions out of a benign reason; they were read back before it."""
    noes = {flag.id: flag.alone for flag in protocol.questionnaire.red_flags}
    return [answer for answer in because if not noes.get(answer.question, frozenset()).issuperset(answer.codes)]


def _print_open_answers(page: Page, result: Assessment) -> None:
    if result.could_not_rule_out:
        page.heading("Could not be ruled out (not known)")
        page.items(answer.asked for answer in result.could_not_rule_out)
    if result.set_aside:
        page.heading("Set aside, because the question does not apply")
        page.items(said(answer) for answer in result.set_aside)


def _print_pattern(page: Page, result: Assessment) -> None:
    page.heading("The pattern")
    if not result.types:
        page.paragraph("These answers do not fit one pattern (undetermined).", indent=2)
    for kind in result.types:
        page.item(f"{kind.name}. {kind.description}")
    if result.outcome is Outcome.LIKELY_BENIGN:
        return
    page.heading("The pattern is also seen in")
    if result.causes:
        page.paragraph("For the doctor. It does not mean that the person has any of these.", indent=2)
    if not result.causes:
        page.paragraph("These answers do not point to a particular cause.", indent=2)
    page.items(f"{cause.name}. {cause.why}" for cause in result.causes)
