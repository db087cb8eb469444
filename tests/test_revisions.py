"""Two versions of a protocol compared, where the earlier one is a git revision."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from batch_jobs import SNEEZING

import triage
from triage.command_line import main

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
    assert change["before"] == {"outcome": "suggests_disease", "urgency": "urgent"}
    assert change["after"] == {"outcome": "suggests_disease", "urgency": "routine"}
    assert change["less_cautious"] is True


def test_a_folder_is_compared_as_a_revision_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert differences(folder, str(SNEEZING)) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "LESS CAUTIOUS: suggests disease, urgent becomes suggests disease, routine" in said


def test_two_conditions_are_no_two_versions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing changes over the answer sets that both know, for there is but one; that would reassure wrongly."""
    other = Path(triage.__file__).parent.parent / "rules" / "myoclonus"
    assert differences(folder, str(other)) == 2
    assert "These are not two versions of one protocol, but 'myoclonus' and 'sneezing'" in capsys.readouterr().err


def test_what_is_compared_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = triage.load_protocol(folder).version
    assert differences(folder, "HEAD") == 0
    assert f"{triage.load_protocol(folder).title}: {version} beside {version}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("edit", "before", "after", "less_cautious"),
    [
        (
            ("calm.yaml", "      vote: benign\n", "      vote: disease\n"),
            ("likely_benign", "routine"),
            ("suggests_disease", "routine"),
            False,
        ),
        (
            (
                "warnings.yaml",
                "      since: weeks\n    then: {urgency: routine, vote: neutral}",
                "      since: weeks\n    then: {urgency: routine}",
            ),
            ("likely_benign", "routine"),
            ("suggests_disease", "routine"),
            False,
        ),
        (
            ("calm.yaml", "      urgency: routine\n", "      urgency: self_care\n"),
            ("likely_benign", "routine"),
            ("likely_benign", "self_care"),
            True,
        ),
    ],
    ids=["a vote for benign turned", "a neutral rule that votes", "a benign rule that asks for no doctor"],
)
def test_a_change_of_the_outcome_alone_is_found_and_back_again_it_is_less_cautious(
    edit: tuple[str, str, str],
    before: tuple[str, str],
    after: tuple[str, str],
    less_cautious: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name, old, new = edit
    changed = shutil.copytree(SNEEZING, tmp_path / "changed")
    text = (changed / name).read_text(encoding="utf-8")
    assert old in text
    (changed / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert differences(SNEEZING, str(SNEEZING), str(changed), "--json") == 0
    [there] = json.loads(capsys.readouterr().out)["changes"]
    assert differences(SNEEZING, str(changed), str(SNEEZING), "--json") == 0
    [back] = json.loads(capsys.readouterr().out)["changes"]
    assert (tuple(there["before"].values()), tuple(there["after"].values())) == (before, after)
    assert (there["before"], there["after"]) == (back["after"], back["before"])
    assert there["answer_sets"] == back["answer_sets"]
    assert (there["less_cautious"], back["less_cautious"]) == (less_cautious, not less_cautious)
    differences(SNEEZING, str(changed), str(SNEEZING))
    assert ("LESS CAUTIOUS: " in capsys.readouterr().out) is not less_cautious


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
