"""Ended from outside at any moment: the terminal is as it was, the answers are kept, and no half of a file is left."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("termios", reason="no signals of this kind there")
import termios

from screen import DOWN, ENTER, SPACE, Terminal, pexpect, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
PROTOCOL = ["--protocol", str(SNEEZING)]
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
SHOWN_CURSOR, HIDDEN_CURSOR = b"\x1b[?25h", b"\x1b[?25l"


def kept(home: Path) -> list[Path]:
    return sorted(path for path in (home / "state").rglob("*") if path.is_file())


def is_as_it_was(terminal: Terminal) -> bool:
    """Return whether lines are edited and echoed again, and the cursor is to be seen."""
    modes = termios.tcgetattr(terminal._child.child_fd)[3]
    cursor = terminal.raw.rfind(SHOWN_CURSOR) >= terminal.raw.rfind(HIDDEN_CURSOR)
    return bool(modes & termios.ICANON) and bool(modes & termios.ECHO) and cursor


def to_the_second_question(terminal: Terminal) -> None:
    terminal.wait_for("Question 1")
    terminal.wait_for_list()
    terminal.press(SPACE + ENTER if "Space to mark" in terminal.text else ENTER)
    terminal.wait_for_list()


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
@pytest.mark.parametrize("verb", [["ask"], ["quiz"]], ids=["ask", "quiz"])
def test_a_signal_ends_what_asks_and_gives_the_terminal_back(
    tmp_path: Path, verb: list[str], number: signal.Signals
) -> None:
    with Terminal([*verb, *PROTOCOL], tmp_path) as terminal:
        terminal.wait(lambda: terminal.pointed_at is not None and terminal.drawn, "a list")
        os.kill(terminal.process, number)
        code = terminal.end()
        assert is_as_it_was(terminal)
    assert code == (130 if number == signal.SIGINT else 128 + number)
    assert "Traceback" not in terminal.text


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
@pytest.mark.parametrize("plain", [[], ["--plain"]], ids=["lists", "plain"])
def test_a_signal_keeps_the_answers_and_says_so(tmp_path: Path, plain: list[str], number: signal.Signals) -> None:
    with Terminal(["ask", *plain, *PROTOCOL], tmp_path) as terminal:
        if plain:
            terminal.wait_for("Answer:")
            terminal.press("1\r")
            terminal.wait_for("Number:")
        else:
            to_the_second_question(terminal)
        os.kill(terminal.process, number)
        terminal.end()
        assert is_as_it_was(terminal)
        assert "Your answers are kept." in terminal.flowing
    assert len(kept(tmp_path)) == 1
    assert not list(tmp_path.rglob("*.part"))


def test_what_holds_a_signal_back_goes_on_doing_so(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with Terminal(["ask", *PROTOCOL], tmp_path) as terminal:
            terminal.wait_for_list()
            os.kill(terminal.process, signal.SIGHUP)
            terminal.press(DOWN)
            terminal.read_all()
            assert terminal._child.isalive()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_ctrl_z_lets_go_of_the_terminal_and_fg_brings_the_question_back(tmp_path: Path) -> None:
    shell = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], env=surroundings(tmp_path, {"PS1": "shell> "}), cwd=str(tmp_path),
        dimensions=(40, 100), encoding="utf-8", timeout=30,
    )  # fmt: skip
    try:
        shell.expect_exact("shell> ")
        shell.sendline(f"{sys.executable} -m triage ask --protocol {SNEEZING}")
        shell.expect_exact("Arrow keys")
        shell.expect_exact("I don't know")
        time.sleep(0.3)
        shell.send("\x1a")
        shell.expect("Stopped")
        shell.expect_exact("shell> ")
        shell.sendline("echo the shell 'reads' lines")
        shell.expect_exact("the shell reads lines")
        shell.sendline("fg")
        shell.expect_exact("I don't know")
        shell.send("\x03")
        shell.expect_exact("Nothing was kept.")
    finally:
        shell.close(force=True)


# ---- batches ----


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return answers that take some seconds to score."""
    path = tmp_path_factory.mktemp("many") / "many.ndjson"
    answers = {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"]}
    lines = "".join(json.dumps({"id": f"person {n}", "answers": answers}) + "\n" for n in range(10_000))
    path.write_text(lines * 80, "utf-8")
    return path


def started(command: list[str], home: Path) -> subprocess.Popen[bytes]:
    """Start the program in a group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "triage", *command],
        env=surroundings(home),
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def begun(folder: Path) -> bool:
    return any(part.stat().st_size for part in folder.glob(".*.part"))


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
@pytest.mark.parametrize(
    ("name", "threads"), [("out.ndjson", 1), ("out.ndjson", 2), ("out.csv", 1), ("out.parquet", 2)]
)
def test_a_signal_leaves_no_part_of_a_result(
    tmp_path: Path, many: Path, number: signal.Signals, name: str, threads: int
) -> None:
    output = tmp_path / "results" / name
    output.parent.mkdir()
    output.write_text("as it was")
    command = ["score", str(many), "-o", str(output), "--threads", str(threads), *PROTOCOL]
    process = started(command, tmp_path)
    wait_until(lambda: begun(output.parent) or process.poll() is not None)
    assert process.poll() is None, "it was too quick for this test"
    os.killpg(process.pid, number)  # as a terminal does, to all that it started
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == (130 if number == signal.SIGINT else 128 + number)
    assert "Traceback" not in said
    assert [path.name for path in output.parent.iterdir()] == [name]
    assert output.read_text() == "as it was"
    wait_until(lambda: not processes_of(process.pid))


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.01)


def processes_of(group: int) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pgid,stat,args"], capture_output=True, encoding="utf-8", check=True).stdout
    return [line for line in listed.splitlines() if re.match(rf"\s*{group}\s+[^Z]", line)]


def test_a_second_signal_does_not_break_off_the_tidying_up(tmp_path: Path, many: Path) -> None:
    output = tmp_path / "out.ndjson"
    process = started(["score", str(many), "-o", str(output), "--threads", "2", *PROTOCOL], tmp_path)
    wait_until(lambda: begun(tmp_path) or process.poll() is not None)
    for _ in range(20):
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
    assert b"Traceback" not in process.communicate(timeout=60)[1]
    assert not list(tmp_path.iterdir())
