"""Packed files, unpacked as they are read, and what reading them may raise."""

from __future__ import annotations

import gzip
import importlib
import io
import sys
import zlib
from typing import IO, TYPE_CHECKING, Any, cast

from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PACKED", "Continued", "open_packed", "unpacked_if_packed", "unreadable"]

PACKED = {".gz": b"\x1f\x8b", ".zst": b"\x28\xb5\x2f\xfd"}
"""How packed files end in their names, and how they begin."""
_ZSTD = ("compression.zstd", "backports.zstd")


def open_packed(path: Path, packed: str, source: io.BufferedReader | None = None) -> IO[bytes]:
    """Open a file, or a stream that came from it, for reading its unpacked bytes; ``packed`` is one of ``PACKED``.

    Raises:
        DataFault: the package for it is missing.

    """
    module: Any = gzip if packed == ".gz" else _zstd(path)
    return cast("IO[bytes]", module.open(source or path, "rb"))


def unpacked_if_packed(path: Path, begun: bytes, stream: IO[bytes]) -> IO[bytes] | None:
    """Return what unpacks a stream of which the beginning was read; None if it is not packed.

    Raises:
        DataFault: the package for it is missing.

    """
    packed = next((end for end, sign in PACKED.items() if begun.startswith(sign)), None)
    return open_packed(path, packed, io.BufferedReader(Continued(begun, stream))) if packed else None


class Continued(io.RawIOBase):
    """A stream together with its beginning, which was read already."""

    def __init__(self, begun: bytes, stream: IO[bytes]) -> None:
        super().__init__()
        self._begun = io.BytesIO(begun)
        self._stream = stream

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer."""
        data = self._begun.read(len(buffer)) or self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def unreadable() -> tuple[type[Exception], ...]:
    """Return what reading a file may raise, packed or not."""
    modules: list[Any] = [sys.modules[name] for name in _ZSTD if name in sys.modules]
    return OSError, EOFError, zlib.error, *(module.ZstdError for module in modules)


def _zstd(path: Path) -> Any:
    """Return the module that unpacks zst; it belongs to Python from 3.14 on."""
    for name in _ZSTD:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    hint = "Install it with `pip install backports.zstd`, or unpack the file first."
    raise DataFault([Problem(Place(str(path)), "The package that unpacks .zst files is not installed.", hint)])
