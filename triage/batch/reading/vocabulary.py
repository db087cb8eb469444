"""What the pieces of lines of JSON mean, learnt from the exact reader as they are met.

A piece is a key with its value and what ends it, such as ``"thinking": ["none"], ``. It means the same wherever it
stands; what is not here yet is learnt, once. Each key has a mark, a bit of its own, and each piece says how deep inside
objects it stands and how deep the next one must. So a line is right if each piece stands as deep as the one before it
says and they carry as many marks as they are, all different.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from triage.answers.bit_layout import WORD_BITS
from triage.answers.conversion import VERSIONS
from triage.answers.reading import ABOUT, may_be_misplaced
from triage.circuit.machine_words import as_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from triage.answers.bit_layout import BitLayout
    from triage.answers.meanings import AnswerMeanings
    from triage.circuit.machine_words import Numbers, Places

__all__ = ["Frame", "LineVocabulary"]

_ANSWERS = "answers"
_NEVER_FREE = frozenset(("questionnaire", *VERSIONS, _ANSWERS))
"""Keys beside the answers that have right values and wrong ones, so that each has to be looked at."""
_MANY_VALUES = 64
"""Where a key beside the answers has more values than this, they are taken to differ from line to line."""
_MOST_PIECES = 100_000
"""Pieces remembered at most; then all are forgotten, so that memory stays bounded."""
_MOST_BYTES = 64 << 20
"""Bytes of pieces remembered at most."""
_MOST_FRAMES = 64
_STRANGE_KEYS = 64
"""Keys that have no place here and are remembered all the same; lines with more of them are not understood."""
_SPACE = r"[ \t\r\n]*"
_BEGINS = re.compile(rf"{_SPACE}(\{{?){_SPACE}")
_KEY = re.compile(rf'"([^"\\\x00-\x1f]*)":{_SPACE}')
_OPENS = re.compile(rf"\{{{_SPACE}")
_GOES_ON = re.compile(rf"{_SPACE}((?:\}}{_SPACE})*)(,?){_SPACE}")


def _each_once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) < len(items):
        raise ValueError("a key stands here twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_each_once)


class Frame(NamedTuple):
    """What stands around a value that differs from line to line."""

    name: str
    """The key the value belongs to."""
    head: bytes
    tail: bytes
    number: int
    """The number that all such pieces have."""


class _Piece(NamedTuple):
    """A piece, read."""

    key: int
    before: int
    """In how many objects it stands."""
    after: int
    """In how many the next one stands; 0 at the end of a line."""
    bits: int = 0
    """What was chosen, over all words of the answers."""
    text: str = ""
    """The value as it is written."""


_NOTHING = _Piece(-1, -1, -1)


class LineVocabulary:
    """Learns pieces; each different one has a number, which is 0 for all that cannot be understood."""

    def __init__(self, layout: BitLayout, meanings: AnswerMeanings, keep: Iterable[str], *, bare: bool) -> None:
        self._layout = layout
        self._meanings = meanings
        self._questions = layout.questionnaire.by_id
        self._bare = bare
        """Whether lines hold the answers without a key ``answers`` around them."""
        kept = frozenset(keep)
        self._beside = {*ABOUT, *(name for name in kept if not layout.questionnaire.is_question(name))}
        self._never_free = {*self._questions, *_NEVER_FREE}
        self._kept_free = {"id", *(kept - self._never_free)}
        self._expected = ["", *dict.fromkeys((*ABOUT, *self._questions, *sorted(kept), *(() if bare else [_ANSWERS])))]
        self._mark_rows = 1 + (len(self._questions) + WORD_BITS // 2) // WORD_BITS
        self._forget()

    def _forget(self) -> None:
        self._bytes = 0
        self._numbers: dict[bytes, int] = {}
        self._keys = {name: number for number, name in enumerate(self._expected)}
        """By name; the first one is that of the beginning of a line."""
        self._values: dict[str, set[str]] = {}
        self.free = set(self._kept_free)
        """The keys whose values differ from line to line."""
        self.frames: list[Frame] = []
        self.texts: list[str] = []
        """By number: how the value is written."""
        self.key: NDArray[np.int16] = np.zeros(0, np.int16)
        self.before: NDArray[np.int8] = np.zeros(0, np.int8)
        """By number: in how many objects the piece stands."""
        self.after: NDArray[np.int8] = np.zeros(0, np.int8)
        """By number: in how many objects the next piece must stand."""
        self.marks: Numbers = np.zeros((self._mark_rows, 0), np.uint64)
        """By number: the mark of the key. A row for every 64 keys."""
        self.bits: Numbers = np.zeros((self._layout.words, 0), np.uint64)
        """By number: what was chosen. A row for every word of the answers."""
        self._add([_NOTHING])
        wanted = self._questions if self._bare else (_ANSWERS,)
        marks = (self._mark(self._keys[name]) for name in wanted)
        self.answers: Numbers = np.bitwise_or.reduce(np.array([*marks], np.uint64))[:, None]
        """Marks of which a line must carry at least one, or it holds no answers. A row for every 64 keys."""

    @property
    def other_keys(self) -> list[str]:
        """The keys that were met and nobody asked for."""
        return list(self._keys)[len(self._expected) :]

    def key_number(self, name: str) -> int:
        """Return the number of a key that is asked for."""
        return self._keys[name]

    def forget_if_full(self) -> None:
        """Forget everything where it has become too much."""
        if len(self._numbers) > _MOST_PIECES or self._bytes > _MOST_BYTES:
            self._forget()

    def numbers(self, texts: Sequence[bytes]) -> Places:
        """Return the number of each piece."""
        found = list(map(self._numbers.get, texts))
        if None in found:
            new = [text for text, number in zip(texts, found, strict=True) if number is None]
            read = [self._read(text) for text in new]
            numbers = iter(self._add([piece for piece in read if piece is not None]))
            self._bytes += sum(map(len, new))
            self._numbers |= {
                text: 0 if piece is None else next(numbers) for text, piece in zip(new, read, strict=True)
            }
            found = list(map(self._numbers.get, texts))
        return np.array(found, np.intp)

    def learn_frame(self, name: str, head: bytes, tail: bytes) -> Frame | None:
        """Learn what stands around a value that differs from line to line; None if it cannot be understood."""
        depth = self._depth(name)
        after = None if depth is None else _after(tail.decode("latin-1").removeprefix('"'), 0, depth)
        if depth is None or after is None or len(self.frames) >= _MOST_FRAMES:
            return None
        frame = Frame(name, head, tail, *self._add([_Piece(self._keys[name], depth, after)]))
        self.frames.append(frame)
        return frame

    # ---- learning ----

    def _add(self, pieces: Sequence[_Piece]) -> range:
        """Take in pieces that are new, and return their numbers."""
        numbers = range(len(self.texts), len(self.texts) + len(pieces))
        self.texts += [piece.text for piece in pieces]
        self.key = np.append(self.key, np.array([piece.key for piece in pieces], np.int16))
        self.before = np.append(self.before, np.array([piece.before for piece in pieces], np.int8))
        self.after = np.append(self.after, np.array([piece.after for piece in pieces], np.int8))
        marks = np.array([self._mark(piece.key) for piece in pieces], np.uint64).reshape(-1, self._mark_rows)
        self.marks = np.concatenate((self.marks, marks.T), axis=1)
        bits = as_words((piece.bits for piece in pieces), self._layout.words)
        self.bits = np.concatenate((self.bits, bits), axis=1)
        return numbers

    def _mark(self, key: int) -> list[int]:
        """Return the mark of a key; nothing where there is none left."""
        return [
            1 << key - at if 0 <= key - at < WORD_BITS else 0 for at in range(0, self._mark_rows * WORD_BITS, WORD_BITS)
        ]

    def _depth(self, name: str) -> int | None:
        """Return in how many objects a key stands; None for one that has no place."""
        if name in self._questions:
            return 1 if self._bare else 2
        return 1 if name in self._beside or not self._bare else None

    def _read(self, raw: bytes) -> _Piece | None:
        """Take a piece apart; None if it is not understood."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return None
        if begins := _BEGINS.fullmatch(text):
            return _Piece(0, 0, len(begins[1]))
        key = _KEY.match(text)
        if key is None:
            return None
        name, begin = key[1], key.end()
        if name not in self._keys and len(self._keys) < len(self._expected) + _STRANGE_KEYS:
            self._keys[name] = len(self._keys)
        number, depth = self._keys.get(name), self._depth(name)
        if number is None or depth is None:
            return None
        if name == _ANSWERS and _OPENS.fullmatch(text, begin):
            return _Piece(number, depth, depth + 1)
        try:
            value, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return None
        after = _after(text, end, depth)
        if after is None:
            return None
        # Between the parts of a value it is only space, but what is carried along must not look like two lines.
        written = text[begin:end].replace("\r", " ")
        bits = self._bits(name, written, value)
        return None if bits is None else _Piece(number, depth, after, bits, written)

    def _bits(self, name: str, written: str, value: Any) -> int | None:
        """Return the bits of a value under a key over all words, or None where only the exact reader can judge it."""
        if name in self._questions:
            return self._meanings.number_if_right(name, value)
        if name == _ANSWERS:
            return 0 if value == {} else None
        values = self._values.setdefault(name, set())
        values.add(written)
        looked_at = name in self._never_free or may_be_misplaced(name, self._layout.questionnaire)
        if len(values) > _MANY_VALUES and not looked_at:
            self.free.add(name)
        return 0 if self._meanings.may_stand_beside(name, value) else None


def _after(text: str, at: int, depth: int) -> int | None:
    """Return in how many objects the next piece stands, by what follows a value; None if that cannot be."""
    match = _GOES_ON.fullmatch(text, at)
    if match is None:
        return None
    depth -= match[1].count("}")
    return depth if (depth > 0) is bool(match[2]) and depth >= 0 else None
