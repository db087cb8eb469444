"""Which files are read: named ones, patterns and folders, of every kind that may hold answers."""

from __future__ import annotations

import glob
import io
import os
import re
import sys
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from triage.answers.conversion import VERSIONS
from triage.answers.files import SUFFIXES
from triage.answers.folders import files_in, fitting, is_result, not_ordinary, only_ordinary, passed_over
from triage.documents.bounded_reading import cannot_read
from triage.documents.output_text import one_line
from triage.documents.packed_files import PACKED, Continued, open_packed, unreadable
from triage.documents.problems import DataFault, Place, Problem
from triage.foreign.form import TEXTS, WORKBOOKS, ForeignFile, OpenedRows
from triage.foreign.later_versions import said_of_later
from triage.foreign.partitions import lost_with_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from triage.foreign.form import Asked, Opened, Row
    from triage.protocol.questionnaire import Questionnaire

__all__ = [
    "FileIdentity",
    "InputFile",
    "files_passed_over",
    "find_input_files",
    "identity_of",
    "told_apart",
]

FileIdentity = tuple[int, int]
Kind = Literal["lines", "document", "yaml", "table", "columns", "foreign"]

_KINDS: dict[str, Kind] = {
    ".ndjson": "lines",
    ".jsonl": "lines",
    ".json": "document",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".csv": "table",
    ".tsv": "table",
    ".parquet": "columns",
    **dict.fromkeys(WORKBOOKS, "foreign"),
    **dict.fromkeys(TEXTS, "foreign"),
}
_SUFFIXES = (*SUFFIXES, ".parquet", *WORKBOOKS)
"""The kinds of file, by the end of their names; all but Parquet may be packed, with ``.gz`` or ``.zst`` added."""
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


def identity_of(stream: IO[bytes]) -> FileIdentity:
    """Return what tells an open file from any other one."""
    found = os.fstat(stream.fileno())
    return found.st_dev, found.st_ino


@dataclass(frozen=True)
class InputFile:
    """A file to read, or standard input."""

    path: Path
    kind: Kind
    inside: Path
    """Its path from the folder that was named; else its name."""
    packed: str = ""
    standard_input: bool = False
    begun: bytes = field(default=b"", compare=False, repr=False)
    """What of standard input was read to see what it is."""
    opened: Opened | None = field(default=None, compare=False, repr=False)
    """What reads it, if it has another form than our own."""

    @property
    def delimiter(self) -> str:
        """What stands between the cells of a table."""
        name = self.path.name.lower()
        return "\t" if name.endswith((".tsv", *(f".tsv{end}" for end in PACKED))) else ","

    @property
    def stem(self) -> str:
        """Its name without its ends."""
        return Path(self.path.stem).stem if self.packed else self.path.stem

    @property
    def can_be_read_in_parts(self) -> bool:
        """Whether reading may begin at any line or any group of rows."""
        return self.kind in ("lines", "columns") and not self.packed and not self.standard_input

    @property
    def size(self) -> int:
        """Bytes to read, packed as they are; 0 where nobody knows."""
        try:
            return 0 if self.standard_input else self.path.stat().st_size
        except OSError:
            return 0

    def refuse_another(self, stream: IO[bytes], identity: FileIdentity) -> None:
        """Refuse to go on with another file that came to stand in the place of this one.

        Raises:
            DataFault: the stream is of another file.

        """
        if identity_of(stream) != identity:
            raise DataFault([Problem(Place(str(self.path)), "This file was replaced while it was read.")])

    def open(self) -> IO[bytes]:
        """Open the file for reading its unpacked bytes.

        Raises:
            DataFault: it cannot be read.

        """
        if self.standard_input:
            if sys.stdin is None:
                raise DataFault([Problem(Place(str(self.path)), "Standard input is closed.")])
            begun = io.BufferedReader(Continued(self.begun, sys.stdin.buffer)) if self.begun else None
            return begun or sys.stdin.buffer
        try:
            return open_packed(self.path, self.packed) if self.packed else self.path.open("rb")
        except (OSError, ValueError) as error:
            raise cannot_read(self.path, error) from None


def find_input_files(paths: Iterable[Path]) -> list[InputFile | Problem]:
    """Return the files that some paths, patterns and folders name, in order, and in between what is wrong with them."""
    return [found for path in paths for found in _found(path)]


def _found(path: Path) -> Iterator[InputFile | Problem]:
    name = str(path)
    place = Place(name)
    if name == "-":
        yield InputFile(Path("standard input"), "lines", Path("standard_input"), standard_input=True)
    elif _ELSEWHERE.match(name):
        yield Problem(place, "Only files on this machine are read.", "Fetch the file first, then score it here.")
    elif os.path.isdir(path):  # noqa: PTH112 - Path.is_dir raises where a folder may not be entered
        yield from _in_folder(path)
    elif os.path.exists(path) or not glob.has_magic(name):  # noqa: PTH110 - see above
        kind, packed = _kind(path)
        if kind is not None:
            yield not_ordinary(path) or InputFile(path, kind, Path(path.name), packed)
        elif os.path.exists(path):  # noqa: PTH110 - see above
            yield Problem(place, "This kind of file is not known here.", _known_kinds())
        else:
            yield Problem(place, "There is no such file.")
    else:
        yield from _fitting(path)


def _fitting(pattern: Path) -> Iterator[InputFile | Problem]:
    """Yield what fits a pattern, each file once: it may fit in several ways, and its folder may fit, too."""
    found = set(fitting(pattern))
    matches = sorted(match for match in found if not is_result(match))
    if not matches:
        message = "Only results of an earlier run fit this pattern." if found else "No file fits this pattern."
        yield Problem(Place(str(pattern)), message)
    met: set[tuple[str, str]] = set()
    for match in matches:
        # A pattern fits what nobody thought of, as a folder holds it.
        ordinary = only_ordinary(match)
        for one in (ordinary,) if isinstance(ordinary, Problem) else _found(match):
            at = Path(one.place.source) if isinstance(one, Problem) else one.path
            here = os.path.realpath(at.parent), at.name
            if here not in met:
                met.add(here)
                yield one


def _in_folder(folder: Path) -> Iterator[InputFile | Problem]:
    met = False
    for one in files_in(folder, _is_wanted):
        met = True
        if isinstance(one, Problem):
            yield one
            continue
        kind, packed = _kind(one)
        assert kind is not None
        yield InputFile(one, kind, one.relative_to(folder), packed)
    if not met:
        yield Problem(Place(str(folder)), "This folder holds no answer files.", _known_kinds())


def files_passed_over(paths: Iterable[Path]) -> Iterator[Problem]:
    """Yield which files in the folders among some paths are of no kind that is read."""
    for path in paths:
        if os.path.isdir(path) and (problem := passed_over(path, _is_wanted)):  # noqa: PTH112 - see above
            yield problem


def _is_wanted(path: Path) -> bool:
    """Whether a file that nobody named is read: a text may be anything."""
    return _kind(path)[0] is not None and path.suffix.lower() not in TEXTS


def _kind(path: Path) -> tuple[Kind | None, str]:
    """Return the kind of a file by its name, and how it is packed."""
    suffix = path.suffix.lower()
    packed = suffix if suffix in PACKED else ""
    kind = _KINDS.get(Path(path.stem).suffix.lower() if packed else suffix)
    return (None, packed) if packed and kind in ("columns", "foreign") else (kind, packed)


def _known_kinds() -> str:
    return f"Answer files end in {', '.join(_SUFFIXES)}."


# ---- files of other forms ----

_LOOKED_AT = ("lines", "document", "yaml", "table", "columns", "foreign")
_BEGINNING = 1 << 18
_FEW = 500
_OWN_ONLY = "Answers from standard input are read in our own form only."
_SAVE = "Save them as a file, and name that."
_SAID_APART = 10
"""Files of which the form is told one by one."""


def told_apart(
    found: Sequence[InputFile | Problem],
    asked: Asked | None,
    questionnaire: Questionnaire,
    say: Callable[[str], None],
) -> list[InputFile | Problem]:
    """Return files with those of other forms opened, and say which form each has."""
    told: list[InputFile | Problem] = []
    number = 0
    said: set[str] = set()
    for one in found:
        if isinstance(one, InputFile) and (lost := lost_with_folder(one.path, questionnaire)):
            told.append(lost)
            continue
        if isinstance(one, InputFile) and one.standard_input and asked is not None and asked.is_more_than_own:
            told.append(Problem(Place(str(one.path)), _OWN_ONLY, _SAVE))
            continue
        if isinstance(one, InputFile) and one.standard_input and asked is not None and sys.stdin is not None:
            told.append(_standard_input(one, asked, questionnaire, say))
            continue
        if isinstance(one, Problem) or one.kind not in _LOOKED_AT or one.standard_input:
            told.append(one)
            continue
        opened, title, remarks = (None, "", ()) if asked is None else _opened(one, asked, questionnaire)
        if title:
            number += 1
            if number <= _SAID_APART:
                say(one_line(f"{one.path}  Read as {title}."))
        for remark in remarks:
            # What is so in many files is said of the first.
            if remark.message not in said:
                said.add(remark.message)
                say(str(remark))
        if opened is not None:
            told.append(replace(one, kind="foreign", opened=opened))
        elif one.kind == "foreign":
            told.append(Problem(Place(str(one.path)), "This kind of file is not known here."))
        else:
            told.append(one)
    if number > _SAID_APART:
        say(f"... and {number - _SAID_APART:,} more files of other forms.")
    return told


def _standard_input(
    file: InputFile, asked: Asked, questionnaire: Questionnaire, say: Callable[[str], None]
) -> InputFile | Problem:
    """Return standard input with its beginning, or that another program wrote it."""
    from triage.exchange.forms import form_of, known_forms
    from triage.exchange.own import later_versions

    try:
        begun = sys.stdin.buffer.read(_BEGINNING)
    except OSError:
        return file  # whoever reads it says what is wrong
    ending = ".json" if begun.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")) else ".csv"
    foreign = ForeignFile(file.path, lambda: io.BytesIO(begun), file.path.name + ending)
    form = form_of(foreign, asked, questionnaire)
    # A table with slips looks like anybody's table: our own reader names them.
    if form not in (None, known_forms()[-1]):
        return Problem(Place(str(file.path)), f"This looks like {form.title}. {_OWN_ONLY}", _SAVE)
    with suppress(DataFault):
        if later := later_versions(foreign, asked, questionnaire):
            say(str(later))
    return replace(file, begun=begun)


def _opened(
    file: InputFile, asked: Asked, questionnaire: Questionnaire
) -> tuple[Opened | None, str, Sequence[Problem]]:
    """Return what reads a file of another form, what that is, and what to say of it; only the last for our own."""
    from triage.exchange.forms import form_of
    from triage.exchange.own import later_versions

    if file.kind == "columns":
        later = said_of_later(Place(str(file.path)), _versions_in(file), asked, questionnaire)
        return None, "", (later,) if later else ()
    name = Path(file.path.name).stem if file.packed else file.path.name
    foreign = ForeignFile(file.path, file.open, name)
    try:
        form = None if file.kind == "yaml" else form_of(foreign, asked, questionnaire)
        if form is None:
            with suppress(DataFault, *unreadable()):  # our own reader says what is wrong
                later = later_versions(foreign, asked, questionnaire)
                return None, "", (later,) if later else ()
            return None, "", ()
        opened = form.open(foreign, asked, questionnaire)
        return opened, f"{form.title}{opened.note}", opened.remarks
    except DataFault as fault:
        return OpenedRows(_raising(fault)), "", ()
    except unreadable() as error:
        return OpenedRows(_raising(cannot_read(file.path, error))), "", ()


def _versions_in(file: InputFile) -> list[dict[str, Any]]:
    """Return the versions in the first rows of a Parquet file; whoever reads it says what is wrong with it."""
    from pyarrow import ArrowException, parquet

    with suppress(DataFault, OSError, ArrowException), file.open() as stream:
        table = parquet.ParquetFile(stream)
        there = [name for name in VERSIONS if name in table.schema_arrow.names]
        groups = [at for at in range(table.num_row_groups) if there and table.metadata.row_group(at).num_rows]
        for batch in table.iter_batches(_FEW, groups[:1], there, use_threads=False) if groups else ():
            return list(batch.to_pylist())
    return []


def _raising(fault: DataFault) -> Callable[[], Iterator[Row]]:
    def rows() -> Iterator[Row]:
        raise fault
        yield

    return rows
