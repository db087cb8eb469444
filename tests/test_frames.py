"""Frames as people have them: filtered, sorted, with gaps, categories and things of all kinds; no row is lost."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from batch_jobs import SNEEZING, scored
from pyarrow import dataset

import triage
from triage.batch.reading.arrow import picked
from triage.batch.relations import ArrowScorer
from triage.documents.problems import DataFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triage.protocol.protocol import Protocol

pandas = pytest.importorskip("pandas", reason="pandas is not installed")
polars = pytest.importorskip("polars", reason="polars is not installed")
duckdb = pytest.importorskip("duckdb")

ROWS = {
    "id": list("abcd"),
    "nose": ["drips", "bleeds", None, "drips;bleeds"],
    "age": ["adult", "baby", "adult", None],
}
TABLE = pa.table(ROWS)


def frame(**columns: Any) -> Any:
    """Return a frame of pandas with some columns in place of others."""
    return pandas.DataFrame(ROWS).assign(**columns)


def with_column(name: str, column: Any) -> pa.Table:
    return TABLE.set_column(TABLE.column_names.index(name), name, column)


def urgencies(protocol: Protocol, relation: Any) -> dict[str, str]:
    """Return the urgency of each id, in order; nothing may be wrong."""
    results, faults = triage.score_relation(relation, protocol, fields=["id", "urgency"])
    assert faults == []
    ids, found = (results[name] for name in ("id", "urgency"))
    if isinstance(results, pa.Table):
        ids, found = ids.to_pylist(), found.to_pylist()
    return dict(zip(ids, found, strict=True))


ORDERED = {
    "as it is": lambda: frame(),
    "filtered": lambda: frame()[[True, False, True, True]],
    "sorted": lambda: frame().sort_values("nose"),
    "sampled": lambda: frame().sample(3, random_state=1),
    "a view": lambda: frame().iloc[::-2],
    "put together": lambda: pandas.concat([frame(), frame()]),
    "an index with a name": lambda: frame().rename_axis("patient"),
    "an index like a column": lambda: frame().rename_axis("nose"),
    "an index of days": lambda: frame().set_index(pandas.date_range("2020", periods=4)),
    "an index of ids": lambda: frame().set_index("id"),
    "an index of answers": lambda: frame().set_index("nose"),
    "an index of two levels": lambda: frame(clinic=list("nsns"), visit=[1, 1, 2, 2]).set_index(["clinic", "visit"]),
    "an index with the id in it": lambda: frame(clinic=list("nsns")).set_index(["clinic", "id"]),
    "no rows": lambda: frame().iloc[:0],
}


@pytest.mark.parametrize("made", ORDERED.values(), ids=ORDERED)
def test_rows_of_a_frame_are_scored_in_any_order_and_stay_under_their_index(
    made: Callable[[], Any], sneezing: Protocol
) -> None:
    relation = made()
    results, faults = triage.score_relation(relation, sneezing, keep=["age"])
    ids = list(relation.index.get_level_values("id") if "id" in relation.index.names else relation["id"])
    assert faults == []
    assert list(results["id"]) == ids
    assert results.index.equals(relation.index)
    assert results["age"].equals(relation["age"])
    plain = urgencies(sneezing, TABLE)
    assert [plain[one] for one in ids] == list(results["urgency"])


def test_results_can_be_joined_to_the_rows_they_came_from(sneezing: Protocol) -> None:
    relation = frame(nose=["drips", "drop", None, "bleeds"], clinic=[1, 2, 3, 4]).sort_values("clinic", ascending=False)
    results, faults = triage.score_relation(relation, sneezing, fields=["urgency"], keep=["clinic"])
    joined = relation.join(results.add_prefix("its_"))
    assert [fault.id for fault in faults] == ["b"]
    assert joined["its_clinic"].dropna().tolist() == [4, 3, 1]
    assert joined["its_urgency"].isna().tolist() == [False, False, True, False]


def test_the_index_of_a_frame_is_no_answer_after_it_became_something_else(sneezing: Protocol, tmp_path: Path) -> None:
    relation = frame().sort_values("nose").rename_axis("patient")
    for index in ("patient", None):
        named = relation.rename_axis(index)
        named.to_parquet(tmp_path / "f.parquet")
        lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson")
        assert ([line["id"] for line in lines], faults) == (list(named["id"]), [])
        assert len(urgencies(sneezing, pa.Table.from_pandas(named))) == 4
        [batch] = ArrowScorer(str(SNEEZING), fields=["id"])(pa.Table.from_pandas(named).to_batches())
        assert batch.column("faults").null_count == 4
    assert len(urgencies(sneezing, polars.read_parquet(tmp_path / "f.parquet"))) == 4
    lines, _, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "k.ndjson", keep=["__index_level_0__"])
    assert [line["__index_level_0__"] for line in lines] == list(relation.index)
    frame().to_csv(tmp_path / "f.csv")
    _, faults, _ = scored(sneezing, tmp_path / "f.csv", output=tmp_path / "csv.ndjson")
    assert "Write the table with index=False." in faults[0]["message"]


ALIKE = {
    "categories": lambda: frame().astype("category"),
    "texts": lambda: frame().astype("string"),
    "texts of Arrow": lambda: frame().astype("string[pyarrow]"),
    "types of Arrow": lambda: frame().convert_dtypes(dtype_backend="pyarrow"),
    "objects": lambda: frame().astype(object),
    "ways of saying nothing": lambda: frame(
        age=["adult", "baby", "adult", pandas.NA], nose=["drips", "bleeds", float("nan"), "drips;bleeds"]
    ),
    "times that are none": lambda: frame(since=[pandas.NaT] * 4),
    "numbers that are none": lambda: frame(since=[float("nan")] * 4),
    "times of the answers": lambda: frame(answered_at=pandas.date_range("2020", periods=4, tz="UTC")),
    "days of the answers, and a version": lambda: frame(
        answered_at=[datetime.date(2020, 1, 1)] * 4, protocol=[1.5] * 4
    ),
    "times of the answers beside odd ones": lambda: frame(
        answered_at=pandas.date_range("2020", periods=4), nose=["drips", ["bleeds"], None, ("drips", "bleeds")]
    ),
    "sparse": lambda: frame(since=pandas.arrays.SparseArray([float("nan")] * 4)),
    "lists": lambda: frame(nose=[["drips"], ["bleeds"], None, ["drips", "bleeds"]]),
    "tuples": lambda: frame(nose=[("drips",), ("bleeds",), (), ("drips", "bleeds")]),
    "sets": lambda: frame(nose=[{"drips"}, {"bleeds"}, set(), {"drips", "bleeds"}]),
    "arrays": lambda: frame(
        nose=[np.array(["drips"]), np.array(["bleeds"]), np.array([]), np.array(["drips", "bleeds"])]
    ),
    "texts and lists": lambda: frame(nose=["drips", ["bleeds"], None, ("drips", "bleeds")]),
    "polars": lambda: polars.DataFrame(ROWS),
    "polars, lazy": lambda: polars.LazyFrame(ROWS),
    "polars, categories": lambda: polars.DataFrame(ROWS).with_columns(
        polars.col("nose", "age").cast(polars.Categorical)
    ),
    "polars, a closed list": lambda: polars.DataFrame(ROWS).with_columns(
        polars.col("age").cast(polars.Enum(["adult", "baby"]))
    ),
    "polars, lists": lambda: polars.DataFrame(ROWS).with_columns(polars.col("nose").str.split(";")),
    "polars, bytes": lambda: polars.DataFrame(ROWS).with_columns(polars.col("nose").cast(polars.Binary)),
    "polars, not a number": lambda: polars.DataFrame(ROWS).with_columns(since=polars.lit(float("nan"))),
    "polars, things": lambda: polars.DataFrame(ROWS).with_columns(
        polars.Series("nose", ["drips", ["bleeds"], None, ("drips", "bleeds")], dtype=polars.Object)
    ),
    "polars, in parts": lambda: polars.concat([polars.DataFrame(ROWS)[:1], polars.DataFrame(ROWS)[1:]], rechunk=False),
    "polars, answers in one column": lambda: polars.DataFrame(ROWS).select("id", answers=polars.struct("nose", "age")),
    "Arrow batch": lambda: TABLE.to_batches()[0],
    "Arrow, in parts": lambda: pa.concat_tables([TABLE.slice(0, 1), TABLE.slice(1)]),
    "Arrow, a column of structs": lambda: TABLE.to_struct_array(),
    "Arrow, a data set": lambda: dataset.dataset(TABLE),
    "Arrow, part of a data set": lambda: dataset.dataset(TABLE).scanner(columns=["id", "nose", "age"]),
    "Arrow, long texts": lambda: TABLE.cast(pa.schema({name: pa.large_string() for name in ROWS})),
    "Arrow, views": lambda: TABLE.cast(pa.schema({name: pa.string_view() for name in ROWS})),
    "Arrow, bytes": lambda: TABLE.cast(pa.schema({name: pa.binary() for name in ROWS})),
    "Arrow, codes": lambda: with_column("nose", TABLE["nose"].dictionary_encode()),
    "Arrow, codes of long texts": lambda: with_column(
        "nose", TABLE["nose"].cast(pa.dictionary(pa.int64(), pa.large_string()))
    ),
    "Arrow, codes of bytes": lambda: with_column("nose", TABLE["nose"].cast(pa.binary()).dictionary_encode()),
    "Arrow, runs": lambda: with_column("age", pa.RunEndEncodedArray.from_arrays([1, 2, 3, 4], pa.array(ROWS["age"]))),
    "Arrow, views of lists": lambda: with_column(
        "nose", pa.array([["drips"], ["bleeds"], None, ["drips", "bleeds"]], pa.list_view(pa.string()))
    ),
    "Arrow, long views of lists": lambda: with_column(
        "nose", pa.array([["drips"], ["bleeds"], [], ["drips", "bleeds"]], pa.large_list_view(pa.large_string()))
    ),
    "Arrow, lists of codes": lambda: with_column(
        "nose",
        pa.array([["drips"], ["bleeds"], None, ["drips", "bleeds"]], pa.list_(pa.dictionary(pa.int8(), pa.string()))),
    ),
    "DuckDB": lambda: duckdb.connect().from_arrow(TABLE),
    "anything with a stream": lambda: type(
        "Other", (), {"__arrow_c_stream__": lambda _, s=None: TABLE.__arrow_c_stream__(s)}
    )(),
    "anything with an array": lambda: type(
        "Other", (), {"__arrow_c_array__": lambda _, s=None: TABLE.to_batches()[0].__arrow_c_array__(s)}
    )(),
}


@pytest.mark.parametrize("made", ALIKE.values(), ids=ALIKE)
def test_the_same_answers_are_the_same_in_any_form(made: Callable[[], Any], sneezing: Protocol) -> None:
    assert urgencies(sneezing, made()) == urgencies(sneezing, TABLE)


IDS = {
    "whole numbers": (lambda: frame(id=[1, 2, 3, 4]), ["1", "2", "3", "4"]),
    "with a gap": (lambda: frame(id=[1, 2, None, 4]), ["1", "2", "row 3", "4"]),
    "with a gap of pandas": (lambda: frame(id=pandas.array([1, 2, None, 4], "Int64")), ["1", "2", "row 3", "4"]),
    "categories of numbers": (lambda: frame(id=pandas.Categorical([1, 2, 1, 2])), ["1", "2", "1", "2"]),
    "numbers and texts": (lambda: frame(id=[1, "b", None, 4.0]), ["1", "b", "row 3", "4"]),
    "decimals": (
        lambda: frame(id=[Decimal(17), Decimal("1.00"), None, Decimal("9" * 30)]), ["17", "1", "row 3", "9" * 30],
    ),
    "UUIDs": (lambda: frame(id=[uuid.UUID(int=n) for n in range(4)]), [str(uuid.UUID(int=n)) for n in range(4)]),
    "great numbers of polars": (
        lambda: polars.DataFrame({"id": [2**100]}, schema={"id": polars.Int128}), [str(2**100)],
    ),
    "great numbers of DuckDB": (lambda: duckdb.connect().sql("select 17::hugeint as id"), ["17"]),
}  # fmt: skip


@pytest.mark.parametrize(("made", "ids"), IDS.values(), ids=IDS)
def test_ids_are_read_in_the_form_in_which_tables_have_them(
    made: Callable[[], Any], ids: list[str], sneezing: Protocol
) -> None:
    results, faults = triage.score_relation(made(), sneezing, fields=["id"])
    assert (list(results["id"].to_pylist() if isinstance(results, pa.Table) else results["id"]), faults) == (ids, [])


WRONG = {
    "a day": ([datetime.date(2020, 1, 2)] * 4, "should answer 'nose' with a list of codes, not '2020-01-02'."),
    "a number": ([3] * 4, "should answer 'nose' with a list of codes, not 3."),
    "a complex number": ([1j] * 4, "answers 'nose' with '1j', which is no choice of it."),
    "a text, then a number": (["drips", 3, None, None], "should answer 'nose' with a list of codes, not 3."),
    "a number that nobody can write": ([[10**5_000]] * 4, "'0x"),
    "half of a letter": (["\ud800", None, None, None], "answers 'nose' with '\\ud800', which is no choice of it."),
    "a thing": ([{"a": 1}] * 4, "should answer 'nose' with a list of codes, not {'a': 1}."),
    "a frame": ([pandas.DataFrame()] * 4, "answers 'nose' with 'Empty DataFrame"),
}


@pytest.mark.parametrize(("values", "message"), WRONG.values(), ids=WRONG)
def test_what_is_no_answer_is_a_fault_of_its_row_and_no_error(
    values: list[Any], message: str, sneezing: Protocol
) -> None:
    column = pandas.Series(values, dtype=None if isinstance(values[0], complex) else object)
    results, faults = triage.score_relation(frame(nose=column), sneezing)
    assert message in faults[0].message
    assert len(results) + len({fault.row for fault in faults}) == 4


REFUSED = {
    "a column twice": (lambda: frame().set_axis(["id", "nose", "nose"], axis=1), DataFault, "'nose' stands here more"),
    "a number and its text": (lambda: frame().set_axis([1, "1", "age"], axis=1), DataFault, "'1' stands here more"),
    "a column twice in DuckDB": (
        lambda: duckdb.connect().sql("select 'drips' as nose, 'bleeds' as nose"), DataFault, "more than once",
    ),
    "a query that fails": (lambda: duckdb.connect().sql("select error('no!') as nose"), DataFault, "be read: .*no!"),
    "a plan that fails": (lambda: polars.LazyFrame(ROWS).select("none"), DataFault, "It cannot be read: .*none"),
    "a reader that fails": (
        lambda: pa.RecordBatchReader.from_batches(TABLE.schema, (1 / 0 for _ in "x")), DataFault, "division by zero",
    ),
    "a column of pandas": (lambda: frame()["nose"], TypeError, "Series is no pandas or polars frame"),
    "groups of pandas": (lambda: frame().groupby("age"), TypeError, "DataFrameGroupBy is no pandas"),
    "a column of polars": (lambda: polars.Series(["a"]), TypeError, "Series is no pandas or polars frame"),
    "a column of Arrow": (lambda: TABLE["nose"], TypeError, "ChunkedArray is no pandas"),
    "a dictionary": (lambda: ROWS, TypeError, "dict is no pandas"),
}  # fmt: skip


@pytest.mark.parametrize(("made", "kind", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_said_in_plain_words(
    made: Callable[[], Any], kind: type[Exception], message: str, sneezing: Protocol
) -> None:
    with pytest.raises(kind, match=message):
        triage.score_relation(made(), sneezing)


KEPT = {
    "whole numbers": [1, 2, 3, 4],
    "with a gap": pandas.array([1, None, 3, 4], "Int64"),
    "categories": pandas.Categorical(["x", "y", "x", None]),
    "zones": pandas.date_range("2020", periods=4, tz="Europe/Berlin"),
    "months": pandas.period_range("2020", periods=4, freq="M"),
    "ranges": pandas.interval_range(0, 4),
    "things of all kinds": [1, "a", [2], {3}],
    "complex numbers": [1j] * 4,
    "sparse": pandas.arrays.SparseArray([0, 0, 1, 1]),
    "400 digits": [10**400] * 4,
    "no numbers": [float("nan"), float("inf"), 1, 2],
    "bytes": [b"\xff"] * 4,
}


@pytest.mark.parametrize("values", KEPT.values(), ids=KEPT)
def test_columns_to_keep_of_a_frame_stay_just_as_they_are(values: Any, sneezing: Protocol) -> None:
    relation = frame(nose=["drips", "drop", None, "bleeds"], clinic=values)
    kept = triage.score_relation(relation, sneezing, fields=["id"], keep=["clinic", "handkerchief"]).results
    pandas.testing.assert_series_equal(kept["clinic"], relation["clinic"].iloc[[0, 2, 3]])
    assert kept["handkerchief"].isna().all()


@pytest.mark.parametrize(
    "column",
    [
        polars.Series([1, 2, 3, 4], dtype=polars.Int128), polars.Series([object(), 1, "a", None], dtype=polars.Object),
        polars.Series(["a", None, "b", "a"], dtype=polars.Categorical), polars.Series([b"\xff"] * 4),
        polars.Series([datetime.datetime(2020, 1, 1)] * 4, dtype=polars.Datetime("ns", "Europe/Berlin")),
    ],
    ids=lambda column: str(column.dtype),
)  # fmt: skip
def test_columns_to_keep_of_polars_stay_just_as_they_are(column: Any, sneezing: Protocol) -> None:
    relation = polars.DataFrame({**ROWS, "nose": ["drips", "drop", None, "bleeds"]}).with_columns(clinic=column)
    kept = triage.score_relation(relation, sneezing, fields=["id"], keep=["clinic"]).results
    assert kept["clinic"].dtype == column.dtype
    assert kept["clinic"].to_list() == column.gather([0, 2, 3]).to_list()


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", "b", None, "c"], pa.string_view()), pa.RunEndEncodedArray.from_arrays([2, 4], ["a", "b"]),
        pa.array([[1], [2, 3], None, []], pa.list_view(pa.int64())), pa.array([1, 2, 3, 4]).dictionary_encode(),
        pa.array([{"a": "x"}] * 4, pa.struct([("a", pa.string_view())])), pa.nulls(4), pa.array([b"\xff"] * 4),
        pa.array([(1, 2, 3)] * 4, pa.month_day_nano_interval()), pa.array([1, 2, 3, 4], pa.timestamp("ns", "UTC")),
        pa.array([2**31 - 1] * 4, pa.int32()).cast(pa.date32()),
    ],
    ids=lambda column: str(column.type),
)  # fmt: skip
def test_columns_to_keep_of_arrow_stay_just_as_they_are(column: Any, sneezing: Protocol) -> None:
    table = with_column("nose", pa.array(["drips", "drop", None, "bleeds"])).append_column("clinic", column)
    kept = triage.score_relation(table, sneezing, fields=["id"], keep=["clinic"]).results["clinic"].combine_chunks()
    assert kept.type == column.type
    assert str(kept) == str(picked(column, pa.array([0, 2, 3])))
    [batch] = ArrowScorer(str(SNEEZING), fields=["id"], keep=["clinic"])(table.to_batches())
    assert batch.column("clinic").equals(column)


def test_a_column_to_keep_may_stand_among_the_answers(sneezing: Protocol) -> None:
    table = pa.table({"id": ["a"], "answers": [{"nose": ["drips"], "age": "adult"}]})
    results = triage.score_relation(table, sneezing, fields=["id"], keep=["age", "nose", "since"]).results
    assert results.to_pylist() == [{"id": "a", "age": "adult", "nose": ["drips"], "since": None}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"keep": ["ages"]}, "there is no column 'ages' to keep. Did you mean 'age'?"),
        ({"keep": [0]}, "a column to keep is named by a text, not by 0"),
        ({"keep": "urgency"}, "every result has a field 'urgency'"),
        ({"fields": "urgent"}, "no field is called 'urgent'"),
        ({"fields": []}, "no field is wanted"),
    ],
)
def test_what_is_asked_for_and_not_there_is_said(options: dict[str, Any], message: str, sneezing: Protocol) -> None:
    for relation in (TABLE, frame(), polars.DataFrame(ROWS)):
        with pytest.raises(ValueError, match=message.replace("?", r"\?")):
            triage.score_relation(relation, sneezing, **options)
    assert triage.score_relation(TABLE, sneezing, fields="id", keep="age").results.column_names == ["id", "age"]
