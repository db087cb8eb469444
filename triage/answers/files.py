"""Saved answers on disk: JSON, YAML, NDJSON, CSV and TSV files, and folders of them."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from triage.answers.folders import device, files_in
from triage.answers.reading import ABOUT, SavedCase, read_case
from triage.documents.bounded_reading import LONGEST, too_long
from triage.documents.document import Document, decode, read_text
from triage.documents.json_reading import read_json
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import table_rows, wrong_names
from triage.documents.yaml_reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from triage.protocol.questionnaire import Questionnaire

__all__ = ["SUFFIXES", "UnreadableCase", "cell_value", "read_answer_files", "unnamed_case"]

SUFFIXES = (".json", ".yaml", ".yml", ".ndjson", ".jsonl", ".csv", ".tsv")
"""The kinds of answer file, by the end of their names."""

_SCORED_ONLY = (".parquet", ".gz", ".zst")
_ANY_LENGTH = "NDJSON, an object a line, may be of any length."
_LONGEST_TABLE = 1 << 26
_SEVERAL = ";"
"""What stands between several choices in one cell of a table."""


class UnreadableCase(DataFault):
    """A case with faults, where all that it holds could be read as data."""

    def __init__(self, problems: Iterable[Problem], raw: Any, place: Place, row: int | None, unnamed: str) -> None:
        super().__init__(problems)
        self.raw = raw
        self.place = place
        self.row = row
        """Its number in a list."""
        self.unnamed = unnamed
        """The id it has if it says none."""


def read_answer_files(paths: Iterable[Path], questionnaire: Questionnaire) -> Iterator[SavedCase | DataFault]:
    """Yield every case of the named files and folders, in order; in place of a case that cannot be read, its faults."""
    for path in paths:
        if not os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder may not be entered
            yield from _read_file(path, questionnaire)
            continue
        found = list(files_in(path, lambda file: file.suffix.lower() in SUFFIXES))
        if not found:
            hint = f"Answer files end in {', '.join(SUFFIXES)}."
            yield DataFault([Problem(Place(str(path)), "This folder holds no answer files.", hint)])
        for one in found:
            if isinstance(one, Problem):
                yield DataFault([one])
            else:
                yield from _read_file(one, questionnaire)


def _read_file(path: Path, questionnaire: Questionnaire) -> Iterator[SavedCase | DataFault]:
    readers: dict[str, Callable[[Path], Iterator[tuple[Document, int | None] | DataFault]]] = {
        ".json": _whole_file,
        ".yaml": _whole_file,
        ".yml": _whole_file,
        ".ndjson": _lines,
        ".jsonl": _lines,
        ".csv": _table,
        ".tsv": _table,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None and os.path.exists(path):  # noqa: PTH110 - see above
        hint = f"Answer files end in {', '.join(SUFFIXES)}."
        message = "This kind of file is not known here."
        if path.suffix.lower() in _SCORED_ONLY:
            message, hint = "This kind of file is read by `triage score` only.", f"Here {hint[0].lower()}{hint[1:]}"
        yield DataFault([Problem(Place(str(path)), message, hint)])
        return
    if problem := device(path):
        yield DataFault([problem])
        return
    try:
        for found in (reader or _whole_file)(path):
            yield found if isinstance(found, DataFault) else _case(*found, path, questionnaire)
    except DataFault as fault:
        yield fault


def _case(document: Document, index: int | None, path: Path, questionnaire: Questionnaire) -> SavedCase | DataFault:
    steps = () if index is None else (index,)
    one_of_many = index is not None or path.suffix.lower() not in (".json", ".yaml", ".yml")
    line = document.place(steps).line
    if one_of_many:
        unnamed = unnamed_case(path.name, line, index or 0, document.place((index - 1,)).line if index else None)
    else:
        unnamed = path.stem
    try:
        return replace(read_case(document, steps, questionnaire, unnamed=unnamed), place=document.place(steps))
    except DataFault as fault:
        raw = document.data if index is None else document.data[index]
        row = None if index is None else index + 1
        return UnreadableCase(fault.problems, raw, document.place(steps), row, unnamed)


def unnamed_case(file: str, line: int | None, index: int, line_before: int | None) -> str:
    """Return the name of one of several cases that says no id: file and line, and its number where the line has more.

    >>> unnamed_case("a.json", 3, 1, 2), unnamed_case("a.json", 1, 1, 1)
    ('a.json:3', 'a.json:1#2')
    """
    return f"{file}:{line}#{index + 1}" if line == line_before else f"{file}:{line}"


def _whole_file(path: Path) -> Iterator[tuple[Document, int | None] | DataFault]:
    """Yield the one case of a JSON or YAML file, or each of the list it holds."""
    text = read_text(path, hint=_ANY_LENGTH, pipes=True)
    read = _one_json if path.suffix.lower() == ".json" else read_yaml
    document = read(text, str(path))
    if isinstance(document.data, list):
        if not document.data:
            yield DataFault([Problem(document.place(), "This list of cases is empty.")])
        for index in range(len(document.data)):
            yield document, index
    else:
        yield document, None


def _one_json(text: str, source: str) -> Document:
    try:
        return read_json(text, source)
    except DataFault as fault:
        problem = fault.problems[0]
        if "Extra data" not in problem.message:
            raise
        hint = "One object a line is NDJSON: let the file's name end in .ndjson."
        raise DataFault([Problem(problem.place, problem.message, hint)]) from None


def _lines(path: Path) -> Iterator[tuple[Document, int | None] | DataFault]:
    """Yield the case on each line of an NDJSON file; a broken line does not stop the others."""
    source = str(path)
    try:
        with path.open("rb") as file:
            met = False
            for number, raw in enumerate(iter(partial(file.readline, LONGEST + 1), b""), start=1):
                if len(raw) > LONGEST:
                    raise too_long(Place(source, number), hint="Is it NDJSON, one object a line?")
                if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
                    continue
                met = True
                try:
                    yield read_json(decode(raw.rstrip(b"\r\n"), source), source, first_line=number), None
                except DataFault as fault:
                    place = fault.problems[0].place
                    here = place if place.column else Place(source, number)
                    first = fault.problems[0]
                    yield DataFault([Problem(here, first.message, first.hint), *fault.problems[1:]])
            if not met:
                raise DataFault([Problem(Place(source), "This file is empty.")])
    except OSError:
        read_text(path)  # says in plain words why it cannot be read


def _table(path: Path) -> Iterator[tuple[Document, int | None] | DataFault]:
    """Yield the case in each row of a CSV or TSV file; the first row names the questions."""
    source = str(path)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else ","
    rows = table_rows(read_text(path, most=_LONGEST_TABLE, hint=_ANY_LENGTH, pipes=True), delimiter)
    first = next(rows)
    header = [name.strip() for name in first.cells]
    if wrong := first.wrong or wrong_names(header):
        raise DataFault([Problem(Place(source, 1), wrong.message, wrong.hint)])
    met = False
    for row in rows:
        line, cells = row.first + 1, row.cells
        if row.wrong:
            met = True
            yield DataFault([Problem(Place(source, line), row.wrong.message, row.wrong.hint)])
            continue
        if not cells or not any(cell.strip() for cell in cells):
            continue
        met = True
        if len(cells) != len(header):
            message = f"This row has {len(cells)} cells, the first row has {len(header)}."
            yield DataFault([Problem(Place(source, line), message)])
            continue
        said = {name: cell_value(cell) for name, cell in zip(header, cells, strict=True) if cell.strip()}
        about = {name: said.pop(name) for name in ABOUT if name in said}
        yield Document(source, {**about, "answers": said}, lambda: None, line), None
    if not met:
        raise DataFault([Problem(Place(source), "This table has no row below its first one.")])


def cell_value(cell: str) -> str | list[str]:
    """Return the choices in a cell of a table.

    >>> cell_value(" a; b ;"), cell_value("a"), cell_value(" ")
    (['a', 'b'], 'a', '')
    """
    parts = [part.strip() for part in cell.split(_SEVERAL) if part.strip()]
    return parts if len(parts) > 1 else (parts[0] if parts else "")
