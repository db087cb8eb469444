"""Values that are carried along: they come out as they went in, with their types, or it is said that they cannot."""

from __future__ import annotations

import csv
import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from batch_jobs import Notes
from pyarrow import parquet

from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.foreign.form import Asked

if TYPE_CHECKING:
    from triage.protocol.protocol import Protocol

NINES = "9" * 309
MANY_NINES = "9" * 5_000
TEXTS = "--keep n  warning: Its values are of several types, or numbers without room in a column, so all became texts."


def kept(protocol: Protocol, path: Path, form: str, **options: Any) -> tuple[Path, list[str]]:
    """Carry the column n of a file along; return where the results are, and what was said."""
    output, notes = path.with_name(f"out.{form}"), Notes()
    run(Job([path], output=output, fields=["id"], keep=["n"], **options), protocol, notes)
    return output, notes.said


def lines_with(folder: Path, values: list[str]) -> Path:
    """Write a line for each value, as it is written."""
    path = folder / "f.ndjson"
    rows = [f'{{"id": "r{number}", "n": {value}, "nose": "drips"}}\n' for number, value in enumerate(values)]
    path.write_text("".join(rows), "utf-8")
    return path


def column_with(folder: Path, values: pa.Array) -> Path:
    path = folder / "f.parquet"
    rows = len(values)
    parquet.write_table(
        pa.table({"id": [f"r{row}" for row in range(rows)], "nose": ["drips"] * rows, "n": values}), path
    )
    return path


WRITTEN = {
    "whole numbers": (["1", "-17", "null"], pa.int64()),
    "the greatest whole number of a column": ([str(2**63 - 1)], pa.int64()),
    "a greater one": ([str(2**63), "1"], None),
    "309 digits": ([NINES, "1"], None),
    "309 digits alone": ([f"-{NINES}"], None),
    "5,000 digits": (["1", MANY_NINES], None),
    "an exponent without end": (["1e400", "-1E+999"], None),
    "fractions as they are written": (["1.50", "2.5e3", "1E5"], pa.float64()),
    "whole numbers and fractions": (["1", "2.50"], pa.float64()),
    "true and false": (["true", "false", "null"], pa.bool_()),
    "true and one": (["true", "1"], None),
    "texts": (['"a"', '""', "null", '"say \\"x\\""', '"1"'], pa.string()),
    "numbers and texts": (["1", '"1"', '"a"'], None),
    "lists": (['["a", "b"]', "[]", "null"], pa.list_(pa.string())),
    "lists of numbers": (["[1, 2]", "[]"], pa.list_(pa.int64())),
    "lists of several types": (["[1]", '["a"]'], None),
    "objects": (['{"a": 1}', '{"a": null}'], pa.struct([("a", pa.int64())])),
    "objects with other keys": (['{"a": 1}', '{"b": [1.50]}'], None),
    "an empty object": (["{}"], None),
    "a great number inside": ([f'[1.50, {NINES}, 1e400, {{"x": {MANY_NINES}}}]'], None),
    "many levels": (["[" * 55 + "]" * 55], None),
    "nothing": (["null", "null"], pa.string()),
    "signs that end lines": (['"a\\nb"', '"c\\rd"'], pa.string()),
}


@pytest.mark.parametrize("name", WRITTEN)
def test_what_stands_in_a_line_comes_out_as_it_is_written(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    values, kind = WRITTEN[name]
    path = lines_with(tmp_path, values)
    output, said = kept(sneezing, path, "ndjson")
    found = [
        line.removesuffix("}").split(", ", 1)[1].split(": ", 1)[1] for line in output.read_text("utf-8").splitlines()
    ]
    assert (found, said) == (values, [])
    output, said = kept(sneezing, path, "csv")
    with output.open(encoding="utf-8", newline="") as file:
        cells = [row["n"] for row in csv.DictReader(file)]
    assert said == []
    if not any(sign in "".join(values) for sign in '"[{') and "null" not in values:
        assert [cell.removeprefix("'") for cell in cells] == values
    output, said = kept(sneezing, path, "parquet")
    column = parquet.read_table(output).column("n")
    if kind is None:
        assert (column.type, said) == (pa.string(), [TEXTS])
        assert column.to_pylist() == [json.loads(one) if one.startswith('"') else one for one in values]
    else:
        assert (column.type, said) == (_as_parquet_names_it(kind), [])
        assert column.to_pylist() == [json.loads(one) for one in values]


def _as_parquet_names_it(kind: pa.DataType) -> pa.DataType:
    return pa.list_(pa.field("element", kind.value_type)) if pa.types.is_list(kind) else kind


COLUMNS = {
    "small numbers": (pa.array([1, None], pa.int8()), [1, None]),
    "great numbers": (pa.array([2**64 - 1], pa.uint64()), [2**64 - 1]),
    "short fractions": (pa.array([0.1, None], pa.float32()), [0.1, None]),
    "dates": (pa.array([datetime.date(2020, 1, 1), None]), ["2020-01-01", None]),
    "times of a day": (pa.array([datetime.time(1, 2, 3)]), ["01:02:03"]),
    "the smallest parts of a second": (pa.array([1, 500_000_000], pa.timestamp("ns")),
        ["1970-01-01 00:00:00.000000001", "1970-01-01 00:00:00.5"]),
    "zones": (pa.array([0], pa.timestamp("us", "Europe/Berlin")), ["1970-01-01 01:00:00+0100"]),
    "spans of time": (pa.array([datetime.timedelta(days=1)]), ["1 day, 0:00:00"]),
    "decimals": (pa.array([Decimal("1.50"), Decimal("-0.07")]), [1.5, -0.07]),
    "decimals of many digits": (pa.array([Decimal("9" * 38)]), [int("9" * 38)]),
    "bytes that are text": (pa.array([b"abc", None]), ["abc", None]),
    "true": (pa.array([True, None]), [True, None]),
    "empty texts": (pa.array(["", None, "x"]), ["", None, "x"]),
    "categories": (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
    "lists": (pa.array([["a"], None, []]), [["a"], None, []]),
    "objects": (pa.array([{"a": "x", "b": [1.5]}, None]), [{"a": "x", "b": [1.5]}, None]),
    "pairs": (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), [[["a", 1]]]),
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_what_stands_in_a_column_comes_out_with_its_type(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    values, written = COLUMNS[name]
    path = column_with(tmp_path, values)
    output, said = kept(sneezing, path, "ndjson")
    assert ([json.loads(line)["n"] for line in output.read_text("utf-8").splitlines()], said) == (written, [])
    output, said = kept(sneezing, path, "parquet")
    column = parquet.read_table(output).column("n")
    assert said == []
    assert column.to_pylist() == values.to_pylist()
    if not pa.types.is_dictionary(values.type):
        assert str(column.type) == str(parquet.read_table(path).column("n").type)


NO_FORM = {
    "no numbers": (lines_with, ["NaN", "1", "-Infinity", "[1, NaN]"], [None, 1, None, [1, None]], 3, 1),
    "too many levels to write": (lines_with, ["[" * 400 + "]" * 400], [None], 1, 1),
    "no numbers in a column": (column_with, pa.array([1.5, float("nan"), float("inf")]), [1.5, None, None], 2, 2),
    "no numbers inside": (column_with, pa.array([[1.5, float("nan")], None]), [[1.5, None], None], 1, 1),
    "bytes that are no text": (column_with, pa.array([b"abc", b"\xff"]), ["abc", None], 1, 2),
    "dates beyond all calendars": (column_with, pa.array([1, 2**31 - 1], pa.int32()).cast(pa.date32()),
        ["1970-01-02", None], 1, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_FORM)
def test_what_has_no_form_in_text_is_said_with_its_place(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    write, values, written, number, first = NO_FORM[name]
    path = write(tmp_path, values)
    many = f"{number} values hold" if number > 1 else "A value holds"
    for form in ("ndjson", "csv"):
        output, said = kept(sneezing, path, form)
        assert said == [
            f"--keep n  warning: {many} what has no form in results, such as NaN, infinity or bytes; "
            f"null stands in its place.\n    The first stands at {path}:{first}."
        ]
        if form == "ndjson":
            assert [json.loads(line)["n"] for line in output.read_text("utf-8").splitlines()] == written
    output, said = kept(sneezing, path, "parquet")
    if path.suffix == ".parquet":  # columns may hold all of it
        assert said == []
        assert str(parquet.read_table(output).column("n").combine_chunks()) == str(values)


WIDER = {
    "nothing, then numbers": ([None, 1], pa.int64()),
    "numbers, then fractions": ([1, 2.5], pa.float64()),
    "fractions, then numbers": ([2.5, 1], pa.float64()),
    "numbers too great for fractions": ([2**60 + 1, 2.5], pa.string()),
    "fractions, then numbers too great": ([2.5, 2**60 + 1], pa.string()),
    "numbers, then texts": ([1, "a", None], pa.string()),
    "texts, then numbers": (["a", 1], pa.string()),
    "nothing, then lists": ([None, [], ["a"]], pa.list_(pa.field("element", pa.string()))),
    "truth, then fractions": ([True, 2.5], pa.string()),
    "fractions, then truth": ([2.5, True], pa.string()),
    "one after the other": ([None, True, 1, [1], None, "x"], pa.string()),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", WIDER)
def test_a_column_is_as_wide_as_all_its_values(
    name: str, threads: int, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.reading.text._BLOCK", 200)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 300)
    values, kind = WIDER[name]
    many = [value for value in values for _ in range(20)]
    path = lines_with(tmp_path, list(map(json.dumps, many)))
    output, said = kept(sneezing, path, "parquet", threads=threads)
    table = parquet.read_table(output)
    assert table.column("n").type == kind
    assert table.column("id").to_pylist() == [f"r{number}" for number in range(len(many))]
    if kind == pa.string():
        many = [one if one is None or isinstance(one, str) else json.dumps(one) for one in many]
    assert table.column("n").to_pylist() == many
    assert said == ([TEXTS] if kind == pa.string() else [])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.ndjson", "out.parquet"]


def test_columns_of_several_files_are_as_wide_as_all_of_them(sneezing: Protocol, tmp_path: Path) -> None:
    paths = [lines_with(tmp_path, ["1"]), column_with(tmp_path, pa.array([2], pa.int16())), tmp_path / "f.csv"]
    paths[2].write_text("id,nose\na,drips\n", "utf-8")
    output, notes = tmp_path / "out.parquet", Notes()
    run(Job(paths, output=output, fields=["id"], keep=["n"]), sneezing, notes)
    assert (parquet.read_table(output).column("n").to_pylist(), notes.said) == ([1, 2, None], [])
    paths[2].write_text("id,nose,n\na,drips,x\n", "utf-8")
    run(Job(paths, output=output, fields=["id"], keep=["n"]), sneezing, notes)
    assert (parquet.read_table(output).column("n").to_pylist(), notes.said) == (["1", "2", "x"], [TEXTS])


def test_nothing_stays_beside_a_file_that_is_given_up_after_its_columns_became_wider(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.reading.text._BLOCK", 100)
    monkeypatch.setattr("triage.batch.reading.tasks._TEXT_AT_ONCE", 100)
    path = lines_with(tmp_path, [*["1"] * 20, *['"a"'] * 20])
    with path.open("a", encoding="utf-8") as file:
        file.write("{\n")
    summary = run(Job([path], output=tmp_path / "out.parquet", keep=["n"], strict=True), sneezing, Notes())
    assert summary.faulty == 1
    assert [one.name for one in tmp_path.iterdir()] == ["f.ndjson"]


def test_a_column_to_keep_that_seems_to_answer_is_told(sneezing: Protocol, tmp_path: Path) -> None:
    path, notes = tmp_path / "f.csv", Notes()
    path.write_text("id,nose,right now\na,drips,cannot_breathe\n", "utf-8")
    asked = Asked(keep=("right now",))
    run(Job([path], output=tmp_path / "out.ndjson", keep=["right now"], asked=asked), sneezing, notes)
    assert "The column 'right now' seems to answer 'right_now', but was set aside" in notes.said[-1]
