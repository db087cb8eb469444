"""What goes wrong beside the data is called by its name, and values by the words of the file."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from triage import command_line

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.mark.skipif(os.name == "nt", reason="there a folder somebody is in cannot be deleted")
@pytest.mark.parametrize(
    "arguments", [["score", "."], ["score", "x.json"], ["convert", "."], ["score", "-", "-o", "o.ndjson"]]
)
def test_in_a_folder_that_was_deleted_that_is_what_is_said(tmp_path: Path, arguments: list[str]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f"import os; os.rmdir({str(gone)!r}); import triage.command_line as c; c.main({arguments!r})"
    # -P: like the installed command, it looks for no modules in the folder it is in (Python 3.13 fails at that itself).
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        cwd=gone,
        input="{}",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The folder you are in does not exist any more")
    assert "written" not in done.stderr


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "Standard output cannot be written: No space left on device.",
        ),
        (OSError(errno.EMFILE, "Too many open files"), "The system refused something: Too many open files."),
        (PermissionError(errno.EACCES, "Permission denied", "answers.json"), "answers.json  Permission denied."),
    ],
)
def test_what_the_system_refuses_is_called_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], error: OSError, told: str
) -> None:
    def refuse(**_: object) -> None:
        raise error

    monkeypatch.setattr(command_line.triage, "main", refuse)
    monkeypatch.setattr(command_line, "_silence_output", lambda: None)
    with pytest.raises(SystemExit) as end:
        command_line.main(["rules"])
    assert end.value.code == 1
    assert capfd.readouterr().err.strip() == told


def test_an_id_with_a_backslash_is_shown_as_it_is_written(tmp_path: Path) -> None:
    """And not as Python writes it."""
    path = tmp_path / "a.ndjson"
    path.write_text(json.dumps({"id": "ward\\7", "answers": {"seizures": "zzzzzz"}}), encoding="utf-8")
    for options in ([], ["--engine", "plain"]):
        done = CliRunner().invoke(command_line.triage, ["score", str(path), *options])
        assert r"'ward\7' answers" in done.stderr
