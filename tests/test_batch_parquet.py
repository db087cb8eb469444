"""Parquet in a batch: its types, its lists, and what Arrow cannot read of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pytest
from batch_jobs import WELL, Notes, json_lines, scored
from pyarrow import parquet

import triage
from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.documents.problems import DataFault
from triage.foreign.form import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.protocol.protocol import Protocol


def test_parquet_rows_with_faults_stand_in_the_errors_file(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    with duckdb.connect() as database:
        database.execute(
            """COPY (SELECT * FROM (VALUES
                ('a', 'sneezing', ['drips'], 'adult', 1), ('b', NULL, ['drop'], 'adult', NULL),
                ('c', '', ['nothing_else', 'drips'], NULL, NULL), ('d', 'sneezing', [NULL, 'drips'], 'adult', NULL),
                (NULL, 'sneezing', [], 'adlt', NULL), ('f', 'coughing', NULL, 'adult', NULL),
                ('g', 'sneezing', ['drips', 'bleeds', 'drips'], 'baby;adult', NULL), ('h', NULL, NULL, '', NULL),
                ('i', NULL, ['unknown'], 'not_applicable', NULL), ('j', NULL, ['unknown', 'drips'], NULL, NULL)
            ) AS t(id, questionnaire, nose, age, clinic)) TO '"""
            f"{path}' (FORMAT parquet)"
        )
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["h", "i"]
    assert [(one["row"], one["id"], one["question"], one["found"], one["nearest"]) for one in faults] == [
        (1, "a", "clinic", "clinic", None),
        (2, "b", "nose", "drop", "drips"),
        (3, "c", "nose", ["nothing_else", "drips"], None),
        (4, "d", "nose", [None, "drips"], None),
        (5, "f.parquet:5", "age", "adlt", "adult"),
        (6, "f", None, "coughing", None),
        (7, "g", "age", ["baby", "adult"], None),
        (10, "j", "nose", ["unknown", "drips"], None),
    ]
    kept, faults, _ = scored(sneezing, path, output=tmp_path / "kept.ndjson", keep=["clinic"])
    assert [(line["id"], line["clinic"]) for line in kept] == [("a", 1), ("h", None), ("i", None)]
    assert len(faults) == 7


def test_parquet_of_other_types_and_other_things_named_parquet(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    with duckdb.connect() as database:
        rows = "SELECT 17 AS id, 3 AS age, true AS nose UNION ALL SELECT 18, NULL, NULL"
        database.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["18"]
    assert [(one["id"], one["question"], one["found"]) for one in faults] == [("17", "age", 3), ("17", "nose", True)]
    (tmp_path / "g.parquet").write_text("no parquet", "utf-8")
    lines, faults, notes = scored(sneezing, tmp_path / "g.parquet", output=tmp_path / "g.ndjson")
    assert "This is no Parquet file" in notes.said[0]


def test_a_column_that_stands_twice_is_refused(sneezing: Protocol, tmp_path: Path) -> None:
    """One of the two answers would be lost, and it might be the warning sign."""
    drips, bleeds, row = pa.array([["drips"]]), pa.array([["bleeds"]]), pa.array(["a"])
    struct = pa.StructArray.from_arrays([bleeds, drips], names=["nose", "nose"])
    tables = {
        "flat": pa.Table.from_arrays([row, bleeds, drips], names=["id", "nose", "nose"]),
        "inside": pa.Table.from_arrays([row, struct], names=["id", "answers"]),
    }
    for name, table in tables.items():
        parquet.write_table(table, tmp_path / f"{name}.parquet")
        lines, faults, _ = scored(sneezing, tmp_path / f"{name}.parquet", output=tmp_path / f"{name}.ndjson")
        assert lines == []
        assert "The column 'nose' stands here more than once." in faults[0]["message"]
        with pytest.raises(DataFault, match="more than once"):
            triage.score_relation(table, sneezing)


def test_answers_beside_a_column_of_answers_are_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    rows = [
        {"id": "a", "answers": WELL, "nose": ["bleeds"]}, {"id": "b", "answers": WELL, "nose": None},
    ]  # fmt: skip
    parquet.write_table(pa.Table.from_pylist(rows), path)
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["b"]
    assert "'nose' beside 'answers'" in faults[0]["message"]


def test_misspelt_columns_beside_a_column_of_answers_are_a_fault_unless_they_are_kept(
    sneezing: Protocol, tmp_path: Path
) -> None:
    path = tmp_path / "f.parquet"
    table = pa.table(
        {
            "id": ["a", "b", "c"],
            "answers": [WELL] * 3,
            "questionaire": ["coughing", None, None],
            "note": ["says that it drips", "drips", "drop"],
        }
    )
    parquet.write_table(table, path)
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == []
    assert [fault["message"].partition(" has ")[2].partition(" beside")[0] for fault in faults] == [
        "'questionaire'", "'note'", "'note'",
    ]  # fmt: skip
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", keep=["questionaire", "note"])
    assert [(line["note"], line["questionaire"]) for line in lines] == [
        ("says that it drips", "coughing"), ("drips", None), ("drop", None),
    ]  # fmt: skip
    assert faults == []


def test_a_group_without_rows_is_not_even_begun(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow begins to read it in a thread of its own, which may abort the process where that is over too soon."""
    schema = pa.schema({"id": pa.string(), "nose": pa.list_(pa.string())})
    with parquet.ParquetWriter(tmp_path / "f.parquet", schema) as file:
        for ids in ([], ["a"], []):
            file.write_table(pa.table({"id": ids, "nose": [["drips"]] * len(ids)}, schema))
    parquet.write_table(schema.empty_table(), tmp_path / "none.parquet")
    read: list[list[int]] = []
    whole = parquet.ParquetFile.iter_batches

    def noted(table: parquet.ParquetFile, size: int, groups: list[int], **more: Any) -> Iterator[pa.RecordBatch]:
        read.append(groups)
        return whole(table, size, groups, **more)

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", noted)
    lines, _, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["a"]
    _, _, notes = scored(sneezing, tmp_path / "none.parquet", output=tmp_path / "none.ndjson")
    assert "This file is empty." in notes.said[0]
    assert read == [[1]]


def test_codes_of_lists_stored_once_are_read_over_all_row_groups(sneezing: Protocol, tmp_path: Path) -> None:
    nose = pa.array([["drips"], ["bleeds", "drips"], None, ["nothing_else"], ["drips"]], pa.list_(pa.string()))
    coded = pa.ListArray.from_arrays(nose.offsets, nose.values.dictionary_encode(), mask=nose.is_null())
    for name, column in {"plain": nose, "coded": coded}.items():
        table = pa.table({"id": list("abcde"), "nose": column})
        parquet.write_table(table, tmp_path / f"{name}.parquet", row_group_size=2)
        run(Job([tmp_path / f"{name}.parquet"], output=tmp_path / f"{name}.ndjson"), sneezing, Notes())
    assert len(json_lines(tmp_path / "coded.ndjson")) == 5
    assert (tmp_path / "coded.ndjson").read_bytes() == (tmp_path / "plain.ndjson").read_bytes()


def test_lists_that_arrow_cannot_read_as_coded_are_read_as_plain_texts(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow may give up half-way through a group of rows; none of them is lost or read twice."""
    nose = [["drips"], ["bleeds", "drips"], None, ["nothing_else"], ["drips"]]
    parquet.write_table(pa.table({"id": list("abcde"), "nose": nose}), tmp_path / "f.parquet")
    monkeypatch.setattr("triage.batch.reading.parquet._ROWS", 2)
    run(Job([tmp_path / "f.parquet"], output=tmp_path / "coded.ndjson"), sneezing, Notes())
    whole = parquet.ParquetFile.iter_batches

    def giving_up(table: parquet.ParquetFile, *found: Any, **more: Any) -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(whole(table, *found, **more)):
            if number and pa.types.is_dictionary(batch.column("nose").type.value_type):
                raise pa.ArrowNotImplementedError("chunked")
            yield batch

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", giving_up)
    run(Job([tmp_path / "f.parquet"], output=tmp_path / "plain.ndjson"), sneezing, Notes())
    assert [line["id"] for line in json_lines(tmp_path / "plain.ndjson")] == list("abcde")
    assert (tmp_path / "coded.ndjson").read_bytes() == (tmp_path / "plain.ndjson").read_bytes()


def test_rows_of_parquet_that_arrow_leaves_out_are_a_fault(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = parquet.ParquetFile.iter_batches
    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", lambda *found, **more: list(whole(*found, **more))[:-1])
    monkeypatch.setattr("triage.batch.reading.parquet._ROWS", 2)
    parquet.write_table(pa.table({"id": list("abcde"), "nose": [["drips"]] * 5}), tmp_path / "f.parquet")
    lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson")
    assert len(lines) == 4
    assert "Only 4 of 5 rows could be read" in faults[0]["message"]


def test_an_answer_may_be_carried_along_where_another_cell_needs_a_closer_look(
    sneezing: Protocol, tmp_path: Path
) -> None:
    table = {"id": ["a", "b"], "age": ["adult", "baby"], "answered_at": ["2020 é", "2020"], "nose": [["drips"]] * 2}
    parquet.write_table(pa.table(table), tmp_path / "f.parquet")
    lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson", keep=["age"])
    assert [(line["id"], line["age"]) for line in lines] == [("a", "adult"), ("b", "baby")]
    assert faults == []


def test_text_that_is_not_utf8_costs_one_row_and_no_more(sneezing: Protocol, tmp_path: Path) -> None:
    broken = pa.array([b"adult", b"ad\xfflt", b"baby"]).view(pa.string())
    parquet.write_table(pa.table({"id": ["a", "b", "c"], "age": broken}), tmp_path / "f.parquet")
    lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["a", "c"]
    assert [fault["row"] for fault in faults] == [2]


@pytest.mark.parametrize("coded", [False, True])
def test_answers_of_a_later_questionnaire_are_told(coded: bool, sneezing: Protocol, tmp_path: Path) -> None:
    version = pa.array([None, "99.0.0"])
    table = pa.table(
        {"nose": ["drips"] * 2, "questionnaire_version": version.dictionary_encode() if coded else version}
    )
    parquet.write_table(table, tmp_path / "f.parquet")
    lines, _, notes = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson", asked=Asked())
    assert len(lines) == 2
    assert [one.splitlines()[0].partition("warning: ")[2] for one in notes.said] == [
        "These answers are of 'questionnaire_version' '99.0.0'; here it is '0.1.0'."
    ]
