"""What the pieces of lines of JSON mean, learnt from the exact reader as they are met.

A piece is what stands between the colons of two keys: a value and the name of the key that follows, such as
``["none"], "thinking":``. What it means depends on the key before it and on nothing else. Whoever reads lines looks
pieces up here; what is not here yet is learnt, once.

Each key has a mark, a bit of its own. A piece that may stand where it stands carries the mark of the key before it, any
other piece carries none. So a line is right if its pieces carry as many marks as it has pieces, all different.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from triage.answer_reading import ABOUT, is_misplaced
from triage.batch.answer_meanings import AnswerMeanings
from triage.batch.bit_layout import WORD_BITS
from triage.batch.number_table import NumberTable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_layout import BitLayout
    from triage.batch.number_table import Numbers

    Small = NDArray[np.int32]

__all__ = ["ID", "START", "Frame", "LineVocabulary", "Met"]

START, ID = 1, 2
"""Numbers of keys: the beginning of a line, and the id; 0 stands for "no key follows"."""
_ANSWERS = "answers"
_ANY = "*"
"""Stands for a value that differs from line to line."""
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


class _Kind(Enum):
    """What a key is."""

    END = auto()
    START = auto()
    BESIDE = auto()
    """Stands beside the answers."""
    ANSWERS = auto()
    """Holds the answers."""
    QUESTION = auto()
    STRANGE = auto()
    """Has no place here."""


class _Piece(NamedTuple):
    """A piece, read."""

    text: str
    """The value as it is written; a bracket where an object begins, nothing on an empty line."""
    key: str | None
    """The key that follows."""
    closes: int
    """How many objects end behind the value."""


class _Meaning(NamedTuple):
    """What a piece means behind a key."""

    key: int
    """The key that follows."""
    home: int
    """The key before."""
    marked: bool
    """Whether it may stand there."""
    word: int
    bits: int
    text: str
    raw: bytes = b""
    """The whole piece, as it was met; nothing where the value differs from line to line."""


@dataclass(frozen=True)
class Frame:
    """What stands before and after a value that differs from line to line."""

    head: bytes
    tail: bytes
    before: int
    """The key the value belongs to."""
    number: int
    """The number under which all such pieces are met."""


@dataclass(frozen=True)
class Met:
    """Everything met so far, as columns by number. It is replaced as a whole and never changed."""

    pieces: NumberTable
    """By text: the meaning a piece was first met with."""
    others: NumberTable
    """By the key before and text: the meanings of pieces that were met behind other keys, too."""
    home: Small
    """The key before."""
    key: Small
    """The key that follows."""
    marks: Numbers
    """The mark of the key before, or none where the piece may not stand there. A row for every 64 keys."""
    word: NDArray[np.int8]
    bits: Numbers
    texts: tuple[str, ...]
    """How the value is written."""
    raws: NDArray[np.object_]
    """The whole piece as bytes; nothing for what stands around a value that differs from line to line."""
    whole: NDArray[np.bool_]
    """Whether the whole piece is known."""
    free: NDArray[np.bool_]
    """By key: whether its values differ from line to line."""
    frames: tuple[Frame, ...]
    answers: Numbers
    """Marks of which a line must carry at least one, or it holds no answers. A row for every 64 keys."""
    generation: int
    """Numbers of two generations have nothing to do with one another."""


class LineVocabulary:
    """Learns pieces; several threads may share one vocabulary."""

    def __init__(self, layout: BitLayout, keep: Iterable[str] = (), *, bare: bool) -> None:
        self._layout = layout
        self._meanings = AnswerMeanings(layout)
        self._questions = layout.questionnaire.by_id
        self._keep = frozenset(keep)
        self._bare = bare
        """Whether lines hold the answers without a key ``answers`` around them."""
        self._lock = threading.Lock()
        self._mark_rows = 1 + (len(self._questions) + WORD_BITS // 2) // WORD_BITS
        self._generation = 0
        self.met: Met
        """What is known now; take it once and use that for a whole text."""
        self._forget()

    def key_number(self, name: str) -> int:
        """Return the number of a key; 0 for one not met so far."""
        return self._key_numbers.get(name, 0)

    def forget_if_full(self) -> None:
        """Forget everything where it has become too much."""
        with self._lock:
            if len(self.met.home) > _MOST_PIECES:
                self._forget()

    def learn(self, pieces: Sequence[tuple[int, int, bytes]], generation: int) -> None:
        """Learn pieces, each by the key before it, its number and its text; some cannot be understood."""
        with self._lock:
            if generation != self._generation:
                return
            first: dict[int, _Meaning] = {}
            others: dict[tuple[int, int], _Meaning] = {}
            for before, number, raw in pieces:
                if (before, number) not in self._known:
                    meaning = self._meaning(before, raw)
                    if meaning is not None:
                        self._known.add((before, number))
                        if number in self._numbers:
                            others[before, number] = meaning
                        else:
                            self._numbers.add(number)
                            first[number] = meaning
            if first or others:
                self._publish(first, others)

    def learn_frame(self, before: int, head: bytes, tail: bytes, generation: int) -> Frame | None:
        """Learn what stands around a value that differs from line to line; None if it cannot be understood."""
        with self._lock:
            if generation != self._generation:
                return None
            for frame in self.met.frames:
                if (frame.before, frame.head, frame.tail) == (before, head, tail):
                    return frame
            try:
                piece = self._going_on(tail.decode(), 1 if tail.startswith(b'"') else 0, _ANY)
            except UnicodeDecodeError:
                return None
            if piece is None or len(self.met.frames) >= _MOST_FRAMES:
                return None
            meaning = self._meaning_of(before, piece)
            frame = Frame(head, tail, before, len(self.met.home))
            self._publish({}, {}, (meaning,))
            self.met = replace(self.met, frames=(*self.met.frames, frame))
            return frame

    # ---- inside the lock ----

    def _forget(self) -> None:
        self._generation += 1
        self._known: set[tuple[int, int]] = set()
        self._numbers: set[int] = set()
        self._answers: dict[tuple[str, str], int | None] = {}
        self._keys: list[str] = ["", "", "id"]
        self._key_numbers: dict[str, int] = {"id": ID}
        self._values_of_key: dict[int, set[str]] = {}
        self._marked: dict[int, int] = {}
        nothing = np.full(1, -1, np.int32)
        self.met = Met(
            pieces=NumberTable(1),
            others=NumberTable(2),
            home=nothing,
            key=np.zeros(1, np.int32),
            marks=np.zeros((self._mark_rows, 1), np.uint64),
            word=np.full(1, -1, np.int8),
            bits=np.zeros(1, np.uint64),
            texts=("",),
            raws=np.array([b""], np.object_),
            whole=np.array([False]),
            free=np.array([False, False, True]),
            frames=(),
            answers=np.zeros((self._mark_rows, 1), np.uint64),
            generation=self._generation,
        )
        for name in (*ABOUT, *self._questions, *sorted(self._keep), *(() if self._bare else (_ANSWERS,))):
            self._key(name)
        wanted = self._questions if self._bare else (_ANSWERS,)
        for name in wanted:
            self.met.answers[:, 0] |= self._mark(self._key_numbers[name])

    def _publish(
        self,
        first: Mapping[int, _Meaning],
        others: Mapping[tuple[int, int], _Meaning],
        more: Sequence[_Meaning] = (),
    ) -> None:
        """Add meanings, and the pieces that have them."""
        met = self.met
        added = [*first.values(), *others.values(), *more]
        numbers = np.arange(len(added), dtype=np.int32) + len(met.home)
        pieces = met.pieces
        if first:
            pieces = pieces.with_keys([np.array(list(first), np.uint64)], numbers[: len(first)])
        by_both = met.others
        if others:
            columns = np.array(list(others), np.uint64).T
            by_both = by_both.with_keys(list(columns), numbers[len(first) : len(first) + len(others)])
        marks = [self._mark(one.home) if one.marked else np.zeros(self._mark_rows, np.uint64) for one in added]
        free = np.zeros(len(self._keys), np.bool_)
        free[: len(met.free)] = met.free
        for key, values in self._values_of_key.items():
            free[key] |= len(values) > _MANY_VALUES
        for name in self._keep - self._questions.keys():
            free[self._key_numbers[name]] = True
        self.met = replace(
            met,
            pieces=pieces,
            others=by_both,
            home=np.concatenate((met.home, np.array([one.home for one in added], np.int32))),
            key=np.concatenate((met.key, np.array([one.key for one in added], np.int32))),
            marks=np.concatenate((met.marks, np.array(marks, np.uint64).T), axis=1),
            word=np.concatenate((met.word, np.array([one.word for one in added], np.int8))),
            bits=np.concatenate((met.bits, np.array([one.bits for one in added], np.uint64))),
            texts=(*met.texts, *(one.text for one in added)),
            raws=np.concatenate((met.raws, np.array([one.raw for one in added], np.object_))),
            whole=np.concatenate((met.whole, np.array([one.raw != b"" for one in added], np.bool_))),
            free=free,
        )

    def _mark(self, key: int) -> Numbers:
        """Return the mark of a key; nothing where there is none left."""
        at = self._marked.setdefault(key, len(self._marked))
        row, bit = divmod(at, WORD_BITS)
        mark = np.zeros(self._mark_rows, np.uint64)
        if row < self._mark_rows:
            mark[row] = np.uint64(1 << bit)
        return mark

    def _key(self, name: str) -> int:
        if name not in self._key_numbers:
            self._key_numbers[name] = len(self._keys)
            self._keys.append(name)
        return self._key_numbers[name]

    def _kind(self, key: int) -> _Kind:
        name = self._keys[key]
        if key <= START:
            return _Kind.START if key else _Kind.END
        if name in self._questions:
            return _Kind.QUESTION
        if self._bare:
            return _Kind.BESIDE if name in ABOUT or name in self._keep else _Kind.STRANGE
        if is_misplaced(name, self._layout.questionnaire):
            return _Kind.STRANGE
        return _Kind.ANSWERS if name == _ANSWERS else _Kind.BESIDE

    def _meaning(self, before: int, raw: bytes) -> _Meaning | None:
        try:
            piece = self._read(raw.decode())
        except UnicodeDecodeError:
            return None
        return None if piece is None else self._meaning_of(before, piece)._replace(raw=raw)

    def _read(self, text: str) -> _Piece | None:
        """Take a piece apart; None if it is not a value and what follows."""
        if not text.strip(" \t\r\n"):
            return _Piece("", None, 0)
        opens = _OPENS.fullmatch(text)
        if opens:
            return _Piece("{", opens[1], 0)
        begin = len(text) - len(text.lstrip(" \t\r\n"))
        try:
            _, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return None
        # Between the parts of a value it is only space, but what is carried along must not look like two lines.
        return self._going_on(text, end, text[begin:end].replace("\r", " "))

    def _going_on(self, text: str, at: int, value: str) -> _Piece | None:
        """Read what follows a value."""
        match = _GOES_ON.fullmatch(text, at)
        if match is None or (match[2] is None) is not text.endswith("\n"):
            return None
        return _Piece(value, match[2], match[1].count("}"))

    def _meaning_of(self, before: int, piece: _Piece) -> _Meaning:
        key = 0 if piece.key is None else self._key(piece.key)
        fits = self._fits(self._kind(before), piece, self._kind(key))
        number: int | None = 0
        if fits and before > START and piece.text not in (_ANY, "{"):
            number = self._number(before, piece.text)
        if not number:
            return _Meaning(key, before, fits and number is not None, -1, 0, piece.text)
        word = ((number & -number).bit_length() - 1) // WORD_BITS
        return _Meaning(key, before, True, word, number >> WORD_BITS * word, piece.text)

    def _fits(self, before: _Kind, piece: _Piece, after: _Kind) -> bool:
        """Whether a piece may stand between the key before it and the one that follows."""
        beside = (_Kind.BESIDE, _Kind.ANSWERS, _Kind.QUESTION) if self._bare else (_Kind.BESIDE, _Kind.ANSWERS)
        if before is _Kind.START:
            return after in beside if piece.text == "{" else not piece.text and after is _Kind.END
        if piece.text in ("{", ""):
            return piece.text == "{" and before is _Kind.ANSWERS and after is _Kind.QUESTION
        if before is _Kind.QUESTION and not self._bare:
            inside = {0: (_Kind.QUESTION,), 1: (_Kind.BESIDE,), 2: (_Kind.END,)}
            return after in inside.get(piece.closes, ())
        return before in beside and after in {0: beside, 1: (_Kind.END,)}.get(piece.closes, ())

    def _number(self, key: int, text: str) -> int | None:
        """Return the bits of a value under a key over all words, or None where only the exact reader can judge it."""
        name = self._keys[key]
        if (name, text) not in self._answers:
            value = json.loads(text)
            question = self._questions.get(name)
            if question is not None:
                fits = self._layout.fits_a_word(question)
                self._answers[name, text] = self._meanings.number_if_right(name, value) if fits else None
            elif name == _ANSWERS:
                self._answers[name, text] = 0 if value == {} else None
            else:
                self._values_of_key.setdefault(key, set()).add(text)
                self._answers[name, text] = 0 if self._meanings.may_stand_beside(name, value) else None
        return self._answers[name, text]
