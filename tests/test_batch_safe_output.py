"""Nothing of a batch is half-written, taken for done, or lost: kills, resumed runs, strict ones, full disks."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from batch_jobs import WELL, Notes, environment, json_lines, scored

from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.documents.long_writing import TextFile
from triage.documents.problems import DataFault

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol


@pytest.mark.skipif(os.name != "posix", reason="signals are of another kind here")
@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_killed_at_any_moment_the_old_file_is_there_or_the_new_one(form: str, many: Path, tmp_path: Path) -> None:
    output, errors = tmp_path / f"out.{form}", tmp_path / "out.errors.ndjson"
    output.write_text("old", "utf-8")
    command = [sys.executable, "-m", "triage", "score", str(many), "-o", str(output)]
    for delay in (0.5, 0.8, 1.1, 1.5):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment())
        time.sleep(delay)
        process.kill()
        process.wait(timeout=20)
        assert not errors.exists() or len(json_lines(errors)) == 300
        if output.read_bytes() != b"old":
            assert errors.exists()  # the results come last: whoever finds them finds beside them what was wrong
            break
    subprocess.run(command, stderr=subprocess.DEVNULL, env=environment(), timeout=120, check=False)
    assert len(json_lines(errors)) == 300
    if form == "ndjson":
        assert len(json_lines(output)) == 29_700
    else:
        with duckdb.connect() as database:
            counted = database.execute(f"SELECT count(*) FROM read_parquet('{output}')").fetchone()
        assert counted == (29_700,)


def test_resume_goes_on_with_files_that_are_not_done(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    (answers / "deep").mkdir(parents=True)
    for name in ("a.ndjson", "b.csv", "deep/a.ndjson"):
        text = "id,nose\nx,drips\n" if name.endswith("csv") else json.dumps({"id": name, "answers": WELL}) + "\n"
        (answers / name).write_text(text, "utf-8")
    (answers / "bad.ndjson").write_text('{"answers": {"nose": "drop"}}\n{"answers": {}}\n', "utf-8")
    summary = run(Job([answers], output=results, new_folder=True), sneezing, Notes())
    assert (summary.scored, summary.bad_rows, summary.skipped) == (4, 1, 0)
    names = {str(path.relative_to(results)) for path in results.rglob("[!.]*") if path.is_file()}
    assert names == {
        "a.ndjson.scores.ndjson", "b.csv.scores.ndjson", str(Path("deep/a.ndjson.scores.ndjson")),
        "bad.ndjson.scores.ndjson", "bad.ndjson.scores.errors.ndjson",
    }  # fmt: skip
    (results / "a.ndjson.scores.ndjson").unlink()
    os.utime(answers / "b.csv", (time.time() + 60, time.time() + 60))
    before = (results / "deep" / "a.ndjson.scores.ndjson").stat().st_mtime_ns
    summary = run(Job([answers], output=results, resume=True), sneezing, Notes())
    assert (summary.scored, summary.skipped) == (2, 2)
    assert (results / "deep" / "a.ndjson.scores.ndjson").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "change", ["nothing", "fields", "keep", "form", "program", "rules", "an earlier program", "a broken note"]
)
def test_resume_makes_results_anew_that_were_made_with_something_else(
    change: str, sneezing: Protocol, tmp_path: Path
) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    for name in ("a", "b"):
        (answers / f"{name}.ndjson").write_text(json.dumps({"id": name, "n": 1, "answers": WELL}) + "\n", "utf-8")
    run(Job([answers], output=results, new_folder=True), sneezing, Notes())
    note = results / ".made-with.json"
    if change == "an earlier program":
        note.unlink()
    elif change == "a broken note":
        note.write_text("{", "utf-8")
    changes = {"fields": ["id"], "keep": ["n"], "form": "csv", "program": "2"}
    job = Job([answers], output=results, resume=True, **{name: changes[name] for name in changes if name == change})
    protocol = replace(sneezing, digest="others") if change == "rules" else sneezing
    notes = Notes()
    summary = run(job, protocol, notes)
    assert (summary.scored, summary.skipped) == ((0, 2) if change == "nothing" else (2, 0))
    assert notes.said == ([] if change in ("nothing", "form") else [f"{results}  {MADE_ANEW}"])
    again = run(job, protocol, Notes())
    assert (again.scored, again.skipped) == (0, 2)


MADE_ANEW = "The results here have other fields, or other rules or another program made them: they are made anew."


def test_results_made_with_something_else_stay_strange_when_a_run_was_stopped(
    sneezing: Protocol, tmp_path: Path
) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    for name in ("a", "b"):
        (answers / f"{name}.ndjson").write_text(json.dumps({"id": name, "answers": WELL}) + "\n", "utf-8")
    run(Job([answers], output=results, new_folder=True), sneezing, Notes())
    time.sleep(0.02)  # clocks of file systems are coarse
    run(Job([answers / "a.ndjson"], output=results, resume=True, fields=["id"]), sneezing, Notes())
    summary = run(Job([answers], output=results, resume=True, fields=["id"]), sneezing, Notes())
    assert (summary.scored, summary.skipped) == (1, 1)
    assert [json_lines(path) for path in sorted(results.glob("*.ndjson"))] == [[{"id": "a"}], [{"id": "b"}]]


def test_half_of_a_file_is_not_taken_for_the_whole(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    results.mkdir()
    line = json.dumps({"id": "a", "answers": WELL}).encode() + b"\n"
    (answers / "a.ndjson.gz").write_bytes(gzip.compress(line * 200_000, compresslevel=1)[:-2_000])
    for _ in range(2):
        summary = run(Job([answers], output=results, resume=True), sneezing, Notes())
        assert summary.bad_files == 1
        assert [path.name for path in results.glob("[!.]*")] == ["a.ndjson.gz.scores.errors.ndjson"]


def test_one_file_that_cannot_be_read_does_not_stop_the_others(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    results.mkdir()
    (answers / "a.json").write_text("{", "utf-8")
    (answers / "b.json").write_text(json.dumps({"answers": WELL}), "utf-8")
    notes = Notes()
    summary = run(Job([answers, tmp_path / "missing.csv"], output=results), sneezing, notes)
    assert (summary.scored, summary.bad_files) == (1, 2)
    written = ["a.json.scores.errors.ndjson", "b.json.scores.ndjson", "missing.csv.scores.errors.ndjson"]
    assert sorted(path.name for path in results.glob("[!.]*")) == written
    assert "There is no such file." in notes.said[-1]


def test_an_errors_file_of_an_earlier_run_does_not_stay(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"answers": {"nose": "drop"}}\n{"answers": {}}\n', "utf-8")
    assert len(scored(sneezing, path, output=output)[1]) == 1
    path.write_text('{"answers": {}}\n', "utf-8")
    assert scored(sneezing, path, output=output)[1] == []
    assert (tmp_path / "out.errors.ndjson").read_bytes() == b""


def test_where_nothing_can_be_scored_the_output_stays_and_the_faults_are_written(
    sneezing: Protocol, tmp_path: Path
) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"answers": {"nose": "drop"}}\n', "utf-8")
    output.write_text("old", "utf-8")
    notes = Notes()
    with pytest.raises(DataFault, match="Nothing could be scored, so this file stays as it was"):
        run(Job([path], output=output), sneezing, notes)
    assert output.read_text("utf-8") == "old"
    assert len(json_lines(tmp_path / "out.errors.ndjson")) == 1


def test_strict_stops_at_the_first_fault_and_writes_nothing(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"answers": {}}\n{"answers": {"nose": "drop"}}\n{"answers": {"age": "x"}}\n', "utf-8")
    output.write_text("old", "utf-8")
    notes = Notes()
    summary = run(Job([path], output=output, strict=True), sneezing, notes)
    assert summary.faulty
    assert len(notes.said) == 1
    assert notes.said[0].startswith(f"{path}:2  ")
    assert output.read_text("utf-8") == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.ndjson", "out.ndjson"]


def test_strict_leaves_the_results_of_files_done_before_in_a_folder(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    row = json.dumps({"id": "a", "answers": WELL}) + "\n"
    for name in "abc":
        (answers / f"{name}.ndjson").write_text(row * 2, "utf-8")
    with (answers / "b.ndjson").open("a", encoding="utf-8") as file:
        file.write('{"answers": {"nose": "drop"}}\n')
    notes = Notes()
    summary = run(Job([answers], output=results, new_folder=True, strict=True), sneezing, notes)
    assert (summary.scored, summary.urgency.total(), summary.faulty) == (2, 2, 1)
    assert [said.split("  ")[0] for said in notes.said] == [f"{answers / 'b.ndjson'}:3"]
    assert [path.name for path in results.glob("[!.]*")] == ["a.ndjson.scores.ndjson"]
    summary = run(Job([answers / "a.ndjson", tmp_path / "none"], output=results, strict=True), sneezing, Notes())
    assert (summary.scored, summary.faulty) == (2, 1)
    (answers / "b.ndjson").write_text(row, "utf-8")
    summary = run(Job([answers], output=results, strict=True, resume=True), sneezing, notes)
    assert (summary.scored, summary.skipped, summary.faulty) == (3, 1, 0)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
def test_a_full_disk_is_said_in_one_line(many: Path) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        file = TextFile(full, Path("out.ndjson"))
        with pytest.raises(DataFault, match=r"out.ndjson  This file cannot be written: No space left on device\."):
            file.write(b"x")
    command = [sys.executable, "-m", "triage", "score", str(many)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr
