"""How soon, and what it amounts to: the urgencies and outcomes of every triage, and how a rule votes on the outcome."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Outcome", "Urgency", "Vote", "weight_words"]


class Outcome(StrEnum):
    """What the answers point to."""

    LIKELY_BENIGN = "likely_benign"
    SUGGESTS_DISEASE = "suggests_disease"

    @property
    def urgencies(self) -> tuple[Urgency, ...]:
        """The urgencies that go with it, from the least urgent.

        >>> [one.value for one in Outcome.LIKELY_BENIGN.urgencies]
        ['self_care', 'routine']
        """
        return tuple(Urgency)[:2] if self is Outcome.LIKELY_BENIGN else tuple(Urgency)[1:]


class Vote(StrEnum):
    """How a rule that is true speaks on the outcome: for benign, for disease, or only on how soon."""

    BENIGN = "benign"
    DISEASE = "disease"
    NEUTRAL = "neutral"

    @property
    def words(self) -> str:
        """The vote as it is said of a rule.

        >>> Vote.NEUTRAL.words
        'says only how soon'
        """
        return "says only how soon" if self is Vote.NEUTRAL else f"speaks for {self.value}"


class Urgency(StrEnum):
    """How soon to seek help; declared from the least to the most urgent.

    >>> max(Urgency.URGENT, Urgency.SELF_CARE, key=lambda urgency: urgency.rank)
    <Urgency.URGENT: 'urgent'>
    """

    SELF_CARE = "self_care"
    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"

    rank: int
    """Position from 0 (self care) to 3 (emergency)."""

    @property
    def hurries(self) -> bool:
        """Whether what could make it so is to be found out now.

        >>> [one.value for one in Urgency if one.hurries]
        ['urgent', 'emergency']
        """
        return self in (Urgency.URGENT, Urgency.EMERGENCY)

    @property
    def words(self) -> str:
        """The urgency as it is said in a sentence.

        >>> Urgency.SELF_CARE.words
        'self care'
        """
        return self.value.replace("_", " ")


for _rank, _urgency in enumerate(Urgency):
    _urgency.rank = _rank


def weight_words(urgency: Urgency | None, vote: Vote | None) -> str:
    """Return how soon a rule asks for help, in words, and its vote where that is not for disease.

    >>> weight_words(Urgency.ROUTINE, Vote.NEUTRAL), weight_words(None, None)
    ('routine, says only how soon', 'names the pattern')
    """
    words = urgency.words if urgency else "names the pattern"
    return words if vote in (None, Vote.DISEASE) else f"{words}, {vote.words}"
