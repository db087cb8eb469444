"""Pieces of a text as numbers: equal pieces get the same number, so that a text met before is known at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from triage.batch.number_table import Numbers, Places

__all__ = ["MARGIN", "PieceNumbers", "Text", "with_margins"]

MARGIN = 16
"""Bytes before and after a text, so that sixteen bytes can be read anywhere in it."""

_HALF = np.uint64(32)


def with_margins(*parts: bytes | memoryview) -> bytes:
    """Return a text, given in parts, with line ends before it and zeros after it."""
    return b"".join((b"\n" * MARGIN, *parts, bytes(MARGIN)))


class Text:
    """A text with margins, seen as bytes, as words of eight bytes and as pairs of words, starting at every byte."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.bytes: NDArray[np.uint8] = np.frombuffer(raw, np.uint8)
        self.words: Numbers = np.ndarray((len(raw) - 7,), "<u8", raw, strides=(1,))
        # A complex number is the only kind with sixteen bytes that can be gathered in one go everywhere.
        self.pairs: NDArray[np.complex128] = np.ndarray((len(raw) - 15,), "<c16", raw, strides=(1,))


class PieceNumbers:
    """Gives each piece of a text a number of 64 bits.

    Two pieces of one length that differ in a single word of eight bytes never get the same number; any others do with
    a chance below 1 in 8 thousand million for two given pieces. The factors are drawn anew for each run, so that
    nobody can write a file whose pieces collide on purpose.
    """

    def __init__(self) -> None:
        random = np.random.default_rng()
        self._factors: Numbers = random.integers(1 << 62, size=3, dtype=np.uint64) * np.uint64(2) + np.uint64(1)

    def of(self, text: Text, starts: Places, ends: Places) -> Numbers:
        """Return the number of each piece, from its first byte to the one after its last.

        A piece shorter than sixteen bytes counts together with what stands before it, up to sixteen bytes.
        """
        lengths = ends - starts
        last = ends - 16
        state = _sixteen_bytes(text, np.minimum(starts, last))
        self._mix(state)
        state ^= _sixteen_bytes(text, last)
        self._mix(state)
        pairs = state.view(np.complex128)
        middle = np.flatnonzero(lengths > 32)
        offset = 16
        while middle.size:
            inner = pairs.take(middle).view(np.uint64)
            inner ^= _sixteen_bytes(text, starts[middle] + offset)
            self._mix(inner)
            pairs[middle] = inner.view(np.complex128)
            offset += 16
            middle = middle[lengths[middle] > offset + 16]
        result: Numbers = state[::2] * self._factors[1]
        result += state[1::2]
        result += lengths.view(np.uint64) * self._factors[2]
        return result

    def of_cells(self, text: Text, starts: Places, ends: Places) -> Numbers:
        """Return the number of each piece by itself; quicker than ``of`` where most pieces are short."""
        lengths = ends - starts
        state = _sixteen_bytes(text, starts)
        state &= _MASKS.take(np.minimum(lengths, 16)).view(np.uint64)
        self._mix(state)
        pairs = state.view(np.complex128)
        longer = np.flatnonzero(lengths > 16)
        if longer.size:
            inner = pairs.take(longer).view(np.uint64)
            inner += self.of(text, starts[longer], ends[longer]).repeat(2)
            pairs[longer] = inner.view(np.complex128)
        result: Numbers = state[::2] * self._factors[1]
        result += state[1::2]
        result += lengths.view(np.uint64) * self._factors[2]
        return result

    def _mix(self, state: Numbers) -> None:
        """Let every bit of each word change many others; two different words stay different."""
        state ^= state >> _HALF
        state *= self._factors[0]


def _sixteen_bytes(text: Text, starts: Places) -> Numbers:
    """Return the sixteen bytes from each place on, as two words one after the other."""
    return text.pairs[starts].view(np.uint64)


def _mask(length: int) -> list[int]:
    """Return the masks of two words that keep the first bytes."""
    bits = (1 << 8 * length) - 1
    return [bits & 0xFFFFFFFFFFFFFFFF, bits >> 64]


_MASKS: NDArray[np.complex128] = np.array([_mask(length) for length in range(17)], "<u8").view(np.complex128)[:, 0]
"""By number of bytes: two words that keep so many."""
