"""Worked cases in a terminal: the list by theme, and one case played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.terminal.page import Page
from triage.terminal.result_page import OUTCOME_WORDS, print_result

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from triage.assessment.assessment import Assessment
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule
    from triage.protocol.urgency import Outcome, Urgency
    from triage.teaching.demonstration import Step

__all__ = ["print_cases", "print_demonstration", "print_steps", "print_story", "print_teaching_points", "theme_words"]

_NAMED = 4
"""So many rules are named after one answer; the rest are counted."""


def print_cases(page: Page, cases: Sequence[Case]) -> None:
    """Print cases, theme by theme."""
    for theme in dict.fromkeys(case.theme for case in cases):
        page.heading(theme_words(theme))
        page.columns((case.id, case.title) for case in cases if case.theme == theme)


def theme_words(theme: str) -> str:
    """Return a theme as a heading."""
    return theme.replace("-", " ").capitalize()


def print_demonstration(
    page: Page,
    protocol: Protocol,
    case: Case,
    steps: Iterable[Step],
    result: Assessment,
    pause: Callable[[], None],
) -> None:
    """Print one case played: its story, each answer with what it changed, the result, and what the case teaches."""
    print_story(page, case)
    print_steps(page, steps, pause)
    print_result(result, protocol, console=page.console)
    print_teaching_points(page, case)


def print_story(page: Page, case: Case) -> None:
    """Print the story of a case."""
    page.heading(f"{case.id} {case.title}")
    page.paragraph(case.story)


def print_steps(page: Page, steps: Iterable[Step], pause: Callable[[], None]) -> None:
    """Print each question with its answer and what it changed; ``pause`` is called after each.

    What is still possible is said where it changes, not at every answer.
    """
    before: tuple[Urgency, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    for number, step in enumerate(steps, start=1):
        page.console.print()
        mark = f"{number}."
        page.item(step.question.text, mark=mark, indent=0, style="bold")
        indent = len(mark)
        page.paragraph("; ".join(step.answered), indent=indent + 1)
        for rule in step.now_true:
            page.item(f"Now true: {rule.title} ({rule.id})", mark="+", indent=indent)
        named = _named(step.now_impossible, frozenset(before).difference(step.still_possible))
        # A rule that asks for what nobody knows cannot become true any more, but that rules nothing out.
        gone = "Ruled out" if step.is_known else "Not known, so left open"
        if len(named) == 1:
            page.item(f"{gone}: {named[0]}", indent=indent)
        elif named:
            page.item(f"{gone}:", indent=indent)
            page.items(named, mark="*", indent=indent + 2)
        if step.outcomes_possible != outcomes and len(step.outcomes_possible) == 1:
            page.item(f"The outcome is settled: {OUTCOME_WORDS[step.outcomes_possible[0]]}", mark=">", indent=indent)
        if step.still_possible != before:
            possible = ", ".join(urgency.words for urgency in step.still_possible)
            page.item(f"Still possible: {possible}", mark=">", indent=indent)
        elif not step.now_true and not step.now_impossible:
            page.item("Nothing changes by this answer.", mark=">", indent=indent)
        before, outcomes = step.still_possible, step.outcomes_possible
        pause()
    page.console.print()
    page.paragraph("No other question can change the outcome or how soon to get help, so no more is asked.")


def print_teaching_points(page: Page, case: Case) -> None:
    """Print what a case teaches and how it is expected to come out."""
    page.heading("What this case shows")
    page.items(case.teaching_points)
    expected, *others = (case.expected.urgency, *case.expected.acceptable_urgency)
    also = [urgency.words for urgency in dict.fromkeys(others) if urgency is not expected]
    more = f" {' or '.join(also).capitalize()} would be right, too." if also else ""
    outcome = OUTCOME_WORDS[case.expected.outcome]
    page.item(f"The case was written to come out as: {outcome}; {expected.words}.{more}")
    if case.known_miss:
        page.item(f"The rules are more careful than that. {case.known_miss}")


def _named(rules: Iterable[Rule], gone: Collection[Urgency]) -> list[str]:
    """Name some rules: first those whose loss takes away an urgency, then the most urgent ones."""
    ordered = sorted(
        rules, key=lambda rule: (rule.then.urgency not in gone, -(rule.then.urgency.rank if rule.then.urgency else -1))
    )
    more = len(ordered) - _NAMED
    return [rule.title for rule in ordered[:_NAMED]] + ([f"and {more} more"] if more > 0 else [])
