"""``triage score`` as a command: exit codes, what is said at the end, and how much memory it takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING, environment, json_lines

from triage.command_line import main

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "triage", "score", "--protocol", str(SNEEZING), *map(str, arguments)]
    return subprocess.run(line, capture_output=True, encoding="utf-8", env=environment(), timeout=60, check=False)


def test_the_command_counts_bad_rows_and_leaves_with_1(tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text('{"answers": {"nose": "drop"}}\n{"answers": {}}\n' * 2, "utf-8")
    done = command(path, "-o", tmp_path / "out.ndjson")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "2 scored, 2 not readable."
    assert len(json_lines(tmp_path / "out.errors.ndjson")) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fields", "outcom"], "No field is called 'outcom'. Did you mean 'outcome'?"),
        (["--fields", ","], "--fields names no field."),
        (["--format", "xml"], "'xml' is not one of"),
        (["--threads", "0"], "0 is not in the range"),
        (["--resume"], "--resume goes on with a folder of results"),
        (["-o", "f.ndjson"], "is read, so it cannot be written, too"),
        (["--engine", "plain", "--keep", "x"], "--keep does not go together with --engine"),
    ],
)
def test_wrong_use_leaves_with_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "f.ndjson").write_text('{"answers": {}}\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["score", "f.ndjson", "--protocol", str(SNEEZING), *arguments])
    assert left.value.code == 2
    assert message in capsys.readouterr().err


def test_a_dash_as_output_is_standard_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("f.ndjson").write_text('{"id": "a", "answers": {}}\n', "utf-8")
    done = command("f.ndjson", "-o", "-", "--format", "csv", "--fields", "id")
    assert (done.returncode, done.stdout) == (0, "id\na\n")
    assert [path.name for path in tmp_path.iterdir()] == ["f.ndjson"]
    done = command("f.ndjson", "-o", "-", "--format", "parquet")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_table_says_what_came_out_of_many_cases(many: Path, tmp_path: Path, protocol: Protocol) -> None:
    line = [sys.executable, "-m", "triage", "score", str(many), "-o", str(tmp_path / "out.csv"), "--format", "csv"]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", env=environment(), timeout=60, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert "29,700 cases scored" in lines
    assert "  300  rows in error" in lines
    assert f"... and 299 more, all in {tmp_path / 'out.errors.ndjson'}." in lines
    assert any(line.endswith(protocol.rules_by_id["G02a"].title) for line in lines)
    assert sum("\x1b" in line for line in lines) == 0


def test_a_command_never_waits_for_pandas_which_arrow_would_import(tmp_path: Path) -> None:
    Path(tmp_path / "f.ndjson").write_text('{"id": "a", "answers": {}}\n', "utf-8")
    command = ["-X", "importtime", "-m", "triage", "score", str(tmp_path / "f.ndjson"), "--protocol", str(SNEEZING)]
    line = [sys.executable, *command, "-o", str(tmp_path / "out.ndjson")]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", env=environment(), timeout=60, check=False)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert done.returncode == 0
    assert "pyarrow" in imported
    assert not {one for one in imported if one.startswith("pandas.")}


def test_the_engines_of_the_command_agree_with_the_batch(many: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.ndjson"
    few.write_text("".join(many.read_text("utf-8").splitlines(keepends=True)[:120]), "utf-8")
    outputs = []
    for number, arguments in enumerate(([], ["--engine", "plain"], ["--engine", "durable"])):
        output = tmp_path / f"{number}.csv"
        with pytest.raises(SystemExit) as left:
            main(["score", str(few), "-o", str(output), *arguments])
        if left.value.code == 1 and output.exists():
            outputs.append(output.read_text("utf-8"))
    assert len(outputs) >= 2
    assert len(set(outputs)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in another unit here")
def test_memory_does_not_grow_with_the_file(many: Path, tmp_path: Path) -> None:
    peaks = []
    for times in (4, 12):
        long = tmp_path / f"{times}.ndjson"
        with long.open("wb") as file:
            for _ in range(times):
                file.write(many.read_bytes())
        peaks.append(_peak(long, tmp_path))
    assert peaks[1] < 400
    assert peaks[1] < 1.5 * peaks[0]


def _peak(path: Path, folder: Path) -> float:
    """Return the megabytes a run takes at most."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    line = [sys.executable, "-m", "triage", "score", str(path), "-o", str(folder / "out.ndjson"), "--threads", "2"]
    done = subprocess.run([sys.executable, "-c", code, *line], capture_output=True, env=environment(), check=True)
    return float(done.stdout)
