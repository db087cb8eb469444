"""Files that are written whole or not at all, and that only their owner may read unless they are public."""

from __future__ import annotations

import errno
import os
import tempfile
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cannot_write", "check_writable", "free_name", "make_private_folder", "unfinished_file", "written_whole"]


def cannot_write(path: Path, error: Exception) -> DataFault:
    """Return the fault of a file that cannot be written."""
    reason = getattr(error, "strerror", None) or next(iter(str(error).strip().splitlines()), type(error).__name__)
    return DataFault([Problem(Place(str(path)), f"This file cannot be written: {reason}.")])


def make_private_folder(folder: Path) -> None:
    """Make a folder that only its owner may look into, unless it is there.

    Raises:
        DataFault: it cannot be made.

    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        text = f"This folder cannot be written: {error.strerror or error}."
        raise DataFault([Problem(Place(str(folder)), text)]) from None


@contextmanager
def unfinished_file(path: Path, *, public: bool = False, new: bool = False) -> Iterator[Path]:
    """Yield the path of an empty file, which takes its place when the block ends and the file is still there.

    Only the owner may read it (mode 0600). A file that stood there stays as it was until then; so does a link, whose
    aim is what is replaced.

    Args:
        path: where the file goes.
        public: whether it holds nothing about anybody, so that others may read it as they may other files.
        new: whether nothing may stand there yet, not even at the end.

    Raises:
        DataFault: the folder does not exist or may not be written to, the disk is full, or what stands there is a
            device or a pipe, which must never be replaced by a file.

    """
    try:
        path = Path(os.path.realpath(path))  # Path.resolve raises for a link to itself, below Python 3.13
        if new and os.path.lexists(path):
            raise _exists_already(path)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if path.exists() and not path.is_file():
            message = "This is no ordinary file, so nothing is written in its place."
            raise DataFault([Problem(Place(str(path)), message)])
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.close(handle)
    except (OSError, ValueError) as error:
        raise cannot_write(path, error) from None
    unfinished = Path(temporary)
    try:
        yield unfinished
        try:
            if unfinished.exists():
                with unfinished.open("rb+") as file:
                    os.fsync(file.fileno())
                if public:
                    unfinished.chmod(0o666 & ~_masked_mode())
                (_put_where_nothing_is if new else Path.replace)(unfinished, path)
        except OSError as error:
            raise cannot_write(path, error) from None
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)


def check_writable(path: Path, *, new: bool = False) -> None:
    """Make sure that a file can be written, before anybody takes trouble for it; nothing is left there.

    Raises:
        DataFault: as ``unfinished_file`` does.

    """
    with unfinished_file(path, new=new) as unfinished:
        unfinished.unlink()


def free_name(path: Path) -> Path:
    """Return a path itself if nothing stands there, else one beside it with a number."""
    names = chain([path], (path.with_stem(f"{path.stem}-{number}") for number in count(2)))
    return next(name for name in names if not os.path.exists(name))  # noqa: PTH110 - Path.exists may raise


def _put_where_nothing_is(unfinished: Path, path: Path) -> None:
    """Let a file take its place unless somebody else's came to stand there."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise _exists_already(path) from None
    except (OSError, NotImplementedError):  # this file system has no second names
        if path.exists():
            raise _exists_already(path) from None
        unfinished.replace(path)


def _exists_already(path: Path) -> DataFault:
    hint = "Name another file, or move this one away."
    return DataFault([Problem(Place(str(path)), "This file exists already, and might be somebody else's.", hint)])


def _masked_mode() -> int:
    """Return what new files of this process do not allow to others."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def written_whole(path: Path, *, public: bool = False, new: bool = False) -> Iterator[TextIO]:
    """Open a UTF-8 text file that appears under its name only when the block ends without an error.

    The arguments are those of ``unfinished_file``.

    Raises:
        DataFault: as ``unfinished_file`` does.

    """
    with unfinished_file(path, public=public, new=new) as unfinished:
        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as file:
                yield file
        except OSError as error:
            raise cannot_write(path, error) from None
