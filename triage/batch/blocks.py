"""Text files in blocks: some rows each, never more than fits into memory, with the place each row came from."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from itertools import groupby
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from triage.batch.faults import Fault, RowPlace, fault_of_file, fault_of_row
from triage.batch.input_files import cannot_read, unreadable
from triage.batch.table_header import TableHeader, read_header, whole_records
from triage.batch.text_pieces import MARGIN, with_margins
from triage.documents import decode, read_yaml
from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from pyarrow import DataType, RecordBatch, Schema
    from pyarrow.parquet import ParquetSchema

    from triage.batch.input_files import InputFile
    from triage.batch.number_table import Places

    FileLines = list[tuple[str, NDArray[np.int32]]]
    """Files, each with the lines (or rows) that some rows came from, in order."""

__all__ = [
    "Block",
    "ColumnBlock",
    "FaultBlock",
    "LineBlock",
    "RowBlock",
    "TableBlock",
    "blocks_of",
    "joined",
    "refuse_repeated_columns",
]

_BLOCK = 1 << 21
"""Bytes read at a time."""
_LONGEST_LINE = 1 << 24
"""A longer line is a fault: a file without line ends must not fill the memory."""
_ROWS = 65_536
"""Rows of a Parquet file read at a time."""
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()
_PARQUET = b"PAR1"
_YAML = re.compile(rb"""#|%YAML|---|-\s|["']?[\w-]+["']?:\s""")
"""How YAML begins, and neither JSON nor a table does."""


def _by_file(places: Iterable[RowPlace]) -> FileLines:
    return [
        (file, np.array([place.line or place.row or 0 for place in listed], np.int32))
        for file, listed in groupby(places, lambda place: place.file)
    ]


@dataclass(frozen=True)
class LineBlock:
    """Lines of JSON."""

    text: bytes
    """With margins."""
    file: InputFile
    first_line: int
    listed: tuple[RowPlace, ...] | None = None
    """Where each line came from, if not from the lines of a file."""

    def place(self, line: int) -> RowPlace:
        """Return where a line came from."""
        if self.listed is not None:
            return self.listed[line]
        number = self.first_line + line
        return RowPlace(str(self.file.path), number, None, f"{self.file.path.name}:{number}")

    def places(self, lines: Places) -> FileLines:
        """Return where many lines came from."""
        if self.listed is not None:
            return _by_file(self.listed[line] for line in lines.tolist())
        return [(str(self.file.path), (lines + self.first_line).astype(np.int32))]


def joined(blocks: Sequence[LineBlock]) -> LineBlock:
    """Return listed lines of several blocks as one block."""
    text = b"".join(block.text[MARGIN:-MARGIN] for block in blocks)
    listed = tuple(place for block in blocks for place in block.listed or ())
    return LineBlock(with_margins(text), blocks[0].file, 1, listed)


@dataclass(frozen=True)
class TableBlock:
    """Rows of a table as text."""

    text: bytes
    """With margins."""
    file: InputFile
    first_line: int
    header: TableHeader

    def place(self, line: int) -> RowPlace:
        """Return where a line came from."""
        number = self.first_line + line
        return RowPlace(str(self.file.path), number, None, f"{self.file.path.name}:{number}")

    def places(self, lines: Places) -> FileLines:
        """Return where many lines came from."""
        return [(str(self.file.path), (lines + self.first_line).astype(np.int32))]


@dataclass(frozen=True)
class RowBlock:
    """Rows as plain data."""

    rows: tuple[tuple[Any, RowPlace], ...]

    def place(self, row: int) -> RowPlace:
        """Return where a row came from."""
        return self.rows[row][1]

    def places(self, rows: Places) -> FileLines:
        """Return where many rows came from."""
        return _by_file(self.rows[row][1] for row in rows.tolist())


@dataclass(frozen=True)
class ColumnBlock:
    """Rows of a Parquet file."""

    batch: RecordBatch
    file: InputFile
    first: int
    """The number of its first row in the file, from 0."""
    size: int = 0
    """About how many bytes of the file these rows are."""

    def place(self, row: int) -> RowPlace:
        """Return where a row of this block stands."""
        number = self.first + row + 1
        return RowPlace(str(self.file.path), None, number, f"{self.file.path.name}:{number}")

    def places(self, rows: Places) -> FileLines:
        """Return where many rows of this block stand."""
        return [(str(self.file.path), (rows + self.first + 1).astype(np.int32))]


@dataclass(frozen=True)
class FaultBlock:
    """What is wrong with a file, in place of rows."""

    faults: tuple[Fault, ...]


Block = LineBlock | TableBlock | RowBlock | ColumnBlock | FaultBlock


def blocks_of(file: InputFile) -> Iterator[Block]:
    """Yield the blocks of a text file; a fault that ends the file comes last."""
    readers = {"lines": _lines, "document": _document, "yaml": _yaml, "table": _table}
    try:
        if file.kind == "columns":
            yield from _columns(file)
            return
        stream = file.open()
        with stream:
            if file.standard_input:
                yield from _standard_input(stream, file)
            else:
                yield from readers[file.kind](stream, file)
    except DataFault as fault:
        yield FaultBlock(tuple(fault_of_file(problem) for problem in fault.problems))
    except unreadable() as error:
        yield FaultBlock(tuple(fault_of_file(problem) for problem in cannot_read(file.path, error).problems))


def _lines(stream: IO[bytes], file: InputFile, begun: bytes = b"") -> Iterator[Block]:
    line = 1
    rest = begun
    while data := stream.read(_BLOCK):
        cut = data.rfind(b"\n") + 1
        if cut:
            text = with_margins(rest, memoryview(data)[:cut])
            yield LineBlock(text, file, line)
            # As an array: counting that many line ends in bytes takes twice as long.
            line += rest.count(b"\n") + int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))
            rest = data[cut:]
        else:
            rest += data
            if len(rest) > _LONGEST_LINE:
                yield FaultBlock((_too_long(file, line),))
                rest = _after_line(stream)
                line += 1
    if rest:
        yield LineBlock(with_margins(rest, b"\n"), file, line)


def _too_long(file: InputFile, line: int) -> Fault:
    message = f"This line is longer than {_LONGEST_LINE >> 20} million signs."
    place = RowPlace(str(file.path), line, None, f"{file.path.name}:{line}")
    return fault_of_row(place, message, "Is it NDJSON, one object a line?")


def _after_line(stream: IO[bytes]) -> bytes:
    """Skip the rest of a line."""
    while data := stream.read(_BLOCK):
        cut = data.find(b"\n") + 1
        if cut:
            return data[cut:]
    return b""


def _standard_input(stream: IO[bytes], file: InputFile) -> Iterator[Block]:
    """Tell the kind of what comes in by its beginning."""
    begun = b""
    while not begun.strip(b"\xef\xbb\xbf \t\r\n") or b"\n" not in begun:
        data = stream.read(_BLOCK)
        if not data:
            break
        begun += data
    unpacked = file.unpacked_if_packed(begun, stream)
    if unpacked is not None:
        with unpacked:
            yield from _standard_input(unpacked, file)
        return
    if begun.startswith(_PARQUET):
        message = "This is Parquet, which cannot be read from standard input."
        raise DataFault([Problem(Place(str(file.path)), message, "Name the file instead of -.")])
    text = begun.lstrip(b"\xef\xbb\xbf \t\r\n")
    if _YAML.match(text):
        yield from _yaml(stream, file, begun)
    elif text.startswith(b"[") or text.split(b"\n", 1)[0].strip() == b"{":
        yield from _document(stream, file, begun)
    elif text.startswith(b"{"):
        yield from _lines(stream, file, begun)
    else:
        yield from _table(stream, file, begun)


# ---- documents: a case, or a list of cases that may be of any length ----


def _document(stream: IO[bytes], file: InputFile, begun: bytes = b"") -> Iterator[Block]:
    text = _Document(stream, file, begun)
    text.skip_space()
    if not text.ended and text.next == "[":
        yield from _listed(text, file)
        return
    line = text.line
    rows = [text.value(whole=True)]
    text.end()
    yield _one_line_each(rows, [RowPlace(str(file.path), line, None, file.stem)], file)


def _listed(text: _Document, file: InputFile) -> Iterator[Block]:
    text.step()
    rows: list[str] = []
    places: list[RowPlace] = []
    size = number = 0
    text.skip_space()
    if text.next == "]":
        raise DataFault([Problem(Place(str(file.path), text.line), "This list of cases is empty.")])
    while True:
        number += 1
        places.append(RowPlace(str(file.path), text.line, number, f"{file.path.name}:{text.line}"))
        rows.append(text.value())
        size += len(rows[-1])
        text.skip_space()
        ends = text.next == "]"
        if ends or size > _BLOCK:
            yield _one_line_each(rows, places, file)
            rows, places, size = [], [], 0
        text.step(",]")
        if ends:
            break
        text.skip_space()
    text.end()


def _one_line_each(rows: list[str], places: list[RowPlace], file: InputFile) -> LineBlock:
    """Return values as lines; a line end inside a value can only be space."""
    lines = "".join(row.replace("\n", " ").replace("\r", " ") + "\n" for row in rows)
    return LineBlock(with_margins(lines.encode()), file, 1, tuple(places))


class _Document:
    """A JSON text that is read on as far as it is needed."""

    def __init__(self, stream: IO[bytes], file: InputFile, begun: bytes) -> None:
        self._stream = stream
        self._source = str(file.path)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self.line = 1
        """The line of the next sign."""
        self.ended = False
        self._take(begun, final=False)

    @property
    def next(self) -> str:
        """The next sign; nothing at the end."""
        return self._text[self._at : self._at + 1]

    def skip_space(self) -> None:
        """Go on to the next sign that is no space."""
        while True:
            match = _SPACE.match(self._text, self._at)
            assert match is not None
            self._move(match.end())
            if self.next or self.ended:
                return
            self._read_on()

    def step(self, wanted: str = "") -> None:
        """Go over one sign."""
        if not self.next or (wanted and self.next not in wanted):
            raise self._broken("Expecting ',' delimiter", self._at)
        self._move(self._at + 1)

    def value(self, *, whole: bool = False) -> str:
        """Go over one value and return it as it is written."""
        while True:
            while whole and not self.ended:
                self._read_on()
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self.ended:
                    break
            except json.JSONDecodeError as error:
                if self.ended:
                    raise self._broken(error.msg, error.pos) from None
                if len(self._text) - self._at > _LONGEST_LINE:
                    raise self._broken(error.msg, error.pos) from None
            except RecursionError:
                raise self._fault("This is nested more than 60 levels deep.") from None
            except ValueError as error:
                raise self._fault(f"Broken JSON: {error}.") from None
            self._read_on()
        written = self._text[self._at : end]
        self._move(end)
        return written

    def end(self) -> None:
        """Make sure that nothing follows."""
        self.skip_space()
        if self.next:
            hint = "One object a line is NDJSON: let the file's name end in .ndjson."
            raise self._broken("Extra data", self._at, hint)

    def _move(self, to: int) -> None:
        self.line += self._text.count("\n", self._at, to)
        self._at = to

    def _read_on(self) -> None:
        data = self._stream.read(_BLOCK)
        self._text = self._text[self._at :]
        self._at = 0
        self._take(data, final=not data)

    def _take(self, data: bytes, *, final: bool) -> None:
        try:
            self._text += self._decoder.decode(data, final)
        except UnicodeDecodeError as error:
            self.line += self._text.count("\n") + error.object[: error.start].count(b"\n")
            hint = "Save the file with the encoding UTF-8."
            raise self._fault("This is not UTF-8 text (a byte that no letter has).", hint) from None
        if final:
            self.ended = True

    def _broken(self, message: str, at: int, hint: str | None = None) -> DataFault:
        self._move(at)
        if self.ended and not self._text.strip():
            return DataFault([Problem(Place(self._source), "This file is empty.")])
        return self._fault(f"Broken JSON: {message}.", hint)

    def _fault(self, message: str, hint: str | None = None) -> DataFault:
        return DataFault([Problem(Place(self._source, self.line), message, hint)])


# ---- YAML and tables ----


def _yaml(stream: IO[bytes], file: InputFile, begun: bytes = b"") -> Iterator[Block]:
    source = str(file.path)
    document = read_yaml(decode(begun + stream.read(), source), source)
    listed = document.data if isinstance(document.data, list) else [document.data]
    if not listed:
        raise DataFault([Problem(document.place(), "This list of cases is empty.")])
    rows = []
    for number, raw in enumerate(listed):
        whole = raw is document.data
        line = document.place(() if whole else (number,)).line
        unnamed = file.stem if whole else f"{file.path.name}:{line}"
        rows.append((raw, RowPlace(source, line, None if whole else number + 1, unnamed)))
    yield RowBlock(tuple(rows))


def _table(stream: IO[bytes], file: InputFile, begun: bytes = b"") -> Iterator[Block]:
    line = 1
    header: TableHeader | None = None
    rest = begun
    ended = False
    while not ended:
        data = stream.read(_BLOCK)
        ended = not data
        rest += data or b"\n"
        if header is None:
            header, rest, line = read_header(rest, file, ended=ended)
            if header is None:
                continue
        cut = len(rest) if ended else whole_records(rest, header.delimiter, longest=_LONGEST_LINE)
        if cut:
            yield TableBlock(with_margins(rest[:cut]), file, line, header)
            line += rest.count(b"\n", 0, cut)
            rest = rest[cut:]


def _columns(file: InputFile) -> Iterator[Block]:
    """Read a Parquet file; texts that stand in it once for many rows come as such."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with file.open() as stream:
            table = parquet.ParquetFile(stream)
            refuse_repeated_columns(table.schema_arrow, str(file.path))
            names = _columns_of_texts(table.schema)
            stream.seek(0)
            table = parquet.ParquetFile(stream, read_dictionary=names)
            first, rows = 0, max(1, table.metadata.num_rows)
            # Arrow cannot put dictionaries inside lists together over two row groups.
            groups = range(table.num_row_groups) if _holds_dictionaries(table.schema_arrow) else [None]
            for batch in (
                batch
                for group in groups
                for batch in table.iter_batches(_ROWS, None if group is None else [group], use_threads=False)
            ):
                yield ColumnBlock(batch, file, first, file.size * batch.num_rows // rows)
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        problem = Problem(Place(str(file.path)), f"This is no Parquet file that can be read: {reason}")
        yield FaultBlock((fault_of_file(problem),))


def refuse_repeated_columns(schema: Schema, source: str) -> None:
    """Refuse a table that has a column twice, for one of the two answers would be lost without a word.

    Raises:
        DataFault: it has.

    """
    inside = [name for field in schema if field.name == "answers" for name in _names_inside(field.type)]
    for names in (schema.names, inside):
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise DataFault([Problem(Place(source), f"The column {repeated[0]!r} stands here more than once.")])


def _names_inside(kind: DataType) -> list[str]:
    return [kind.field(at).name for at in range(kind.num_fields)]


def _holds_dictionaries(schema: Schema) -> bool:
    return any("dictionary<" in str(field.type) and field.type.num_fields for field in schema)


def _columns_of_texts(schema: ParquetSchema) -> list[str]:
    """Return the columns of texts, but for the ids, which are all different, and lists, for which Arrow cannot."""
    columns = [schema.column(at) for at in range(len(schema.names))]
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    return [path for path in texts if path != "id" and "." not in path]
