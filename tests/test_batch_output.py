"""What a batch writes: fields, columns carried along, and what is said of ids that stand twice."""

from __future__ import annotations

import csv
import json
import os
import stat
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from answer_forms import in_form
from batch_jobs import WELL, Notes, json_lines, plain_lines, scored
from pyarrow import parquet

from triage.assessment.score_line import FIELDS
from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.documents.output_text import table_cell
from triage.engines import build_engine

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol


def test_csv_output_has_joined_lists_and_cells_that_nobody_runs(sneezing: Protocol, tmp_path: Path) -> None:
    ids = ["=1+1", "+1", "-1", "@x", "\tx", "a,b", 'say "x"', "two\nlines", "plain", "Zoë"]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.csv"
    rows = [{"id": one, "note": one, "answers": {**WELL, "nose": ["drips", "bleeds"]}} for one in ids]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    run(Job([path], output=output, keep=["note"]), sneezing, Notes())
    with output.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == [*FIELDS, "note"]
    shown = [f"'{one}" if one[0] in "=+-@\t" else one for one in ids]
    assert [row["id"] for row in read] == shown
    assert [row["note"] for row in read] == shown
    expected = plain_lines(sneezing, path)
    for row, line in zip(read, expected, strict=True):
        for field in FIELDS[1:]:
            assert row[field] == (";".join(line[field]) if isinstance(line[field], list) else line[field])


def test_parquet_output_has_lists_and_the_order_of_the_input(
    protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    path, output = in_form("f.ndjson", protocol, few_people, tmp_path), tmp_path / "out.parquet"
    run(Job([path], output=output, threads=2), protocol, Notes())
    with duckdb.connect() as database:
        found = database.execute(f"SELECT * FROM read_parquet('{output}')")
        names = [name for name, *_ in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert rows == [json.loads(line) for line in expected_lines.splitlines()]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600 or os.name != "posix"


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_only_the_wanted_fields_are_written(
    form: str, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    path = in_form("f.ndjson", protocol, few_people, tmp_path)
    expected = [json.loads(line) for line in expected_lines.splitlines()]
    for fields in (["id", "outcome", "urgency"], ["types"], ["id"], ["review_status", "rules"], ["at_worst", "causes"]):
        output = tmp_path / f"out.{form}"
        run(Job([path], output=output, fields=fields), protocol, Notes())
        names = [field for field in FIELDS if field in fields]
        if form == "ndjson":
            found = json_lines(output)
        elif form == "parquet":
            with duckdb.connect() as database:
                rows = database.execute(f"SELECT * FROM read_parquet('{output}')").fetchall()
            found = [dict(zip(names, row, strict=True)) for row in rows]
        else:
            cells = [line.split(",") for line in output.read_text("utf-8").splitlines()]
            assert cells[0] == names
            found = [dict(zip(names, row, strict=True)) for row in cells[1:]]
        wanted = [{name: line[name] for name in names} for line in expected]
        if form == "csv":
            wanted = [{name: table_cell(value) for name, value in line.items()} for line in wanted]
        assert found == wanted


def test_other_columns_are_carried_along(sneezing: Protocol, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "clinic": "north", "n": 1.5, "answers": WELL},
        {"id": "b", "clinic": {"x": [1]}, "n": True, "answers": WELL},
        {"id": "c", "answers": WELL, "clinic": None},
        {"id": "d", "clinic": 'say "x"', "n": "7", "answers": {**WELL, "nose": None}},
        {"id": "e", **WELL, "clinic": "bare"},
    ]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    lines, faults, _ = scored(sneezing, path, output=output, keep=["clinic", "n", "nose"])
    assert faults == []
    assert list(lines[0]) == [*FIELDS, "clinic", "n", "nose"]
    assert [(line["clinic"], line["n"], line["nose"]) for line in lines] == [
        ("north", 1.5, ["nothing_else"]),
        ({"x": [1]}, True, ["nothing_else"]),
        (None, None, ["nothing_else"]),
        ('say "x"', "7", None),
        ("bare", None, ["nothing_else"]),
    ]
    table = tmp_path / "f.csv"
    table.write_text('id,clinic,nose\na,north,drips\nb,"say ""x""",bleeds\nc,,drips\n', "utf-8")
    lines, faults, _ = scored(sneezing, table, output=output, keep=["clinic", "nose"])
    assert faults == []
    assert [(line["clinic"], line["nose"]) for line in lines] == [
        ("north", "drips"), ('say "x"', "bleeds"), (None, "drips"),
    ]  # fmt: skip


def strict_lines(path: Path) -> list[Any]:
    """Return the lines of a file that only line feeds end, read as JSON that knows no NaN."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return [json.loads(line, parse_constant=refuse) for line in path.read_bytes().decode().split("\n") if line]


NO_NUMBERS = {
    "lines.ndjson": '{"id": "a", "n": NaN, "nose": "drips"}\n{"id": "b", "n": [1, -Infinity], "nose": "drips"}\n',
    "plain.ndjson": '{"id": "a", "n": NaN, "nose": "drips"}\n{"id": "b", "n": 1e999, "nose": "drips"}\n',
    "scalars.ndjson": '{"id": "a", "n": 2e999, "nose": "drips"}\n{"id": "b", "n": 1e999, "nose": "drips"}\n',
    "list.json": '[{"id": "a", "n": NaN, "nose": "drips"}, {"id": "b", "n": [1, Infinity], "nose": "drips"}]',
    "f.yaml": "- {id: a, n: 1e999, nose: drips}\n- {id: b, n: [1, 1e999], nose: drips}\n",
    "f.parquet": [[float("nan")], [1.0, float("inf")]],
    "g.parquet": [float("nan"), float("-inf")],
}


@pytest.mark.parametrize("form", ["ndjson", "csv"])
@pytest.mark.parametrize("name", NO_NUMBERS)
def test_what_is_no_number_is_carried_along_as_null(name: str, form: str, sneezing: Protocol, tmp_path: Path) -> None:
    """JSON has no NaN and no infinity, though Python reads and writes both; 1e999 is a number, however great."""
    path, output, values = tmp_path / name, tmp_path / f"out.{form}", NO_NUMBERS[name]
    if isinstance(values, str):
        path.write_text(values, "utf-8")
    else:
        parquet.write_table(pa.table({"id": ["a", "b"], "n": values, "nose": ["drips", "drips"]}), path)
    run(Job([path], output=output, fields=["id"], keep=["n"]), sneezing, Notes())
    if form == "csv":
        assert not {"NaN", "Infinity", "inf"} & set(output.read_text("utf-8").replace(";", ",").split(","))
        return
    found = [line["n"] for line in strict_lines(output)]
    great = {"scalars.ndjson": [inf, inf], "plain.ndjson": [None, inf], "f.yaml": [inf, [1, inf]]}
    assert found == great.get(name, found)
    assert name in great or all(value in (None, [None], [1, None]) for value in found)


def test_signs_that_end_lines_stay_inside_a_carried_value(sneezing: Protocol, tmp_path: Path) -> None:
    text = "x\ry\r\nz\0"
    row = {"id": "a", "n": text, "answers": {"nose": ["drips", "bleeds"]}}
    (tmp_path / "f.ndjson").write_bytes(json.dumps(row).replace('["drips", ', '["drips",\r').encode() + b"\n")
    (tmp_path / "f.json").write_bytes(json.dumps([row] * 2, indent=1).replace("\n", "\r\n").encode())
    (tmp_path / "f.csv").write_bytes(f'id,n,nose\r\na,"{text}",drips;bleeds\r\n'.encode())
    parquet.write_table(pa.table({"id": ["a"], "n": [text], "nose": [["drips", "bleeds"]]}), tmp_path / "f.parquet")
    for name in ("f.ndjson", "f.json", "f.csv", "f.parquet"):
        lines, cells = tmp_path / "out.ndjson", tmp_path / "out.csv"
        for output in (lines, cells):
            run(Job([tmp_path / name], output=output, fields=["id"], keep=["n", "nose"]), sneezing, Notes())
        assert b"\r" not in lines.read_bytes()
        assert {line["n"] for line in strict_lines(lines)} == {text}
        with cells.open(encoding="utf-8", newline="") as file:
            assert {(row["n"], row["nose"]) for row in csv.DictReader(file)} == {("x\\ry\r\nz\\x00", "drips;bleeds")}


def test_a_date_beside_answers_that_only_the_exact_reader_can_judge_is_carried_along(
    sneezing: Protocol, tmp_path: Path
) -> None:
    days = pa.array([0, 1], pa.date32())
    table = pa.table({"id": ["a", "b"], "nose": ["drips"] * 2, "answered_at": ["2020 \u00e9", "2020"], "n": days})
    parquet.write_table(table, tmp_path / "f.parquet")
    lines, _, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson", keep=["n"])
    assert [line["n"] for line in lines] == ["1970-01-01", "1970-01-02"]


def test_a_questionnaire_that_is_carried_along_is_checked_all_the_same(sneezing: Protocol, tmp_path: Path) -> None:
    """Values that differ from line to line are not looked at one by one; those of the questionnaire always are."""
    path = tmp_path / "f.ndjson"
    names = ["coughing", sneezing.questionnaire.questionnaire, *(f"other{number}" for number in range(200))]
    rows = [{"id": name, "questionnaire": name, "answers": {"nose": "drips"}} for name in names * 2]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for keep in ([], ["questionnaire"]):
        lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", keep=keep)
        assert [line["id"] for line in lines] == [sneezing.questionnaire.questionnaire] * 2
        assert len(faults) == 402


def test_ids_that_stand_twice_are_said_and_scored(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text("".join(json.dumps({"id": one, "answers": WELL}) + "\n" for one in "abcab") * 2, "utf-8")
    (tmp_path / "g.csv").write_text("id,nose\nx,drips\nc,drips\n,drips\n", "utf-8")
    summary = run(Job([path, tmp_path / "g.csv"], output=tmp_path / "out.ndjson"), sneezing, Notes())
    assert (summary.scored, summary.repeated_ids) == (13, 8)
    assert summary.repeats[0] == f"{path}:4  warning: the id stands at {path}:1 already."
    assert len(summary.repeats) == 5
    path.write_text('{"answers": {}}\n' * 4, "utf-8")
    assert run(Job([path], output=tmp_path / "out.ndjson"), sneezing, Notes()).repeated_ids == 0


def test_ids_that_stand_twice_are_said_alike_whoever_judges(
    sneezing: Protocol, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    texts = {
        "f.ndjson": "".join(json.dumps({"id": one, "answers": WELL}) + "\n" for one in ("a", 7, "a", None, "b", None)),
        "f.json": '[\n{"id": "b", "nose": "drips"},\n{"id": "c",\n"nose": "drips"}, {"nose": "drips"}]',
        "one.json": '\n{"id": "c", "nose": "drips"}',
        "f.csv": "id,nose\n7,drips\n\nc,drips\n,drips\n",
        "f.yaml": "# mine\n- {id: 7, nose: drips}\n- id: d\n  nose: drips\n- {id: d, nose: drop}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    paths = [tmp_path / name for name in texts]
    batch = run(Job(paths, output=tmp_path / "out.ndjson"), sneezing, Notes())
    printed = run(Job(paths), sneezing, Notes())
    chosen = run(
        Job(paths, output=tmp_path / "plain.ndjson", engine=build_engine("plain", sneezing)), sneezing, Notes()
    )
    assert batch.repeated_ids == printed.repeated_ids == chosen.repeated_ids == 6
    assert batch.repeats == printed.repeats == chosen.repeats
    assert printed.repeats[:2] == [
        f"{paths[0]}:3  warning: the id stands at {paths[0]}:1 already.",
        f"{paths[1]}:2  warning: the id stands at {paths[0]}:5 already.",
    ]
    assert capsysbinary.readouterr().out.count(b"\n") == printed.scored


KEPT = {
    "f.ndjson": '{"id": "a", "clinic": "x", "answers": {}}\n{"id": "b", "answers": {}}\n',
    "f.json": '[{"id": "a", "answers": {}}, {"id": "b", "clinic": null, "answers": {}}]',
    "f.yaml": "- {id: a, clinic: x, answers: {}}\n- {id: b, answers: {}}\n",
    "f.csv": "id,nose,clinic\na,drips,x\nb,drips,\n",
    "f.parquet": None,
}


@pytest.mark.parametrize("name", KEPT)
def test_a_column_to_keep_that_no_file_has_is_said_once_with_the_nearest(
    name: str, sneezing: Protocol, tmp_path: Path
) -> None:
    path, more, output = tmp_path / name, tmp_path / "more.ndjson", tmp_path / "out.ndjson"
    text = KEPT[name]
    if text is None:
        parquet.write_table(pa.table({"id": ["a", "b"], "nose": ["drips", None], "clinic": ["x", None]}), path)
    else:
        path.write_text(text, "utf-8")
    more.write_text('{"id": "c", "answers": {}}\n', "utf-8")
    lines, _, notes = scored(sneezing, path, more, output=output, keep=["clinc", "clinic", "handkerchief"])
    assert [line["clinc"] for line in lines] == [None, None, None]
    assert notes.said == [
        "--keep clinc  warning: No file that was read has such a column, so it is empty everywhere."
        "\n    Did you mean 'clinic'?"
    ]
    _, _, notes = scored(sneezing, path, more, output=output, keep=["clinic", "nose"])
    assert notes.said == []
