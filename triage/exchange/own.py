"""Whether a file has our own form already, so that nothing need be made of it."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from triage.answers.age_headings import is_age
from triage.answers.files import cell_value
from triage.answers.nearest_words import misspelt
from triage.answers.reading import ABOUT
from triage.conditions.answer_state import STATES
from triage.documents.problems import Place
from triage.exchange.records import flat, is_wrapped, records_in
from triage.foreign.ages import AgeGroups
from triage.foreign.cell_text import cell_text
from triage.foreign.choices import words_of
from triage.foreign.headings import headings_of
from triage.foreign.later_versions import said_of_later
from triage.protocol.questionnaire import age_question

if TYPE_CHECKING:
    from triage.documents.problems import Problem
    from triage.foreign.form import Asked, ForeignFile
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["is_own", "later_versions", "only_understood_here"]

_FEW = 500
_MARK = b"\xef\xbb\xbf"
_YAML_VERSION = re.compile(
    r"""^[- ]*["']?(?P<key>protocol|questionnaire_version)["']? *: *["']?(?P<said>[^"'\s#]+)""", re.MULTILINE
)


def is_own(file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> bool:
    """Whether the beginning of a file holds nothing but what our own form has."""
    name = file.name.lower()
    if name.endswith((".csv", ".tsv")):
        return _is_own_table(file, asked, questionnaire, "\t" if name.endswith(".tsv") else ",")
    if name.endswith((".json", ".ndjson", ".jsonl")):
        if is_wrapped(file.first_values):
            return False
        records = records_in(file.first_values)[:_FEW]
        known = {*questionnaire.by_id, *questionnaire.former_by_question, *ABOUT, *_only_kept(asked, questionnaire)}
        return all(
            isinstance(one, dict)
            and ("answers" in one or one.keys() <= known)
            and not only_understood_here(one, questionnaire)
            for one in records
        )
    return name.endswith((".yaml", ".yml"))


def later_versions(file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Problem | None:
    """Return that the first answers of a file say a version that is not known here yet; None where they do not."""
    return said_of_later(Place(file.source), _first_records(file), asked, questionnaire)


def _first_records(file: ForeignFile) -> list[dict[str, Any]]:
    name = file.name.lower()
    if name.endswith((".json", ".ndjson", ".jsonl")):
        return [one for one in file.first_values[:_FEW] if isinstance(one, dict)]
    if name.endswith((".yaml", ".yml")):
        text = file.beginning.decode("utf-8", "replace")
        return [{found["key"]: found["said"]} for found in islice(_YAML_VERSION.finditer(text), _FEW)]
    if b"protocol" not in file.beginning and b"questionnaire_version" not in file.beginning:
        return []
    between = "\t" if name.endswith(".tsv") else ","
    rows = csv.DictReader(io.StringIO(file.beginning.decode("utf-8-sig", "replace"), newline=""), delimiter=between)
    try:
        return [dict(row) for _, row in zip(range(_FEW), rows, strict=False)]
    except csv.Error:
        return []


def _is_own_table(file: ForeignFile, asked: Asked, questionnaire: Questionnaire, delimiter: str) -> bool:
    begun = file.beginning.removeprefix(_MARK)
    try:
        text = begun.decode()
    except UnicodeDecodeError as error:
        if not error.reason.startswith("unexpected end"):
            return False
        text = begun[: error.start].decode()
    if "\n" not in text and "\r" in text:
        return False
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(rows, [])]
        known = {*questionnaire.by_id, *questionnaire.former_by_question, *ABOUT, *_only_kept(asked, questionnaire)}
        if not any(names) or not all(name in known for name in names):
            return False
        cells: dict[str, set[str]] = {name: set() for name in names if questionnaire.is_question(name)}
        for _, row in zip(range(_FEW), rows, strict=False):
            for name, cell in zip(names, row, strict=False):
                if name in cells:
                    cells[name].add(cell)
    except csv.Error:
        return True  # whoever reads it row by row says where
    return not any(_only_here(name, cell_value(cell), questionnaire) for name, met in cells.items() for cell in met)


def _only_kept(asked: Asked, questionnaire: Questionnaire) -> list[str]:
    """Return the columns to keep that are not misspelt questions: of those it is said that nobody looks at them."""
    return [name for name in asked.keep if misspelt(name, questionnaire) is None]


def only_understood_here(record: dict[str, Any], questionnaire: Questionnaire) -> bool:
    """Whether a record holds something that is no answer in our own form, but means one."""
    headings = headings_of(questionnaire)
    for key, value in flat(record).items():
        if key in ABOUT:
            continue
        if questionnaire.is_question(key):
            if _only_here(key, value, questionnaire):
                return True
        elif (is_age(key) and age_question(questionnaire) is not None) or headings.named(key, groups=True) is not None:
            return True
    return False


def _only_here(name: str, value: Any, questionnaire: Questionnaire) -> bool:
    parts = value if isinstance(value, list) else [value]
    words = words_of(questionnaire, name)
    strange = [
        part for part in parts if isinstance(part, str) and part and part not in words.codes and part not in STATES
    ]
    if any(words.read(part) is not None for part in strange):
        return True
    age = age_question(questionnaire)
    if age is None or age.id != name:
        return False
    return any(AgeGroups.of(age).of_text(cell_text(part)) is not None for part in parts if part not in words.codes)
