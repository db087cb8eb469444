"""Lines of JSON as bits, read piece by piece from a vocabulary of pieces met before.

Nothing here knows what an answer means, and nothing unknown can pass: a line with a piece that is not understood, or
whose pieces do not make up one object with the answers in it, is left to the exact reader as a whole.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from triage.batch.json_texts import read_value
from triage.batch.line_vocabulary import ID, START, LineVocabulary
from triage.batch.text_pieces import MARGIN, Text, different_pieces
from triage.documents.document import WrittenNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_layout import BitLayout, Words
    from triage.batch.line_vocabulary import Frame
    from triage.batch.number_table import Places

    Bools = NDArray[np.bool_]

__all__ = ["LineReader", "LinesRead", "WrongAnswers", "lines_not_utf8"]

_QUOTE = ord('"')
_SCALAR = rb"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?|null"
_FREE_VALUE = re.compile(rb'([ \t\r\n]*)("[^"\x00-\x1f]*"|' + _SCALAR + rb")(.*)", re.DOTALL)
_SCALARS = re.compile(rb"(?:(?:" + _SCALAR + rb")\n)*")
_BEGINS_NUMBER = b"-0123456789"


class WrongAnswers(NamedTuple):
    """What is wrong with a line that can be read."""

    id: str | None
    """The id of the line, if it says one."""
    answers: list[tuple[str, Any]]
    """Questions, each with a value that is no answer to it."""


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
    other_keys: list[str] = field(default_factory=list)
    """Keys that were met and nobody asked for, here or in lines before."""
    wrong: dict[int, WrongAnswers] = field(default_factory=dict)
    """Those of them in which nothing is wrong but some answers."""

    def line(self, number: int) -> bytes:
        """Return the bytes of a line with its end."""
        return self.raw[self.starts[number] : self.ends[number]]


@dataclass
class _Pieces:
    """A text in pieces."""

    text: Text
    starts: Places
    ends: Places
    first: Places
    """The first piece of each line."""
    last: Places
    meaning: Places = field(init=False)
    """The number of what each means; 0 where it means nothing."""
    before: Places = field(init=False)
    """The key before each piece."""
    free: list[tuple[Places, list[bytes]]] = field(default_factory=list)
    """Pieces with a value that differs from line to line, and these values as JSON."""
    only_texts: bool = True
    """Whether all these values are texts, and none is empty."""

    def lines_of(self, pieces: Places) -> Places:
        return np.searchsorted(self.last, pieces)


class LineReader:
    """Reads lines of JSON with one saved case each."""

    def __init__(self, layout: BitLayout, keep: Sequence[str] = ()) -> None:
        self._keep = tuple(keep)
        self._wrapped = LineVocabulary(layout, keep, bare=False)
        self._bare = LineVocabulary(layout, keep, bare=True)

    def read(self, text: bytes) -> LinesRead:
        """Read lines; the text has margins and ends with the end of a line.

        Lines are read either with or without a key ``answers`` around the answers; where a text mixes both, some are
        left.
        """
        vocabulary = self._wrapped if b'"answers":' in text else self._bare
        vocabulary.forget_if_full()
        pieces = _cut(text)
        self._recognise(pieces, vocabulary)
        return self._assemble(pieces, vocabulary)

    # ---- pieces ----

    def _recognise(self, pieces: _Pieces, vocabulary: LineVocabulary) -> None:
        """Find out what every piece means: each different one by itself, and then behind the key before it."""
        free = _free_pieces(pieces, vocabulary)
        left_out = np.zeros(len(pieces.ends), np.bool_)
        for which in free.values():
            left_out[which] = True
        texts, which_text = different_pieces(pieces.text, pieces.ends, left_out)
        # The last one stands for the pieces that are left out.
        numbers = np.append(vocabulary.numbers(texts), 0).take(which_text)
        for key, which in free.items():
            self._read_free(pieces, numbers, key, which, vocabulary)
        key_after = vocabulary.key_after.take(numbers)
        pieces.before = np.empty_like(key_after)
        pieces.before[1:] = key_after[:-1]
        pieces.before[pieces.first] = START
        pieces.meaning = vocabulary.meanings(numbers, pieces.before)

    def _read_free(self, pieces: _Pieces, numbers: Places, key: int, which: Places, vocabulary: LineVocabulary) -> None:
        """Read pieces whose values differ from line to line: what stands around the value is known or learnt."""
        frames = [frame for frame in vocabulary.frames if frame.key == key]
        while which.size:
            if frames:
                frame = frames.pop(0)
            else:
                learnt = _learn_frame(pieces, key, int(which[0]), vocabulary)
                if learnt is None:
                    which = which[1:]
                    continue
                frame = learnt
            fits = _fits(pieces, which, frame)
            if fits.any():
                _accept(pieces, numbers, which[fits], frame)
                which = which[~fits]

    # ---- lines ----

    def _assemble(self, pieces: _Pieces, vocabulary: LineVocabulary) -> LinesRead:
        """Tell good lines from those that are left, and put the answers of the good ones together."""
        meaning, first = pieces.meaning, pieces.first
        seen = np.array([np.add.reduceat(marks.take(meaning), first) for marks in vocabulary.marks])
        # Marks that are all different add up to as many bits as there are pieces.
        good = np.bitwise_count(seen).sum(axis=0) == pieces.last - first + 1
        blank = good & (pieces.last == first)
        good &= (seen & vocabulary.answers).any(axis=0)
        strange = np.zeros(len(first), np.bool_)
        strange[lines_not_utf8(pieces.text.raw, pieces.starts[first], pieces.ends[pieces.last])] = True
        ids = self._ids(pieces, vocabulary, strange)
        good &= ~strange
        left = np.flatnonzero(~good & ~blank)
        chosen = np.flatnonzero(good)
        answers = np.array([np.add.reduceat(bits.take(meaning), first) for bits in vocabulary.bits])
        kept = {name: self._values_under(vocabulary.key_number(name), pieces, vocabulary) for name in self._keep}
        whole = len(chosen) == len(first)
        return LinesRead(
            raw=pieces.text.raw,
            starts=pieces.starts[first],
            ends=pieces.ends[pieces.last],
            good=chosen,
            answers=answers if whole else answers[:, chosen],
            ids=ids.tolist() if whole else ids[chosen].tolist(),
            kept={name: values[chosen].tolist() for name, values in kept.items()},
            left=left,
            other_keys=vocabulary.other_keys if self._keep else [],
            wrong={
                line: found
                for line in left[~strange[left]].tolist()
                if (found := _wrong_answers(pieces, vocabulary, line, ids[line])) is not None
            },
        )

    def _ids(self, pieces: _Pieces, vocabulary: LineVocabulary, strange: Bools) -> NDArray[np.object_]:
        """Return the ids as JSON texts; a line whose id is none is marked as strange."""
        ids = self._values_under(ID, pieces, vocabulary)
        if pieces.only_texts:
            return ids
        for line, said in enumerate(ids.tolist()):
            if said is None or (said[0] == _QUOTE and len(said) > len('""')):
                continue
            ids[line] = None
            if said[0] in _BEGINS_NUMBER:
                ids[line] = b'"%s"' % said
            elif said not in (b"null", b'""'):
                strange[line] = True
        return ids

    def _values_under(self, key: int, pieces: _Pieces, vocabulary: LineVocabulary) -> NDArray[np.object_]:
        """Return for each line the value of a key as JSON, or None."""
        which = np.flatnonzero(pieces.before == key)
        values = np.full(len(which), None, np.object_)
        for places, texts in pieces.free:
            if len(places) == len(which) and (places == which).all():
                values = _objects(texts)
            elif len(which):
                at = np.minimum(np.searchsorted(which, places), len(which) - 1)
                here = which[at] == places
                values[at[here]] = _objects(texts)[here]
        for missing in np.flatnonzero(values == None).tolist():  # noqa: E711 - an array of objects
            text = vocabulary.texts[pieces.meaning[which[missing]]]
            values[missing] = text.encode() if text else None
        if len(which) == len(pieces.first) and ((pieces.first <= which) & (which <= pieces.last)).all():
            return values  # one in each line
        result = np.full(len(pieces.first), None, np.object_)
        result[pieces.lines_of(which)] = values
        return result


def _cut(text: bytes) -> _Pieces:
    """Cut behind the colon of each key and at the end of each line."""
    seen = Text(text)
    here, before = seen.bytes[MARGIN:-MARGIN], seen.bytes[MARGIN - 1 : -MARGIN - 1]
    cuts = here == ord(":")
    cuts &= before == ord('"')
    cuts |= here == ord("\n")
    ends = np.flatnonzero(cuts)
    last = np.flatnonzero(here.take(ends) == ord("\n"))
    ends += MARGIN + 1
    starts = np.empty_like(ends)
    starts[0] = MARGIN
    starts[1:] = ends[:-1]
    first = np.concatenate((np.zeros(1, np.intp), last[:-1] + 1))
    return _Pieces(seen, starts, ends, first, last)


def _free_pieces(pieces: _Pieces, vocabulary: LineVocabulary) -> dict[int, Places]:
    """Return the pieces whose values differ from line to line, by the key before them as it is written."""
    signs = pieces.text.bytes.take(pieces.starts - len('x":'))
    found = {}
    for key, written in vocabulary.free_keys:
        which = np.flatnonzero(signs == written[-len('x":')])
        for distance, word, mask in _as_words(written):
            # A piece near the beginning of the text has no room for a long key before it.
            places = np.maximum(pieces.starts[which] - distance, 0)
            which = which[(pieces.text.words[places] ^ word) & mask == 0]
        found[key] = which
    return found


def _learn_frame(pieces: _Pieces, key: int, piece: int, vocabulary: LineVocabulary) -> Frame | None:
    match = _FREE_VALUE.fullmatch(pieces.text.raw, pieces.starts[piece], pieces.ends[piece])
    if match is None:
        return None
    quoted = match[2].startswith(b'"')
    head, tail = (match[1] + b'"', b'"' + match[3]) if quoted else (match[1], match[3])
    return vocabulary.learn_frame(key, head, tail)


def _fits(pieces: _Pieces, which: Places, frame: Frame) -> Bools:
    """Return which pieces consist of some value in a frame."""
    starts, ends = pieces.starts[which], pieces.ends[which]
    fits: Bools = ends - starts >= len(frame.head) + len(frame.tail)
    for offset, byte in enumerate(frame.head):
        fits &= pieces.text.bytes[starts + offset] == byte
    for distance, word, mask in _as_words(frame.tail):
        # A text may be shorter than the tail; then nothing in it fits.
        fits &= (pieces.text.words[np.maximum(ends - distance, 0)] ^ word) & mask == 0
    return fits


def _accept(pieces: _Pieces, numbers: Places, which: Places, frame: Frame) -> None:
    """Take what stands inside a frame as the value, unless it is none."""
    quoted = frame.head.endswith(b'"')
    begins = pieces.starts[which] + (len(frame.head) - quoted)
    ends = pieces.ends[which] - (len(frame.tail) - quoted)
    raw = pieces.text.raw
    values = [raw[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    if not (_all_plain_texts(values) if quoted else _SCALARS.fullmatch(b"\n".join(values) + b"\n")):
        read = [_as_plain(value) for value in values]
        good = np.array([value is not None for value in read], np.bool_)
        which, values = which[good], [value for value in read if value is not None]
    numbers[which] = frame.number
    pieces.free.append((which, values))
    pieces.only_texts &= quoted and bool((ends - begins > len('""')).all())


def _wrong_answers(
    pieces: _Pieces, vocabulary: LineVocabulary, line: int, said_id: bytes | None
) -> WrongAnswers | None:
    """Return what is wrong with a line if some of its answers are, and nothing else."""
    here = slice(pieces.first[line], pieces.last[line] + 1)
    meanings = pieces.meaning[here].tolist()
    wrong = [vocabulary.wrong[meaning] for meaning in meanings if meaning in vocabulary.wrong]
    understood = all(vocabulary.fits[meaning] or meaning in vocabulary.wrong for meaning in meanings)
    if not wrong or not understood or len(np.unique(pieces.before[here])) < len(meanings):
        return None
    if said_id is None:
        return WrongAnswers(None, wrong)
    return WrongAnswers(said_id[1:-1].decode(), wrong) if said_id.isascii() and b"\\" not in said_id else None


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
