"""A JSON text of any length, read value by value."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING

from triage.documents.bounded_reading import LONGEST, too_long
from triage.documents.json_reading import IN_LINES
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from triage.documents.bounded_reading import Readable

__all__ = ["LongJson"]

_READ_AT_ONCE = 1 << 21
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)
"""Only finds where values end, so that a number may have as many digits as it likes."""


class LongJson:
    """A JSON text that is read on as far as it is needed."""

    def __init__(self, stream: Readable, source: str, begun: bytes = b"") -> None:
        self._stream = stream
        self._source = source
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text = ""
        self._at = 0
        self.line = 1
        """The line of the next sign."""
        self.column = 1
        """Its column."""
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
                if len(self._text) > LONGEST:
                    raise too_long(Place(self._source), hint="NDJSON, an object a line, may be of any length.")
                self._read_on()
            try:
                _, end = _DECODER.raw_decode(self._text, self._at)
                if end < len(self._text) or self.ended:
                    break
            except json.JSONDecodeError as error:
                if self.ended:
                    raise self._broken(error.msg, error.pos) from None
                if len(self._text) - self._at > LONGEST:
                    raise self._broken(error.msg, error.pos) from None
            except RecursionError:
                raise self._fault("This is nested more than 60 levels deep.") from None
            self._read_on()
        written = self._text[self._at : end]
        self._move(end)
        return written

    def end(self) -> None:
        """Make sure that nothing follows."""
        self.skip_space()
        if self.next:
            raise self._broken("Extra data", self._at, IN_LINES)

    def _move(self, to: int) -> None:
        lines = self._text.count("\n", self._at, to)
        self.line += lines
        self.column = to - self._text.rfind("\n", self._at, to) if lines else self.column + to - self._at
        self._at = to

    def _read_on(self) -> None:
        self._text = self._text[self._at :]
        self._at = 0
        # A long value is looked at from its beginning again, so each time there is three times as much of it.
        held, room = -(-len(self._text) // _READ_AT_ONCE), (LONGEST - len(self._text)) // _READ_AT_ONCE + 1
        data = self._stream.read(_READ_AT_ONCE * max(1, min(2 * held, room)))
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
        place = Place(self._source, self.line, self.column)
        return DataFault([Problem(place, f"Broken JSON: {message}.", hint)])

    def _fault(self, message: str, hint: str | None = None) -> DataFault:
        return DataFault([Problem(Place(self._source, self.line), message, hint)])
