"""Folders named ``name=value``, as Spark, pandas and DuckDB write a table in parts: the name is one of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from triage.answers.reading import ABOUT
from triage.documents.output_text import shown
from triage.documents.problems import Place, Problem
from triage.foreign.choices import normal
from triage.foreign.headings import headings_of

if TYPE_CHECKING:
    from pathlib import Path

    from triage.protocol.questionnaire import Questionnaire

__all__ = ["lost_with_folder"]

_HINT = (
    "Read all of them as one table, and give that: DuckDB's hive_partitioning, or a dataset of pyarrow "
    "(partitioning='hive'), have the column."
)


def lost_with_folder(path: Path, questionnaire: Questionnaire) -> Problem | None:
    """Return what is wrong with a file in a folder whose name is a column of answers; None for any other."""
    headings = headings_of(questionnaire)
    for folder in path.parts[:-1]:
        name, between, _ = folder.partition("=")
        name = unquote(name)
        if between and (normal(name) in ABOUT or headings.named(name)):
            message = (
                f"The folder {shown(folder)} holds the column {shown(name)} of this file, which is not read there."
            )
            return Problem(Place(str(path)), message, _HINT)
    return None
