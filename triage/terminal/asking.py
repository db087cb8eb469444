"""What an interview needs of a screen: ask a question, offer a choice, print. Two screens do it in their own way."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING
from typing import Protocol as Interface

from triage.documents.words import words_in
from triage.protocol.prose import DONT_KNOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.questionnaire import Question
    from triage.terminal.page import Page

__all__ = [
    "MENU_KEYS",
    "MOVE_KEYS",
    "NOTHING_MORE",
    "Asker",
    "EndOfInput",
    "Move",
    "exclusive_fault",
]


class Move(Enum):
    """What a person may do instead of answering."""

    BACK = "back"
    WHY = "why do you ask?"
    REVIEW = "review your answers"
    LEAVE = "save and leave"


class EndOfInput(Exception):
    """Standard input ended before the interview did."""


MOVE_KEYS = {"b": Move.BACK, "?": Move.WHY, "r": Move.REVIEW, "q": Move.LEAVE}
"""What is typed for each move, as a small or a capital letter."""
MENU_KEYS = {key: move for key, move in MOVE_KEYS.items() if move is not Move.REVIEW}
"""The same where there is no question, but something else to choose."""
NOTHING_MORE = "Choose one line. b goes back one step, q leaves."
"""What is told of a menu that says nothing else."""


class Asker(Interface):
    """A screen."""

    page: Page

    def ask(self, question: Question, current: AnswerState | None) -> AnswerState | Move:
        """Ask one question and return the answer, or the move made instead.

        Args:
            question: what to ask.
            current: the answer given before, if any, to start from.

        Raises:
            EndOfInput: nobody answers any more.
            KeyboardInterrupt: the person broke off.

        """
        ...

    def choose(self, text: str, options: Sequence[tuple[str, str]], *, why: str = "") -> str | Move:
        """Offer options (key and words) and return the key of the chosen one, or the move made instead.

        Args:
            text: what is asked.
            options: what may be chosen; the first is where it starts.
            why: what is told to somebody who asks why.

        Raises:
            EndOfInput: nobody answers any more.
            KeyboardInterrupt: the person broke off.

        """
        ...


def exclusive_fault(question: Question, codes: Sequence[str]) -> str | None:
    """Say what is wrong with chosen answers, or None: nothing chosen, or one that excludes the others."""
    say = words_in("en")  # as are the keys and prompts around it
    if not codes:
        return say("interview.choose_or_unknown" if question.unknown else "interview.choose_one")
    lonely = [code for code in codes if code == "unknown" or code in question.alone]
    if lonely and len(codes) > 1:
        label = DONT_KNOW if lonely[0] == "unknown" else question.by_code[lonely[0]].label
        return say("interview.stands_alone", label=label)
    return None
