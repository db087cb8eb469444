"""Rows as they stand in a JSON or YAML document, for the exact places of what is wrong with them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from triage.answers.reading import read_case
from triage.documents.json_reading import read_json
from triage.documents.problems import DataFault
from triage.documents.yaml_reading import read_yaml

if TYPE_CHECKING:
    from triage.documents.document import Document, Steps
    from triage.documents.problems import Problem
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["WrittenRow"]


class WrittenRow(NamedTuple):
    """The text of a row, or of the document it is a part of."""

    text: str
    form: Literal["json", "yaml"]
    steps: Steps = ()
    """The path of the row in the text."""
    line: int = 1
    column: int = 1
    """Where the text begins."""

    def problems(self, source: str, questionnaire: Questionnaire, unnamed: str) -> tuple[Problem, ...]:
        """Return what is wrong with the row, with lines and columns; looking for them takes long."""
        try:
            document = _read(self.text, self.form, source, self.line, self.column)
            read_case(document, self.steps, questionnaire, unnamed=unnamed)
        except DataFault as fault:
            return fault.problems
        return ()


@lru_cache(maxsize=1)  # the rows of a YAML document share its text
def _read(text: str, form: str, source: str, line: int, column: int) -> Document:
    if form == "yaml":
        return read_yaml(text, source)
    return read_json(text, source, first_line=line, first_column=column)
