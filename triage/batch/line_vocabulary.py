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
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from triage.answers.conversion import VERSIONS
from triage.answers.reading import ABOUT, may_be_misplaced
from triage.batch.answer_meanings import AnswerMeanings
from triage.batch.bit_layout import WORD_BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from triage.batch.bit_layout import BitLayout
    from triage.batch.number_table import Numbers, Places

__all__ = ["ID", "START", "Frame", "LineVocabulary"]

START, ID = 1, 2
"""Numbers of keys: the beginning of a line, and the id; 0 stands for "no key follows"."""
_ANSWERS = "answers"
_NEVER_FREE = frozenset(("questionnaire", *VERSIONS, _ANSWERS))
"""Keys beside the answers that have right values and wrong ones, so that each has to be looked at."""
_ANY = "*"
"""Stands for a value that differs from line to line."""
_MANY_VALUES = 64
"""Where a key beside the answers has more values than this, they are taken to differ from line to line."""
_MOST_PIECES = 100_000
"""Pieces remembered at most; then all are forgotten, so that memory stays bounded."""
_MOST_BYTES = 64 << 20
"""Bytes of pieces remembered at most."""
_MOST_FRAMES = 64
_STRANGE_KEYS = 64
"""Keys that have no place here and are remembered all the same; lines with more of them are not understood."""
_ROOM = 1 << 12
"""Pieces there is room for at first."""
_NOT_ASKED = -1
_SPACE = r"[ \t\r\n]*"
_KEY = r'"([^"\\\x00-\x1f]*)":'
_OPENS = re.compile(rf"{_SPACE}\{{{_SPACE}{_KEY}")
_GOES_ON = re.compile(rf"{_SPACE}((?:\}}{_SPACE})*)(?:,{_SPACE}{_KEY})?")


def _each_once(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) < len(items):
        raise ValueError("a key stands here twice")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_each_once)


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
    value: Any = None
    """The value itself."""


class _Meaning(NamedTuple):
    """What a piece means behind a key."""

    key: int | None
    """That key, if the piece may stand there."""
    bits: int
    """What was chosen, over all words of the answers."""
    text: str
    wrong: tuple[str, Any] | None = None
    """A question and the value that is no answer to it, where nothing else is wrong."""


_NO_PIECE = _Piece("", None, 0)
_NO_MEANING = _Meaning(None, 0, "")


@dataclass(frozen=True)
class Frame:
    """What stands before and after a value that differs from line to line."""

    key: int
    """The key the value belongs to."""
    head: bytes
    tail: bytes
    number: int
    """The number that all such pieces have."""


class LineVocabulary:
    """Learns pieces: each different one has a number, and so has what it means behind a key."""

    def __init__(self, layout: BitLayout, keep: Iterable[str] = (), *, bare: bool) -> None:
        self._layout = layout
        self._meanings = AnswerMeanings(layout)
        self._questions = layout.questionnaire.by_id
        self._keep = frozenset(keep)
        self._bare = bare
        """Whether lines hold the answers without a key ``answers`` around them."""
        self._mark_rows = 1 + (len(self._questions) + WORD_BITS // 2) // WORD_BITS
        self._forget()

    def key_number(self, name: str) -> int:
        """Return the number of a key; 0 for one not met so far."""
        return self._key_numbers.get(name, 0)

    @property
    def free_keys(self) -> list[tuple[int, bytes]]:
        """The keys whose values differ from line to line, and how the piece before such a value ends."""
        return [(key, f'"{self._keys[key]}":'.encode()) for key in sorted(self._free)]

    @property
    def other_keys(self) -> list[str]:
        """The keys that were met and nobody asked for."""
        return self._keys[self._expected :]

    def forget_if_full(self) -> None:
        """Forget everything where it has become too much."""
        if len(self._numbers) > _MOST_PIECES or self._bytes > _MOST_BYTES:
            self._forget()

    def numbers(self, texts: Sequence[bytes]) -> Places:
        """Return the number of each piece; 0 for one that cannot be understood."""
        found = list(map(self._numbers.get, texts))
        for at, text in enumerate(texts) if None in found else ():
            if found[at] is None:
                self._bytes += len(text)
                self._numbers[text] = found[at] = self._add_piece(self._read(text))
        return np.array(found, np.intp)

    def meanings(self, pieces: Places, keys_before: Places) -> Places:
        """Return the number of what each piece means behind the key before it; 0 where it means nothing."""
        room = self._meaning_numbers.shape[1]
        places = keys_before * room
        places += pieces
        found = self._meaning_numbers.ravel().take(places)
        new = np.flatnonzero(found == _NOT_ASKED)
        if new.size:
            asked = np.unique(places[new])
            pairs = (divmod(place, room) for place in asked.tolist())
            added = self._add_meanings([self._meaning(key, self._pieces[number]) for key, number in pairs])
            self._meaning_numbers.ravel()[asked] = added
            found[new] = self._meaning_numbers.ravel().take(places[new])
        return found.astype(np.intp)

    def learn_frame(self, key: int, head: bytes, tail: bytes) -> Frame | None:
        """Learn what stands around a value that differs from line to line; None if it cannot be understood."""
        try:
            piece = self._going_on(tail.decode(), 1 if tail.startswith(b'"') else 0, _ANY)
        except UnicodeDecodeError:
            return None
        if piece is None or len(self.frames) >= _MOST_FRAMES:
            return None
        frame = Frame(key, head, tail, self._add_piece(piece))
        self.frames.append(frame)
        return frame

    # ---- learning ----

    def _forget(self) -> None:
        self._bytes = 0
        self._numbers: dict[bytes, int] = {}
        self._answers: dict[tuple[str, str], int | None] = {}
        self._keys: list[str] = ["", "", "id"]
        self._key_numbers: dict[str, int] = {"id": ID}
        self._values_of_key: dict[int, set[str]] = {}
        self._marks: dict[int, Numbers] = {}
        self.frames: list[Frame] = []
        expected = (*ABOUT, *self._questions, *sorted(self._keep), *(() if self._bare else (_ANSWERS,)))
        self._most_keys = len(self._keys) + len(expected) + _STRANGE_KEYS
        for name in expected:
            self._key(name)
        self._expected = len(self._keys)
        free = self._keep - self._questions.keys() - _NEVER_FREE
        self._free = {ID, *(self._key_numbers[name] for name in free)}
        self._pieces: list[_Piece] = [_NO_PIECE]
        """By number of a piece; the first is none."""
        self.key_after: Places = np.zeros(_ROOM, np.intp)
        """By number of a piece: the key that follows."""
        self._meaning_numbers = np.full((self._most_keys, _ROOM), _NOT_ASKED, np.int32)
        """By key before and number of a piece: the number of what it means there."""
        self._meaning_numbers[:, 0] = 0
        self.texts: list[str] = []
        """By number of a meaning: how the value is written."""
        self.fits: list[bool] = []
        """By number of a meaning: whether the piece may stand there."""
        self.wrong: dict[int, tuple[str, Any]] = {}
        """By number of a meaning: a question and the value that is no answer to it, where nothing else is wrong."""
        self.marks: Numbers = np.zeros((self._mark_rows, _ROOM), np.uint64)
        """By number of a meaning: the mark of the key before, or none if the piece may not stand there.

        A row for every 64 keys.
        """
        self.bits: Numbers = np.zeros((self._layout.words, _ROOM), np.uint64)
        """By number of a meaning: what was chosen. A row for every word of the answers."""
        self._add_meanings([_NO_MEANING])
        wanted = self._questions if self._bare else (_ANSWERS,)
        self.answers: Numbers = np.zeros((self._mark_rows, 1), np.uint64)
        """Marks of which a line must carry at least one, or it holds no answers. A row for every 64 keys."""
        for name in wanted:
            self.answers[:, 0] |= self._mark(self._key_numbers[name])

    def _add_piece(self, piece: _Piece | None) -> int:
        """Take in a piece that is new, and return its number; 0 for what cannot be understood."""
        key = 0 if piece is None or piece.key is None else self._key(piece.key)
        if piece is None or key is None:
            return 0
        number = len(self._pieces)
        self._pieces.append(piece)
        self.key_after = _with_room(self.key_after, number, 0)
        self.key_after[number] = key
        self._meaning_numbers = _with_room(self._meaning_numbers, number, _NOT_ASKED)
        return number

    def _add_meanings(self, meanings: Sequence[_Meaning]) -> range:
        """Take in meanings, and return their numbers."""
        numbers = range(len(self.texts), len(self.texts) + len(meanings))
        self.texts += [meaning.text for meaning in meanings]
        self.fits += [meaning.key is not None for meaning in meanings]
        self.marks = _with_room(self.marks, numbers.stop, 0)
        self.bits = _with_room(self.bits, numbers.stop, 0)
        for number, meaning in zip(numbers, meanings, strict=True):
            if meaning.key is not None:
                self.marks[:, number] = self._mark(meaning.key)
            if meaning.wrong is not None:
                self.wrong[number] = meaning.wrong
        self.bits[:, numbers.start : numbers.stop] = self._layout.as_words(meaning.bits for meaning in meanings)
        return numbers

    def _mark(self, key: int) -> Numbers:
        """Return the mark of a key; nothing where there is none left."""
        if key not in self._marks:
            row, bit = divmod(len(self._marks), WORD_BITS)
            self._marks[key] = np.zeros(self._mark_rows, np.uint64)
            if row < self._mark_rows:
                self._marks[key][row] = 1 << bit
        return self._marks[key]

    def _key(self, name: str) -> int | None:
        """Return the number of a key; None where there are too many already."""
        if name not in self._key_numbers:
            if len(self._keys) >= self._most_keys:
                return None
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
            beside = name in ABOUT or (name in self._keep and not self._layout.questionnaire.is_question(name))
            return _Kind.BESIDE if beside else _Kind.STRANGE
        return _Kind.ANSWERS if name == _ANSWERS else _Kind.BESIDE

    def _read(self, raw: bytes) -> _Piece | None:
        """Take a piece apart; None if it is not a value and what follows."""
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            return None
        if not text.strip(" \t\r\n"):
            return _Piece("", None, 0)
        opens = _OPENS.fullmatch(text)
        if opens:
            return _Piece("{", opens[1], 0)
        begin = len(text) - len(text.lstrip(" \t\r\n"))
        try:
            value, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return None
        # Between the parts of a value it is only space, but what is carried along must not look like two lines.
        piece = self._going_on(text, end, text[begin:end].replace("\r", " "))
        return None if piece is None else piece._replace(value=value)

    def _going_on(self, text: str, at: int, value: str) -> _Piece | None:
        """Read what follows a value."""
        match = _GOES_ON.fullmatch(text, at)
        if match is None or (match[2] is None) is not text.endswith("\n"):
            return None
        return _Piece(value, match[2], match[1].count("}"))

    def _meaning(self, before: int, piece: _Piece) -> _Meaning:
        """Return what a piece means behind a key."""
        after = 0 if piece.key is None else self._key_numbers[piece.key]
        misplaced = piece.text == _ANY and before not in self._free
        if misplaced or not self._fits(self._kind(before), piece, self._kind(after)):
            return _NO_MEANING._replace(text=piece.text)
        number: int | None = 0
        if before > START and piece.text not in (_ANY, "{"):
            number = self._number(before, piece)
        if number is not None:
            return _Meaning(before, number, piece.text)
        name = self._keys[before]
        return _NO_MEANING._replace(text=piece.text, wrong=(name, piece.value) if name in self._questions else None)

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

    def _number(self, key: int, piece: _Piece) -> int | None:
        """Return the bits of a value under a key over all words, or None where only the exact reader can judge it."""
        name, text = self._keys[key], piece.text
        if (name, text) not in self._answers:
            if name in self._questions:
                self._answers[name, text] = self._meanings.number_if_right(name, piece.value)
            elif name == _ANSWERS:
                self._answers[name, text] = 0 if piece.value == {} else None
            else:
                values = self._values_of_key.setdefault(key, set())
                values.add(text)
                looked_at = name in _NEVER_FREE or may_be_misplaced(name, self._layout.questionnaire)
                if len(values) > _MANY_VALUES and not looked_at:
                    self._free.add(key)
                self._answers[name, text] = 0 if self._meanings.may_stand_beside(name, piece.value) else None
        return self._answers[name, text]


def _with_room(columns: NDArray[Any], number: int, empty: int) -> NDArray[Any]:
    """Return columns with room for one of a number: at least twice as many if there was none."""
    more = number + 1 - columns.shape[-1]
    if more <= 0:
        return columns
    room = np.full((*columns.shape[:-1], max(more, columns.shape[-1])), empty, columns.dtype)
    return np.concatenate((columns, room), axis=-1)
