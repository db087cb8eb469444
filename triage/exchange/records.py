"""Records in JSON: objects of other programs, wrapped or not, with a key for each column of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from triage.answers.reading import ABOUT
from triage.documents.json_reading import read_json
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.pages import looked_around, wrapper_of
from triage.foreign.cell_text import cell_text
from triage.foreign.form import RowFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.documents.problems import Problem as AProblem
    from triage.foreign.columns import Columns
    from triage.foreign.form import Asked, ForeignFile, Row
    from triage.foreign.own_columns import OwnColumns
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["are_entries", "flat", "is_wrapped", "records_in", "records_of", "table_of"]

_INSIDE = ("data", "response", "values")
"""Keys under which a record may hold its answers."""
_ENTRY = frozenset(("record", "field_name", "value"))
"""Keys of REDCap's records of one value each."""
_APART = ("redcap_event_name", "redcap_repeat_instrument", "redcap_repeat_instance")
"""Keys of them that tell one row of a record from another."""
_FEW = 50
_SEVERAL = ";"
_DEEPEST = 20


def is_wrapped(values: Sequence[Any]) -> bool:
    """Whether the values of a file are not yet the records."""
    return len(values) == 1 and wrapper_of(values[0]) is not None


def records_in(values: Sequence[Any]) -> list[Any]:
    """Return the records among the values of a file."""
    wrapper = wrapper_of(values[0]) if len(values) == 1 else None
    found = list(values) if wrapper is None else values[0][wrapper]
    return _gathered(found) if are_entries(found) else found


def are_entries(values: Sequence[Any]) -> bool:
    """Whether these are records of one value each, as REDCap writes them too."""
    return bool(values) and all(isinstance(one, dict) and one.keys() >= _ENTRY for one in values)


def _gathered(entries: Sequence[dict[str, Any]]) -> list[Any]:
    """Return records of which each value was a record of its own; several to one field are several choices."""
    records: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in entries:
        apart = {name: cell_text(entry.get(name)) for name in _APART if name in entry}
        key = (cell_text(entry["record"]), *(apart.get(name, "") for name in _APART))
        record = records.setdefault(key, {"record_id": key[0], **apart})
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
    return dict(_pairs(record))


def said_twice(record: Mapping[str, Any]) -> str | None:
    """Return a key that a record holds at two places with different values; one of them would be lost.

    >>> said_twice({"nose": "drips", "data": {"nose": "bleeds"}})
    'nose'
    """
    met: dict[str, Any] = {}
    return next((key for key, value in _pairs(record) if met.setdefault(key, value) != value), None)


def _pairs(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if isinstance(record.get("answers"), dict):
        yield from ((key, record[key]) for key in ABOUT if key in record)
        yield from record["answers"].items()
        return
    for key, value in record.items():
        inside = key in _INSIDE and isinstance(value, dict)
        yield from _flattened(value if inside else {key: value}, "")


def _beside(record: Any) -> dict[str, Any]:
    """Return what stands beside the answers of a record of our own; whoever reads the row says what is wrong there."""
    if not isinstance(record, dict) or not isinstance(record.get("answers"), dict):
        return {}
    return {key: value for key, value in record.items() if key != "answers" and key not in ABOUT}


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
    if file.is_in_lines:
        lines = file.text.split("\n")
        return [read_json(line, file.source, first_line=at).data for at, line in enumerate(lines, 1) if line.strip()]
    return file.json if isinstance(file.json, list) else [file.json]


def records_of(file: ForeignFile, asked: Asked, questionnaire: Questionnaire, own: OwnColumns) -> RecordRows:
    """Open a file of records.

    Raises:
        DataFault: it is no JSON, or its keys are no questions.

    """
    from triage.foreign.sorting import columns_of  # only here: our own form is known by its records, too

    values = _values_of(file)
    around = looked_around(file.source, values[0], questionnaire) if is_wrapped(values) else ()
    records, flats, names = _taken_apart(file, values)
    first = [[_cell(one.get(name)) for name in names] for one in flats[:_FEW] if one is not None]
    outside = {key for one in records if isinstance(one, dict) for key in one}
    columns = columns_of(file.source, names, asked, questionnaire, own, first, None, {*names} - outside)
    alone = not file.is_in_lines and records == [file.json]
    return RecordRows(records, flats, columns, (*around, *columns.remarks), alone)


def table_of(file: ForeignFile) -> tuple[list[str], list[Sequence[str]]]:
    """Return the records of a file as a table of texts.

    Raises:
        DataFault: it is no JSON, or holds nothing.

    """
    _, flats, names = _taken_apart(file, _values_of(file))
    return names, [[_cell(one.get(name)) for name in names] for one in flats if one is not None]


def _taken_apart(file: ForeignFile, values: Sequence[Any]) -> tuple[list[Any], list[dict[str, Any] | None], list[str]]:
    records = records_in(values)
    if not records:
        raise DataFault([Problem(Place(file.source), "This holds no records.")])
    flats = [flat(one) if isinstance(one, dict) else None for one in records]
    return records, flats, list(dict.fromkeys(key for one in flats if one is not None for key in one))


@dataclass(frozen=True)
class RecordRows:
    """Records that are ready to be read."""

    records: Sequence[Any]
    flats: Sequence[dict[str, Any] | None]
    """Each with a key for each answer; None for what is no record."""
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
        for number, (record, flattened) in enumerate(zip(self.records, self.flats, strict=True), start=1):
            at = None if self.alone else number
            if flattened is None:
                yield RowFault("is no record, which would be an object.", row=number)
                continue
            if (twice := said_twice(record)) is not None:
                yield RowFault(f"says two different things under {shown(twice)}.", row=at)
                continue
            cells = [_cell(flattened.get(name)) if column in used else "" for column, name in enumerate(names)]
            row = self.columns.row(cells, None, at)
            yield row if isinstance(row, RowFault) else replace(row, raw={**_beside(record), **row.raw})
