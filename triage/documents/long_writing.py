"""Where long results go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from triage.documents.problems import DataFault, Place, Problem
from triage.documents.safe_writing import cannot_write, unfinished_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

__all__ = ["LateFile", "TextFile", "standard_output", "whole_file"]

_SETTLED_AT_ONCE = 32 << 20


class TextFile:
    """A stream to write to that says in plain words why it cannot be written."""

    def __init__(self, stream: IO[bytes], path: Path | None = None) -> None:
        self._stream = stream
        self._path = path
        self._size = self._settled = 0
        """How many bytes were written, and how many of them are on the disk."""
        self.wanted = True
        """Set this to False to leave the file as it was."""

    def write(self, text: bytes) -> None:
        """Write some text.

        Raises:
            DataFault: the disk is full, or the like.

        """
        try:
            self._stream.write(text)
            self._size += len(text)
            if self._path is not None and self._size - self._settled >= _SETTLED_AT_ONCE:
                self._settle()
        except BrokenPipeError:  # whoever read it has left
            raise
        except OSError as error:
            raise cannot_write(self._path or Path("standard output"), error) from None

    def _settle(self) -> None:
        """Bring what was written to the disk, and let go of the memory it takes.

        It has to be there before the file takes its place. If that were left to the end, a long file would first fill
        the memory of the whole machine, and new memory takes longer than the disk does.
        """
        if sys.platform == "linux":
            self._stream.flush()
            os.fdatasync(self._stream.fileno())
            os.posix_fadvise(self._stream.fileno(), self._settled, self._size - self._settled, os.POSIX_FADV_DONTNEED)
        self._settled = self._size


def standard_output() -> TextFile:
    """Return standard output, for bytes.

    Raises:
        DataFault: it is closed.

    """
    if not hasattr(sys.stdout, "buffer"):
        raise DataFault([Problem(Place("standard output"), "Standard output is closed; name a file with -o.")])
    sys.stdout.flush()
    return TextFile(sys.stdout.buffer)


@contextmanager
def whole_file(path: Path) -> Iterator[TextFile]:
    """Open a file for writing; see ``safe_writing.unfinished_file`` for when it appears."""
    with unfinished_file(path) as unfinished:
        try:
            stream = unfinished.open("wb")
        except OSError as error:
            raise cannot_write(path, error) from None
        file = TextFile(stream, path)
        try:
            yield file
        except BaseException:
            with suppress(OSError):
                stream.close()
            raise
        try:
            stream.close()
        except OSError as error:
            raise cannot_write(path, error) from None
        if not file.wanted:
            unfinished.unlink()


class LateFile:
    """A file that appears, whole, if something is written to it, or if one of its name stands there already."""

    def __init__(self, path: Path, *, always: bool = False) -> None:
        self.path = path
        self._always = always
        self._file: TextFile | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        if self._always or os.path.exists(self.path):  # noqa: PTH110 - Path.exists raises where nobody may look
            self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def write(self, text: bytes) -> None:
        """Write some text."""
        (self._file or self._open()).write(text)

    def _open(self) -> TextFile:
        self._file = self._stack.enter_context(whole_file(self.path))
        return self._file
