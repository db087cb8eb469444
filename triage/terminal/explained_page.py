"""The page of one saved case: the result with every answer behind it, and exactly what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.protocol.urgency import Outcome, Urgency, Vote
from triage.terminal.page import Page
from triage.terminal.result_page import URGENCY_WORDS, print_at_worst, print_verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from triage.assessment.assessment import AnswerInWords, Assessment, Explanation, PossibleChange, Reason
    from triage.protocol.protocol import Protocol

__all__ = ["print_explained", "print_reasons", "print_votes_for_disease", "said"]


def print_explained(result: Assessment, protocol: Protocol, *, console: Console | None = None) -> None:
    """Print a result for who wants to know exactly why: with rules, answers and, where it was worked out, what if."""
    page = Page(console)
    page.heading(URGENCY_WORDS[result.urgency].upper(), urgency=result.urgency.value)
    page.paragraph(result.headline)
    print_at_worst(page, result, protocol)
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
    print_verdict(page, result)


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
