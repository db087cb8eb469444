"""Looking something up: words to search for, ids in small letters, long pages in a pager, completion by the shell."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from rich.console import Console

from triage.command_line import triage as command
from triage.terminal import paging

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("read_once")


def said(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def refused(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 2
    return " ".join(done.output.split())


@pytest.mark.parametrize("verb", ["rules", "demo"])
def test_words_are_searched_for(verb: str) -> None:
    everything, hiccups = said(verb), said(verb, "hiccup")
    assert 0 < len(hiccups.splitlines()) < len(everything.splitlines()) / 4
    assert "hiccup" in hiccups.lower()
    assert said(verb, "HICCUP") == hiccups
    both = said(verb, "hiccup", "days")
    ids = re.compile(r"^  ([A-Z]\w+)", re.MULTILINE)
    assert 0 < len(ids.findall(both)) < len(ids.findall(hiccups))
    assert set(ids.findall(both)) <= set(ids.findall(hiccups))


def test_questions_are_searched_for_words_of_their_choices() -> None:
    found = said("questions", "lithium")
    assert re.findall(r"^  (\w+) ", found, re.MULTILINE) == ["medicines"]
    assert said("questions", "LITHIUM") == found
    assert len(json.loads(said("questions", "days", "--json"))) > 1
    assert "None holds that word." in refused("questions", "xylophone")
    assert "No question holds all the words 'lithium xylophone'." in refused("questions", "lithium", "xylophone")


def test_words_are_searched_for_in_json_too() -> None:
    found = json.loads(said("rules", "hiccup", "--json"))
    assert len(found) > 1
    assert isinstance(json.loads(said("rules", "b10", "--json")), dict)


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        (("rules", "u08"), ("rules", "U08")),
        (("rules", "R11A"), ("rules", "R11a")),
        (("questions", "AGE_GROUP"), ("questions", "age_group")),
        (("demo", "l01", "--fast"), ("demo", "L01", "--fast")),
        (("verify", "--rule", "u08"), ("verify", "--rule", "U08")),
    ],
)
def test_ids_may_be_typed_in_any_case(typed: tuple[str, ...], known: tuple[str, ...]) -> None:
    assert said(*typed) == said(*known)


def test_the_id_of_a_saved_case_may_be_typed_in_any_case(tmp_path: Path) -> None:
    path = tmp_path / "cases.ndjson"
    lines = [{"id": name, "answers": {"seizures": "none"}} for name in ("Anna", "Ben", "ben")]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert json.loads(said("explain", str(path), "--id", "ANNA", "--json"))["id"] == "Anna"
    assert json.loads(said("explain", str(path), "--id", "ben", "--json"))["id"] == "ben"
    assert CliRunner().invoke(command, ["explain", str(path), "--id", "BEN"]).exit_code == 1  # two may be meant


@pytest.mark.parametrize("verb", ["rules", "demo"])
def test_what_is_not_found_is_said_with_the_nearest_word(verb: str) -> None:
    assert "zebra" in refused(verb, "zebra")
    assert "Did you mean" in refused(verb, {"rules": "U088", "demo": "L011"}[verb])


class Seen(Console):
    """A terminal of some height."""

    height_seen = 24

    def __init__(self, **_: object) -> None:
        super().__init__(file=io.StringIO(), force_terminal=True, width=80, height=self.height_seen, highlight=False)


@pytest.mark.parametrize(("lines", "by_pager"), [(10, False), (23, False), (24, True), (300, True)])
def test_only_what_is_longer_than_the_terminal_opens_in_a_pager(
    monkeypatch: pytest.MonkeyPatch, lines: int, by_pager: bool
) -> None:
    shown: list[str] = []
    real = Console
    terminal = Seen()
    monkeypatch.setattr(paging, "Console", lambda **options: real(**options) if "file" in options else terminal)
    monkeypatch.setattr(paging.pydoc, "pager", shown.append)
    with paging.paged() as page:
        for number in range(lines):
            page.paragraph(f"line {number}")
    assert bool(shown) is by_pager
    text = shown[0] if by_pager else terminal.file.getvalue()  # type: ignore[attr-defined]
    assert text.count("\n") == lines


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals here")
@pytest.mark.parametrize("verb", ["rules", "demo", "questions"])
def test_a_long_page_opens_in_the_pager_of_a_terminal(tmp_path: Path, verb: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED; wc -l\n", encoding="utf-8")
    pager.chmod(0o755)
    surroundings = {**os.environ, "PAGER": str(pager), "TERM": "xterm-256color"}
    terminal = pexpect.spawn(
        sys.executable, ["-m", "triage", verb], env=surroundings, encoding="utf-8", dimensions=(24, 80), timeout=60
    )
    terminal.expect(pexpect.EOF)
    assert terminal.before.lstrip().startswith("PAGED")
    assert int(terminal.before.split()[1]) > 24


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes_as_the_readme_says(shell: str) -> None:
    if shell == "bash" and os.name == "nt":
        pytest.skip("no bash here")
    surroundings = {**os.environ, "_TRIAGE_COMPLETE": f"{shell}_complete", "COMP_WORDS": "triage ru", "COMP_CWORD": "1"}
    if shell == "fish":
        surroundings["COMP_CWORD"] = "ru"
    done = subprocess.run(
        [sys.executable, "-m", "triage"], env=surroundings, capture_output=True, text=True, check=False, timeout=60
    )
    assert "rules" in done.stdout
    assert "verify" not in done.stdout
