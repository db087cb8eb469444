"""What the pieces of lines of JSON mean, learnt from the exact reader as they are met.

A piece is what stands between the colons of two keys: a value and the name of the key that follows, such as
``["none"], "thinking":``. Whoever reads lines looks pieces up here; what is not here yet is learnt, once.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from triage.batch.answer_meanings import ABOUT, meaning_of_answer, says_nothing_wrong
from triage.batch.bit_layout import WORD_BITS
from triage.batch.number_table import NumberTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from triage.batch.bit_layout import BitLayout
    from triage.batch.number_table import Numbers

    Bools = NDArray[np.bool_]
    Small = NDArray[np.int32]

__all__ = ["ANSWERS", "BLANK", "FREE", "ID", "NOT_HERE", "START", "Frame", "LineVocabulary", "Met"]

START, ANSWERS, ID = 1, 2, 3
"""Numbers of the keys that mean most; 1 stands for the beginning of a line, 0 for "no key follows"."""
OPENING, BLANK, FREE = 1, 2, 3
"""Numbers of values: a bracket, nothing at all, and one that differs from line to line; 0 is not understood."""
NOT_HERE = 100
"""A depth at which no key stands."""

_MANY_VALUES = 64
"""Where a key beside the answers has more values than this, they are taken to differ from line to line."""
_MOST_PIECES = 300_000
"""Pieces remembered at most; then all are forgotten, so that memory stays bounded."""
_MOST_FRAMES = 64
_SPACE = r"[ \t\r\n]*"
_KEY = r'"([^"\\\x00-\x1f]*)":'
_OPENS = re.compile(rf"{_SPACE}\{{{_SPACE}{_KEY}")
_GOES_ON = re.compile(rf"{_SPACE}((?:\}}{_SPACE})*)(?:,{_SPACE}{_KEY})?")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Frame:
    """What stands before and after a value that differs from line to line."""

    head: bytes
    tail: bytes
    key: int
    """The key that follows."""
    depth: int


@dataclass(frozen=True)
class Met:
    """Everything met so far, as columns by number. It is replaced as a whole and never changed."""

    pieces: NumberTable
    value: Small
    """Of a piece: its value."""
    key: Small
    """Of a piece: the key that follows."""
    depth: Small
    """Of a piece: by how much it goes deeper."""
    meanings: NumberTable
    """A key and a value together."""
    good: Bools
    word: NDArray[np.int8]
    bits: Numbers
    free: Bools
    """Of a key: whether its values differ from line to line."""
    level: Small
    """Of a key: the depth at which it means something."""
    bare_level: Small
    """Of a key: the same in a line without a key ``answers`` around the answers."""
    marks: Numbers
    """Of a key: a bit by which it is noticed when it stands in a line twice. A row for every 64 keys."""
    texts: tuple[str, ...]
    """Of a value: how it is written."""
    frames: tuple[Frame, ...]
    generation: int
    """Numbers of two generations have nothing to do with one another."""


class LineVocabulary:
    """Learns pieces; several threads may share one vocabulary."""

    def __init__(self, layout: BitLayout, keep: Iterable[str] = ()) -> None:
        self._layout = layout
        self._questions = layout.questionnaire.by_id
        self._keep = frozenset(keep)
        self._lock = threading.Lock()
        self._mark_rows = 1 + (len(self._questions) + WORD_BITS // 2) // WORD_BITS
        self._generation = 0
        self.met: Met
        """What is known now; take it once and use that for a whole text."""
        self._forget()

    def key_number(self, name: str) -> int:
        """Return the number of a key; 0 for one not met so far."""
        return self._key_numbers.get(name, 0)

    def learn_pieces(self, pieces: Mapping[int, bytes]) -> None:
        """Learn pieces by their numbers; those that cannot be understood stay unknown."""
        with self._lock:
            if len(self.met.pieces) + len(pieces) > _MOST_PIECES:
                self._forget()
            met = self.met
            numbers = met.pieces.find([np.fromiter(pieces, np.uint64, len(pieces))])
            new = [number for number, known in zip(pieces, numbers.tolist(), strict=True) if not known]
            read = {number: self._read_piece(pieces[number]) for number in new}
            understood = [(number, piece) for number, piece in read.items() if piece is not None]
            if not understood:
                return
            columns = np.array([piece for _, piece in understood], np.int32).T
            met = self.met  # reading may have added keys
            self.met = replace(
                met,
                pieces=met.pieces.with_keys([(number,) for number, _ in understood]),
                value=np.concatenate((met.value, columns[0])),
                key=np.concatenate((met.key, columns[1])),
                depth=np.concatenate((met.depth, columns[2])),
                texts=tuple(self._values),
            )

    def learn_meanings(self, pairs: Iterable[int], generation: int) -> None:
        """Learn what values mean for keys; a pair is 2**32 times the key, plus the value."""
        with self._lock:
            met = self.met
            if met.generation != generation:
                return
            listed = list(pairs)
            numbers = met.meanings.find([np.array(listed, np.uint64)])
            new = [pair for pair, known in zip(listed, numbers.tolist(), strict=True) if not known]
            if not new:
                return
            found = [self._meaning(*divmod(pair, 1 << 32)) for pair in new]
            free = self.met.free.copy()
            for pair in new:
                key = pair >> 32
                self._values_of_key[key] += 1
                if self._values_of_key[key] > _MANY_VALUES and self._keys[key] not in self._questions and key > ID:
                    free[key] = True
            self.met = replace(
                self.met,
                meanings=met.meanings.with_keys([(pair,) for pair in new]),
                good=np.concatenate((met.good, np.array([good for good, _, _ in found], np.bool_))),
                word=np.concatenate((met.word, np.array([word for _, word, _ in found], np.int8))),
                bits=np.concatenate((met.bits, np.array([bits for _, _, bits in found], np.uint64))),
                free=free,
            )

    def learn_frame(self, head: bytes, tail: bytes) -> Frame | None:
        """Learn what stands around a value that differs from line to line; None if it cannot be understood."""
        with self._lock:
            try:
                going_on = self._going_on(tail.decode(), 1 if tail.startswith(b'"') else 0)
            except UnicodeDecodeError:
                return None
            if going_on is None:
                return None
            frame = Frame(head, tail, *going_on)
            if frame not in self.met.frames and len(self.met.frames) < _MOST_FRAMES:
                self.met = replace(self.met, frames=(*self.met.frames, frame))
            return frame

    def mark_keys(self, names: Iterable[str]) -> None:
        """Let keys that stood beside the answers of a good line be marked, so that they need no second look."""
        with self._lock:
            for name in names:
                number = self._key_numbers.get(name)
                if number is not None and not self.met.marks[:, number].any():
                    marks = self.met.marks.copy()
                    marks[:, number] = self._next_mark()
                    self.met = replace(self.met, marks=marks)

    # ---- inside the lock ----

    def _forget(self) -> None:
        self._generation += 1
        self._values = ["", "{", "", ""]
        self._value_numbers: dict[str, int] = {}
        self._keys: list[str] = []
        self._key_numbers: dict[str, int] = {}
        self._values_of_key: list[int] = []
        self._marks_given = 0
        none: Any = np.zeros(1, np.int32)
        self.met = Met(
            pieces=NumberTable(1),
            value=none,
            key=none,
            depth=none,
            meanings=NumberTable(1),
            good=np.zeros(1, np.bool_),
            word=np.full(1, -1, np.int8),
            bits=np.zeros(1, np.uint64),
            free=np.zeros(0, np.bool_),
            level=np.zeros(0, np.int32),
            bare_level=np.zeros(0, np.int32),
            marks=np.zeros((self._mark_rows, 0), np.uint64),
            texts=tuple(self._values),
            frames=(),
            generation=self._generation,
        )
        for number, name in enumerate(("", "", "answers", *ABOUT, *self._questions, *sorted(self._keep))):
            if number < ANSWERS or name not in self._key_numbers:
                self._add_key(name, marked=number > 0)

    def _add_key(self, name: str, *, marked: bool) -> int:
        number = len(self._keys)
        self._keys.append(name)
        self._values_of_key.append(0)
        if number >= ANSWERS:
            self._key_numbers[name] = number
        if number <= START:
            level = bare = 0 if number else NOT_HERE
        elif name in self._questions:
            level, bare = 2, 1
        else:
            level, bare = 1, 1 if name in (*ABOUT, *self._keep) else NOT_HERE
        met = self.met
        marks = self._next_mark() if marked else np.zeros(self._mark_rows, np.uint64)
        self.met = replace(
            met,
            free=np.append(met.free, number == ID),
            level=np.append(met.level, np.int32(level)),
            bare_level=np.append(met.bare_level, np.int32(bare)),
            marks=np.column_stack((met.marks, marks)),
        )
        return number

    def _next_mark(self) -> Numbers:
        """Return a column with the next free bit, or without any where none is left."""
        row, bit = divmod(self._marks_given, WORD_BITS)
        marks = np.zeros(self._mark_rows, np.uint64)
        if row < self._mark_rows:
            marks[row] = np.uint64(1 << bit)
            self._marks_given += 1
        return marks

    def _read_piece(self, piece: bytes) -> tuple[int, int, int] | None:
        """Return the value of a piece, the key that follows and the change of depth; None if it is none of these."""
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            return None
        if not text.strip(" \t\r\n"):
            return BLANK, 0, 0
        opens = _OPENS.fullmatch(text)
        if opens:
            return OPENING, self._key(opens[1]), 1
        begin = len(text) - len(text.lstrip(" \t\r\n"))
        try:
            _, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return None
        going_on = self._going_on(text, end)
        return None if going_on is None else (self._value(text[begin:end]), *going_on)

    def _going_on(self, text: str, at: int) -> tuple[int, int] | None:
        """Return the key that follows behind a value, and the change of depth."""
        match = _GOES_ON.fullmatch(text, at)
        if match is None or (match[2] is None) is not text.endswith("\n"):
            return None
        return 0 if match[2] is None else self._key(match[2]), -match[1].count("}")

    def _key(self, name: str) -> int:
        return self._key_numbers.get(name) or self._add_key(name, marked=False)

    def _value(self, text: str) -> int:
        if text not in self._value_numbers:
            self._value_numbers[text] = len(self._values)
            self._values.append(text)
        return self._value_numbers[text]

    def _meaning(self, key: int, value: int) -> tuple[bool, int, int]:
        """Return whether a value may stand under a key, and the word and bits it stands for."""
        name = self._keys[key]
        if key == START:
            return value in (OPENING, BLANK), -1, 0
        if value in (OPENING, BLANK):
            return key == ANSWERS and value == OPENING, -1, 0
        if value == FREE:
            return name not in self._questions and key != ANSWERS, -1, 0
        said = json.loads(self._values[value])
        if key == ANSWERS:
            return said == {}, -1, 0
        if name not in self._questions:
            return says_nothing_wrong(self._layout, name, said), -1, 0
        if not self._layout.fits_a_word(self._questions[name]):
            return False, -1, 0
        number = meaning_of_answer(self._layout, name, said)
        if not number:
            return number is not None, -1, 0
        word = ((number & -number).bit_length() - 1) // WORD_BITS
        return True, word, number >> WORD_BITS * word
