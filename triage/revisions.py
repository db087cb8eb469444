"""A protocol as it stood in an earlier revision of a git repository."""

from __future__ import annotations

import io
import subprocess
import zipfile
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from triage.problems import DataFault, Place, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["protocol_folder_of"]


@contextmanager
def protocol_folder_of(name: str, like: Path) -> Iterator[Path]:
    """Yield the protocol folder that a name stands for: a folder, or a git revision of the folder ``like``.

    Raises:
        DataFault: it is neither.

    """
    if Path(name).is_dir():
        yield Path(name)
        return
    # Git would take a name that begins with - for an option, and one of its options writes to any file.
    top = None if name.startswith("-") else _git(like, "rev-parse", "--show-toplevel")
    archive = top and _git(Path(top.decode().strip()), "archive", "--format=zip", name)
    if not top or not archive:
        message = "This is neither a protocol folder nor a git revision of one."
        raise DataFault([Problem(Place(name), message)])
    inside = like.resolve().relative_to(Path(top.decode().strip()).resolve())
    with TemporaryDirectory() as temporary:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            packed.extractall(temporary)
        yield Path(temporary) / inside


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git prints, or None where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
