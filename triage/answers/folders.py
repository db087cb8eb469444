"""What lies in a folder of answers: files, behind links too, but nothing hidden, no results, no pipe and no device."""

from __future__ import annotations

import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from triage.documents.bounded_reading import kind_if_special
from triage.documents.output_text import shown
from triage.documents.problems import Place, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["device", "files_in", "fitting", "is_result", "not_ordinary", "only_ordinary", "passed_over"]

_ANY_FOLDERS = "**"
_MOST_NAMED = 6
_RESULT = re.compile(r".\.scores(\.errors)?\.(ndjson|csv|parquet)\Z")
"""How a file ends that ``triage score`` wrote into a folder: the results of a file, or what is wrong with its rows."""


def files_in(folder: Path, is_wanted: Callable[[Path], bool]) -> Iterator[Path | Problem]:
    """Yield what cannot be read in a folder, and then the wanted files in it and below it, in order."""
    faults: list[OSError] = []
    found = sorted(path for path in _walked(folder, faults.append) if is_wanted(path) and not is_result(path))
    for fault in faults:
        yield Problem(Place(str(fault.filename)), f"This folder cannot be read: {fault.strerror}.")
    yield from map(only_ordinary, found)


def passed_over(folder: Path, is_wanted: Callable[[Path], bool]) -> Problem | None:
    """Return which files of a folder nobody reads, since they are of another kind; None where there are none.

    Results that stand among the answers are none of them, nor is what is hidden.
    """
    names = sorted(
        str(path.relative_to(folder))
        for path in _walked(folder, lambda _: None)
        if not is_wanted(path) and not is_result(path)
    )
    if not names:
        return None
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    message = f"Not read: {', '.join(map(shown, names[:_MOST_NAMED]))}{more}."
    hint = "Files of these kinds hold no answers that are known here; one that does can be named by itself."
    return Problem(Place(str(folder)), message, hint, severity="warning")


def is_result(path: Path) -> bool:
    """Whether a file is none of answers, by its name, but one of results that may stand among them.

    >>> [is_result(Path(name)) for name in ("a.csv.scores.ndjson", "a.csv.scores.errors.ndjson", "scores.ndjson")]
    [True, True, False]
    """
    return _RESULT.search(path.name) is not None


def fitting(pattern: Path) -> Iterator[Path]:
    """Yield what fits a pattern; ``**`` stands for any folders, each once, whatever links there are."""
    parts = pattern.parts
    if _ANY_FOLDERS not in parts:
        yield from map(Path, glob.iglob(str(pattern)))  # noqa: PTH207 - Path.glob takes no pattern from the root
        return
    at = parts.index(_ANY_FOLDERS)
    before, behind = Path(*parts[:at]), parts[at + 1 :]
    for root in fitting(before) if glob.has_magic(str(before)) else [before]:
        if not behind:
            yield root
            continue
        for folder, _ in _folders(root):
            yield from fitting(Path(glob.escape(folder), *behind))


def _walked(folder: Path, onerror: Callable[[OSError], None]) -> Iterator[Path]:
    """Yield the files below a folder, but for hidden ones and for what Excel keeps beside a workbook that is open."""
    for at, names in _folders(folder, onerror):
        yield from (Path(at, name) for name in names if not name.startswith((".", "~$")))


def _folders(folder: Path, onerror: Callable[[OSError], None] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield a folder and those below it with the names of their files, each once, whatever links there are."""
    met: set[str] = set()
    for at, folders, names in os.walk(folder, onerror=onerror, followlinks=True):
        if (real := os.path.realpath(at)) in met:
            folders.clear()
            continue
        met.add(real)
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield at, names


def only_ordinary(path: Path) -> Path | Problem:
    """Return a file, or in its place that it is none to wait for: a pipe that nobody writes to, or an endless device.

    Files that cannot be looked at are left to whoever opens them.
    """
    return not_ordinary(path) or path


def not_ordinary(path: Path) -> Problem | None:
    """Return what is wrong with a file that is none to be opened twice, or to wait for."""
    kind = kind_if_special(path)
    return _not_read(path, kind) if kind else None


def device(path: Path) -> Problem | None:
    """Return what is wrong with a file that was named, if it is a device, which may never end; a pipe is welcome."""
    kind = kind_if_special(path)
    return _not_read(path, kind) if kind == "device" else None


def _not_read(path: Path, kind: str) -> Problem:
    hint = "Standard input takes a pipe: `-` in place of its name." if kind == "pipe" else None
    return Problem(Place(str(path)), f"This is a {kind}, not an ordinary file, so it is not read.", hint)
