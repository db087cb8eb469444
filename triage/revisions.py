"""A protocol as it stood in an earlier revision of a git repository."""

from __future__ import annotations

import io
import subprocess
import tarfile
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
    top = _git(like, "rev-parse", "--show-toplevel")
    archive = top and _git(Path(top.decode().strip()), "archive", "--format=tar", name)
    if not top or not archive:
        message = "This is neither a protocol folder nor a git revision of one."
        raise DataFault([Problem(Place(name), message)])
    inside = like.resolve().relative_to(Path(top.decode().strip()).resolve())
    with TemporaryDirectory() as temporary:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(temporary, filter="data")
        yield Path(temporary) / inside


def _git(folder: Path, *words: str) -> bytes | None:
    """Return what git prints, or None where it fails or is not installed."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, check=False)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None
