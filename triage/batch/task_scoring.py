"""What becomes of a task: its rows are read and judged, and the results made ready to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from typing import Protocol as Interface

from triage.answers.former_report import FormerReport
from triage.batch.bit_engine import BitEngine
from triage.batch.kept_values import as_json_values, first_incomplete
from triage.batch.results import ResultBatches, ResultLines
from triage.batch.row_reading import RowReader, Rows, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.batch.bit_engine import Conclusions
    from triage.batch.blocks import FileLines
    from triage.batch.faults import Fault
    from triage.batch.input_files import InputFile
    from triage.batch.kept_values import Kept
    from triage.batch.tasks import Task
    from triage.protocol.protocol import Protocol

__all__ = ["Done", "TaskScorer", "Wanted"]


@dataclass(frozen=True)
class Wanted:
    """What is to be made of rows; all that another process has to be told."""

    protocol: Protocol
    fields: tuple[str, ...]
    form: str
    keep: tuple[str, ...] = ()

    def scorer(self) -> TaskScorer:
        """Return what makes it."""
        return TaskScorer(self)


@dataclass(frozen=True)
class Done:
    """What became of a task."""

    file: InputFile
    size: int
    ends: bool
    written: Any
    """The results as they are written; nothing where there are none."""
    rows: int
    bad_rows: int
    faults: list[Fault]
    counts: dict[str, dict[str, int]]
    """By field: how many people each of its values holds for."""
    ids: bytes
    """The id of each row, one a line."""
    named: list[bool] | None
    """Whether each row itself says its id; None where all do."""
    places: FileLines
    columns: frozenset[str] = frozenset()
    """The names of columns that were met, where some are to be carried along."""
    former: FormerReport = field(default_factory=FormerReport)
    """What is to be told of rows that answer an earlier questionnaire."""
    incomplete: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By column to carry along: how many of its values could not be written as they are, and where the first stands."""


class ResultForm(Interface):
    """Makes results ready to be written."""

    header: Any
    """What a file of results begins with."""

    def of(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Kept) -> Any:
        """Return the results of some cases as they are written."""
        ...


class TaskScorer:
    """Scores tasks, one after the other."""

    def __init__(self, wanted: Wanted) -> None:
        self._keep = wanted.keep
        self._typed = wanted.form == "parquet"
        self._engine = BitEngine(wanted.protocol)
        self._reader = RowReader(self._engine.layout, wanted.keep)
        self.form = _form(wanted, self._engine)
        """What makes the results ready to be written."""

    def __call__(self, task: Task) -> Done:
        """Score a task."""
        parts = [self._reader.read(block) for block in task.blocks]
        rows = together(parts) if parts else Rows.nothing(self._engine.layout, self._keep)
        conclusions = self._engine.conclude(rows.answers) if rows.ids else None
        kept = rows.kept if self._typed else {name: as_json_values(values) for name, values in rows.kept.items()}
        return Done(
            file=task.file,
            size=task.size,
            ends=task.ends,
            written=None if conclusions is None else self.form.of(conclusions, rows.ids, kept),
            rows=len(rows.ids),
            bad_rows=rows.bad,
            faults=rows.faults,
            counts={} if conclusions is None else _counts(self._engine, conclusions),
            ids=b"\n".join(rows.ids),
            named=rows.named,
            places=rows.places,
            columns=rows.columns,
            former=rows.former,
            incomplete=_incomplete(kept, rows.places),
        )


def _form(wanted: Wanted, engine: BitEngine) -> ResultForm:
    if wanted.form == "parquet":
        return ResultBatches(engine, wanted.fields, wanted.keep)
    return ResultLines(engine, wanted.fields, wanted.keep, form=wanted.form)


def _counts(engine: BitEngine, conclusions: Conclusions) -> dict[str, dict[str, int]]:
    groups = {"types": engine.types, "rules": engine.rules, "could_not_rule_out": engine.could_not_rule_out}
    counts = {name: conclusions.counted(group) for name, group in groups.items()}
    for said, number in conclusions.counted(engine.decided).items():
        name, value = said.split("=")
        counts.setdefault(name, {})[value] = number
    return counts


def _incomplete(kept: Kept, places: FileLines) -> dict[str, tuple[int, str]]:
    found = {}
    for name, (number, row) in first_incomplete(kept).items():
        for file, lines in places:
            if row < len(lines):
                found[name] = number, f"{file}:{lines[row]}"
                break
            row -= len(lines)
    return found
