"""What a person reads before the first question, and how an interview that was broken off is called."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from triage.interview.unfinished import DAYS_KEPT, default_folder
from triage.protocol.prose import answer_words

if TYPE_CHECKING:
    from pathlib import Path

    from triage.interview.unfinished import UnfinishedInterviews
    from triage.protocol.protocol import Protocol
    from triage.terminal.page import Page

__all__ = ["greet", "whose"]


def greet(page: Page, protocol: Protocol, *, kept: bool, letter_by: str) -> None:
    """Show what a person reads before the first question.

    Args:
        page: where it is shown.
        protocol: the rules, with the introduction to their questions.
        kept: whether answers are kept until the interview ends.
        letter_by: the command that gives a page for the doctor as well; empty if this one does.

    """
    page.heading(protocol.questionnaire.title)
    for paragraph in protocol.questionnaire.introduction.splitlines():
        page.paragraph(paragraph)
        page.console.print()
    if not kept:
        page.paragraph("Your answers are not kept.")
    else:
        page.paragraph(
            f"Your answers stay on this machine. Until you finish they are kept in {default_folder()}, so that you can "
            f"go on after a break; then they are deleted. What is left lying is deleted after {DAYS_KEPT} days.",
            style="dim",
        )
    if letter_by:
        page.paragraph(f"To get a page for the doctor as well, start with: {letter_by}", style="dim")


def whose(path: Path, kept: UnfinishedInterviews, protocol: Protocol) -> str:
    """Return whose interview it is, as far as it was said, and when it was broken off."""
    if not path.exists():
        return "gone, another window has ended it"
    when = f"{datetime.datetime.fromtimestamp(path.stat().st_mtime):%d %B %Y, %H:%M}"
    restored = kept.restore(path)
    if restored is None:
        return f"{when}, cannot be read any more"
    given = restored.interview.given
    questions = protocol.questionnaire.questions
    person = [one for one in questions if one.fixed and one.section == questions[0].section]
    who = [
        word for one in person if isinstance(state := given.get(one.id), frozenset) for word in answer_words(one, state)
    ]
    answers = f"{len(given)} answer{'' if len(given) == 1 else 's'}"
    return "; ".join((*reversed(who), answers, when))
