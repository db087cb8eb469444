"""Tables in memory: pandas, polars, Arrow, DuckDB and Spark say what the plain engine says of the same rows."""

from __future__ import annotations

import pickle
import shutil
import sys
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from people import as_written, near_case_person

import triage
from triage.answers.answers import settle
from triage.assessment.score_line import FIELDS, score_line
from triage.batch.relations import FAULTS, ArrowScorer
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

ROWS = 300
WRONG = 17
"""The row with a choice that nobody knows."""


@pytest.fixture(scope="module")
def people(protocol: Protocol, cases: list[Case]) -> list[dict[str, Any]]:
    """Give every row an id and a column to carry along; all answers as lists, as a table has them."""
    rng = Random(31)
    rows = []
    for number in range(ROWS):
        said = as_written(near_case_person(protocol, cases, rng))
        row = {name: [codes] if isinstance(codes, str) else codes for name, codes in said.items()}
        rows.append({"id": f"p{number}", "clinic": number % 7, **row})
    rows[WRONG]["seizures"] = ["blank_spell"]
    return rows


@pytest.fixture(scope="module")
def table(protocol: Protocol, people: list[dict[str, Any]]) -> Any:
    questions = [question.id for question in protocol.questionnaire.questions]
    columns = {"id": pa.array([one["id"] for one in people]), "clinic": pa.array([one["clinic"] for one in people])}
    columns |= {name: pa.array([one.get(name) for one in people], pa.list_(pa.string())) for name in questions}
    return pa.table(columns)


@pytest.fixture(scope="module")
def expected(protocol: Protocol, people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the plain engine says of all rows but the wrong one."""
    engine = PlainEngine(protocol)
    lines = []
    for number, one in enumerate(people):
        if number != WRONG:
            given = {name: frozenset(codes) for name, codes in one.items() if isinstance(codes, list)}
            given = {name: codes for name, codes in given.items() if not codes & {"unknown", "not_applicable"}}
            answers = settle(protocol.questionnaire, given)
            lines.append(score_line(protocol, one["id"], answers, decide(protocol, engine.judge(answers))))
    return lines


def as_pandas(table: Any) -> Any:
    pytest.importorskip("pandas", reason="pandas is not installed")
    return table.to_pandas()


def as_polars(table: Any) -> Any:
    return pytest.importorskip("polars", reason="polars is not installed").from_arrow(table)


def as_duckdb(table: Any) -> Any:
    duckdb = pytest.importorskip("duckdb")
    return duckdb.connect().from_arrow(table)


RELATIONS = {
    "Arrow table": lambda table: table,
    "Arrow reader": lambda table: table.to_reader(max_chunksize=64),
    "Arrow batch": lambda table: table.to_batches()[0],
    "pandas": as_pandas,
    "polars": as_polars,
    "polars, lazy": lambda table: as_polars(table).lazy(),
    "DuckDB": as_duckdb,
}


def rows_of(results: Any) -> list[dict[str, Any]]:
    """Return the rows of any kind of frame as plain data."""
    if hasattr(results, "to_pylist"):
        return results.to_pylist()
    return results.to_dicts() if hasattr(results, "to_dicts") else results.to_dict("records")


@pytest.mark.parametrize("made", RELATIONS.values(), ids=RELATIONS)
def test_a_relation_is_scored_as_the_plain_engine_does_it(
    made: Callable[[Any], Any], table: Any, expected: list[dict[str, Any]], protocol: Protocol
) -> None:
    results, faults = triage.score_relation(made(table.drop_columns("clinic")), protocol)
    assert rows_of(results) == expected
    assert [(fault.row, fault.id, fault.question, fault.nearest) for fault in faults] == [
        (WRONG + 1, f"p{WRONG}", "seizures", "blank_spells")
    ]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_a_frame_gives_a_frame_of_its_kind_with_the_columns_to_keep(kind: str, table: Any, protocol: Protocol) -> None:
    frame = RELATIONS[kind](table)
    results = triage.score_relation(frame, protocol, fields=["id", "urgency"], keep=["clinic"]).results
    assert type(results) is type(frame)
    assert list(results.columns) == ["id", "urgency", "clinic"]
    assert rows_of(results)[3]["clinic"] == 3


def test_texts_with_semicolons_and_categories_are_read_as_in_a_table(protocol: Protocol) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    frame = pandas.DataFrame({"situation": ["falling_asleep; during_sleep", ""], "age_group": ["adult_18_39y", None]})
    plain = rows_of(triage.score_relation(frame, protocol).results)
    assert rows_of(triage.score_relation(frame.astype({"age_group": "category"}), protocol).results) == plain
    assert [one["id"] for one in plain] != []


def test_a_column_that_is_no_question_is_a_fault_unless_it_is_kept(table: Any, protocol: Protocol) -> None:
    results, faults = triage.score_relation(table.slice(0, 2), protocol)
    assert results.num_rows == 0
    assert {fault.question for fault in faults} == {"clinic"}


@pytest.mark.parametrize("kind", [pa.string_view(), pa.large_string()])
def test_columns_to_keep_may_be_of_rare_kinds(kind: Any, protocol: Protocol) -> None:
    clinics = pa.array(["north", None, "south"]).cast(kind)
    relation = pa.table({"id": ["a", "b", "c"], "clinic": clinics, "age_group": ["adult_18_39y", "strange", None]})
    results, faults = triage.score_relation(relation, protocol, keep=["clinic"])
    assert len(results) + len({fault.row for fault in faults}) == 3
    kept = dict(zip(results["id"].to_pylist(), results["clinic"].to_pylist(), strict=True))
    assert kept["c"] == "south"


def test_a_table_without_rows_gives_a_table_without_rows(table: Any, protocol: Protocol) -> None:
    results, faults = triage.score_relation(table.slice(0, 0), protocol)
    assert (results.num_rows, faults, results.column_names) == (0, [], list(FIELDS))


def test_what_is_no_relation_is_refused(protocol: Protocol) -> None:
    with pytest.raises(TypeError, match="list is no pandas or polars frame"):
        triage.score_relation([1], protocol)


# ---- clusters ----


def test_a_scorer_that_was_sent_elsewhere_gives_a_row_for_every_row(table: Any, expected: list[dict[str, Any]]) -> None:
    scorer = pickle.loads(pickle.dumps(ArrowScorer(keep=["clinic"])))
    batches = list(scorer(iter(table.to_batches(max_chunksize=50))))
    assert [batch.num_rows for batch in batches] == [50] * 6
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert [row["clinic"] for row in rows] == [number % 7 for number in range(ROWS)]
    wrong = rows.pop(WRONG)
    assert wrong["id"] == f"p{WRONG}"
    assert wrong["urgency"] is None
    assert "blank_spells" in wrong[FAULTS][0]
    assert [{field: row[field] for field in FIELDS} for row in rows] == expected
    assert {str(row[FAULTS]) for row in rows} == {"None"}


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas", "ignore::ResourceWarning")
def test_spark_scores_a_frame(table: Any, expected: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    sql = pytest.importorskip("pyspark.sql", reason="PySpark is not installed (extra spark)")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, which is missing here")
    session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        frame = session.createDataFrame(table)
        schema = ArrowScorer.spark_schema(keep={"clinic": "bigint"})
        found = frame.mapInArrow(ArrowScorer(keep=["clinic"]), schema).collect()
    finally:
        session.stop()
    rows = sorted((row.asDict() for row in found), key=lambda row: int(row["id"][1:]))
    assert len(rows) == ROWS
    assert [{field: row[field] for field in FIELDS} for row in rows if row[FAULTS] is None] == expected
