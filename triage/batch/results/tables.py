"""Results as Arrow columns or as lines of text: each different combination of bits is put into words once a block.

Results differ in many ways, but the rules that fire together, or the types that are named together, are few. So fields
that follow from the same bits are made ready for each combination of these, and then only taken and joined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from triage.assessment.score_line import DRAFT_STATUS
from triage.batch.reading.arrow import as_column, as_json_values, is_column, is_mixed
from triage.documents.json_values import from_json, read_value, value_as_json
from triage.documents.output_text import json_text, printable_json, table_cell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from triage.batch.reading.arrow import Kept
    from triage.circuit.bit_engine import BitEngine, Conclusions, Group
    from triage.circuit.machine_words import Words

__all__ = ["MIXED", "Results"]

MIXED = b"mixed"
"""Marks a column of texts in which other values stand as texts, too."""
_PLAIN_CELL_BEGINS = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_NOT_PLAIN = re.compile(rb"[^\n -~]|[,\\]")


@dataclass(frozen=True)
class _Field:
    """A field, and what its bits say."""

    name: str
    group: Group
    places: NDArray[np.intp]
    """Which bits of the group it follows from."""
    codes: tuple[str, ...]
    listed: bool = False
    """Whether it holds a list of what its bits say; else one of two codes, or the one whose bit is set."""

    def numbers(self, words: Words) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return the codes of all people by their numbers, and where those of each person end; from 0."""
        own = np.ascontiguousarray(words[self.group.words].T).astype("<u8", copy=False)
        if self.name == "review_status":
            mask = sum(1 << place for place in self.places.tolist()).to_bytes(own.itemsize * own.shape[1], "little")
            return (own & np.frombuffer(mask, "<u8")).any(axis=1).astype(np.int32), np.zeros(0, np.int32)
        bits = np.unpackbits(own.view(np.uint8), axis=1, count=len(self.group.codes), bitorder="little").view(np.bool_)
        if not self.listed:
            return bits[:, self.places].argmax(axis=1).astype(np.int32), np.zeros(0, np.int32)
        number = {code: number for number, code in enumerate(self.codes)}
        found = np.array([number[code] for code in self.group.codes], np.int32)
        return found.take(np.nonzero(bits)[1]), np.append(0, np.cumsum(np.count_nonzero(bits, axis=1))).astype(np.int32)

    def column(self, words: Words, codes: Sequence[str], *, coded: bool) -> Any:
        """Return the field as a column of texts, or of lists of texts; ``codes`` are how its codes are written."""
        numbers, ends = self.numbers(words)
        texts = pa.DictionaryArray.from_arrays(numbers, pa.array(codes, pa.string()))
        column = texts if coded else texts.dictionary_decode()
        return pa.ListArray.from_arrays(ends, column) if self.listed else column

    def kind(self, *, coded: bool) -> pa.DataType:
        """Return the type of the column."""
        text = pa.dictionary(pa.int32(), pa.string()) if coded else pa.string()
        return pa.list_(text) if self.listed else text


class _Combinations(NamedTuple):
    """Which combinations of some bits there are, and which of them each person has."""

    words: Words
    """A column a combination; other bits are not set."""
    which: pa.Array


@dataclass(frozen=True)
class _Part:
    """Fields that stand side by side and follow from the same few words of bits."""

    fields: tuple[_Field, ...]

    def combinations(self, words: Words) -> _Combinations:
        """Return the combinations of its bits among the words of many people."""
        rows = sorted({row for field in self.fields for row in range(len(words))[field.group.words]})
        own = np.ascontiguousarray(words[rows].T)
        values = pa.FixedSizeBinaryArray.from_buffers(pa.binary(8 * len(rows)), len(own), [None, pa.py_buffer(own)])
        coded = values.dictionary_encode()
        found = np.zeros((len(words), len(coded.dictionary)), np.uint64)
        found[rows] = (
            np.frombuffer(coded.dictionary.buffers()[1], np.uint64, found.shape[1] * len(rows)).reshape(-1, len(rows)).T
        )
        return _Combinations(found, coded.indices)


def _parts_of(engine: BitEngine, wanted: Iterable[str]) -> list[_Part]:
    """Return the parts of a result but for its id, in the order of the result, with the wanted fields only."""
    keep = frozenset(wanted)
    rules = engine.protocol.rules
    draft = [engine.rules.codes.index(rule.id) for rule in rules if rule.status != "reviewed"]

    def decided(name: str) -> _Field:
        codes = [code.partition("=") for code in engine.decided.codes]
        places = [place for place, (field, _, _) in enumerate(codes) if field == name]
        return _Field(name, engine.decided, np.array(places, np.intp), tuple(codes[place][2] for place in places))

    def listed(name: str, group: Group) -> _Field:
        return _Field(name, group, np.arange(len(group.codes)), tuple(dict.fromkeys(group.codes)), listed=True)

    status = _Field("review_status", engine.rules, np.array(draft, np.intp), ("reviewed", DRAFT_STATUS))
    parts = [
        (decided("outcome"), decided("urgency"), decided("at_worst"), listed("types", engine.types)),
        (listed("causes", engine.causes),),
        (listed("warning_signs", engine.warning_signs),),
        (listed("could_not_rule_out", engine.could_not_rule_out),),
        (listed("set_aside", engine.set_aside),),
        (listed("rules", engine.rules), status),
    ]
    chosen = [tuple(field for field in part if field.name in keep) for part in parts]
    return [_Part(part) for part in chosen if part]


class Results:
    """Makes results ready to be written: as lines of text, or as a batch of columns.

    Args:
        engine: what judged the cases.
        fields: the fields wanted.
        keep: the columns to carry along.
        form: "ndjson", spaced as ``json.dumps`` does, or "csv"; "parquet" for columns with texts that stand in many
            rows stored once, "arrow" for columns of plain texts.

    """

    def __init__(self, engine: BitEngine, fields: Iterable[str], keep: Sequence[str] = (), *, form: str) -> None:
        self._parts = _parts_of(engine, fields)
        self._with_id = "id" in fields
        self._keep = keep
        self._json = form == "ndjson"
        self._coded = form == "parquet"
        found = [field for part in self._parts for field in part.fields]
        self._fields = [pa.field(field.name, field.kind(coded=self._coded)) for field in found]
        if self._with_id:
            self._fields.insert(0, pa.field("id", pa.string()))
        self.of: Callable[[Conclusions, Sequence[bytes], Kept], Any] = self._batch
        """Returns the results of some cases as they are written."""
        self.header: Any = pa.schema([*self._fields, *(pa.field(name, pa.null()) for name in keep)])
        """What a file of results begins with."""
        if form in ("ndjson", "csv"):
            self.of = self._lines
            self.header = b"" if self._json else (",".join(map(table_cell, self.header.names)) + "\n").encode()

    def _batch(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Kept) -> pa.RecordBatch:
        """Return columns; those carried along have the types that their values have."""
        columns = [pa.array(from_json(ids), pa.string())] if self._with_id else []
        for part in self._parts:
            found = part.combinations(conclusions.words)
            made = (field.column(found.words, field.codes, coded=self._coded) for field in part.fields)
            columns += [column.take(found.which) for column in made]
        values = (kept[name] for name in self._keep)
        others = [one if is_column(one) and not self._coded else as_column(one) for one in values]
        fields = [
            pa.field(name, column.type, metadata={MIXED: b""} if is_mixed(kept[name], column) else None)
            for name, column in zip(self._keep, others, strict=True)
        ]
        return pa.record_batch(columns + others, schema=pa.schema(self._fields + fields))

    def _lines(self, conclusions: Conclusions, ids: Sequence[bytes], kept: Kept) -> pa.Buffer:
        """Return a line a case."""
        written = _printable if self._json else _cells
        columns: list[tuple[str, Any]] = [("id", pa.array(written(ids), pa.string()))] if self._with_id else []
        columns += [("", self._part(part, conclusions.words)) for part in self._parts]
        columns += [(name, pa.array(written(as_json_values(kept[name])), pa.string())) for name in self._keep]
        pieces: list[Any] = ["{" if self._json else ""]
        between = ""
        for name, column in columns:
            pieces[-1] += between + (f"{json_text(name)}: " if name and self._json else "")
            pieces += [column, ""]
            between = ", " if self._json else ","
        pieces[-1] += "}\n" if self._json else "\n"
        return _joined(pieces).buffers()[2]

    def _part(self, part: _Part, words: Words) -> Any:
        """Return the fields of a part in one text; codes need no escapes and hold nothing a spreadsheet could run."""
        found = part.combinations(words)
        pieces: list[Any] = [""]
        for field in part.fields:
            codes = [f'"{code}"' if self._json else table_cell(code) for code in field.codes]
            column = field.column(found.words, codes, coded=False)
            begin, end = ("[", "]") if field.listed and self._json else ("", "")
            pieces[-1] += f'"{field.name}": {begin}' if self._json else begin
            pieces += [pc.binary_join(column, ", " if self._json else ";") if field.listed else column, end]
            pieces[-1] += "" if field is part.fields[-1] else ", " if self._json else ","
        return _joined(pieces).take(found.which)


def _joined(pieces: Iterable[Any]) -> Any:
    """Return texts that consist of a piece of each column, or of the same text in each row."""
    return pc.binary_join_element_wise(*(pa.scalar(one) if isinstance(one, str) else one for one in pieces), "")


def _printable(values: Sequence[bytes | None]) -> Sequence[bytes]:
    """Return values in JSON that show every sign; most do so already, which all of them together tell quickly."""
    said = [one or b"null" for one in values]
    return said if b"".join(said).decode().isprintable() else [printable_json(one.decode()).encode() for one in said]


def _cells(values: Sequence[bytes | None]) -> Sequence[bytes]:
    """Return values in JSON as cells; most are plain texts, which all of them together tell quickly."""
    joined = b"\n".join([one or b"null" for one in values])
    whole = joined.count(b'"') == 2 * len(values) and joined.count(b'"\n"') == len(values) - 1
    plain = whole and joined[:1] == b'"' and not _NOT_PLAIN.search(joined)
    if plain and {value[1] for value in values if value} <= _PLAIN_CELL_BEGINS:
        return joined[1:-1].split(b'"\n"')
    return [b"" if value in (None, b"null") else _cell(value).encode("utf-8", "backslashreplace") for value in values]


def _cell(value: bytes) -> str:
    return table_cell(read_value(value), lambda one: value_as_json(one).decode())
