"""The state of one question: its chosen codes, or one of three ways of having none."""

from __future__ import annotations

from enum import Enum

__all__ = ["NOT_APPLICABLE", "OPEN", "STATES", "UNKNOWN", "AnswerState", "Missing"]


class Missing(Enum):
    """Why a question has no codes; the three are never confused with one another."""

    UNKNOWN = "unknown"
    """The person does not know, or a file leaves the question out. Never read as "no"."""
    NOT_APPLICABLE = "not_applicable"
    """The question certainly does not apply to this person. A definite state."""
    OPEN = "not_asked"
    """Not asked: not yet in an interview, or never in answers that one saved. It may still become any other state."""


UNKNOWN = Missing.UNKNOWN
NOT_APPLICABLE = Missing.NOT_APPLICABLE
OPEN = Missing.OPEN

STATES = tuple(state.value for state in Missing)
"""The words for having no code, as they may stand in place of choices."""

AnswerState = frozenset[str] | Missing
