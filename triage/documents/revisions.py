"""A protocol as it stood in an earlier revision of a git repository."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from triage.documents.bounded_reading import LONGEST
from triage.documents.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["protocol_folder_of"]

_DATA = ":(glob)**/*.[yj]*"
"""What git is asked for: .yaml, .yml, .json, and not much else."""


@contextmanager
def protocol_folder_of(name: str, like: Path) -> Iterator[Path]:
    """Yield the protocol folder that a name stands for: a folder, or a git revision of the folder ``like``.

    What is wrong with a revision is said of its files as git calls them, such as ``HEAD:rules/one/urgent.yaml``.

    Raises:
        DataFault: it is neither, or what is read in the block is broken.

    """
    if os.path.isdir(name):  # noqa: PTH112 - Path.is_dir may raise
        yield Path(name)
        return
    # Git would take a name that begins with - for an option, and one of its options writes to any file.
    said = None if name.startswith("-") else _git(like, "rev-parse", "--show-toplevel")
    top = Path(os.fsdecode(said.removesuffix(b"\n"))).resolve() if said else None
    archive = _git(top, "archive", "--format=zip", name, _DATA) if top else None
    if top is None or archive is None or not like.resolve().is_relative_to(top):
        message = "This is neither a protocol folder nor a git revision of one."
        raise DataFault([Problem(Place(name), message)])
    inside = like.resolve().relative_to(top)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / inside
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(temporary, [one for one in packed.infolist() if one.file_size <= LONGEST])
        if not folder.is_dir():
            hint = "Compare folders, or name one that git keeps with --protocol."
            raise DataFault([Problem(Place(f"{name}:{inside.as_posix()}"), "This revision has no such folder.", hint)])
        try:
            yield folder
        except DataFault as fault:
            raise DataFault(_named(problem, f"{temporary}{os.sep}", f"{name}:") for problem in fault.problems) from None


def _named(problem: Problem, unknown: str, known: str) -> Problem:
    """Return a problem that calls files by a name that somebody knows."""
    place = replace(problem.place, source=problem.place.source.replace(unknown, known))
    hint = problem.hint and problem.hint.replace(unknown, known)
    return replace(problem, place=place, message=problem.message.replace(unknown, known), hint=hint)


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git prints, or None where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
