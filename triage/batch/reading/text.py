"""Text files in blocks."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import IO, TYPE_CHECKING

import numpy as np

from triage.answers.files import unnamed_case
from triage.answers.row_faults import Fault, RowPlace, WrittenRow, fault_of_row
from triage.batch.reading.blocks import (
    FaultBlock,
    FilePart,
    LineBlock,
    RowBlock,
    RowPlaces,
    TableBlock,
    TableHeader,
    with_faults,
    with_margins,
)
from triage.batch.reading.files import identity_of
from triage.batch.reading.tables import read_header
from triage.documents.bounded_reading import LONGEST, cannot_read, read_rest, too_long
from triage.documents.document import decode
from triage.documents.long_json import LongJson
from triage.documents.packed_files import unpacked_if_packed
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.tables import whole_records
from triage.documents.yaml_reading import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.batch.reading.blocks import Block
    from triage.batch.reading.files import InputFile
    from triage.documents.bounded_reading import Readable

__all__ = ["text_blocks_of", "text_parts_of"]

_BLOCK = 1 << 21
"""Bytes read at a time."""
_LONGEST_LINE = LONGEST
"""A longer line is a fault: a file without line ends must not fill the memory."""
_PARQUET = b"PAR1"
_YAML = re.compile(rb"""#|%YAML|---|-\s|["']?[\w-]+["']?:\s""")
"""How YAML begins, and neither JSON nor a table does."""


_OBJECT_GOES_ON = tuple(b"%c" % sign for sign in b'"}],:')
"""What may stand at the beginning of the second line of an object, and where the first ends before a value."""
_VALUE_GOES_ON = (*_OBJECT_GOES_ON, b"{", b"[")


def text_blocks_of(file: InputFile) -> Iterator[Block]:
    """Yield the blocks of a text file; a fault that ends the file comes last."""
    return with_faults(file.path, _blocks_of(file))


def _blocks_of(file: InputFile) -> Iterator[Block]:
    readers = {"lines": _lines, "document": _document, "yaml": _yaml, "table": _table}
    with file.open() as stream:
        if file.standard_input:
            yield from _standard_input(stream, replace(file, begun=b""))
        else:
            yield from readers[file.kind](stream, file)


# ---- lines ----


class _Bytes:
    """The next bytes of a stream, and no more."""

    def __init__(self, stream: IO[bytes], size: int) -> None:
        self._stream = stream
        self.left = size
        """Bytes that were not read."""

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(min(size, self.left))
        self.left -= len(data)
        return data


def _lines_of_part(part: FilePart) -> Iterator[Block]:
    with part.file.open() as stream:
        part.file.refuse_another(stream, part.identity)
        stream.seek(part.begin)
        own = _Bytes(stream, part.size)
        yield from _lines(own, part.file, line=part.first)
        if own.left:
            raise DataFault([Problem(Place(str(part.file.path)), "This file became shorter while it was read.")])


def text_parts_of(file: InputFile, size: int, most: int) -> Iterator[FilePart]:
    """Cut a file of lines, which must not be packed, into parts of about so many bytes, each twice the one before.

    Raises:
        DataFault: the file cannot be read.

    """
    begin, line = 0, 1
    # Into the same room again and again: new room for all the text would cost more than reading it.
    room = memoryview(bytearray(_BLOCK))
    try:
        with file.open() as stream:
            identity = identity_of(stream)
            while True:
                read = lines = 0
                while more := stream.readinto(room[: size - read]):  # type: ignore[attr-defined]
                    read += more
                    lines += _line_ends(room[:more])
                rest = stream.readline()
                if not read + len(rest):
                    return
                yield FilePart(file, begin, read + len(rest), line, identity, _lines_of_part)
                begin, size = begin + read + len(rest), min(2 * size, most)
                line += lines + rest.count(b"\n")
    except OSError as error:
        raise cannot_read(file.path, error) from None


def _line_ends(data: bytes | memoryview) -> int:
    # As an array: counting that many line ends in bytes takes twice as long.
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


def _lines(stream: Readable, file: InputFile, begun: bytes = b"", line: int = 1) -> Iterator[Block]:
    rest = begun
    while data := stream.read(_BLOCK):
        cut = data.rfind(b"\n") + 1
        if cut:
            text = with_margins(rest, memoryview(data)[:cut])
            yield LineBlock(text, RowPlaces(file, line))
            line += rest.count(b"\n") + _line_ends(data)
            rest = data[cut:]
        else:
            whole = rest.rfind(b"\n") + 1
            if whole:  # lines behind one that was too long
                yield LineBlock(with_margins(rest[:whole]), RowPlaces(file, line))
                line += rest.count(b"\n")
            rest = rest[whole:] + data
            if len(rest) > _LONGEST_LINE:
                yield FaultBlock((_too_long(file, line),))
                rest = _after_line(stream)
                line += 1
    if rest:
        yield LineBlock(with_margins(rest, b"\n"), RowPlaces(file, line))


def _too_long(file: InputFile, line: int) -> Fault:
    message = f"This line is longer than {_LONGEST_LINE >> 20} million signs."
    place = RowPlace(str(file.path), line, None, f"{file.path.name}:{line}")
    return fault_of_row(place, message, "Is it NDJSON, one object a line?")


def _after_line(stream: Readable) -> bytes:
    """Skip the rest of a line."""
    while data := stream.read(_BLOCK):
        cut = data.find(b"\n") + 1
        if cut:
            return data[cut:]
    return b""


def _standard_input(stream: IO[bytes], file: InputFile) -> Iterator[Block]:
    """Tell the kind of what comes in by its beginning."""
    begun = b""
    while len(begun) <= _LONGEST_LINE and (not begun.strip(b"\xef\xbb\xbf \t\r\n") or b"\n" not in begun):
        data = stream.read(_BLOCK)
        if not data:
            break
        begun += data
    unpacked = unpacked_if_packed(file.path, begun, stream)
    if unpacked is not None:
        with unpacked:
            yield from _standard_input(unpacked, file)
        return
    if begun.startswith(_PARQUET):
        message = "This is Parquet, which cannot be read from standard input."
        raise DataFault([Problem(Place(str(file.path)), message, "Name the file instead of -.")])
    text = begun.strip(b"\xef\xbb\xbf \t\r\n")
    only_line = False
    if text.startswith(b"{") and b"\n" not in text:
        more = stream.read(_BLOCK)
        begun += more
        only_line = not more
    if _YAML.match(text):
        yield from _yaml(stream, file, begun)
    elif text.startswith(b"[") or only_line or _goes_on(text):
        yield from _document(stream, file, begun)
    elif text.startswith(b"{"):
        yield from _lines(stream, file, begun)
    else:
        yield from _table(stream, file, begun)


def _goes_on(text: bytes) -> bool:
    """Whether an object that begins in the first line goes on in the second, as in no file of an object a line."""
    first, _, rest = text.partition(b"\n")
    goes_on = _VALUE_GOES_ON if first.rstrip().endswith((b":", b"[")) else _OBJECT_GOES_ON
    if not first.startswith(b"{") or rest.lstrip()[:1] not in goes_on:
        return first.strip() == b"{"
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return True
    return False


# ---- documents: a case, or a list of cases that may be of any length ----


def _document(stream: IO[bytes], file: InputFile, begun: bytes = b"") -> Iterator[Block]:
    text = LongJson(stream, str(file.path), begun)
    text.skip_space()
    if not text.ended and text.next == "[":
        yield from _listed(text, file)
        return
    line, column = text.line, text.column
    row = text.value(whole=True)
    text.end()
    written = WrittenRow(row, "json", line=line, column=column)
    yield _one_line_each([row], [RowPlace(str(file.path), line, None, file.stem, written)], file)


def _listed(text: LongJson, file: InputFile) -> Iterator[Block]:
    begins = Place(str(file.path), text.line, text.column)
    text.step()
    rows: list[str] = []
    places: list[RowPlace] = []
    size = number = 0
    before: int | None = None
    text.skip_space()
    if text.next == "]":
        raise DataFault([Problem(begins, "This list of cases is empty.")])
    while True:
        number += 1
        line, column = text.line, text.column
        rows.append(text.value())
        written = WrittenRow(rows[-1], "json", line=line, column=column)
        unnamed = unnamed_case(file.path.name, line, number - 1, before)
        places.append(RowPlace(str(file.path), line, number, unnamed, written))
        before = line
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
    return LineBlock(with_margins(lines.encode()), RowPlaces(file, listed=places))


# ---- YAML and tables ----


def _yaml(stream: IO[bytes], file: InputFile, begun: bytes = b"") -> Iterator[Block]:
    source = str(file.path)
    text = decode(read_rest(stream, source, begun, hint="NDJSON, an object a line, may be of any length."), source)
    document = read_yaml(text, source)
    listed = document.data if isinstance(document.data, list) else [document.data]
    if not listed:
        raise DataFault([Problem(document.place(), "This list of cases is empty.")])
    places = []
    before: int | None = None
    for number, raw in enumerate(listed):
        whole = raw is document.data
        steps = () if whole else (number,)
        line = document.place(steps).line
        unnamed = file.stem if whole else unnamed_case(file.path.name, line, number, before)
        before = line
        written = WrittenRow(text, "yaml", steps)
        places.append(RowPlace(source, line, None if whole else number + 1, unnamed, written))
    yield RowBlock(listed, RowPlaces(file, listed=places))


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
                _refuse_long_row(rest, file, 1)
                continue
        cut = len(rest) if ended else whole_records(rest, header.delimiter, longest=_LONGEST_LINE)
        if cut:
            yield TableBlock(with_margins(rest[:cut]), header, RowPlaces(file, line))
            line += rest.count(b"\n", 0, cut)
            rest = rest[cut:]
        _refuse_long_row(rest, file, line)


def _refuse_long_row(begun: bytes, file: InputFile, line: int) -> None:
    if len(begun) > _LONGEST_LINE:
        raise too_long(Place(str(file.path), line), hint="Is a quotation mark left open, or no line ended?")
