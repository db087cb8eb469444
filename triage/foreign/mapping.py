"""A mapping: what the columns and values of a file that is already there mean, written down for people to read."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Problem, did_you_mean
from triage.documents.yaml_reading import read_yaml_file
from triage.foreign.choices import words_of
from triage.protocol.questionnaire import age_question

if TYPE_CHECKING:
    from pathlib import Path

    from triage.documents.document import Document, Steps
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["TO_DO", "MappedColumn", "Mapping", "read_mapping"]

TO_DO = "TODO"
"""What stands in a draft where only its owner knows what to write."""
_STATES = ("unknown", "not_applicable")
_KEYS = ("id", "date", "missing", "set_aside", "columns")
_COLUMN_KEYS = ("question", "choice", "values", "checked", "unchecked", "missing", "unit", "date_of_birth")
_UNITS = ("years", "months", "weeks", "days")


@dataclass(frozen=True)
class MappedColumn:
    """What one column means."""

    question: str
    choice: str | None = None
    """The one choice it is about."""
    values: Dictionary[str, tuple[str, ...]] | None = None
    """The only values there are, and the codes they stand for."""
    checked: frozenset[str] = frozenset()
    unchecked: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    unit: str | None = None
    """What its numbers count, if it holds ages."""
    born: bool = False
    """Whether it holds dates of birth."""


@dataclass(frozen=True)
class Mapping:
    """What a file of somebody's own means."""

    columns: Dictionary[str, MappedColumn] = field(default_factory=dict)
    id_column: str | None = None
    date_column: str | None = None
    aside: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()


def read_mapping(path: Path, questionnaire: Questionnaire) -> Mapping:
    """Read a mapping.

    Raises:
        DataFault: it is broken, or names questions or choices that there are not; all of that at once.

    """
    document = read_yaml_file(path)
    reading = _MappingReading(document, questionnaire)
    mapping = reading.mapping()
    if reading.problems:
        raise DataFault(reading.problems)
    return mapping


class _MappingReading:
    def __init__(self, document: Document, questionnaire: Questionnaire) -> None:
        self.document = document
        self.questionnaire = questionnaire
        self.problems: list[Problem] = []

    def problem(self, steps: Steps, message: str, hint: str | None = None) -> None:
        self.problems.append(Problem(self.document.place(steps), message, hint))

    def mapping(self) -> Mapping:
        data = self.dictionary((), self.document.data, _KEYS)
        columns = data.get("columns") or {}
        if not isinstance(columns, dict):
            self.problem(("columns",), "Under 'columns' stands a mapping with the name of each column.")
            columns = {}
        found = {name: self.column(("columns", name), raw) for name, raw in columns.items()}
        return Mapping(
            {name: column for name, column in found.items() if column is not None},
            self.text(("id",), data.get("id")),
            self.text(("date",), data.get("date")),
            self.texts(("set_aside",), data.get("set_aside")),
            self.texts(("missing",), data.get("missing")),
        )

    def column(self, steps: Steps, raw: Any) -> MappedColumn | None:
        data = self.dictionary(steps, raw, _COLUMN_KEYS)
        question = self.text((*steps, "question"), data.get("question"))
        if question is None or not self.questionnaire.is_question(question):
            message = f"This column answers {shown(question)}, which is no question."
            if question in (None, TO_DO):
                message = "Here is still to be said which question this column answers."
            self.problem((*steps, "question"), message, did_you_mean(question or "", self.questionnaire.by_id))
            return None
        choice = self.text((*steps, "choice"), data.get("choice"))
        if choice is not None:
            choice = self.code((*steps, "choice"), question, choice)
        unit = self.text((*steps, "unit"), data.get("unit"))
        if unit is not None and unit not in _UNITS:
            self.problem((*steps, "unit"), f"An age has no unit {shown(unit)}.", did_you_mean(unit, _UNITS))
        born = data.get("date_of_birth") is True
        age = age_question(self.questionnaire)
        if (unit is not None or born) and (age is None or question != age.id):
            self.problem(steps, f"The question {shown(question)} is not about the age.")
        return MappedColumn(
            question,
            choice,
            self.values((*steps, "values"), question, data.get("values")),
            self.texts((*steps, "checked"), data.get("checked")),
            self.texts((*steps, "unchecked"), data.get("unchecked")),
            self.texts((*steps, "missing"), data.get("missing")),
            unit,
            born,
        )

    def values(self, steps: Steps, question: str, raw: Any) -> dict[str, tuple[str, ...]] | None:
        if raw is None:
            return None
        if not isinstance(raw, dict):
            self.problem(steps, "Under 'values' stands a mapping of what is written to codes of choices.")
            return None
        found = {}
        for value, codes in raw.items():
            listed = codes if isinstance(codes, list) else [codes]
            known = [self.code((*steps, value), question, _text(code)) for code in listed]
            found[value.strip()] = tuple(code for code in known if code is not None)
        return found

    def code(self, steps: Steps, question: str, code: str) -> str | None:
        known = words_of(self.questionnaire, question).codes
        if code in known or code in _STATES:
            return code
        asked = self.questionnaire.by_id.get(question)
        listed = (*(asked.codes if asked else sorted(known)), *_STATES)
        if code == TO_DO:
            hint = f"Known are: {', '.join(listed)}. What means that nobody knows goes under 'missing'."
            self.problem(steps, "Here is still to be said what this value means.", hint)
        else:
            self.problem(
                steps, f"{shown(code)} is no choice of {shown(question)}.", did_you_mean(code, listed, listed=30)
            )
        return None

    def dictionary(self, steps: Steps, raw: Any, keys: tuple[str, ...]) -> dict[str, Any]:
        if not isinstance(raw, dict):
            self.problem(steps, f"Here should stand a mapping with {', '.join(keys)}, not {shown(raw)}.")
            return {}
        for key in raw:
            if key not in keys:
                self.problem((*steps, key), f"A mapping has no key {shown(key)} here.", did_you_mean(str(key), keys))
        return raw

    def text(self, steps: Steps, raw: Any) -> str | None:
        if raw is None or isinstance(raw, str):
            return raw
        self.problem(steps, f"Here should stand a text, not {shown(raw)}.")
        return None

    def texts(self, steps: Steps, raw: Any) -> frozenset[str]:
        listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
        for one in listed:
            if one == TO_DO:
                self.problem(steps, "Here is still to be said what is missing.", "Where nothing is, write [].")
            elif isinstance(one, dict | list):
                self.problem(steps, f"Here should stand a list of texts, not {shown(one)}.")
        return frozenset(_text(one).strip() for one in listed if not isinstance(one, dict | list))


def _text(value: Any) -> str:
    """Return a value as it is written.

    >>> _text(-999), _text(True), _text("NA")
    ('-999', 'true', 'NA')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
