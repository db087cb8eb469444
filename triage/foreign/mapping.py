"""A mapping: what the columns and values of a file that is already there mean, written down for people to read."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from triage.conditions.answer_state import STATES
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
_NONE = "Where nothing is, write []."
_KEYS = ("id", "date", "missing", "set_aside", "columns")
_COLUMN_KEYS = ("question", "choice", "values", "checked", "unchecked", "missing", "unit", "date_of_birth")
_UNITS = ("years", "months", "weeks", "days")
_NOT_TOGETHER = (
    ("values", "choice"),
    ("values", "checked"),
    ("values", "unchecked"),
    ("values", "unit"),
    ("unit", "choice"),
    *(("date_of_birth", key) for key in ("choice", "values", "checked", "unchecked", "unit")),
)
"""Keys of which one makes the other pointless, so that one of them is a slip."""


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
        found: dict[str, MappedColumn] = {}
        for name, raw in columns.items():
            column = self.column(("columns", name), raw)
            if name.strip() in found:
                self.problem(("columns", name), f"The column {shown(name.strip())} stands here twice.")
            elif column is not None:
                found[name.strip()] = column
        self.one_column_each(found)
        mapping = Mapping(
            found,
            self.text(("id",), data.get("id")),
            self.text(("date",), data.get("date")),
            self.texts(("set_aside",), data.get("set_aside")),
            self.texts(("missing",), data.get("missing")),
        )
        self.not_two_things(mapping)
        return mapping

    def one_column_each(self, columns: Dictionary[str, MappedColumn]) -> None:
        """Refuse two columns that each give the whole answer to a question that takes one; an age may have several."""
        met: dict[str, str] = {}
        age = age_question(self.questionnaire)
        for name, column in columns.items():
            asked = self.questionnaire.by_id.get(column.question)
            if column.choice is not None or asked is None or asked.multiple or asked is age:
                continue
            if (first := met.setdefault(column.question, name)) != name:
                message = (
                    f"{shown(first)} and {shown(name)} both answer {shown(column.question)}, which takes one answer."
                )
                self.problem(("columns", name), message, "Set one aside, or say with 'choice' which one each is about.")

    def not_two_things(self, mapping: Mapping) -> None:
        """Refuse a column that is said to be two things that cannot be both."""
        used = {"id": mapping.id_column, "date": mapping.date_column}
        for key, name in used.items():
            if name in mapping.aside:
                self.problem((key,), f"The column {shown(name)} stands under {shown(key)} and under 'set_aside'.")
        if mapping.id_column in mapping.columns:
            message = f"The column {shown(mapping.id_column)} cannot name the cases and answer a question."
            self.problem(("id",), message)
        for name in sorted(mapping.aside & set(mapping.columns)):
            self.problem(("columns", name), f"The column {shown(name)} stands under 'columns' and under 'set_aside'.")

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
        born = data.get("date_of_birth", False)
        if not isinstance(born, bool):
            self.problem((*steps, "date_of_birth"), f"Here should stand true or false, not {shown(born)}.")
        self.contradictions(steps, data)
        age = age_question(self.questionnaire)
        if (unit is not None or born) and (age is None or question != age.id):
            self.problem(steps, f"The question {shown(question)} is not about the age.")
        values = self.values((*steps, "values"), question, data.get("values"))
        kinds = {key: self.texts((*steps, key), data.get(key)) for key in ("checked", "unchecked", "missing")}
        self.said_once(steps, {**kinds, "values": frozenset(values or ())})
        return MappedColumn(question, choice, values, **kinds, unit=unit, born=born is True)

    def contradictions(self, steps: Steps, data: Dictionary[str, Any]) -> None:
        """Refuse keys that say different things about a column, or nothing without another."""
        said = {key for key, value in data.items() if value not in (None, False)}
        for one, other in _NOT_TOGETHER:
            if {one, other} <= said:
                self.problem((*steps, other), f"{shown(one)} and {shown(other)} cannot stand together for one column.")
        for key in sorted(said & {"checked", "unchecked"}):
            if "choice" not in said and "values" not in said:
                self.problem((*steps, key), f"{shown(key)} needs 'choice', which says what was checked.")

    def said_once(self, steps: Steps, kinds: Dictionary[str, frozenset[str]]) -> None:
        """Refuse a value of a column that is said to mean two things."""
        for one, other in combinations(kinds, 2):
            for value in sorted(kinds[one] & kinds[other]):
                message = f"{shown(value)} stands under {shown(one)} and under {shown(other)} of the same column."
                self.problem((*steps, other), message)

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
            if value.strip() in found:
                self.problem((*steps, value), f"The value {shown(value.strip())} stands here twice.")
            found[value.strip()] = tuple(code for code in known if code is not None)
        return found

    def code(self, steps: Steps, question: str, code: str) -> str | None:
        known = words_of(self.questionnaire, question).codes
        if code in known or code in STATES:
            return code
        asked = self.questionnaire.by_id.get(question)
        listed = (*(asked.codes if asked else sorted(known)), *STATES)
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
        if raw == TO_DO and steps[-1] in ("id", "date"):
            self.problem(steps, "Here is still to be said which column this is.", "Where there is none, take it out.")
            return None
        if raw is None or isinstance(raw, str):
            return raw
        self.problem(steps, f"Here should stand a text, not {shown(raw)}.")
        return None

    def texts(self, steps: Steps, raw: Any) -> frozenset[str]:
        listed = raw if isinstance(raw, list) else [] if raw is None else [raw]
        for one in listed:
            if one == TO_DO:
                self.problem(steps, f"Here is still to be said what belongs under {shown(str(steps[-1]))}.", _NONE)
            elif one is None:
                self.problem(steps, "Nothing stands here, where a text belongs.", 'Write "null" in quotation marks.')
            elif isinstance(one, dict | list):
                self.problem(steps, f"Here should stand a list of texts, not {shown(one)}.")
        return frozenset(_text(one).strip() for one in listed if one != TO_DO and not isinstance(one, dict | list))


def _text(value: Any) -> str:
    """Return a value as it is written.

    >>> _text(-999), _text(True), _text("NA")
    ('-999', 'true', 'NA')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)
