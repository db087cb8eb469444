"""What one answer means, as the exact reader of saved answers says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from triage.answer_reading import read_case
from triage.documents import Document
from triage.problems import DataFault

if TYPE_CHECKING:
    from triage.answer_reading import SavedCase
    from triage.batch.bit_layout import BitLayout

__all__ = ["ABOUT", "meaning_of_answer", "number_of_case", "says_nothing_wrong"]

ABOUT = ("id", "questionnaire", "protocol", "answered_at")
"""Keys that stand beside the answers."""


def meaning_of_answer(layout: BitLayout, question: str, value: Any) -> int | None:
    """Return the bits of an answer over all words, or None where it is at fault."""
    try:
        return number_of_case(layout, _case(layout, {"answers": {question: value}}))
    except DataFault:
        return None


def says_nothing_wrong(layout: BitLayout, key: str, value: Any) -> bool:
    """Whether a value may stand beside the answers."""
    try:
        _case(layout, {key: value, "answers": {}})
    except DataFault:
        return False
    return True


def number_of_case(layout: BitLayout, case: SavedCase) -> int:
    """Return everything a person chose as bits over all words."""
    return layout.number_of(case.answers.given())


def _case(layout: BitLayout, raw: dict[str, Any]) -> SavedCase:
    return read_case(Document("", raw, lambda: None), (), layout.questionnaire, unnamed="")
