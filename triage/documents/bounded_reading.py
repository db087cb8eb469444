"""Files that are read whole: ordinary ones, and never more of them than memory can hold."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING
from typing import Protocol as Interface

from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LONGEST", "Readable", "cannot_read", "kind_if_special", "read_bytes", "read_rest", "too_long"]

LONGEST = 1 << 24
"""So many bytes are read at once, unpacked; nothing that somebody writes by hand comes near."""


class Readable(Interface):
    """An open file, packed or not, or a standard stream."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes, fewer than asked for only at the end."""


def read_bytes(path: Path, *, most: int = LONGEST, hint: str | None = None, pipes: bool = False) -> bytes:
    """Return what a file holds.

    Args:
        path: the file.
        most: how many bytes it may hold.
        hint: what to do where it holds more.
        pipes: whether a pipe may stand there, which is waited for.

    Raises:
        DataFault: the file is missing, may not be read, is a folder, a device or an unwelcome pipe, or is too long.

    """
    place = Place(str(path))
    kind = kind_if_special(path)
    if kind and not (pipes and kind == "pipe"):
        raise DataFault([Problem(place, f"This is a {kind}, not an ordinary file, so it is not read.")])
    try:
        with path.open("rb") as file:
            return read_rest(file, str(path), most=most, hint=hint)
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from None


def cannot_read(path: Path, error: Exception) -> DataFault:
    """Return the fault of a file that cannot be read."""
    known: dict[type[Exception], str] = {
        FileNotFoundError: "There is no such file.",
        IsADirectoryError: "This is a folder, not a file.",
        PermissionError: "This file may not be read (no permission).",
    }
    said = known.get(type(error))
    reason = getattr(error, "strerror", None) or str(error)
    return DataFault([Problem(Place(str(path)), said or f"This file cannot be read: {reason}.")])


def read_rest(
    stream: Readable, source: str, begun: bytes = b"", *, most: int = LONGEST, hint: str | None = None
) -> bytes:
    """Return what a stream still holds, behind what was read of it already.

    Raises:
        DataFault: it holds more than is read at once; no more than that was read.

    """
    data = begun + stream.read(max(0, most + 1 - len(begun)))
    if len(data) > most:
        raise too_long(Place(source), most=most, hint=hint)
    return data


def too_long(place: Place, *, most: int = LONGEST, hint: str | None = None) -> DataFault:
    """Return the fault of something that is longer than what is read at once."""
    shown = f"{most >> 20} million bytes" if most >> 20 else f"{most:,} bytes"
    return DataFault([Problem(place, f"This holds more than {shown}, the most that is read at once.", hint)])


def kind_if_special(path: Path) -> str | None:
    """Return what a file is that may never end or answer; None for an ordinary file, a folder, and nothing at all."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"
