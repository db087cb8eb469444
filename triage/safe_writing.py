"""Files that are written whole or not at all, and that only their owner may read."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cannot_write", "unfinished_file", "written_whole"]


def cannot_write(path: Path, error: Exception) -> DataFault:
    """Return the fault of a file that cannot be written."""
    reason = getattr(error, "strerror", None) or next(iter(str(error).strip().splitlines()), type(error).__name__)
    return DataFault([Problem(Place(str(path)), f"This file cannot be written: {reason}.")])


@contextmanager
def unfinished_file(path: Path) -> Iterator[Path]:
    """Yield the path of an empty file, which takes its place when the block ends and the file is still there.

    Only the owner may read it (mode 0600). A file that stood there stays as it was until then; so does a link, whose
    aim is what is replaced.

    Raises:
        DataFault: the folder does not exist or may not be written to, the disk is full, or what stands there is a
            device or a pipe, which must never be replaced by a file.

    """
    path = Path(os.path.realpath(path))  # Path.resolve raises for a link to itself, below Python 3.13
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            message = "This is no ordinary file, so nothing is written in its place."
            raise DataFault([Problem(Place(str(path)), message)])
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise cannot_write(path, error) from None
    unfinished = Path(temporary)
    try:
        yield unfinished
        try:
            if unfinished.exists():
                with unfinished.open("rb+") as file:
                    os.fsync(file.fileno())
                unfinished.replace(path)
        except OSError as error:
            raise cannot_write(path, error) from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file that appears under its name only when the block ends without an error.

    Raises:
        DataFault: as ``unfinished_file`` does.

    """
    with unfinished_file(path) as unfinished:
        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                yield file
        except OSError as error:
            raise cannot_write(path, error) from None
