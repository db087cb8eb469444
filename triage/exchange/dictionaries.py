"""Dictionaries of forms: what the fields of somebody's own form ask, and what the codes of their choices mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.text_tables import look_at_table, texts_of
from triage.exchange.workbooks import sheet_of
from triage.foreign.choices import normal
from triage.foreign.form import WORKBOOKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from triage.foreign.form import ForeignFile

__all__ = ["Field", "read_dictionary"]


@dataclass(frozen=True)
class Field:
    """A field of a form."""

    name: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    """The words for each code."""


def read_dictionary(file: ForeignFile) -> dict[str, Field]:
    """Read a data dictionary of REDCap, or an XLSForm.

    Raises:
        DataFault: it is neither.

    """
    found = _xlsform(file) if file.name.lower().endswith(WORKBOOKS) else _redcap(file)
    if not found:
        message = "This is neither a data dictionary of REDCap nor an XLSForm."
        raise DataFault([Problem(Place(file.source), message)])
    return found


def _redcap(file: ForeignFile) -> dict[str, Field]:
    import csv
    import io

    table = look_at_table(
        file, lambda name: normal(name).startswith(("variable / field", "field_", "choices,", "select_"))
    )
    if table is None:
        return {}
    text = b"".join(texts_of(file, table)).decode("utf-8", "replace")
    heads = [normal(name) for name in table.names]
    name_at = _first(heads, "variable / field name", "field_name")
    label_at = _first(heads, "field label", "field_label")
    choices_at = _first(heads, "choices, calculations, or slider labels", "select_choices_or_calculations")
    kind_at = _first(heads, "field type", "field_type")
    if name_at is None or label_at is None or choices_at is None:
        return {}
    found = {}
    for cells in csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter):
        if len(cells) > max(name_at, label_at, choices_at, kind_at or 0) and cells[name_at].strip():
            name = cells[name_at].strip()
            # What calculates or slides has no choices, though something stands in their place.
            chosen = kind_at is None or cells[kind_at].strip().lower() in ("", "radio", "dropdown", "checkbox")
            found[name] = Field(name, _plain(cells[label_at]), _choices(cells[choices_at]) if chosen else {})
    return found


def _first(heads: Sequence[str], *names: str) -> int | None:
    return next((heads.index(name) for name in names if name in heads), None)


def _choices(text: str) -> dict[str, str]:
    """Return the choices that REDCap writes in one cell.

    >>> _choices("1, Yes, often | 2, No")
    {'1': 'Yes, often', '2': 'No'}
    """
    pairs = (one.split(",", 1) for one in text.split("|") if "," in one)
    return {code.strip(): _plain(label) for code, label in pairs}


def _plain(label: str) -> str:
    return " ".join(re.sub(r"<[^<>]*>", " ", label).split())


def _xlsform(file: ForeignFile) -> dict[str, Field]:
    survey, choices = sheet_of(file, "survey"), sheet_of(file, "choices")
    lists: dict[str, dict[str, str]] = {}
    for row in _records(choices.names, choices.rows):
        listed = row.get("list_name") or row.get("list name") or ""
        lists.setdefault(listed, {})[row.get("name") or row.get("value") or ""] = _label(row)
    found = {}
    for row in _records(survey.names, survey.rows):
        kind, *more = row.get("type", "").split() or [""]
        if kind.startswith("select") or kind in ("integer", "decimal", "date", "text", "calculate"):
            listed = next((word for word in more if word in lists), "")  # "select_one sex", "select one from sex"
            found[row.get("name", "")] = Field(row.get("name", ""), _label(row), lists.get(listed, {}))
    return found


def _label(row: Mapping[str, str]) -> str:
    labels = (text for name, text in row.items() if name == "label" or name.startswith("label::"))
    return _plain(next((label for label in labels if label), ""))


def _records(names: Sequence[str], rows: Iterable[Sequence[str]]) -> list[dict[str, str]]:
    heads = [normal(name) for name in names]
    return [{head: cell.strip() for head, cell in zip(heads, row, strict=False)} for row in rows]
