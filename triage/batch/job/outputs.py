"""Where results go: standard output, or a file that appears whole or not at all."""

from __future__ import annotations

import json
import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

from triage.documents.bounded_reading import read_bytes
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.safe_writing import cannot_write, unfinished_file, written_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

__all__ = ["EarlierResults", "LateFile", "TextFile", "standard_output", "whole_file"]

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


# ---- results of an earlier run ----

_RECORD = ".made-with.json"
"""Begins with a dot, so that neither patterns nor folders take it for results or answers."""


class EarlierResults:
    """The results that stand in a folder before a run."""

    def __init__(self, folder: Path, program: str, rules: str, fields: Sequence[str], keep: Sequence[str]) -> None:
        self._record = folder / _RECORD
        self._made_with = {"program": program, "rules": rules, "fields": list(fields), "keep": list(keep)}
        self.alike = self._read() == self._made_with
        """Whether they were made with the same rules and program, and have the same fields."""

    def begin(self) -> None:
        """Note down what results are made with from now on.

        Results older than this note stay strange even where a later run finds the note to be its own.

        Raises:
            DataFault: the folder cannot be written to.

        """
        if not self.alike:
            with written_whole(self._record) as file:
                file.write(json.dumps(self._made_with, ensure_ascii=False) + "\n")

    def hold(self, output: Path, source: Path) -> bool:
        """Whether results are there that were made alike, after the answers came to stand where they are."""
        try:
            found, noted, written = source.stat(), self._record.stat(), output.stat()
        except OSError:
            return False
        return self.alike and written.st_mtime >= max(found.st_mtime, found.st_ctime, noted.st_mtime)

    def _read(self) -> object:
        try:
            return json.loads(read_bytes(self._record))
        except (DataFault, ValueError):
            return None
