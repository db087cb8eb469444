"""Worked cases in a terminal: the list by theme, and one case played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.terminal.page import Page
from triage.terminal.result_page import URGENCY_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from triage.catalogue import Case
    from triage.demonstration import Step

__all__ = ["print_cases", "print_steps", "print_story", "print_teaching_points"]

_NAMED = 6
"""So many rules are named after one answer; the rest are counted."""


def print_cases(cases: Sequence[Case]) -> None:
    """Print all cases, theme by theme."""
    page = Page()
    for theme in dict.fromkeys(case.theme for case in cases):
        page.heading(theme.replace("-", " ").capitalize())
        page.columns((case.id, case.title) for case in cases if case.theme == theme)


def print_story(page: Page, case: Case) -> None:
    """Print the story of a case."""
    page.heading(f"{case.id} {case.title}")
    page.paragraph(case.story)


def print_steps(page: Page, steps: Iterable[Step], pause: Callable[[], None]) -> None:
    """Print each question with its answer and what it changed; ``pause`` is called after each."""
    for number, step in enumerate(steps, start=1):
        page.heading(f"{number}. {step.question.text}")
        page.paragraph("; ".join(step.answered), indent=3)
        if step.now_true:
            page.item(f"Now true: {_named([f'{rule.title} ({rule.id})' for rule in step.now_true])}", mark="+")
        if step.now_impossible:
            page.item(f"Ruled out: {_named([rule.title for rule in step.now_impossible])}", mark="-")
        possible = ", ".join(urgency.value.replace("_", " ") for urgency in step.still_possible)
        page.item(f"Still possible: {possible}", mark=">")
        pause()


def print_teaching_points(page: Page, case: Case) -> None:
    """Print what a case teaches and how it is expected to come out."""
    page.heading("What this case shows")
    page.items(case.teaching_points)
    page.item(f"Expected: {URGENCY_WORDS[case.expected.urgency].lower()}.")
    if case.known_miss:
        page.item(f"A known miss: {case.known_miss}")


def _named(titles: Sequence[str]) -> str:
    more = len(titles) - _NAMED
    return "; ".join(titles[:_NAMED]) + (f"; and {more} more" if more > 0 else "")
