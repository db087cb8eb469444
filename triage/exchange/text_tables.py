"""Tables as spreadsheets and programs save them: how the text is encoded, what separates cells, where rows end."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import table_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from triage.foreign.form import ForeignFile

__all__ = ["TextTable", "look_at_table", "texts_of"]

_AT_ONCE = 1 << 22
_FEW_ROWS = 50
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical lines"}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_GUESSED = "cp1252"
_SAVE = "Save the file with the encoding UTF-8."
_BLANK_LINES = re.compile(r"(?:[ \t\r]*\n)*")
_WORDS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", _GUESSED: "Windows-1252"}


@dataclass(frozen=True)
class TextTable:
    """How a table is written."""

    encoding: str
    mark: int
    """Bytes of the byte order mark."""
    returns_only: bool
    """Whether lines end with a carriage return alone, as on old Macs."""
    delimiter: str
    names: tuple[str, ...]
    """The headings."""
    header_line: int
    """The line they stand in, from 1."""
    skipped: int
    """Bytes up to the first row, in the text as UTF-8."""
    first_line: int
    """The line of the first row."""
    first_rows: tuple[tuple[str, ...], ...]

    @property
    def words(self) -> str:
        """How it is written, in words."""
        encoding = "" if self.encoding == "utf-8" else f" in {_WORDS[self.encoding]}"
        return f"a table with {_DELIMITERS[self.delimiter]}{encoding}"

    def guesses(self, source: str) -> list[Problem]:
        """Return what was guessed about it."""
        if self.encoding != _GUESSED:
            return []
        message = "This is not UTF-8, so it was read as Windows-1252."
        hint = "Look at names with accents; if they are wrong, save the file as UTF-8."
        return [Problem(Place(source), message, hint, severity="warning")]


def look_at_table(file: ForeignFile, known: Callable[[str], bool]) -> TextTable | None:
    """Return how a file is written as a table; None if it is none.

    Args:
        file: the file.
        known: whether a heading is known; what separates cells is what makes most headings known.

    """
    encoding, mark = _encoding_of(file)
    text = file.beginning[mark:].decode(encoding, "ignore")
    returns_only = "\r" in text and "\n" not in text
    text = text.replace("\r", "\n") if returns_only else text
    before = _BLANK_LINES.match(text).end()  # type: ignore[union-attr]
    line = 1 + text.count("\n", 0, before)
    named = _named_delimiter(text[before:])
    if named is not None:
        end = text.find("\n", before) + 1
        line, before = line + 1, end
    rest = text[before:]
    if not rest.strip():
        return None
    best: tuple[tuple[int, int], str, list[str], int] | None = None
    for delimiter in (named,) if named else _DELIMITERS:
        head, lines = _first_row(rest, delimiter)
        score = (sum(map(known, head)), len(head))
        if best is None or score > best[0]:
            best = score, delimiter, head, lines
    assert best is not None
    _, delimiter, head, lines = best
    length = 0
    for _ in range(lines):
        length = (rest.find("\n", length) + 1) or len(rest)
    rows = csv.reader(io.StringIO(rest[length:], newline=""), delimiter=delimiter)
    first_rows: list[tuple[str, ...]] = []
    try:
        for row in rows:
            first_rows.append(tuple(row))
            if len(first_rows) == _FEW_ROWS:
                break
    except csv.Error:
        pass
    return TextTable(
        encoding,
        mark,
        returns_only,
        delimiter,
        tuple(name.strip() for name in head),
        line,
        len(text[: before + length].encode()),
        line + lines,
        tuple(first_rows),
    )


def _encoding_of(file: ForeignFile) -> tuple[str, int]:
    begun = file.beginning
    for mark, encoding in _MARKS:
        if begun.startswith(mark):
            return encoding, len(mark)
    some = begun[:2_000]
    if some.count(b"\0") > len(some) // 4:
        return ("utf-16-le" if some[1::2].count(b"\0") >= some[::2].count(b"\0") else "utf-16-be"), 0
    return ("utf-8" if _is_utf8(file) else _GUESSED), 0


def _is_utf8(file: ForeignFile) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with file.open() as stream:
            while data := stream.read(_AT_ONCE):
                decoder.decode(data)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _named_delimiter(text: str) -> str | None:
    """Return what the first line says that separates cells, as Excel has it: ``sep=;``."""
    line = text.partition("\n")[0].strip().strip('"').lower()
    found = line[4:] if line.startswith("sep=") else None
    if found in ("\\t", "") and line.startswith("sep="):
        return "\t"
    return found if found in _DELIMITERS else None


def _first_row(text: str, delimiter: str) -> tuple[list[str], int]:
    """Return the cells of the first row, and how many lines it takes."""
    row = next(table_rows(text, delimiter))
    return (row.cells, row.after) if row.cells else (text.partition("\n")[0].split(delimiter), 1)


def texts_of(file: ForeignFile, table: TextTable) -> Iterator[bytes]:
    """Yield the text below the headings as UTF-8, some million bytes at a time; lines end with line feeds.

    Raises:
        DataFault: a byte has no meaning in the encoding.

    """
    # What has no mark at its beginning was looked through to its end before it was called UTF-8.
    checked = table.encoding == "utf-8" and not table.mark
    decoder = None if checked else codecs.getincrementaldecoder(table.encoding)()
    skip = table.skipped
    ended = False
    with file.open() as stream:
        stream.read(table.mark)
        while not ended:
            data = stream.read(_AT_ONCE)
            ended = not data
            if decoder is not None:
                try:
                    data = decoder.decode(data, ended).encode()
                except UnicodeError:
                    other = "" if table.encoding == "utf-8" else f" nor {_WORDS[table.encoding]}"
                    message = f"This is {'neither' if other else 'not'} UTF-8{other} text."
                    raise DataFault([Problem(Place(file.source), message, _SAVE)]) from None
            if table.returns_only:
                data = data.replace(b"\r", b"\n")
            part, skip = data[skip:], max(0, skip - len(data))
            if part:
                yield part
