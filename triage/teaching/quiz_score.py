"""The score of a quiz: kept on this machine only, a file for each protocol, so that a learner can go on later."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, ValidationError

from triage.documents.bounded_reading import read_bytes
from triage.documents.problems import DataFault, Place, Problem
from triage.documents.safe_writing import make_private_folder, written_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FIRST_SEED", "KeptScore", "Score", "Scored", "ThemeScore", "by_theme", "default_folder"]

FIRST_SEED = 1
"""The order of a learner who asks for no other."""


def default_folder() -> Path:
    """Return the folder of this user for scores, as the operating system wants it."""
    from platformdirs import user_data_path

    return user_data_path("triage-quiz", appauthor=False)


class Scored(BaseModel):
    """What was right in one case."""

    theme: str
    outcome: bool
    urgency: bool
    type: bool
    version: str
    """Version of the rules it was compared with."""


class Score(BaseModel):
    """Everything that is kept of a learner."""

    seed: int = FIRST_SEED
    cases: dict[str, Scored] = Field(default_factory=dict)
    """By the id of the case, the one answered longest ago first; the last time counts."""

    def record(self, case: str, scored: Scored) -> None:
        """Put in what was right in one case."""
        self.cases.pop(case, None)
        self.cases[case] = scored


@dataclass(frozen=True)
class ThemeScore:
    """How many cases of a theme were answered, and how often each choice was right."""

    theme: str
    cases: int
    outcome: int
    urgency: int
    type: int


def by_theme(score: Score, themes: Iterable[str]) -> list[ThemeScore]:
    """Add up a score by theme, in the order of the given themes; a theme that is no longer there comes last."""
    order = dict.fromkeys([*themes, *(one.theme for one in score.cases.values())])
    rows = []
    for theme in order:
        scored = [one for one in score.cases.values() if one.theme == theme]
        if scored:
            rows.append(
                ThemeScore(
                    theme,
                    cases=len(scored),
                    outcome=sum(one.outcome for one in scored),
                    urgency=sum(one.urgency for one in scored),
                    type=sum(one.type for one in scored),
                )
            )
    return rows


class KeptScore:
    """The score of one protocol in one folder."""

    def __init__(self, protocol_name: str, folder: Path) -> None:
        self._folder = folder
        self._name = protocol_name
        self.path = folder / f"{protocol_name}.json"

    def read(self) -> tuple[Score, Path | None]:
        """Return what is kept; a file that cannot be read is set aside, and where it is now is returned as well.

        Raises:
            DataFault: the file is there, but may not be read or moved.

        """
        if not os.path.lexists(self.path):
            return Score(), None
        try:
            return Score.model_validate_json(read_bytes(self.path)), None
        except ValidationError:
            pass
        aside = self._folder / f"{self._name}-damaged-{secrets.token_hex(4)}.json"
        try:
            self.path.replace(aside)
        except OSError as error:
            raise self._fault(
                f"The score in this file cannot be read, and the file cannot be moved: {error.strerror or error}."
            ) from None
        return Score(), aside

    def write(self, score: Score) -> None:
        """Keep a score, replacing the file as a whole.

        Raises:
            DataFault: the file or its folder cannot be written.

        """
        make_private_folder(self._folder)
        with written_whole(self.path) as file:
            file.write(score.model_dump_json(indent=1))

    def add(self, case: str, scored: Scored, seed: int) -> Score:
        """Keep what was right in one case, beside what another window may have kept since; return all of it.

        Raises:
            DataFault: it cannot be written.

        """
        score, _ = self.read()
        score.record(case, scored)
        score.seed = seed
        self.write(score)
        return score

    def forget(self) -> int:
        """Delete the score, what was set aside and what was half written; return how many cases there were."""
        try:
            count = len(Score.model_validate_json(read_bytes(self.path)).cases)
        except (DataFault, ValidationError):
            count = 0
        for path in (
            self.path,
            *self._folder.glob(f"{self._name}-damaged-*.json"),
            *self._folder.glob(f".{self._name}.json.*.part"),
        ):
            path.unlink(missing_ok=True)
        return count

    def _fault(self, text: str) -> DataFault:
        return DataFault([Problem(Place(str(self.path)), text)])
