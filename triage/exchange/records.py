"""Records in JSON: objects of other programs, wrapped or not, with a key for each column of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from triage.answers.reading import ABOUT
from triage.documents.json_reading import read_json
from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.workbooks import cell_text
from triage.foreign.columns import columns_of
from triage.foreign.form import RowFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.documents.problems import Problem as AProblem
    from triage.foreign.columns import Columns, OwnColumns
    from triage.foreign.form import Asked, ForeignFile, Row
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["are_entries", "flat", "is_wrapped", "records_in", "records_of", "table_of"]

_WRAPPERS = ("results", "data", "records", "responses", "submissions", "value", "items")
"""Keys under which services list their records."""
_INSIDE = ("data", "response", "values")
"""Keys under which a record may hold its answers."""
_ENTRY = frozenset(("record", "field_name", "value"))
"""Keys of REDCap's records of one value each."""
_FEW = 50
_SEVERAL = ";"
_DEEPEST = 20


def is_wrapped(values: Sequence[Any]) -> bool:
    """Whether the values of a file are not yet the records."""
    return len(values) == 1 and _wrapped(values[0]) is not None


def _wrapped(value: Any) -> list[Any] | None:
    if not isinstance(value, dict) or "answers" in value:
        return None
    return next((value[key] for key in _WRAPPERS if isinstance(value.get(key), list)), None)


def records_in(values: Sequence[Any]) -> list[Any]:
    """Return the records among the values of a file."""
    listed = _wrapped(values[0]) if len(values) == 1 else None
    found = list(values) if listed is None else listed
    return _gathered(found) if are_entries(found) else found


def are_entries(values: Sequence[Any]) -> bool:
    """Whether these are records of one value each, as REDCap writes them too."""
    return bool(values) and all(isinstance(one, dict) and one.keys() >= _ENTRY for one in values)


def _gathered(entries: Sequence[dict[str, Any]]) -> list[Any]:
    """Return records of which each value was a record of its own; several to one field are several choices."""
    records: dict[tuple[str, str], dict[str, Any]] = {}
    for entry in entries:
        key = cell_text(entry["record"]), cell_text(entry.get("redcap_event_name"))
        record = records.setdefault(key, {"record_id": key[0]})
        name, value = str(entry["field_name"]), cell_text(entry["value"])
        if name not in record:
            record[name] = value
        elif name != "record_id":
            record[name] = [*(record[name] if isinstance(record[name], list) else [record[name]]), value]
    return list(records.values())


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with a key for each answer; those of groups are joined by slashes.

    >>> flat({"id": 7, "data": {"jerks": {"awareness": "fully_aware"}}})
    {'id': 7, 'jerks/awareness': 'fully_aware'}
    """
    if isinstance(record.get("answers"), dict):
        return {**{key: record[key] for key in ABOUT if key in record}, **record["answers"]}
    found: dict[str, Any] = {}
    for key, value in record.items():
        inside = key in _INSIDE and isinstance(value, dict)
        found.update(_flattened(value, "") if inside else _flattened({key: value}, ""))
    return found


def _flattened(values: Mapping[str, Any], before: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict) and depth < _DEEPEST:
            yield from _flattened(value, f"{before}{key}/", depth + 1)
        else:
            yield f"{before}{key}", value


def _cell(value: Any) -> str:
    """Return a value as a cell of a table; several choices as in one of ours."""
    if isinstance(value, list):
        return _SEVERAL.join(part for one in value if (part := _cell(one)))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else cell_text(value)


def _values_of(file: ForeignFile) -> list[Any]:
    """Return all JSON values of a file: those of a list, those of its lines, or its only one."""
    if file.name.lower().endswith((".ndjson", ".jsonl")):
        lines = file.text.split("\n")
        return [read_json(line, file.source, first_line=at).data for at, line in enumerate(lines, 1) if line.strip()]
    return file.json if isinstance(file.json, list) else [file.json]


def records_of(file: ForeignFile, asked: Asked, questionnaire: Questionnaire, own: OwnColumns) -> RecordRows:
    """Open a file of records.

    Raises:
        DataFault: it is no JSON, or its keys are no questions.

    """
    records, flats, names = _taken_apart(file)
    first = [[_cell(one.get(name)) for name in names] for one in flats[:_FEW] if one is not None]
    columns = columns_of(file.source, names, asked, questionnaire, own, first, None)
    alone = file.name.lower().endswith(".json") and isinstance(file.json, dict) and records == [file.json]
    return RecordRows(flats, columns, columns.remarks, alone)


def table_of(file: ForeignFile) -> tuple[list[str], list[Sequence[str]]]:
    """Return the records of a file as a table of texts.

    Raises:
        DataFault: it is no JSON, or holds nothing.

    """
    _, flats, names = _taken_apart(file)
    return names, [[_cell(one.get(name)) for name in names] for one in flats if one is not None]


def _taken_apart(file: ForeignFile) -> tuple[list[Any], list[dict[str, Any] | None], list[str]]:
    records = records_in(_values_of(file))
    if not records:
        raise DataFault([Problem(Place(file.source), "This holds no records.")])
    flats = [flat(one) if isinstance(one, dict) else None for one in records]
    return records, flats, list(dict.fromkeys(key for one in flats if one is not None for key in one))


@dataclass(frozen=True)
class RecordRows:
    """Records that are ready to be read."""

    records: Sequence[dict[str, Any] | None]
    columns: Columns
    remarks: Sequence[AProblem] = field(default=())

    alone: bool = False
    """Whether the file is one record, and no list of them."""

    @property
    def note(self) -> str:
        """What is added to the words for its form."""
        return self.columns.note

    def rows(self) -> Iterator[Row | RowFault]:
        """Yield the rows in order."""
        names = self.columns.names
        used = set(self.columns.used)
        for number, record in enumerate(self.records, start=1):
            if record is None:
                yield RowFault("is no record, which would be an object.", row=number)
                continue
            cells = [_cell(record.get(name)) if at in used else "" for at, name in enumerate(names)]
            yield self.columns.row(cells, None, None if self.alone else number)
