"""Files with QuestionnaireResponses of FHIR R4: one, a Bundle, a list, or one in each line (bulk data)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from triage.documents.bounded_reading import LONGEST, too_long
from triage.documents.document import decode
from triage.documents.json_reading import read_json
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.exchange.fhir_reading import CannotRead, ResponseReader
from triage.foreign.form import OpenedRows, Row, RowFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.foreign.form import Asked, ForeignFile, Form, Opened
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["FHIR"]

_RESPONSE = "QuestionnaireResponse"
_DEEPEST = 3
"""So far Bundles may stand in Bundles."""
_ONE_PAGE = "This Bundle is one page of several: the others are not here."
_OTHER_PAGES = "Fetch the pages it links to as 'next', too."


class _Fhir:
    name = "fhir"
    title = "FHIR R4"

    def recognises(self, file: ForeignFile, questionnaire: Questionnaire) -> bool:  # noqa: ARG002
        """Whether the first JSON object is a resource."""
        first = next(iter(file.first_values), None)
        return isinstance(first, dict) and isinstance(first.get("resourceType"), str)

    def open(self, file: ForeignFile, asked: Asked, questionnaire: Questionnaire) -> Opened:  # noqa: ARG002
        """Read the file at once if it is one document; line by line if it has one resource in each line."""
        reading = _FileReading(file, questionnaire)
        if file.is_in_lines:
            return OpenedRows(reading.lines)
        data = file.json
        return OpenedRows(partial(reading.document, data), tuple(reading.remarks(data)))


FHIR: Form = _Fhir()


class _FileReading:
    def __init__(self, file: ForeignFile, questionnaire: Questionnaire) -> None:
        self.file = file
        self.reader = ResponseReader(questionnaire)

    def lines(self) -> Iterator[Row | RowFault]:
        """Yield the resource in each line; a broken line does not stop the others."""
        met = False
        with self.file.open() as stream:
            for number, raw in enumerate(iter(partial(stream.readline, LONGEST + 1), b""), start=1):
                if len(raw) > LONGEST:
                    raise too_long(Place(self.file.source, number), hint="Is it NDJSON, one resource a line?")
                if not raw.strip(b"\xef\xbb\xbf \t\r\n"):
                    continue
                met = True
                try:
                    text = decode(raw.rstrip(b"\r\n"), self.file.source)
                    resource = read_json(text, self.file.source, first_line=number).data
                except DataFault as fault:
                    first = fault.problems[0]
                    yield RowFault(f"cannot be read: {first.message}", first.hint, line=number)
                    continue
                yield from self.resource(resource, line=number)
        if not met:
            raise DataFault([Problem(Place(self.file.source), "This file is empty.")])

    def document(self, data: Any) -> Iterator[Row | RowFault]:
        """Yield every response of a document, numbered."""
        number = 0
        for resource in _inside(data):
            if data is not resource and _kind(resource) != _RESPONSE and _is_beside(data, resource):
                continue
            number += 1
            yield from self.resource(resource, row=number)
        if not number:
            raise DataFault([Problem(Place(self.file.source), f"There is no {_RESPONSE} in this file.")])

    def resource(self, resource: Any, *, line: int | None = None, row: int | None = None) -> Iterator[Row | RowFault]:
        """Yield what a resource says; a Bundle in a line holds several."""
        if line is not None and _kind(resource) == "Bundle":
            if _is_one_page(resource):
                yield RowFault(_ONE_PAGE, _OTHER_PAGES, line)
            for one in _inside(resource):
                if _kind(one) == _RESPONSE or not _is_beside(resource, one):
                    yield from self.resource(one, line=line)
            return
        if not isinstance(resource, dict) or _kind(resource) != _RESPONSE:
            found = _kind(resource)
            what = f"is a {found}" if found else f"is no resource: {shown(resource)}"
            yield RowFault(f"{what}, not a {_RESPONSE}.", None, line, row)
            return
        try:
            yield Row(self.reader.read(resource), line, row)
        except CannotRead as error:
            yield RowFault(f"{'; it '.join(error.wrong)}.", error.hint, line, row, error.case)

    def remarks(self, data: Any) -> Iterator[Problem]:
        """Say what of a Bundle is left aside, and whether it is only a part."""
        place = Place(self.file.source)
        if _is_one_page(data):
            yield Problem(place, _ONE_PAGE, _OTHER_PAGES, "warning")
        if _kind(data) != "Bundle":
            return
        resources = list(_inside(data))
        beside = Counter(_kind(one) or "nothing" for one in resources if _kind(one) != _RESPONSE)
        if beside and len(resources) > sum(beside.values()):
            listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(beside.items()))
            yield Problem(place, f"Left aside, for they are no {_RESPONSE}: {listed}.", None, "warning")


def _kind(resource: Any) -> str | None:
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) else None


def _is_beside(data: Any, resource: Any) -> bool:
    """Whether a resource of another kind may stand in a document without a word about each."""
    return _kind(data) == "Bundle" and isinstance(resource, dict)


def _is_one_page(data: Any, depth: int = 0) -> bool:
    """Whether a Bundle, or one inside, says that another page follows."""
    if isinstance(data, list):
        return depth < _DEEPEST and any(_is_one_page(one, depth + 1) for one in data)
    if _kind(data) != "Bundle":
        return False
    links, entries = data.get("link"), data.get("entry")
    following = isinstance(links, list) and any(
        isinstance(link, dict) and link.get("relation") == "next" for link in links
    )
    inside = [one.get("resource") for one in entries if isinstance(one, dict)] if isinstance(entries, list) else []
    return following or _is_one_page(inside, depth + 1)


def _inside(data: Any, depth: int = 0) -> Iterator[Any]:
    """Yield the resources of a list or a Bundle, or the one there is."""
    if isinstance(data, list):
        for one in data:
            yield from _inside(one, depth + 1) if depth < _DEEPEST else [one]
    elif _kind(data) == "Bundle" and depth < _DEEPEST:
        entries = data.get("entry")
        for entry in entries if isinstance(entries, list) else []:
            yield from _inside(entry.get("resource") if isinstance(entry, dict) else entry, depth + 1)
    else:
        yield data
