"""Tables in memory: Arrow, pandas, polars and DuckDB in, the same out; and batches of a cluster, one after the other.

All of it goes by Arrow, which all of these can be read from and written to.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from triage.answers.former_report import FormerReport
from triage.assessment.score_line import FIELDS
from triage.batch.frames import opened, rows_of_relation
from triage.batch.job.scoring import Wanted
from triage.batch.reading.arrow import names_inside, refuse_repeated_names
from triage.batch.reading.columns import column_to_keep
from triage.batch.reading.tasks import Task
from triage.documents.output_text import shown
from triage.documents.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from triage.answers.row_faults import Fault
    from triage.batch.job.scoring import Done
    from triage.batch.reading.blocks import ColumnBlock, RowBlock
    from triage.circuit.machine_words import Places
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["FAULTS", "ArrowScorer", "ScoredRelation", "score_relation"]

FAULTS = "faults"
"""The column of a cluster's results that says what is wrong with a row; null where nothing is."""
_LISTED = ("types", "causes", "warning_signs", "could_not_rule_out", "set_aside", "rules")


class ScoredRelation(NamedTuple):
    """What came out of a relation."""

    results: Any
    """A row for each good row, in their order: the fields of ``triage score``, and the columns to keep."""
    faults: list[Fault]
    """What is wrong with the other rows."""


def score_relation(
    relation: Any, protocol: Protocol, *, fields: Sequence[str] = FIELDS, keep: Sequence[str] = ()
) -> ScoredRelation:
    """Score the rows of a relation; its columns are those of a table of answers.

    A frame of pandas gives results under the index of its good rows, so that ``frame.join(results.add_prefix("its_"))``
    puts them beside each other. Where the index says the same of several rows, as after ``pandas.concat``, a join of
    pandas puts every one of their results beside each of them: give such a frame ``reset_index(drop=True)`` before.
    The index is no answer; a level of it named ``id``, or like a column to keep, is read.

    Args:
        relation: a pandas or polars frame; an Arrow table, batch, reader or data set; a DuckDB relation or connection
            with a result; or whatever else Arrow can read as a stream.
        protocol: the rules.
        fields: the fields wanted.
        keep: other columns to carry along, which stay just as they are.

    Returns:
        The results as pandas for pandas, as polars for polars, and as an Arrow table otherwise; DuckDB reads that too.

    Raises:
        TypeError: the relation is none of these.
        ValueError: a column to keep is called like a field or is not there, or a field is not known.
        DataFault: a column stands there twice, or the relation cannot be read.

    Warns:
        UserWarning: some rows answer an earlier questionnaire; it says what was taken over, and what to ask again.

    """
    fields, keep = _checked(fields, keep)
    source = opened(relation, protocol.questionnaire, keep)
    _refuse_missing(keep, source.names, protocol.questionnaire)
    scorer = _Scorer(protocol, fields, keep if source.with_kept else ())
    faults: list[Fault] = []
    tables: list[pa.Table] = []
    good: list[Places] = []
    for block in source.blocks():
        scored = scorer.score(block)
        tables.append(pa.Table.from_batches([scored.written]))
        good.append(scored.rows.numbers + (block.at.first - 1))
        faults += scored.rows.faults
    scorer.warn_of_former_answers()
    # Where all values of a block are missing, its columns have no type yet.
    table = pa.concat_tables(tables, promote_options="default")
    return ScoredRelation(source.results(table, np.concatenate(good)), faults)


class ArrowScorer:
    """A function from Arrow record batches to Arrow record batches, as Spark, Ray and Dask take it.

    Each row of the input gives one row of the output, in order. A row with faults has nothing but its id, the columns
    to keep, and the faults. The scorer can be sent to other machines, which need the protocol's folder if one is named.

    >>> # frame.mapInArrow(ArrowScorer(keep=["clinic"]), ArrowScorer.spark_schema(keep={"clinic": "string"}))
    """

    def __init__(
        self, protocol: str | Path | None = None, *, fields: Sequence[str] = FIELDS, keep: Sequence[str] = ()
    ) -> None:
        self._protocol = None if protocol is None else str(protocol)
        self._fields, self._keep = _checked(fields, keep)
        if FAULTS in self._keep:
            raise ValueError(f"every row gets a column {FAULTS!r}, so a column of that name cannot be kept")

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Score batches one after the other."""
        from triage import load_protocol

        protocol = load_protocol(self._protocol)
        scorer = _Scorer(protocol, self._fields, self._keep)
        done = 0
        for batch in batches:
            refuse_repeated_names(batch.schema, "batch")
            _refuse_missing(self._keep, (*batch.schema.names, *names_inside(batch.schema)), protocol.questionnaire)
            scored = scorer.score(rows_of_relation(batch, done))
            yield from _all_rows(batch, scored, done, self._keep).to_batches()
            done += batch.num_rows
        scorer.warn_of_former_answers()

    @staticmethod
    def spark_schema(fields: Sequence[str] = FIELDS, keep: Mapping[str, str] | None = None) -> str:
        """Return the columns of the output as Spark names them; ``keep`` says the types of the columns to keep.

        >>> ArrowScorer.spark_schema(["id", "types"], {"clinic": "string"})
        'id string, types array<string>, `clinic` string, faults array<string>'
        """
        columns = [
            f"{field} {'array<string>' if field in _LISTED else 'string'}" for field in FIELDS if field in fields
        ]
        columns += [f"`{name}` {kind}" for name, kind in (keep or {}).items()]
        return ", ".join([*columns, f"{FAULTS} array<string>"])


class _Scorer:
    """Scores blocks of rows."""

    def __init__(self, protocol: Protocol, fields: Sequence[str], keep: Sequence[str]) -> None:
        self._score = Wanted(protocol, tuple(fields), "arrow", tuple(keep)).scorer()
        self._questionnaire = protocol.questionnaire
        self._former = FormerReport()

    def score(self, block: ColumnBlock | RowBlock) -> Done:
        """Score the rows of a block."""
        done = self._score(Task(block.at.file, (block,), 0))
        self._former.add_all(done.rows.former)
        return done

    def warn_of_former_answers(self) -> None:
        """Warn, once, of answers to an earlier questionnaire: what was taken over, and what to ask again."""
        if said := "\n".join(self._former.lines(self._questionnaire)):
            warnings.warn(said, stacklevel=4)


def _all_rows(batch: pa.RecordBatch, scored: Done, first: int, keep: Sequence[str]) -> pa.Table:
    """Return a row for each row of a batch, with its faults."""
    rows = batch.num_rows
    where = np.full(rows, -1, np.int64)
    where[scored.rows.numbers] = np.arange(len(scored.rows.numbers))
    table = pa.Table.from_batches([scored.written]).drop_columns(list(keep)).take(pa.array(where, mask=where < 0))
    for name in keep:
        column = column_to_keep(batch, name)
        table = table.append_column(name, pa.nulls(rows) if column is None else column)
    said: list[list[str] | None] = [None] * rows
    ids: list[str | None] = table["id"].to_pylist() if "id" in table.column_names else []
    for fault in scored.rows.faults:
        at = (fault.row or 1) - 1 - first
        message = f"{fault.message} {fault.hint}" if fault.hint else fault.message
        said[at] = [*(said[at] or ()), message]
        if ids:
            ids[at] = fault.id
    if ids:
        table = table.set_column(table.column_names.index("id"), "id", pa.array(ids, pa.string()))
    return table.append_column(FAULTS, pa.array(said, pa.list_(pa.string())))


def _checked(fields: Sequence[str], keep: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return fields in their order and columns to keep; the two must not be mixed up."""
    keep = (keep,) if isinstance(keep, str) else tuple(dict.fromkeys(keep))
    unnamed = [name for name in keep if not isinstance(name, str)]
    if unnamed:
        raise ValueError(f"a column to keep is named by a text, not by {shown(unnamed[0])}")
    fields = (fields,) if isinstance(fields, str) else tuple(fields)
    twice = [name for name in keep if name in FIELDS]
    if twice:
        raise ValueError(f"every result has a field {shown(twice[0])}, so a column of that name cannot be kept")
    strange = [field for field in fields if field not in FIELDS]
    if strange or not fields:
        wrong = f"no field is called {shown(strange[0])}" if strange else "no field is wanted"
        raise ValueError(f"{wrong}; known are {', '.join(FIELDS)}")
    return tuple(field for field in FIELDS if field in fields), keep


def _refuse_missing(keep: Sequence[str], names: Sequence[str], questionnaire: Questionnaire) -> None:
    """Refuse a column to keep that is not there, as a misspelt one is; a question may go unanswered."""
    for name in keep:
        if name not in names and not questionnaire.is_question(name):
            hint = did_you_mean(name, names)
            raise ValueError(f"there is no column {shown(name)} to keep. {hint or ''}".strip())
