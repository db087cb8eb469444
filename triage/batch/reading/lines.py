"""Lines of JSON as bits, read piece by piece from a vocabulary of pieces met before.

Nothing here knows what an answer means, and nothing unknown can pass: a line with a piece that is not understood, or
whose pieces do not make up one object with the answers in it, is left to the exact reader as a whole.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from triage.answers.row_faults import GoodRow
from triage.batch.reading.blocks import MARGIN, RowsRead, Text, different_pieces
from triage.batch.reading.vocabulary import LineVocabulary
from triage.documents.document import WrittenNumber
from triage.documents.json_values import read_value, value_as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from triage.answers.bit_layout import BitLayout
    from triage.answers.exact_reader import ExactReader
    from triage.batch.reading.blocks import LineBlock
    from triage.batch.reading.vocabulary import Frame
    from triage.circuit.machine_words import Places

    Bools = NDArray[np.bool_]

__all__ = ["LineReader", "lines_not_utf8", "values_kept"]

_QUOTE = ord('"')
_SCALAR = rb"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?|null"
_FREE_VALUE = re.compile(rb'([ \t\r\n]*)("[^"\x00-\x1f]*"|' + _SCALAR + rb")(.*)", re.DOTALL)
_SCALARS = re.compile(rb"(?:(?:" + _SCALAR + rb")\n)*")


class _Pieces(NamedTuple):
    """A text in pieces."""

    text: Text
    starts: Places
    ends: Places
    first: Places
    """The first piece of each line."""
    last: Places


class _FreeValues(NamedTuple):
    """Values of a key that differ from line to line, as JSON, and the pieces they stand in."""

    name: str
    pieces: Places
    values: Sequence[bytes | None]


class LineReader:
    """Reads lines of JSON with one saved case each."""

    def __init__(self, layout: BitLayout, exact: ExactReader, keep: Sequence[str] = ()) -> None:
        self._keep = tuple(keep)
        self._exact = exact
        self._wrapped = LineVocabulary(layout, exact.meanings, keep, bare=False)
        self._bare = LineVocabulary(layout, exact.meanings, keep, bare=True)

    def read(self, block: LineBlock) -> RowsRead:
        """Read lines; the text ends with the end of a line.

        Lines are read either with or without a key ``answers`` around the answers; where a text mixes both, some are
        left.
        """
        text = block.text
        vocabulary = self._wrapped if b'"answers":' in text else self._bare
        vocabulary.forget_if_full()
        pieces = _cut(text)
        numbers, free = _recognised(pieces, vocabulary)
        starts, ends, first = pieces.starts[pieces.first], pieces.ends[pieces.last], pieces.first
        seen = np.array([np.add.reduceat(marks.take(numbers), first) for marks in vocabulary.marks])
        # Marks that are all different add up to as many bits as there are pieces.
        right = np.bitwise_count(seen).sum(axis=0) == pieces.last - first + 1
        blank = right & (pieces.last == first)
        right &= (seen & vocabulary.answers).any(axis=0)
        right[lines_not_utf8(text, starts, ends)] = False
        answers = np.array([np.add.reduceat(bits.take(numbers), first) for bits in vocabulary.bits])
        values = {name: _values_under(name, pieces, numbers, free, vocabulary) for name in ("id", *self._keep)}
        left = [
            (line, self._exact.read_line(text[starts[line] : ends[line]], block.at.of(line)))
            for line in np.flatnonzero(~right & ~blank).tolist()
        ]
        names = values_kept([(line, row.raw) for line, row in left if isinstance(row, GoodRow)], self._keep, values)
        good = np.flatnonzero(right)
        whole = len(good) == len(first)
        return RowsRead(
            good=good,
            answers=answers if whole else answers[:, good],
            ids=values.pop("id")[good].tolist(),
            left=left,
            kept=values,
            names=names.union(vocabulary.other_keys) if self._keep else (),
        )


def values_kept(
    rows: Iterable[tuple[int, dict[str, Any]]], keep: Sequence[str], values: Mapping[str, NDArray[np.object_]]
) -> set[str]:
    """Add the values to keep of rows of plain data to those of a block, as JSON; return the keys that were met."""
    met: set[str] = set()
    for number, raw in rows if keep else ():
        answers = raw.get("answers")
        inside = answers if isinstance(answers, dict) else {}
        met.update(raw, inside)
        for name in keep:
            found = raw if name in raw else inside
            values[name][number] = value_as_json(found[name]) if name in found else None
    return met


def _cut(text: bytes) -> _Pieces:
    """Cut before each key and at the end of each line."""
    seen = Text(text)
    here, after = seen.bytes[MARGIN - 1 : -MARGIN - 1], seen.bytes[MARGIN:-MARGIN]
    quotes = np.flatnonzero(here == _QUOTE)
    # A key begins at the quotation mark before the one with a colon behind it.
    keys = quotes.take(np.flatnonzero(after.take(quotes[1:]) == ord(":")))
    line_ends = np.flatnonzero(here == ord("\n"))
    first = np.searchsorted(keys, line_ends)
    line_ends += 1
    starts = np.insert(keys, first, line_ends)
    starts += MARGIN - 1
    first += np.arange(len(first))
    ends = np.append(starts[1:], len(text) - MARGIN)
    return _Pieces(seen, starts, ends, first, np.append(first[1:], len(starts)) - 1)


def _recognised(pieces: _Pieces, vocabulary: LineVocabulary) -> tuple[Places, list[_FreeValues]]:
    """Return the number of each piece, 0 where it cannot stand where it stands, and the values that differ."""
    second = pieces.text.bytes.take(pieces.starts + 1)
    places = {}
    for name in sorted(vocabulary.free):
        key = f'"{name}":'.encode()
        which = np.flatnonzero(second == key[1])
        places[name] = which[_stands_at(pieces.text, pieces.starts[which], key)]
    left_out = np.zeros(len(pieces.ends), np.bool_)
    for which in places.values():
        left_out[which] = True
    texts, which_text = different_pieces(pieces.text, pieces.ends, left_out)
    # The last one stands for the pieces that are left out.
    numbers = np.append(vocabulary.numbers(texts), 0).take(which_text)
    free = [one for name, which in places.items() for one in _free_values(pieces, numbers, name, which, vocabulary)]
    before, after = vocabulary.before.take(numbers), vocabulary.after.take(numbers)
    wanted = np.empty_like(after)
    wanted[1:] = after[:-1]
    wanted[pieces.first] = 0
    broken = before != wanted
    broken[pieces.last] |= after[pieces.last] != 0
    numbers[broken] = 0
    return numbers, free


# ---- values that differ from line to line ----


def _free_values(
    pieces: _Pieces, numbers: Places, name: str, which: Places, vocabulary: LineVocabulary
) -> Iterable[_FreeValues]:
    """Read pieces whose values differ from line to line: what stands around the value is known or learnt."""
    frames = [frame for frame in vocabulary.frames if frame.name == name]
    while which.size:
        frame = frames.pop(0) if frames else _learn_frame(pieces, name, int(which[0]), vocabulary)
        if frame is None:
            which = which[1:]
            continue
        starts, ends = pieces.starts[which], pieces.ends[which] - len(frame.tail)
        fits = _stands_at(pieces.text, starts, frame.head) & _stands_at(pieces.text, ends, frame.tail)
        fits &= ends - starts >= len(frame.head)
        if fits.any():
            yield _accepted(pieces, numbers, which[fits], frame)
            which = which[~fits]


def _learn_frame(pieces: _Pieces, name: str, piece: int, vocabulary: LineVocabulary) -> Frame | None:
    raw, begin = pieces.text.raw, pieces.starts[piece]
    match = _FREE_VALUE.fullmatch(raw, begin + len(f'"{name}":'.encode()), pieces.ends[piece])
    if match is None:
        return None
    quoted = match[2].startswith(b'"')
    return vocabulary.learn_frame(name, raw[begin : match.start(2) + quoted], match[2][-1:] * quoted + match[3])


def _accepted(pieces: _Pieces, numbers: Places, which: Places, frame: Frame) -> _FreeValues:
    """Take what stands inside a frame as the value, unless it is none."""
    quoted = frame.head.endswith(b'"')
    begins = pieces.starts[which] + (len(frame.head) - quoted)
    ends = pieces.ends[which] - (len(frame.tail) - quoted)
    raw = pieces.text.raw
    values = [raw[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    if not (_all_plain_texts(values) if quoted else _SCALARS.fullmatch(b"\n".join(values) + b"\n")):
        read = [_as_plain(value) for value in values]
        which = which[np.array([value is not None for value in read], np.bool_)]
        values = [value for value in read if value is not None]
    numbers[which] = frame.number
    if frame.name == "id" and (not quoted or b'""' in values):
        return _FreeValues(frame.name, which, [_as_id(value) for value in values])
    return _FreeValues(frame.name, which, values)


def _as_id(value: bytes) -> bytes | None:
    """Return an id as a JSON text; None where it says nothing."""
    if value in (b"null", b'""'):
        return None
    return value if value[0] == _QUOTE else b'"%s"' % value


def _stands_at(text: Text, places: Places, wanted: bytes) -> Bools:
    """Return at which places of a text some bytes stand."""
    found = np.ones(len(places), np.bool_)
    for at in range(0, len(wanted), 8):
        part = wanted[at : at + 8]
        word, mask = (np.uint64(int.from_bytes(one, "little")) for one in (part, b"\xff" * len(part)))
        # A text may be shorter than that; then the other parts do not fit.
        found &= (text.words[np.minimum(places + at, len(text.words) - 1)] ^ word) & mask == 0
    return found


def _values_under(
    name: str, pieces: _Pieces, numbers: Places, free: Iterable[_FreeValues], vocabulary: LineVocabulary
) -> NDArray[np.object_]:
    """Return for each line the value of a key as JSON, or None."""
    result = np.full(len(pieces.first), None, np.object_)
    if name in vocabulary.free:
        for _, places, values in (one for one in free if one.name == name):
            result[np.searchsorted(pieces.last, places)] = values
    else:
        which = np.flatnonzero(vocabulary.key.take(numbers) == vocabulary.key_number(name))
        for line, number in zip(np.searchsorted(pieces.last, which).tolist(), numbers[which].tolist(), strict=True):
            result[line] = vocabulary.texts[number].encode()
    return result


def lines_not_utf8(text: bytes, starts: Places, ends: Places) -> list[int]:
    """Return the lines with a byte that is no part of a letter."""
    try:
        if text.isascii() or text.decode():
            return []
    except UnicodeDecodeError:
        pass
    broken = []
    for line, (begin, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        try:
            text[begin:end].decode()
        except UnicodeDecodeError:
            broken.append(line)
    return broken


def _all_plain_texts(values: Sequence[bytes]) -> bool:
    """Whether JSON texts can be taken as they stand: no escapes, and nothing that cannot be printed."""
    joined = b"".join(values)
    if joined.count(b'"') != 2 * len(values) or b"\\" in joined:
        return False
    try:
        return joined.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _as_plain(value: bytes) -> bytes | None:
    """Return a printable text or a number in the form in which it is written, or None if it is neither."""
    try:
        read = read_value(value)
    except (ValueError, RecursionError):
        return None
    if isinstance(read, WrittenNumber):
        return value.strip()
    if isinstance(read, bool | float | list | dict) or (isinstance(read, str) and not read.isprintable()):
        return None
    return json.dumps(read, ensure_ascii=False).encode()
