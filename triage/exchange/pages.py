"""What a service writes around its records in JSON: that there are more pages, and what nobody may overlook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.foreign.foreign_columns import listed
from triage.foreign.headings import headings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.protocol.questionnaire import Questionnaire

__all__ = ["looked_around", "wrapper_of"]

_WRAPPERS = ("results", "data", "records", "responses", "submissions", "value", "items")
"""Keys under which services list their records."""
_OTHER_PAGES = ("next", "nextlink", "next_page", "nextpage", "@odata.nextlink", "previous", "prev")
_COUNTS = ("count", "total", "@odata.count")
_ABOUT_PAGES = (*_OTHER_PAGES, *_COUNTS, "page", "limit", "offset", "start", "@odata.context")


def wrapper_of(value: Any) -> str | None:
    """Return the key under which a value lists its records; None if it is a record, or no object at all."""
    if not isinstance(value, dict) or "answers" in value:
        return None
    return next((key for key in _WRAPPERS if isinstance(value.get(key), list)), None)


def looked_around(source: str, around: Mapping[str, Any], questionnaire: Questionnaire) -> Iterator[Problem]:
    """Yield what is to be said of an object that lists records: whether it is only a page, and what is left aside.

    Raises:
        DataFault: it holds an answer, or more records, beside the list that is read.

    """
    place = Place(source)
    records = wrapper_of(around)
    assert records is not None
    beside = {key: value for key, value in around.items() if key != records and key.lower() not in _ABOUT_PAGES}
    headings = headings_of(questionnaire)
    lost = [
        key
        for key, value in beside.items()
        if value not in (None, "", [], {})
        and (_holds_records(value) or headings.named(key, groups=True) or headings.begun(key))
    ]
    if lost:
        message = f"Only what stands under {shown(records)} is read as answers; beside it stands {listed(lost)}."
        hint = "Put each person's answers into one object of the list, or take out what is no answer."
        raise DataFault([Problem(place, message, hint)])
    if _is_one_page(around, len(around[records])):
        message = "This is one page of several: the others are not here."
        yield Problem(place, message, "Fetch the pages that it names, too, or all at once.", severity="warning")
    if beside:
        yield Problem(place, f"Set aside, beside the records: {listed(list(beside))}.", severity="warning")


def _holds_records(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(one, dict) for one in value)


def _is_one_page(around: Mapping[str, Any], records: int) -> bool:
    said = {key.lower(): value for key, value in around.items()}
    counts = (said.get(key) for key in _COUNTS)
    return any(said.get(key) for key in _OTHER_PAGES) or any(
        isinstance(count, int) and not isinstance(count, bool) and count > records for count in counts
    )
