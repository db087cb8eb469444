"""Interviews as text: what the screen shows, key by key, drawn by the real program in a terminal of 76 columns.

``python tests/renew_snapshots.py`` writes them anew to ``docs/interviews``; ``test_interview_snapshots.py`` checks
that they are still what the program shows. Look at the difference before it is committed.
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from screen import DOWN, ENTER, SPACE, Terminal, labels, the_protocol  # noqa: E402

from triage.answers.case_reading import read_cases  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FOLDER = ROOT / "docs" / "interviews"
COLUMNS, ROWS = 76, 44
COMMAND = ("ask", "--no-save", "--engine", "plain")
"""Nothing is kept, so no path of a machine is shown; one engine, so that every Python shows the same."""


class Told(NamedTuple):
    """One interview to be shown."""

    title: str
    case: str
    offers: Mapping[str, str]
    """What is chosen from a list that is no question, by the words above it."""


INTERVIEWS = {
    "sleep-starts": Told("Sleep starts", "O09", {"Please read the list once more.": "Yes, that is right"}),
    "morning-jerks": Told("Morning jerks in a teenager", "V101", {"can tell more about the pattern": "Yes, ask them"}),
    "baby-with-spasms": Told("A baby with spasms", "V106", {"Please get help first.": "Stop here and show the result"}),
}


def page(name: str) -> str:
    """Hold an interview and return what was shown as a Markdown page."""
    told = INTERVIEWS[name]
    [case] = [case for case in read_cases(the_protocol()) if case.id == told.case]
    lines = [
        f"# {told.title}",
        "",
        f"What the screen showed, key by key, at {COLUMNS} columns. The person is made up (case {case.id}):",
        "",
        *textwrap.wrap(case.story, 110, initial_indent="> ", subsequent_indent="> "),
        "",
        "Drawn by the real program; `python tests/renew_snapshots.py` writes this page anew. Each picture begins where",
        "the last question ended.",
    ]
    for keys, shown in steps(told, case.answers):
        lines += ["", keys, "", "```text", *shown, "```"]
    return "\n".join(lines) + "\n"


def steps(told: Told, answers: Mapping[str, str | tuple[str, ...]]) -> Iterator[tuple[str, list[str]]]:
    """Yield the keys that were pressed and what the screen showed then."""
    with tempfile.TemporaryDirectory() as home, Terminal(COMMAND, Path(home), columns=COLUMNS, rows=ROWS) as terminal:
        keys, since = f"`triage {' '.join(COMMAND)}`", 0
        while terminal.goes_on():
            terminal.wait_for_list()
            yield keys, terminal.lines[since:]
            since = terminal.list_begins - 1
            question = terminal.question
            if offer := next((words for words in told.offers if words in above(terminal)), None):
                rows = [row["words"] for row in terminal.rows]
                if moves := terminal.go_to(told.offers[offer], rows):
                    yield in_words(moves), terminal.lines[since + 1 :]
            else:
                said = answers.get(question.id, "unknown")
                words = labels(question)
                for code in [said] if isinstance(said, str) else said:
                    moves = terminal.go_to(words[code], list(words.values()))
                    if question.multiple:
                        terminal.mark(question, [code])
                        moves += SPACE
                    if moves:
                        yield in_words(moves), terminal.lines[since + 1 :]
            terminal.press(ENTER)
            keys = "`Enter`"
        assert terminal.end() == 0
        yield keys, terminal.lines[since:]


def above(terminal: Terminal) -> str:
    """Return the words right above the list."""
    begins = terminal.list_begins
    return " ".join(" ".join(terminal.lines[max(0, begins - 7) : begins]).split())


def in_words(keys: str) -> str:
    """Return keys by their names.

    >>> in_words(DOWN + DOWN + SPACE)
    '`Down` 2 times, `Space`'
    """
    moves = keys.removesuffix(SPACE)
    count = len(moves) // len(DOWN)
    parts = [f"`{'Down' if moves.startswith(DOWN) else 'Up'}`{f' {count} times' if count > 1 else ''}"] if count else []
    return ", ".join([*parts, *(["`Space`"] if keys.endswith(SPACE) else [])])


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for each in INTERVIEWS:
        (FOLDER / f"{each}.md").write_text(page(each), encoding="utf-8")
