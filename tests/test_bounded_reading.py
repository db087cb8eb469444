"""Whatever is named to be read, memory does not fill and nothing is waited for that never comes."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest
from piped import surroundings

from triage.answers.case_reading import readable_cases
from triage.command_line import main
from triage.documents.bounded_reading import LONGEST, read_bytes
from triage.documents.problems import DataFault
from triage.protocol.reading import read_protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
MEMORY = 1_600_000_000
"""Bytes that a process may ask for; Python, numpy and Arrow take 600 million of them before anything is read."""
posix = pytest.mark.skipif(os.name != "posix", reason="devices and pipes are of another kind there")
FILES_OF_A_PROTOCOL = (
    "protocol.yaml",
    "questionnaire.yaml",
    "warnings.yaml",
    "profiles.yaml",
    "catalogue/types.yaml",
    "catalogue/notes.yaml",
    "catalogue/seed.yaml",
)


def run(arguments: list[object], home: Path, typed: IO[bytes] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command with little memory and little time."""
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_AS, ({MEMORY},) * 2)\n"
    start = f"{limited}from triage.command_line import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", start, *map(str, arguments)],
        stdin=typed or subprocess.DEVNULL,
        env=surroundings(home, {"OPENBLAS_NUM_THREADS": "1"}),
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert "MemoryError" not in done.stderr
    assert len(done.stdout + done.stderr) < 5_000
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SNEEZING, tmp_path / "protocol")


# ---- protocols ----


@posix
@pytest.mark.parametrize("name", FILES_OF_A_PROTOCOL)
@pytest.mark.parametrize("special", ["/dev/zero", "a pipe"])
def test_a_protocol_reads_no_device_and_waits_for_no_pipe(folder: Path, name: str, special: str) -> None:
    path = folder / name
    path.unlink(missing_ok=True)
    if special == "a pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(special)
    with pytest.raises(DataFault) as fault:
        read_protocol(folder)
    if name != "protocol.yaml":
        kind = "pipe" if special == "a pipe" else "device"
        assert f"{path}  This is a {kind}, not an ordinary file, so it is not read." in str(fault.value)


@posix
def test_cases_and_statements_are_read_with_the_same_care(folder: Path) -> None:
    os.mkfifo(folder / "cases" / "pipe.yaml")
    (folder / "cases" / "._stories.yaml").write_bytes(b"\0what a Mac leaves\xff")
    (folder / "examples").mkdir()
    (folder / "examples" / "endless.yaml").symlink_to("/dev/zero")
    (folder / "safety.yaml").unlink()
    (folder / "safety.yaml").symlink_to("/dev/zero")
    _, problems = readable_cases(read_protocol(folder))
    assert [(Path(one.place.source).name, one.message) for one in problems] == [
        ("pipe.yaml", "This is a pipe, not an ordinary file, so it is not read.")
    ]
    done = run(["verify", "--no-proofs", "--protocol", folder], folder.parent)
    assert done.returncode == 1
    assert done.stderr.count("so it is not read.") == 3


def test_a_protocol_of_pages_too_long_for_memory_is_refused(folder: Path) -> None:
    with (folder / "warnings.yaml").open("ab") as file:
        file.truncate(2**33)  # on disk it takes no room
    done = run(["rules", "--protocol", folder], folder.parent)
    assert done.returncode == 1
    assert "warnings.yaml  This holds more than" in done.stderr


def test_a_page_of_too_many_values_is_refused(folder: Path) -> None:
    with (folder / "warnings.yaml").open("a") as file:
        file.write("\nmore: [" + "a," * 1_500_000 + "a]\n")
    done = run(["rules", "--protocol", folder], folder.parent)
    assert done.returncode == 1
    assert "warnings.yaml  This holds more than 1,000,000 values." in done.stderr


# ---- answers ----


def packed(path: Path, begun: bytes, again: bytes) -> Path:
    """Write a packed file of two hundred million bytes: one packed piece, again and again, is packed itself."""
    piece = gzip.compress(again * ((1 << 20) // len(again)), compresslevel=1)
    path.write_bytes(gzip.compress(begun) + 192 * piece)
    return path


@pytest.mark.parametrize(
    ("name", "begun", "again"),
    [
        ("a.yaml.gz", b"id: a\nanswers:\n", b"  k: v\n"),
        ("a.yaml.gz", b"- [", b"a,"),
        ("a.json.gz", b'{"id": "a", "answers": {}, "n": "', b"n"),
        ("a.json.gz", b'{"id": "a", "n": [', b"1,"),
        ("a.json.gz", b'[{"id": "a", "n": [', b"1,"),
        ("a.csv.gz", b"id,n", b"n"),
        ("a.csv.gz", b'id,n\n"', b"n"),
        ("a.csv.gz", b'id,n"', b"n\n"),
        ("a.ndjson.gz", b'{"id": "', b"n"),
    ],
)
def test_a_packed_file_never_unpacks_into_all_memory(tmp_path: Path, name: str, begun: bytes, again: bytes) -> None:
    done = run(["score", packed(tmp_path / name, begun, again), "--protocol", SNEEZING], tmp_path)
    assert done.returncode == 1
    assert str(tmp_path / name) in done.stderr


@posix
@pytest.mark.parametrize("verb", [["score", "-"], ["ask", "--plain"], ["quiz", "--plain"]])
def test_endless_input_ends_what_reads_it(tmp_path: Path, verb: list[str]) -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = run([*verb, "--protocol", SNEEZING], tmp_path, endless)
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", '"%s"'), ("a.yaml", "id: %s"), ("a.ndjson", "%s"), ("a.csv", "id\n%s")]
)
@pytest.mark.parametrize("arguments", [["explain"], ["score", "--engine", "plain"]], ids=["explain", "score"])
def test_a_long_file_that_is_read_whole_says_what_may_be_longer(
    tmp_path: Path, name: str, text: str, arguments: list[str]
) -> None:
    path = tmp_path / name
    path.write_text(text % ("n" * (5 * LONGEST)), "utf-8")
    done = run([*arguments, path, "--protocol", SNEEZING], tmp_path)
    assert done.returncode == 1
    assert "This holds more than" in done.stderr
    assert "NDJSON" in done.stderr


# ---- what the program itself keeps ----


@posix
def test_a_save_that_became_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    state = tmp_path / "state" / "triage-interviews"
    state.mkdir(parents=True)
    os.mkfifo(state / "sneezing-0123456789abcdef.json")
    typed = tmp_path / "typed"
    typed.write_text("1\nq\n")
    with typed.open("rb") as lines:
        done = run(["ask", "--plain", "--resume", "--protocol", SNEEZING], tmp_path, lines)
    assert "That interview cannot be read any more." in done.stdout
    assert done.returncode == 0


@posix
def test_a_score_that_leads_to_a_device_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    (tmp_path / "triage-quiz").mkdir()
    (tmp_path / "triage-quiz" / "sneezing.json").symlink_to("/dev/zero")
    with pytest.raises(SystemExit) as left:
        main(["quiz", "--score", "--protocol", str(SNEEZING)])
    assert left.value.code == 1
    assert "This is a device, not an ordinary file, so it is not read." in capsys.readouterr().err


def test_what_is_short_enough_is_read_to_its_last_byte(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"n" * 1000)
    assert len(read_bytes(path, most=1000)) == 1000
    with pytest.raises(DataFault, match="This holds more than 999 bytes"):
        read_bytes(path, most=999)


def test_a_list_of_many_cases_is_still_read(tmp_path: Path) -> None:
    case = {"answers": {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"]}}
    path = tmp_path / "cases.json"
    path.write_text(json.dumps([{"id": f"p{number}", **case} for number in range(20_000)]), "utf-8")
    done = run(["score", path, "--protocol", SNEEZING, "--fields", "id", "-o", tmp_path / "out.csv"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_text().count("\n") == 20_001
