"""The folder of a protocol: each of its files is read once, within a bound, and what is wrong is gathered."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from triage.documents.bounded_reading import LONGEST, read_bytes
from triage.documents.document import Document, decode
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem, nearest
from triage.documents.yaml_reading import read_yaml
from triage.protocol.written import written_entries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.documents.document import Steps

__all__ = ["ProtocolFolder", "exists"]


class ProtocolFolder:
    """The files of a protocol, and every problem met in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.tried: set[str] = set()
        self.hash = hashlib.sha256()
        self.left = LONGEST
        """So many bytes may all files together still hold."""

    def check_folder(self) -> None:
        """Stop where this is no folder of a protocol."""
        try:
            found = (self.folder / "protocol.yaml").is_file()
        except PermissionError:
            raise DataFault([Problem(Place(str(self.folder)), "This may not be read (no permission).")]) from None
        except OSError:
            found = False
        if not found:
            message = "This is no protocol folder: it holds no protocol.yaml."
            raise DataFault([Problem(Place(str(self.folder)), message)])

    def stop_if_wrong(self) -> None:
        """Say every problem, sorted by place, if any is an error."""
        if any(problem.severity == "error" for problem in self.problems):
            raise DataFault(sorted(self.problems, key=_position))

    def document(self, name: str, named_at: Place | None = None, others: Iterable[str] = ()) -> Document | None:
        """Read a file once.

        Args:
            name: its path from the folder.
            named_at: where it is named, to say there that it is missing.
            others: names that may have been meant.

        """
        if name in self.tried:
            return self.documents.get(name)
        self.tried.add(name)
        path = Path(os.path.normpath(self.folder / name))
        if named_at is not None and not exists(path):
            near = nearest(name, others)
            hint = f"Did you mean {shown(near)}?" if near else None
            self.problems.append(Problem(named_at, f"There is no file {shown(name)} here.", hint))
            return None
        try:
            raw = read_bytes(path, most=self.left)
            self.documents[name] = read_yaml(decode(raw, str(path)), str(path))
        except DataFault as fault:
            self.problems.extend(fault.problems)
            return None
        self.left -= len(raw)
        self.hash.update(raw)
        return self.documents[name]

    def place(self, name: str, steps: Steps) -> Place:
        """Return where something stands in a file."""
        return self.documents[name].place(steps) if name in self.documents else Place(name)

    def written_words(self, names: Iterable[str], key: str, field: str) -> Iterator[tuple[str, Place]]:
        """Yield what the entries of some files hold in a field, with its place."""
        for name in names:
            for index, entry in written_entries(self.documents.get(name), key):
                if isinstance(entry.get(field), str):
                    yield entry[field], self.place(name, (key, index, field))

    def refuse_repeats(self, what: str, values: Iterable[tuple[str, Place]]) -> None:
        """Say of each value that stands twice where it stood first."""
        first: dict[str, Place] = {}
        for value, place in values:
            if value in first:
                self.problems.append(Problem(place, f"The {what} {shown(value)} is already used at {first[value]}."))
            first.setdefault(value, place)


def exists(path: Path) -> bool:
    """Return whether there is something of that name, also where that cannot be looked at."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists may raise


def _position(problem: Problem) -> tuple[str, int, int]:
    return (problem.place.source, problem.place.line or 0, problem.place.column or 0)
