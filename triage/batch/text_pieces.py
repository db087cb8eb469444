"""Texts in pieces: which of thousands of pieces are the same, so that each different one is read only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from triage.batch.bit_layout import Numbers, Places

__all__ = ["MARGIN", "Text", "different_pieces", "with_margins"]

MARGIN = 8
"""Bytes before and after a text, so that a word of eight bytes can be read anywhere in it."""


def with_margins(*parts: bytes | memoryview) -> bytes:
    """Return a text, given in parts, with line ends before it and zeros after it."""
    return b"".join((b"\n" * MARGIN, *parts, bytes(MARGIN)))


class Text:
    """A text with margins, seen as bytes and as words of eight bytes that start at every byte."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.bytes: NDArray[np.uint8] = np.frombuffer(raw, np.uint8)
        self.words: Numbers = np.ndarray((len(raw) - 7,), "<u8", raw, strides=(1,))


def different_pieces(text: Text, ends: Places, left_out: NDArray[np.bool_]) -> tuple[list[bytes], Places]:
    """Return the different pieces of a text in the order they are met, and for each piece which of them it is.

    The first piece begins behind the margin and each other one where the piece before it ends. Pieces that are left
    out are -1.

    >>> text = Text(with_margins(b"a,b,a,"))
    >>> pieces, which = different_pieces(text, np.array([10, 12, 14]), np.zeros(3, np.bool_))
    >>> pieces, which.tolist()
    ([b'a,', b'b,'], [0, 1, 0])
    """
    offsets = np.empty(len(ends) + 1, np.int32)
    offsets[0] = MARGIN
    offsets[1:] = ends
    counted = np.packbits(~left_out, bitorder="little")
    buffers = [pa.py_buffer(counted), pa.py_buffer(offsets), pa.py_buffer(text.raw)]
    found = pa.BinaryArray.from_buffers(pa.binary(), len(ends), buffers).dictionary_encode()
    which = np.frombuffer(found.indices.buffers()[1], np.int32, len(ends)).astype(np.intp)
    which[left_out] = -1
    return found.dictionary.to_pylist(), which
