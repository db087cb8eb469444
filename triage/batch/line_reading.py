"""Lines of JSON as bits, read piece by piece from a vocabulary of pieces met before.

Nothing here knows what an answer means, and nothing unknown can pass: a line with a piece that is not understood, or
whose pieces do not make up one object with the answers in it, is left to the exact reader as a whole.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from triage.batch.line_vocabulary import ANSWERS, BLANK, FREE, ID, START, LineVocabulary, Met
from triage.batch.text_pieces import MARGIN, PieceNumbers, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_layout import BitLayout, Words
    from triage.batch.line_vocabulary import Frame
    from triage.batch.number_table import Numbers, Places

    Bools = NDArray[np.bool_]

__all__ = ["LineReader", "LinesRead"]

_OF_QUESTIONS = 2
"""The depth at which questions stand, inside the answers."""
_SCALAR = rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null"
_FREE_VALUE = re.compile(rb'([ \t\r\n]*)("[^"\\\x00-\x1f]*"|' + _SCALAR + rb")(.*)", re.DOTALL)
_SCALARS = re.compile(rb"(?:(?:" + _SCALAR + rb")\n)*")
_NOT_PLAIN = re.compile(rb"[\x00-\x09\x0b-\x1f\\]")


@dataclass(frozen=True)
class LinesRead:
    """What became of the lines of a text, each by its number from 0."""

    raw: bytes
    starts: Places
    ends: Places
    good: Places
    """The lines that were read."""
    answers: Words
    """A column for each of them."""
    ids: list[bytes | None]
    """The id of each of them, as JSON."""
    kept: dict[str, list[bytes | None]]
    """By column to keep: the value of each of them, as JSON."""
    left: Places
    """The lines that only the exact reader can judge; blank lines are in neither."""

    def line(self, number: int) -> bytes:
        """Return the bytes of a line with its end."""
        return self.raw[self.starts[number] : self.ends[number]]


@dataclass
class _Pieces:
    """A text in pieces, and what is known of each: its value, the key that follows and the change of depth."""

    text: Text
    starts: Places
    ends: Places
    first: Places
    """The first piece of each line."""
    last: Places
    met: Met
    value: NDArray[np.int32] = field(init=False)
    key: NDArray[np.int32] = field(init=False)
    depth: NDArray[np.int32] = field(init=False)
    free: list[tuple[Places, list[bytes]]] = field(default_factory=list)
    """Pieces with a value that differs from line to line, and these values as JSON."""

    def keys_before(self) -> NDArray[np.int32]:
        """Return for each piece the key that its value belongs to."""
        before = np.empty_like(self.key)
        before[1:] = self.key[:-1]
        before[self.first] = START
        return before

    def raw(self, piece: int) -> bytes:
        return self.text.raw[self.starts[piece] : self.ends[piece]]

    def lines_of(self, pieces: Places) -> Places:
        return np.searchsorted(self.last, pieces)


class LineReader:
    """Reads lines of JSON with one saved case each; several threads may share one reader."""

    def __init__(self, layout: BitLayout, keep: Sequence[str] = ()) -> None:
        self._words = layout.words
        self._keep = tuple(keep)
        self._numbers = PieceNumbers()
        self._vocabulary = LineVocabulary(layout, keep)

    def mark_keys(self, names: Sequence[str]) -> None:
        """Tell which other keys stood in a line that the exact reader found good."""
        self._vocabulary.mark_keys(names)

    def read(self, text: bytes) -> LinesRead:
        """Read lines.

        The text has margins, ends with the end of a line, and is UTF-8 but for lines that are not looked at.
        """
        while True:
            pieces = self._cut(text)
            self._recognise(pieces)
            before = pieces.keys_before()
            meanings = self._understand(pieces, before)
            # Numbers mean nothing any more where all was forgotten meanwhile.
            if pieces.met.generation == self._vocabulary.met.generation:
                return self._assemble(pieces, before, meanings)

    # ---- pieces ----

    def _cut(self, text: bytes) -> _Pieces:
        """Cut behind the colon of each key and at the end of each line."""
        seen = Text(text)
        here, before = seen.bytes[MARGIN:-MARGIN], seen.bytes[MARGIN - 1 : -MARGIN - 1]
        cuts = here == ord(":")
        cuts &= before == ord('"')
        cuts |= here == ord("\n")
        places = np.flatnonzero(cuts)
        last = np.flatnonzero(here[places] == ord("\n"))
        ends = places + (MARGIN + 1)
        starts = np.concatenate((np.full(1, MARGIN), ends[:-1]))
        first = np.concatenate((np.zeros(1, np.intp), last[:-1] + 1))
        return _Pieces(seen, starts, ends, first, last, self._vocabulary.met)

    def _recognise(self, pieces: _Pieces) -> None:
        """Look every piece up, and learn what is new."""
        numbers = self._numbers.of(pieces.text, pieces.starts, pieces.ends)
        found = pieces.met.pieces.find([numbers])
        met = pieces.met
        pieces.value, pieces.key, pieces.depth = met.value.take(found), met.key.take(found), met.depth.take(found)
        unknown = np.flatnonzero(found == 0)
        while unknown.size:
            before = pieces.keys_before()[unknown]
            readable = np.flatnonzero(before != 0)
            if not readable.size:
                return  # they stand behind pieces that nobody understands
            free = pieces.met.free[before[readable]]
            self._read_free(pieces, unknown[readable[free]])
            self._read_new(pieces, unknown[readable[~free]], numbers)
            unknown = np.delete(unknown, readable)

    def _read_new(self, pieces: _Pieces, which: Places, numbers: Numbers) -> None:
        """Learn pieces and fill in what they are."""
        if not which.size:
            return
        _, one_of_each = np.unique(numbers[which], return_index=True)
        self._vocabulary.learn_pieces({int(numbers[piece]): pieces.raw(piece) for piece in which[one_of_each].tolist()})
        met = pieces.met = self._vocabulary.met
        found = met.pieces.find([numbers[which]])
        pieces.value[which], pieces.key[which], pieces.depth[which] = met.value[found], met.key[found], met.depth[found]

    def _read_free(self, pieces: _Pieces, which: Places) -> None:
        """Read pieces whose values differ from line to line: what stands around the value is known or learnt."""
        for frame in pieces.met.frames:
            if not which.size:
                return
            fits = self._fits(pieces, which, frame)
            self._accept(pieces, which[fits], frame)
            which = which[~fits]
        for piece in which.tolist():
            match = _FREE_VALUE.fullmatch(pieces.raw(piece))
            if match is None:
                continue
            quoted = match[2].startswith(b'"')
            head, tail = (match[1] + b'"', b'"' + match[3]) if quoted else (match[1], match[3])
            learnt = self._vocabulary.learn_frame(head, tail)
            if learnt is not None:
                self._accept(pieces, np.array([piece]), learnt)
        pieces.met = self._vocabulary.met

    def _fits(self, pieces: _Pieces, which: Places, frame: Frame) -> Bools:
        starts, ends = pieces.starts[which], pieces.ends[which]
        fits: Bools = ends - starts >= len(frame.head) + len(frame.tail)
        for offset, byte in enumerate(frame.head):
            fits &= pieces.text.bytes[starts + offset] == byte
        for offset, word, mask in _as_words(frame.tail):
            fits &= (pieces.text.words[ends - offset] ^ word) & mask == 0
        return fits

    def _accept(self, pieces: _Pieces, which: Places, frame: Frame) -> None:
        """Take what stands inside a frame as the value, unless it is none."""
        if not which.size:
            return
        quoted = frame.head.endswith(b'"')
        begins = pieces.starts[which] + (len(frame.head) - quoted)
        ends = pieces.ends[which] - (len(frame.tail) - quoted)
        raw = pieces.text.raw
        values = [raw[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        if not (_all_plain_texts(values) if quoted else _SCALARS.fullmatch(b"\n".join(values) + b"\n")):
            read = [_as_plain(value) for value in values]
            good = np.array([value is not None for value in read], np.bool_)
            which, values = which[good], [value for value in read if value is not None]
        pieces.value[which], pieces.key[which], pieces.depth[which] = FREE, frame.key, frame.depth
        pieces.free.append((which, values))

    # ---- lines ----

    def _understand(self, pieces: _Pieces, before: NDArray[np.int32]) -> Places:
        """Return the number of the meaning of each piece under the key before it; 0 for none."""
        pairs = before.astype(np.uint64)
        pairs <<= np.uint64(32)
        pairs |= pieces.value.view(np.uint32)
        found = pieces.met.meanings.find([pairs])
        new = np.flatnonzero((found == 0) & (pieces.value != 0) & (before != 0))
        if new.size:
            self._vocabulary.learn_meanings(np.unique(pairs[new]).tolist(), pieces.met.generation)
            pieces.met = self._vocabulary.met
            found[new] = pieces.met.meanings.find([pairs[new]])
        return found

    def _assemble(self, pieces: _Pieces, before: NDArray[np.int32], meanings: Places) -> LinesRead:
        """Tell good lines from those that are left, and put the answers of the good ones together."""
        met, first = pieces.met, pieces.first
        counts = pieces.last - first + 1
        blank = (counts == 1) & (pieces.value[first] == BLANK)
        seen = np.array([np.add.reduceat(marks.take(before), first) for marks in met.marks])
        # Marks that are all different add up to as many bits as there are pieces.
        good = np.bitwise_count(seen).sum(axis=0) == counts
        deepest = np.cumsum(pieces.depth, dtype=np.int32)
        level = deepest - pieces.depth
        base = level[first]
        good &= deepest[pieces.last] == base
        level -= np.repeat(base, counts)
        wanted = met.level.take(before)
        bare = ((seen & met.marks[:, ANSWERS : ANSWERS + 1]) == 0).all(axis=0)
        if bare.any():
            wanted = np.where(np.repeat(bare, counts), met.bare_level.take(before), wanted)
            good &= ~bare | np.logical_or.reduceat(met.level.take(before) == _OF_QUESTIONS, first)
        wrong = np.flatnonzero((level != wanted) | ~met.good.take(meanings))
        good[pieces.lines_of(wrong)] = False
        good &= ~blank
        chosen = np.flatnonzero(good)
        word, bits = met.word.take(meanings), met.bits.take(meanings)
        answers = np.array([np.add.reduceat(bits * (word == number), first) for number in range(self._words)])
        kept = {name: self._values_under(self._vocabulary.key_number(name), pieces, before) for name in self._keep}
        return LinesRead(
            raw=pieces.text.raw,
            starts=pieces.starts[first],
            ends=pieces.ends[pieces.last],
            good=chosen,
            answers=answers[:, chosen],
            ids=self._values_under(ID, pieces, before)[chosen].tolist(),
            kept={name: values[chosen].tolist() for name, values in kept.items()},
            left=np.flatnonzero(~good & ~blank),
        )

    def _values_under(self, key: int, pieces: _Pieces, before: NDArray[np.int32]) -> NDArray[np.object_]:
        """Return for each line the value of a key as JSON, or None."""
        which = np.flatnonzero(before == key)
        values = np.full(len(which), None, np.object_)
        for places, texts in pieces.free:
            at = np.searchsorted(which, places)
            at[at == len(which)] = 0
            here = which[at] == places if len(which) else np.zeros(len(places), np.bool_)
            values[at[here]] = _objects(texts)[here]
        for missing in np.flatnonzero(pieces.value[which] > FREE).tolist():
            values[missing] = pieces.met.texts[pieces.value[which[missing]]].encode()
        result = np.full(len(pieces.first), None, np.object_)
        result[pieces.lines_of(which)] = values
        return result


def _objects(values: Sequence[bytes]) -> NDArray[np.object_]:
    result = np.empty(len(values), np.object_)
    result[:] = values
    return result


def _as_words(tail: bytes) -> list[tuple[int, np.uint64, np.uint64]]:
    """Return what the end of a piece must be: words by their distance from the end, and which bits of them count."""
    whole = [(len(tail) - at, tail[at : at + 8], 8) for at in range(0, len(tail) - 7, 8)]
    rest = len(tail) % 8
    if rest:
        whole.append((8, bytes(8 - rest) + tail[-rest:], rest))
    return [
        (distance, np.uint64(int.from_bytes(word, "little")), np.uint64((1 << 64) - (1 << 8 * (8 - used))))
        for distance, word, used in whole
    ]


def _all_plain_texts(values: Sequence[bytes]) -> bool:
    """Whether JSON texts can be taken as they stand: no escapes, nothing that is not allowed."""
    joined = b"".join(values)
    return joined.count(b'"') == 2 * len(values) and not _NOT_PLAIN.search(joined)


def _as_plain(value: bytes) -> bytes | None:
    """Return a JSON text or scalar in the form that is written, or None if it is neither."""
    try:
        read = json.loads(value)
        return None if isinstance(read, list | dict) else json.dumps(read, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
