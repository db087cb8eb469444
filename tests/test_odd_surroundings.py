"""Interviews where something is not as usual: closed streams, other encodings, strange names, absurd sizes.

Whatever is odd, there is no traceback and no endless work, and nothing that was kept is called lost.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from piped import kept, surroundings

if TYPE_CHECKING:
    from collections.abc import Mapping

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
ONE_ANSWER = b"3\n"
ANSWERS = b"3\n" + b"1\n" * 40
posix = pytest.mark.skipif(os.name != "posix", reason="streams and names of this kind are not to be had there")
TYPED = f"'{sys.executable}' -m triage \"$@\" --protocol '{SNEEZING}'"


def run(
    home: Path, *arguments: str, typed: bytes = ANSWERS, more: Mapping[str, str] | None = None, shell: str = TYPED
) -> tuple[int, str]:
    """Run a command as a shell does and return its exit code and all it says."""
    done = subprocess.run(
        ["bash", "-c", shell, "bash", *arguments],
        input=typed,
        env=surroundings(home, more),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
    )
    said = done.stdout.decode(errors="backslashreplace")
    assert "Traceback" not in said, said[-3000:]
    assert "Exception ignored" not in said, said[-3000:]
    if kept(home):
        assert "Nothing was kept." not in said
    return done.returncode, " ".join(said.split())


@posix
@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">&- 2>&-", ">/dev/full", ">/dev/full 2>&1"])
@pytest.mark.parametrize("verb", ["ask", "quiz"])
def test_closed_and_full_streams(tmp_path: Path, streams: str, verb: str) -> None:
    code, _ = run(tmp_path, verb, shell=f"{TYPED} {streams}")
    assert code == (0 if streams == "2>&-" else 1)


@posix
@pytest.mark.parametrize("streams", ["0>written", "0<&1"])
def test_a_stream_that_cannot_be_read_is_one_that_ended(tmp_path: Path, streams: str) -> None:
    code, said = run(tmp_path, "ask", shell=f"{TYPED} {streams}")
    assert (code, "Nothing was kept." in said) == (1, True)


@posix
def test_where_the_screen_goes_away_the_answers_are_said_to_be_kept(tmp_path: Path) -> None:
    """The output is a file that may not grow any further."""
    shell = f"exec 3>&2; (trap '' XFSZ; ulimit -f 2; {TYPED} >shown 2>&3)"
    # Else half of a compiled module would be kept, over which whoever comes next stumbles.
    code, said = run(tmp_path, "ask", shell=shell, more={"PYTHONDONTWRITEBYTECODE": "1"})
    assert code == 1
    assert len(kept(tmp_path)) == 1
    assert "Your answers are kept." in said


@posix
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16", "utf-32", "cp037", "idna", "utf-7", "utf-8:strict"])
def test_whatever_encoding_is_said_numbers_are_read_as_numbers(tmp_path: Path, encoding: str) -> None:
    code, said = run(tmp_path, "ask", typed=b"caf\xe9\n" + ANSWERS, more={"PYTHONIOENCODING": encoding})
    assert code == 0, said
    assert "Please type a number from 1 to 4." in said


@posix
@pytest.mark.parametrize("typed", [b"\0\0\n", b"\xff\xfe\n", b"\x1b[A\n", "\u202e3\n".encode(), b"9" * 5000 + b"\n"])
def test_what_no_keyboard_types_is_asked_again(tmp_path: Path, typed: bytes) -> None:
    code, said = run(tmp_path, "ask", typed=typed + ANSWERS)
    assert code == 0, said
    assert "Please type a number from 1 to 4." in said


@posix
@pytest.mark.parametrize("typed", ["y", "b", "r", "?", "1", "3"])
@pytest.mark.parametrize("verb", ["ask", "quiz"])
def test_a_program_that_types_for_ever_does_not_make_this_one_run_for_ever(
    tmp_path: Path, verb: str, typed: str
) -> None:
    code, _ = run(tmp_path, verb, shell=f"yes '{typed}' | {TYPED} >shown")
    assert code in (0, 1)


@posix
@pytest.mark.parametrize("size", ["0", "1", "2", "5", "100000", "abc", "-5", "", "9" * 20, "٣"])
@pytest.mark.parametrize("verb", ["ask", "quiz"])
def test_absurd_sizes(tmp_path: Path, verb: str, size: str) -> None:
    code, said = run(tmp_path, verb, more={"COLUMNS": size, "LINES": size})
    assert code == 0, said
    assert "Self care" in said.replace("SELF CARE", "Self care") or "Get help" in said or "pattern" in said


@posix
@pytest.mark.parametrize(
    "more",
    [
        {"XDG_STATE_HOME": "."},
        {"XDG_STATE_HOME": ""},
        {"XDG_STATE_HOME": "/dev/null"},
        {"XDG_STATE_HOME": "/proc"},
        {"XDG_STATE_HOME": "{}/" + "n" * 300},
        {"XDG_STATE_HOME": "{}/\udcff\udcfe"},
        {"XDG_STATE_HOME": "{}/new\nline \x1b[31m"},
        {"XDG_STATE_HOME": "", "HOME": "/proc"},
        {"TERM": "nonsense"},
        {"TZ": "Nonsense/Zone"},
        {"LC_ALL": "nonsense"},
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", ["ask", "quiz"])
def test_surroundings_that_make_no_sense(tmp_path: Path, verb: str, more: dict[str, str]) -> None:
    more = {name: value.replace("{}", str(tmp_path)) for name, value in more.items()}
    data = {"XDG_DATA_HOME": more["XDG_STATE_HOME"]} if "XDG_STATE_HOME" in more else {}
    code, said = run(tmp_path, verb, typed=ONE_ANSWER, more=more | data)
    assert code == 1
    assert ("kept" in said) is True
    if verb == "ask":
        assert ("cannot be kept" in said) is ("Nothing was kept." in said)


@posix
@pytest.mark.parametrize("name", ["a\udcff", "a\nb", "a\x1b[31mb", "\u202egnp", "-a", "a b", "a'b", "n" * 200])
def test_files_of_strange_names_are_saved_and_can_be_scored(tmp_path: Path, name: str) -> None:
    save, letter = tmp_path / f"{name}.json", tmp_path / f"{name}.md"
    code, said = run(tmp_path, "ask", "--save", str(save), "--letter", str(letter))
    assert code == 0, said
    assert "\x1b" not in said
    assert letter.exists()
    code, said = run(tmp_path, "score", str(save))
    assert code == 0, said
    assert json.loads(said)["id"]


@posix
def test_a_folder_that_is_gone_under_the_feet(tmp_path: Path) -> None:
    shell = f"mkdir gone; cd gone; rmdir ../gone; {TYPED}"
    assert run(tmp_path, "ask", shell=shell)[0] == 0
    code, said = run(tmp_path, "ask", "--save", "x.json", shell=shell)
    assert (code, "Question 1" in said) == (2, False)
    assert run(tmp_path, "export", "review", "-o", "x.md", shell=shell)[0] == 1
