"""A terminal for tests: the real program on a pseudo terminal, its screen as text, keys to press.

What imports this is skipped where there are no pseudo terminals.
"""

from __future__ import annotations

import os
import re
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from shipped import the_protocol

import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from triage.protocol.questionnaire import Question

pytest.importorskip("pty", reason="no pseudo terminals here")
pexpect = pytest.importorskip("pexpect")
pyte = pytest.importorskip("pyte")

__all__ = ["CTRL_C", "CTRL_D", "DOWN", "ENTER", "SPACE", "UP", "Terminal", "labels", "surroundings"]

ENTER, SPACE, UP, DOWN = "\r", " ", "\x1b[A", "\x1b[B"
CTRL_C, CTRL_D = "\x03", "\x04"
ROW = re.compile(r" (?P<pointer>[> ]) (?:(?P<mark>[○●]) )?(?P<words>\S.*)")
"""One row of a list: the pointer, the mark where several may be chosen, the words."""
STEP = re.compile(r"^(?:Question \d+|Your answer:|Your choice:|Which (?:answer|interview))", re.MULTILINE)
"""What is printed at every step on the way."""
FRAME_END = b"\x1b[?7h\x1b[0m"
"""What a list that is drawn to its end closes with: the lines wrap by themselves again."""


def surroundings(home: Path, more: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Return the environment of a program that must find nothing and leave nothing outside a folder."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    path = os.pathsep.join(filter(None, [str(Path(triage.__file__).parent.parent), os.environ.get("PYTHONPATH")]))
    own = {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "TERM": "xterm-256color",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": path,
        **(more or {}),
    }
    return {name: value for name, value in {**kept, **own}.items() if value is not None}


class _Screen(pyte.Screen):
    """A screen that keeps the lines that scrolled away, and answers when it is asked where the cursor is."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], object]) -> None:
        self.gone: list[str] = []
        self._answer = answer
        super().__init__(columns, rows)

    def index(self) -> None:
        if self.cursor.y == self.lines - 1:
            self.gone.append(self.row(0))
        super().index()

    def row(self, y: int) -> str:
        """Return one line as text; quicker than the library's way, which draws every cell."""
        cells = self.buffer.get(y, {})
        return "".join(cells[x].data for x in range(max(cells, default=-1) + 1)).rstrip()

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class Terminal:
    """The program ``triage`` in a terminal of a given size."""

    def __init__(
        self,
        arguments: Sequence[str],
        home: Path,
        *,
        columns: int = 76,
        rows: int = 40,
        more: Mapping[str, str | None] | None = None,
    ) -> None:
        self.protocol = the_protocol()
        with warnings.catch_warnings():  # Python warns of a fork beside threads; here a program is started at once
            warnings.simplefilter("ignore", DeprecationWarning)
            self._child = pexpect.spawn(
                sys.executable,
                ["-m", "triage", *arguments],
                dimensions=(rows, columns),
                env=surroundings(home, more),
                cwd=str(home),
                timeout=30,
            )
        self._child.delaybeforesend = None
        self._child.ptyproc.delayafterclose = 0
        self._screen = _Screen(columns, rows, self._child.send)
        self._stream = pyte.ByteStream(self._screen)
        self._shown: list[str] = []
        self._steps = 0
        self.raw = b""
        """Everything that was written to the terminal."""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close(force=True)

    # ---- what is shown ----

    @property
    def lines(self) -> list[str]:
        """All lines shown so far, those that scrolled away too; what was wiped is not among them."""
        shown = list(self._shown)
        while shown and not shown[-1]:
            shown.pop()
        return self._screen.gone + shown

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def flowing(self) -> str:
        """All text shown so far as one line, however it was wrapped."""
        return " ".join(self.text.split())

    @property
    def pointed_at(self) -> str | None:
        """The words that the pointer of the list stands at, without a mark; None where there is no list."""
        return next((row["words"] for row in self.rows if row["pointer"] == ">"), None)

    @property
    def marked(self) -> list[str]:
        """The words of the choices that are marked in the list."""
        return [row["words"] for row in self.rows if row["mark"] == "●"]

    @property
    def list_begins(self) -> int:
        """The number of the line on which the list begins."""
        above = len(self._screen.gone)
        return above + next(i for i, line in enumerate(self._shown) if ROW.fullmatch(line))

    @property
    def rows(self) -> list[re.Match[str]]:
        """The rows of the list, as far as they are on the screen."""
        return [row for line in self._shown if (row := ROW.fullmatch(line))]

    @property
    def number(self) -> int:
        """The number of the last question that was shown; 0 before the first."""
        numbers = re.findall(r"^Question (\d+)", self.text, re.MULTILINE)
        return int(numbers[-1]) if numbers else 0

    @property
    def question(self) -> Question:
        """The question that is being asked: the one whose text was shown last."""
        shown = self.flowing
        return max(
            self.protocol.questionnaire.questions,
            key=lambda one: max(shown.rfind(text) for text in (one.text, one.again) if text),
        )

    # ---- waiting ----

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """Read what the program writes until something holds."""
        until = time.monotonic() + 30
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"waited in vain for {what}; the screen shows:\n{self.text}")
            assert self._read(0.2), f"the program ended before {what}; the screen shows:\n{self.text}"

    def read_all(self, seconds: float = 0.3) -> None:
        """Read until the program has written nothing for a while."""
        before = -1
        while before != len(self.raw):
            before = len(self.raw)
            self._read(seconds)

    def _read(self, seconds: float) -> bool:
        """Read what is there, or wait a little for it; False at the end of the program."""
        try:
            self.feed(self._child.read_nonblocking(65_536, timeout=seconds))
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        return True

    def feed(self, data: bytes) -> None:
        self.raw += data
        self._stream.feed(data)
        self._shown = [self._screen.row(y) for y in range(self._screen.lines)]

    def wait_for(self, text: str) -> None:
        """Wait until a text is shown, however it is wrapped."""
        self.wait(lambda: text in self.flowing, f"{text!r}")

    @property
    def moved_on(self) -> bool:
        """Whether another list is there than the last one that was waited for."""
        return self.drawn and self.pointed_at is not None and len(STEP.findall(self.text)) > self._steps

    @property
    def drawn(self) -> bool:
        """Whether the list is drawn to its end."""
        return self.raw.endswith(FRAME_END)

    def wait_for_list(self) -> None:
        """Wait until the next question, or another list, is there."""
        self.wait(lambda: self.moved_on, "the next list")
        self._steps = len(STEP.findall(self.text))

    def wait_for_question(self) -> Question:
        """Wait for the next question and return it."""
        self.wait_for_list()
        return self.question

    def goes_on(self) -> bool:
        """Wait until another list is there or the program ends; False at its end."""
        while not self.moved_on:
            if not self._read(0.2):
                return False
        return True

    def end(self) -> int:
        """Wait for the end of the program and return its exit code."""
        while self._read(30):
            pass
        self._child.wait()
        assert self._child.exitstatus is not None, f"killed by signal {self._child.signalstatus}"
        return int(self._child.exitstatus)

    # ---- keys ----

    @property
    def process(self) -> int:
        return int(self._child.pid)

    def press(self, keys: str) -> None:
        self._child.send(keys)

    def go_to(self, words: str, all_words: Sequence[str]) -> str:
        """Move the pointer to one of the choices of a list, by arrow keys; return the keys pressed."""
        self.wait(lambda: self.pointed_at in all_words, "a list")
        # What is shown says exactly how far it is; not every choice of a question is shown to everybody.
        shown = [row["words"] for row in self.rows]
        listed = shown if words in shown else all_words
        distance = listed.index(words) - listed.index(str(self.pointed_at))
        keys = (DOWN if distance > 0 else UP) * abs(distance)
        self.press(keys)
        self.wait(lambda: self.drawn and self.pointed_at == words, f"the pointer at {words!r}")
        return keys

    def mark(self, question: Question, codes: Iterable[str]) -> None:
        """Point at the choice of a single question, or mark exactly some choices of a multiple one."""
        words = labels(question)
        for code in codes:
            self.go_to(words[code], list(words.values()))
            if question.multiple and words[code] not in self.marked:
                self.press(SPACE)
                self.wait(lambda word=words[code]: self.drawn and word in self.marked, f"a mark at {words[code]!r}")

    def answer(self, codes: Iterable[str]) -> None:
        """Answer the question that is being asked."""
        self.mark(self.question, codes)
        self.press(ENTER)

    def choose(self, words: str) -> None:
        """Choose from a list that is no question, by how the choice begins."""
        all_words = [row["words"] for row in self.rows]
        self.go_to(next(one for one in all_words if one.startswith(words)), all_words)
        self.press(ENTER)


def labels(question: Question) -> dict[str, str]:
    """Return the words of every choice as the list shows them, by code."""
    words = {choice.code: choice.label for choice in question.choices}
    return {**words, "unknown": "I don't know"} if question.unknown else words
