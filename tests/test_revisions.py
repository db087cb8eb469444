"""Two versions of a protocol compared, where the earlier one is a git revision."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING

from triage.command_line import main

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a protocol folder inside a repository in which one rule was made less urgent after the last commit."""
    folder = tmp_path / "repository" / "rules" / "sneezing"
    shutil.copytree(SNEEZING, folder)
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "first"]):
        subprocess.run([*git, *words], check=True)
    page = folder / "warnings.yaml"
    text = page.read_text(encoding="utf-8")
    assert text.count("urgency: urgent") > 0
    page.write_text(text.replace("urgency: urgent", "urgency: routine", 1), encoding="utf-8")
    return folder


def differences(folder: Path, *arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["diff", "--protocol", str(folder), *arguments])
    return int(left.value.code or 0)


def test_a_revision_is_compared_with_the_rules_as_they_are(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert differences(folder, "HEAD", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["rules"]["changed"]) == 1
    [change] = found["changes"]
    assert (change["before"], change["after"], change["less_cautious"]) == ("urgent", "routine", True)


def test_a_folder_is_compared_as_a_revision_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert differences(folder, str(SNEEZING)) == 0
    assert "LESS CAUTIOUS: urgent becomes routine" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["no-such-revision", "--output={}/written", "--remote=."])
def test_what_is_no_revision_is_said_and_never_taken_for_an_option_of_git(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = name.format(tmp_path)
    assert differences(folder, "--", name) == 1
    assert capsys.readouterr().err == f"{name}  This is neither a protocol folder nor a git revision of one.\n"
    assert not (tmp_path / "written").exists()


def test_what_is_wrong_with_a_revision_is_said_of_files_that_somebody_knows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    page = folder / "warnings.yaml"
    good = page.read_text(encoding="utf-8")
    page.write_text(good.replace("why:", "wy:", 1), encoding="utf-8")
    subprocess.run([*git, "commit", "--quiet", "--all", "--message", "broken"], check=True)
    page.write_text(good, encoding="utf-8")
    assert differences(folder, "HEAD") == 1
    said = capsys.readouterr().err
    assert "HEAD:warnings.yaml:" in said
    assert tempfile.gettempdir() not in said.replace(str(folder), "")


def test_a_revision_without_the_folder_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So it is with a copy that is installed inside a repository that does not keep it."""
    installed = shutil.copytree(SNEEZING, folder / ".venv" / "sneezing")
    assert differences(installed, "HEAD") == 1
    said = capsys.readouterr().err
    assert said.startswith("HEAD:.venv/sneezing  This revision has no such folder.\n")
    assert tempfile.gettempdir() not in said


@pytest.mark.parametrize("name", ["n" * 5000, "a\nb", "\udcff"])
def test_a_name_that_nothing_has_is_no_revision(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert differences(folder, name) == 1
    assert "This is neither a protocol folder nor a git revision of one." in capsys.readouterr().err
