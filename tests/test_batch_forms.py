"""Every form of answer file, read from disk or from standard input, gives the same lines."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from answer_forms import in_form
from batch_jobs import WELL, Notes, environment, scored
from pyarrow import parquet

from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.foreign.form import Asked

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol


@pytest.mark.parametrize(
    "form",
    [
        "f.ndjson", "compact.jsonl", "bare.ndjson", "mixed.ndjson", "windows.ndjson", "no_end.ndjson", "odd.ndjson",
        "last.ndjson", "list.json", "pretty.json", "f.yaml", "f.csv", "quoted.csv", "f.tsv", "texts.parquet",
        "lists.parquet", "f.ndjson.gz", "f.csv.gz", "pretty.json.gz", "f.ndjson.zst", "many",
    ],
)  # fmt: skip
def test_every_kind_of_file_gives_the_same_lines(
    form: str, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    path = in_form(form, protocol, few_people, tmp_path)
    output = tmp_path / "out.ndjson"
    notes = Notes()
    run(Job([path], output=output), protocol, notes)
    expected = expected_lines.splitlines()[: 40 if form == "f.yaml" else None]
    assert notes.said == []
    assert output.read_text("utf-8").splitlines() == expected
    assert notes.rows == len(expected)
    if form.endswith((".ndjson", ".csv", ".tsv", ".gz")):
        assert abs(notes.done - notes.size) <= 500


@pytest.mark.parametrize(("threads", "block"), [(2, 2_000), (1, 9_000), (3, 9_000), (2, 1 << 21)])
def test_neither_blocks_nor_threads_show_in_the_output(
    threads: int, block: int, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("triage.batch.reading.text._BLOCK", block)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 2 * block)
    for form in ("f.ndjson", "quoted.csv", "pretty.json"):
        path = in_form(form, protocol, few_people, tmp_path)
        output = tmp_path / "out.ndjson"
        run(Job([path], output=output, threads=threads), protocol, Notes())
        assert output.read_text("utf-8") == expected_lines


@pytest.mark.parametrize("form", ["f.ndjson", "pretty.json", "f.csv", "f.yaml", "f.ndjson.gz", "f.ndjson.zst"])
def test_standard_input_is_known_by_its_beginning(
    form: str, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    done = from_standard_input(in_form(form, protocol, few_people, tmp_path).read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == expected_lines.splitlines()[: 40 if form == "f.yaml" else None]


def from_standard_input(text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    line = [sys.executable, "-m", "triage", "score", "-", *options]
    return subprocess.run(line, input=text, capture_output=True, env=environment(), timeout=60, check=False)


BEGINNINGS = {
    "a comment": "# mine\nid: a\nanswers:\n  nose: drips\n",
    "three dashes": "---\nid: a\nnose: [drips]\n",
    "an answer": "nose: drips\nid: a\n",
    "a list": "- id: a\n  answers: {nose: drips}\n",
    "a quoted key": '"nose": drips\n"id": a\n',
    "a table of one column": "nose\ndrips\n",
    "a packed table": gzip.compress(b"id,nose\na,drips\n"),
    "a packed document": gzip.compress(b'[\n{"id": "a",\n"nose": "drips"}]'),
}


def put_into_standard_input(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    monkeypatch.setattr(sys, "stdin", stream)


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_every_kind_of_standard_input_is_read(
    begins: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_into_standard_input(BEGINNINGS[begins], monkeypatch)
    lines, faults, _ = scored(sneezing, Path("-"), output=tmp_path / "out.ndjson", fields=["id"])
    assert faults == []
    assert lines == [{"id": "standard input:2" if begins == "a table of one column" else "a"}]


def test_a_first_line_that_is_cut_off_does_not_hide_the_others(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for begins in ('{"id": "x", "ans', '{"id": "x",', '{"id": "x"'):
        put_into_standard_input(f'{begins}\n{{"id": "b", "answers": {{}}}}\n', monkeypatch)
        lines, faults, _ = scored(sneezing, Path("-"), output=tmp_path / "out.ndjson", fields=["id"])
        assert [line["id"] for line in lines] == ["b"]
        assert [fault["line"] for fault in faults] == [1]


def test_standard_input_that_cannot_be_read_is_said(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet.write_table(pa.table({"id": ["a"]}), tmp_path / "f.parquet")
    table = (tmp_path / "f.parquet").read_bytes()
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    packed = {"gz": gzip.compress(b"x" * 9_000), "zst": zstd.compress(b"x" * 9_000)}
    for text, message in {
        table: "This is Parquet, which cannot be read from standard input.\n    Name the file instead of -.",
        packed["gz"][:-9]: "This file cannot be read: Compressed file ended before",
        packed["gz"][:10] + b"\xff" * 20: "This file cannot be read: Error -3 while decompressing",
        packed["zst"][:-3]: "This file cannot be read: Compressed file ended before",
        packed["zst"][:4] + b"x" * 20: "This file cannot be read: Unable to decompress",
    }.items():
        put_into_standard_input(text, monkeypatch)
        lines, _, notes = scored(sneezing, Path("-"), output=tmp_path / "out.ndjson")
        assert lines == []
        assert notes.said[0].startswith(f"standard input  {message}")


def test_what_was_learnt_may_be_forgotten_on_the_way(
    protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Memory stays bounded because pieces are forgotten when there are too many."""
    monkeypatch.setattr("triage.batch.reading.text._BLOCK", 9_000)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 20_000)
    monkeypatch.setattr("triage.batch.reading.vocabulary._MOST_PIECES", 400)
    monkeypatch.setattr("triage.answers.meanings._MOST_REMEMBERED", 12)
    for form, threads in (("f.ndjson", 1), ("f.ndjson", 3), ("f.csv", 2)):
        path = in_form(form, protocol, few_people, tmp_path)
        run(Job([path], output=tmp_path / "out.ndjson", threads=threads), protocol, Notes())
        assert (tmp_path / "out.ndjson").read_text("utf-8") == expected_lines


def test_a_line_that_is_far_too_long_is_a_bad_row_in_the_errors_file(sneezing: Protocol, tmp_path: Path) -> None:
    good = json.dumps({"id": "a", "answers": WELL})
    path = tmp_path / "f.ndjson"
    path.write_text(f'{good}\n{{"id": "{"x" * (1 << 24)}"}}\n{good}\n', "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert len(lines) == 2
    assert [fault["line"] for fault in faults] == [2]


@pytest.mark.parametrize("threads", [1, 2])
def test_lines_between_two_that_are_far_too_long_are_scored(
    threads: int, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.reading.text._BLOCK", 400)
    monkeypatch.setattr("triage.batch.reading.text._LONGEST_LINE", 1_000)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 700)
    good = [json.dumps({"id": f"p{number}", "answers": {"nose": "drips"}}) for number in range(9)]
    path = tmp_path / "f.ndjson"
    path.write_text("\n".join([*good[:2], "x" * 3_000, *good[2:7], "y" * 2_000, *good[7:]]) + "\n", "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", threads=threads)
    assert [line["id"] for line in lines] == [f"p{number}" for number in range(9)]
    assert [fault["line"] for fault in faults] == [3, 9]


def test_a_text_shorter_than_what_stands_around_its_values_is_read(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text(f'{{"id": "a", "{"k" * 73}": 1, "answers": {{}}}}\n{{"id": "b", "answers": {{}}}}', "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["a", "b"]
    assert faults == []


FOREIGN = {
    "REDCap": "record_id,nose___drips,nose___bleeds,first_complete\na,1,0,2\n",
    "REDCap for people": json.dumps([{"record_id": "a", "nose___drips": "1", "first_complete": "2"}], indent=1),
    "FHIR": '{"resourceType": "QuestionnaireResponse"}\n' * 30,
}


@pytest.mark.parametrize("program", FOREIGN)
def test_what_another_program_wrote_into_standard_input_is_said_once(
    program: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_into_standard_input(FOREIGN[program], monkeypatch)
    lines, [fault], _ = scored(sneezing, Path("-"), output=tmp_path / "out.ndjson", asked=Asked())
    assert lines == []
    assert fault["message"].startswith("This looks like a" if "REDCap" in program else "This looks like FHIR R4.")
    assert "Answers from standard input are read in our own form only." in fault["message"]


@pytest.mark.parametrize(
    "text",
    ["id,nose\n" + "a,drips\n" * 50_000, "id\tnose\na\tIt drips\nb\tdrips\n", "nose: drips\nprotocol: 99.0.0\n"],
)
def test_standard_input_of_our_own_is_read_to_its_end_after_it_was_looked_at(
    text: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for asked in (None, Asked(rules="0.1.0")):
        put_into_standard_input(text, monkeypatch)
        found.append(scored(sneezing, Path("-"), output=tmp_path / "out.ndjson", asked=asked)[:2])
    assert found[0] == found[1]
    assert found[0][0]
