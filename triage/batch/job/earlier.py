"""Results of an earlier run, which another one may go on with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from triage.documents.bounded_reading import read_bytes
from triage.documents.problems import DataFault
from triage.documents.safe_writing import written_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["EarlierResults"]

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
