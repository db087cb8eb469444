"""Bad rows: what is wrong with each, where it stands, and the nearest right word."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from triage.answers.reading import read_case
from triage.documents.json_reading import read_json
from triage.documents.output_text import printable_json
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.yaml_reading import read_yaml

if TYPE_CHECKING:
    from triage.answers.reading import SavedCase
    from triage.documents.document import Document, Steps
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["Fault", "GoodRow", "RowPlace", "WrittenRow", "fault_of_file", "fault_of_row"]

_LONGEST_FOUND = 200
_written = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


@dataclass(frozen=True)
class RowPlace:
    """Where a row stands."""

    file: str
    line: int | None
    row: int | None
    """The number of the row in a list or a table that has no lines."""
    unnamed: str
    """The id of the row if it says none."""
    written: WrittenRow | None = None
    """How it is written in a document of which the lines of the rows do not say enough."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a row, or with a whole file."""

    file: str
    line: int | None
    row: int | None
    id: str | None
    question: str | None
    found: Any
    nearest: str | None
    message: str
    hint: str | None = None
    column: int | None = None
    of_file: bool = False
    """Whether this is about a whole file rather than a row."""
    of_column: bool = False
    """Whether this is about the name of a column or key, and so the same in every row that has it."""

    def as_json(self) -> str:
        """Return the line of the errors file."""
        shown = {
            "file": self.file,
            "line": self.line,
            "row": self.row,
            "id": self.id,
            "question": self.question,
            "found": _short(self.found),
            "nearest": self.nearest,
            "message": f"{self.message} {self.hint}" if self.hint else self.message,
        }
        return printable_json(_written(shown))

    def __str__(self) -> str:
        return str(Problem(Place(self.file, self.line or self.row, self.column), self.message, self.hint))

    def standing_at(self, place: Place) -> Fault:
        """Return it with its exact place."""
        return replace(self, line=place.line or self.line, column=place.column)


def fault_of_file(problem: Problem) -> Fault:
    """Return what is wrong with a whole file."""
    place = problem.place
    nobody = Fault(place.source, place.line, None, None, None, None, None, problem.message, problem.hint, of_file=True)
    return nobody.standing_at(place)


def fault_of_row(place: RowPlace, message: str, hint: str | None = None) -> Fault:
    """Return what is wrong with a row that cannot even be read."""
    return Fault(place.file, place.line, place.row, None, None, None, None, message, hint)


@dataclass(frozen=True)
class GoodRow:
    """A row with nothing wrong."""

    id: str
    named: bool
    """Whether the row says its id itself."""
    number: int
    """What was chosen, as bits over all words."""
    raw: dict[str, Any]
    earlier: SavedCase | None = None
    """What became of it, where it answers an earlier questionnaire."""


def _short(found: Any) -> Any:
    """Return a value that fits into one line of JSON; one that does not is cut as text."""
    if found is None:
        return None
    try:
        written = _written(found)
    except (ValueError, TypeError, RecursionError):
        written = ""
    if 0 < len(written) <= _LONGEST_FOUND:
        return found
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= _LONGEST_FOUND else f"{text[:_LONGEST_FOUND]} ..."


# ---- rows as they stand in a document ----


class WrittenRow(NamedTuple):
    """The text of a row, or of the document it is a part of."""

    text: str
    form: Literal["json", "yaml"]
    steps: Steps = ()
    """The path of the row in the text."""
    line: int = 1
    column: int = 1
    """Where the text begins."""

    def problems(self, source: str, questionnaire: Questionnaire, unnamed: str) -> tuple[Problem, ...]:
        """Return what is wrong with the row, with lines and columns; looking for them takes long."""
        try:
            document = _read(self.text, self.form, source, self.line, self.column)
            read_case(document, self.steps, questionnaire, unnamed=unnamed)
        except DataFault as fault:
            return fault.problems
        return ()


@lru_cache(maxsize=1)  # the rows of a YAML document share its text
def _read(text: str, form: str, source: str, line: int, column: int) -> Document:
    if form == "yaml":
        return read_yaml(text, source)
    return read_json(text, source, first_line=line, first_column=column)
