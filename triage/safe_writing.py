"""Files that are written whole or not at all, and that only their owner may read."""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["written_whole"]


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 text file that appears under its name only when the block ends without an error.

    A file of that name stays as it was until then. Only the owner may read the new one (mode 0600).

    Raises:
        DataFault: the folder does not exist or may not be written to, or the disk is full.

    """
    path = path.absolute()
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    except OSError as error:
        raise _cannot_write(path, error) from None
    unfinished = Path(temporary)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from None
    finally:
        unfinished.unlink(missing_ok=True)


def _cannot_write(path: Path, error: OSError) -> DataFault:
    return DataFault([Problem(Place(str(path)), f"This file cannot be written: {error.strerror or error}.")])
