"""The plain screen: numbered lines and typed answers, for pipes, screen readers and small terminals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.conditions.answer_state import UNKNOWN, AnswerState, Missing
from triage.documents.problems import did_you_mean
from triage.protocol.prose import DONT_KNOW
from triage.terminal.asking import (
    MENU_KEYS,
    MOVE_KEYS,
    NOTHING_MORE,
    EndOfInput,
    Move,
    exclusive_fault,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from triage.protocol.questionnaire import Question
    from triage.terminal.page import Page

__all__ = ["PlainPrompts"]

_LONGEST = 10_000
"""Signs of a line; longer ones are no answers."""
_MOST = 2_000
"""Lines of an interview or a quiz; more are written by a program that would never end, such as ``yes``."""
_HINT = "Or type: b = back, ? = why do you ask, r = review, q = save and leave."
_MENU_HINT = "Or type: b = back, ? = what is this, q = leave."


class PlainPrompts:
    """Asks line by line; never moves the cursor, and never picks an answer by itself."""

    def __init__(self, page: Page, lines: TextIO) -> None:
        self.page = page
        self._lines = lines
        self._read_so_far = 0

    def ask(self, question: Question, current: AnswerState | None) -> AnswerState | Move:
        """Ask one question; see ``Asker``."""
        self.page.paragraph(question.text)
        if question.help:
            self.page.paragraph(question.help)
        codes = [*question.codes, *(["unknown"] if question.unknown else [])]
        words = [_words(question, code) for code in codes]
        self.page.items(words, mark="1", indent=1)
        several = " Several numbers: 1, 3." if question.multiple else ""
        self.page.paragraph(f"Type a number.{several} {_HINT}")
        if current is not None:
            self.page.paragraph(f"Your answer so far: {_numbers(codes, current)}.")
        while True:
            line = self._read("Answer: ")
            if line.lower() in MOVE_KEYS:
                return MOVE_KEYS[line.lower()]
            chosen, fault = self._chosen(question, codes, line)
            if fault is None:
                return UNKNOWN if chosen == ["unknown"] else frozenset(chosen)
            self.page.paragraph(fault)

    def choose(self, text: str, options: Sequence[tuple[str, str]], *, why: str = "") -> str | Move:
        """Offer options; see ``Asker``."""
        self.page.paragraph(text)
        self.page.items((words for _, words in options), mark="1", indent=1)
        self.page.paragraph(f"Type a number. {_MENU_HINT}")
        keys = [key for key, _ in options]
        while True:
            line = self._read("Number: ")
            move = MENU_KEYS.get(line.lower())
            if move is Move.WHY:
                self.page.paragraph(why or NOTHING_MORE)
                continue
            if move is not None:
                return move
            if place := _number(line, len(keys)):
                return keys[place - 1]
            self.page.paragraph(f"Please type a number from 1 to {len(keys)}.")

    def _read(self, prompt: str) -> str:
        self.page.console.print(prompt, end="", soft_wrap=True)
        self.page.console.file.flush()
        self._read_so_far += 1
        try:
            line = self._lines.readline(_LONGEST) if self._read_so_far <= _MOST else ""
        except (OSError, ValueError):  # nothing can be read here, or not any more
            line = ""
        # Half a line was never entered, and one without end was not typed by anybody.
        if not line or (not line.endswith("\n") and (self._lines.isatty() or len(line) == _LONGEST)):
            self.page.console.print()
            raise EndOfInput
        return line.strip()

    @staticmethod
    def _chosen(question: Question, codes: list[str], line: str) -> tuple[list[str], str | None]:
        """Return the codes that a typed line stands for, or what is wrong with it."""
        chosen: list[str] = []
        for part in re.split(r"[,;\s]+", line.strip(",; ")):
            if place := _number(part, len(codes)):
                chosen.append(codes[place - 1])
            elif part in codes:
                chosen.append(part)
            else:
                hint = did_you_mean(part, codes, listed=0) if part and not part.isdecimal() else None
                return [], f"Please type a number from 1 to {len(codes)}. {hint or ''}".strip()
        chosen = list(dict.fromkeys(chosen))
        if len(chosen) > 1 and not question.multiple:
            return [], "Please type one number only."
        return chosen, exclusive_fault(question, chosen)


def _number(text: str, most: int) -> int | None:
    """Return the number that was typed, if it is one of the list; never read more digits than it can have."""
    return int(text) if text.isdecimal() and len(text) < 6 and 0 < int(text) <= most else None


def _words(question: Question, code: str) -> str:
    return DONT_KNOW if code == "unknown" else question.by_code[code].words


def _numbers(codes: list[str], current: AnswerState) -> str:
    chosen = {current.value} if isinstance(current, Missing) else current
    return ", ".join(str(number) for number, code in enumerate(codes, start=1) if code in chosen)
