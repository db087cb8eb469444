"""The page of one saved case: the result with every answer behind it, and exactly what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.documents.words import words_in
from triage.protocol.urgency import Outcome, Urgency, Vote
from triage.terminal.page import Page
from triage.terminal.result_page import print_at_worst, print_open_answers, print_verdict, said

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from triage.assessment.assessment import AnswerInWords, Assessment, Explanation, PossibleChange, Reason
    from triage.documents.words import Words
    from triage.protocol.protocol import Protocol

__all__ = ["print_explained", "print_reasons", "print_votes_for_disease"]


def print_explained(result: Assessment, protocol: Protocol, *, console: Console | None = None) -> None:
    """Print a result for who wants to know exactly why: with rules, answers and, where it was worked out, what if."""
    page, say = Page(console), words_in(protocol.language)
    page.heading(say(f"result.{result.urgency.value}").upper(), urgency=result.urgency.value)
    page.paragraph(result.headline)
    print_at_worst(page, result, protocol)
    page.paragraph(say("result.how_soon", text=result.how_soon))
    page.paragraph(say("result.verdict", text=result.verdict))
    if result.urgency is not Urgency.EMERGENCY:
        _print_notices(page, result, say)
    if result.next_steps:
        page.heading(say("result.what_to_do"))
        page.items(result.next_steps, mark="1")
    page.heading(say("result.why"))
    print_reasons(page, result.reasons, result.outcome, protocol)
    if result.explanation:
        _print_explanation(page, result, result.explanation, protocol)
    print_open_answers(page, result, say)
    _print_pattern(page, result, say)
    if result.seek_help_sooner_if:
        page.heading(say("result.sooner"))
        page.items(result.seek_help_sooner_if)
    if result.urgency is Urgency.EMERGENCY:
        _print_notices(page, result, say)
    stamp = result.protocol
    page.console.print()
    engines = ", ".join(result.engines)
    about = {"title": protocol.title, "version": stamp.version, "status": stamp.review_status, "engines": engines}
    page.paragraph(say("result.stamp", **about), style="dim")
    if result.disagreement:
        page.paragraph(f"The engines disagree, so the more careful result is shown: {result.disagreement}.")
    print_verdict(page, result, protocol)


def _print_notices(page: Page, result: Assessment, say: Words) -> None:
    page.heading(say("result.notices"))
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


def _telling(because: Iterable[AnswerInWords], protocol: Protocol) -> list[AnswerInWords]:
    """Leave the many "none of these" to red-flag questions out of a benign reason; they were read back before it."""
    noes = {flag.id: flag.alone for flag in protocol.questionnaire.red_flags}
    return [answer for answer in because if not noes.get(answer.question, frozenset()).issuperset(answer.codes)]


def _print_pattern(page: Page, result: Assessment, say: Words) -> None:
    page.heading(say("result.pattern"))
    if not result.types:
        page.paragraph(say("result.no_pattern"), indent=2)
    for kind in result.types:
        page.item(f"{kind.name}. {kind.description}")
    if result.outcome is Outcome.LIKELY_BENIGN or not result.causes:
        return
    page.heading(say("result.causes"))
    page.paragraph(say("result.for_the_doctor"), indent=2)
    page.items(f"{cause.name}. {cause.why}" for cause in result.causes)
