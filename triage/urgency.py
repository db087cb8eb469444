"""How soon, and what it amounts to: the four urgencies and two outcomes of every triage."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Outcome", "Urgency"]


class Outcome(StrEnum):
    """What the answers point to."""

    LIKELY_BENIGN = "likely_benign"
    SUGGESTS_DISEASE = "suggests_disease"


class Urgency(StrEnum):
    """How soon to seek help; declared from the least to the most urgent.

    >>> max(Urgency.URGENT, Urgency.SELF_CARE, key=Urgency.rank.fget)
    <Urgency.URGENT: 'urgent'>
    """

    SELF_CARE = "self_care"
    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    @property
    def rank(self) -> int:
        """Position from 0 (self care) to 3 (emergency)."""
        return list(Urgency).index(self)

    @property
    def words(self) -> str:
        """The urgency as it is said in a sentence.

        >>> Urgency.SELF_CARE.words
        'self care'
        """
        return self.value.replace("_", " ")

    @property
    def outcome(self) -> Outcome:
        """Likely benign exactly when the urgency is self care."""
        return Outcome.LIKELY_BENIGN if self is Urgency.SELF_CARE else Outcome.SUGGESTS_DISEASE
