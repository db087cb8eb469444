"""What a form of file is: something that recognises a file, and reads it as rows of raw answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast
from typing import Protocol as Interface

from triage.documents.bounded_reading import read_rest
from triage.documents.document import decode
from triage.documents.json_reading import read_json
from triage.documents.output_text import shown
from triage.documents.problems import DataFault

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triage.documents.problems import Problem
    from triage.foreign.mapping import Mapping
    from triage.protocol.questionnaire import Questionnaire

__all__ = [
    "TEXTS",
    "WORKBOOKS",
    "Asked",
    "ColumnRows",
    "ForeignFile",
    "Form",
    "Opened",
    "OpenedRows",
    "Row",
    "RowFault",
]

WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
"""How workbooks end in their names."""
TEXTS = (".txt", ".tab")
"""How texts end that may be tables, if somebody says that they are answers."""
_LINES = (".ndjson", ".jsonl")
_LOOKED_AT = 1 << 18
"""Bytes of a file from which its form is told."""
_LONGEST_JSON = 1 << 28
_Found = TypeVar("_Found")
_SPACE = "\ufeff \t\r\n"


@dataclass(frozen=True)
class Asked:
    """What somebody asks for beside the files."""

    form: str | None = None
    """The name of the form, where it is not to be found out."""
    set_aside: bool = False
    """Whether columns that are no questions may be left out."""
    id_column: str | None = None
    mapping: Mapping | None = None
    sheet: str | None = None
    """The sheet of a workbook, by name."""
    keep: tuple[str, ...] = ()
    """Columns that are carried along to the results."""
    rules: str | None = None
    """The version of the rules in use, so that answers of a later one are noticed."""

    @property
    def is_more_than_own(self) -> bool:
        """Whether something is asked for that only files of other forms have."""
        return bool(self.form or self.set_aside or self.id_column or self.mapping or self.sheet)


class ForeignFile:
    """A file to look at and to read."""

    def __init__(self, path: Path, open_it: Callable[[], IO[bytes]], name: str = "") -> None:
        self.path = path
        self.source = str(path)
        """How it is called where something is said about it."""
        self.name = name or path.name
        """Its name, without what tells that it is packed."""
        self.open = open_it
        self._found: dict[str, Any] = {}

    @cached_property
    def beginning(self) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(_LOOKED_AT)

    @property
    def is_whole_beginning(self) -> bool:
        """Whether the file ends with its beginning."""
        return len(self.beginning) < _LOOKED_AT

    def found(self, what: str, find: Callable[[], _Found]) -> _Found:
        """Return something about the file that is found out only once."""
        if what not in self._found:
            self._found[what] = find()
        return cast("_Found", self._found[what])

    @cached_property
    def text(self) -> str:
        """The whole text, which must be UTF-8.

        Raises:
            DataFault: it is not, or it is too long.

        """
        with self.open() as stream:
            return decode(read_rest(stream, self.source, most=_LONGEST_JSON), self.source)

    @property
    def json(self) -> Any:
        """The whole file as JSON, read once.

        Raises:
            DataFault: it is none.

        """
        if isinstance(self._json, DataFault):
            raise self._json
        return self._json

    @cached_property
    def _json(self) -> Any:
        try:
            return read_json(self.text, self.source).data
        except DataFault as fault:  # kept, for several forms ask, and a long file takes long
            return fault

    @cached_property
    def first_values(self) -> list[Any]:
        """The JSON values at the beginning: that of the whole file, or the first ones of a list or of lines."""
        text = self.beginning.decode("utf-8", "replace").lstrip(_SPACE)
        if not text.startswith(("{", "[")):
            return []
        found = list(_values(text.removeprefix("[")))
        if found or not self._is_closed_behind_the_beginning:
            return found
        return self.json if isinstance(self.json, list) else [self.json]

    @property
    def is_in_lines(self) -> bool:
        """Whether a file of JSON has a value in each line."""
        return self.name.lower().endswith(_LINES) or (
            self.beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and len(self.first_values) > 1
        )

    @property
    def _is_closed_behind_the_beginning(self) -> bool:
        """Whether a value goes on and comes to an end: one that was broken off need not be read to be none."""
        return not self.is_whole_beginning and self.text.rstrip(_SPACE).endswith(("}", "]"))


def _values(text: str) -> Iterator[Any]:
    """Yield JSON values, one behind the other, as long as they are whole."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        if text[at] in ", \t\r\n":
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield value


@dataclass(frozen=True)
class Row:
    """What one person said, as it would stand in a file of our own: ``id``, ``answers`` and so on."""

    raw: dict[str, Any]
    line: int | None = None
    row: int | None = None
    """Its number from 1, where there are no lines."""


@dataclass(frozen=True)
class RowFault:
    """What is wrong with a row that cannot become plain answers."""

    message: str
    """What goes on behind the id of the row; a sentence of its own, with a capital letter, stands without it."""
    hint: str | None = None
    line: int | None = None
    row: int | None = None
    id: str | None = None
    question: str | None = None
    found: Any = None

    def said(self, unnamed: str) -> str:
        """Return what is wrong in words, with the id of the row or else what it goes by."""
        return self.message if self.message[:1].isupper() else f"{shown(self.id or unnamed)} {self.message}"


@dataclass(frozen=True)
class ColumnRows:
    """Many rows at once, as Arrow columns of our own names."""

    batch: Any
    """A record batch: a column for each question, with cells as in a table of our own, and what stands beside."""
    lines: Any
    """The line of each row, or its number from 1."""
    are_lines: bool = True
    size: int = 0
    """About how many bytes of the file they are."""


class Opened(Interface):
    """A file of a certain form, ready to be read."""

    @property
    def remarks(self) -> Sequence[Problem]:
        """What is told once about the file."""
        ...

    @property
    def note(self) -> str:
        """What is added to the words for its form, such as what names its cases."""
        ...

    def rows(self) -> Iterator[Row | RowFault | ColumnRows]:
        """Yield the rows in order.

        Raises:
            DataFault: the file cannot be read, or not to its end.

        """
        ...


class Form(Interface):
    """A form of file."""

    @property
    def name(self) -> str:
        """The word for it on the command line."""
        ...

    @property
    def title(self) -> str:
        """What it is, in words that follow "Read as"."""
        ...

    def recognises(self, file: ForeignFile, questionnaire: Questionnaire) -> bool:
        """Whether a file looks like this; nothing is raised."""
        ...

    def open(self, file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Opened:
        """Make a file ready to be read.

        Raises:
            DataFault: it cannot be read as what it is.

        """
        ...


@dataclass(frozen=True)
class OpenedRows:
    """A file whose rows are there already, or come one by one."""

    listed: Callable[[], Iterator[Row | RowFault | ColumnRows]]
    remarks: Sequence[Problem] = field(default=())
    note: str = ""

    def rows(self) -> Iterator[Row | RowFault | ColumnRows]:
        """Yield the rows in order."""
        return self.listed()
