"""What a result holds, as records: the answers in words, types, causes, reasons, and the explanation of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from triage.conditions.answer_state import STATES
from triage.protocol.prose import answer_words
from triage.protocol.urgency import Outcome, Urgency, Vote, weight_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.protocol.questionnaire import Question

__all__ = [
    "AnswerInWords",
    "Assessment",
    "Explanation",
    "NamedCause",
    "NamedType",
    "NearestBenign",
    "PossibleChange",
    "ProtocolStamp",
    "Reason",
    "Term",
    "in_words",
]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnswerInWords(_Part):
    """One answer, as codes and in the words the person saw."""

    question: str
    asked: str
    codes: tuple[str, ...]
    answered: tuple[str, ...]


class Term(_Part):
    """A term of a public code system."""

    system: str
    code: str
    display: str


class NamedType(_Part):
    """A type that the pattern fits; never a diagnosis."""

    code: str
    name: str
    description: str
    codings: tuple[Term, ...]


class NamedCause(_Part):
    """A cause the pattern is also seen in; never a diagnosis."""

    code: str
    name: str
    why: str
    codings: tuple[Term, ...]


class Reason(_Part):
    """A rule that is true, with the very answers that made it so."""

    rule: str
    title: str
    urgency: Urgency | None
    vote: Vote | None
    """How it speaks on the outcome; None where it only names types."""
    types: tuple[str, ...]
    because: tuple[AnswerInWords, ...]
    why: str
    evidence: str
    sources: tuple[str, ...]
    status: str

    def calms(self, outcome: Outcome) -> bool:
        """Whether it is the pattern that makes a benign result one."""
        return outcome is Outcome.LIKELY_BENIGN and self.vote is Vote.BENIGN

    @property
    def weight(self) -> str:
        """How soon it asks for help, in words, and its vote where that is not for disease."""
        return weight_words(self.urgency, self.vote)


class ProtocolStamp(_Part):
    """The rules a result stands on."""

    name: str
    version: str
    digest: str
    review_status: str


class PossibleChange(_Part):
    """One new answer that would make the result more urgent, or no longer likely benign."""

    answer: AnswerInWords
    outcome: Outcome
    urgency: Urgency


class NearestBenign(_Part):
    """The benign pattern that fits best, and the answers that keep it from fitting."""

    rule: str
    title: str
    answers: tuple[AnswerInWords, ...]


class Explanation(_Part):
    """Exactly why the result is what it is, and what would change it."""

    enough_for_at_least: tuple[AnswerInWords, ...] | None
    """Answers that force at least this urgency whatever the others are, none of which can be dropped; None where the
    proofs are not installed."""
    enough_for_exactly: tuple[AnswerInWords, ...] | None
    """Answers that force exactly this urgency whatever the others are, none of which can be dropped."""
    nearest_benign: NearestBenign | None
    """Why no benign pattern fits; None where the result is benign."""
    would_raise: tuple[PossibleChange, ...]
    """Single new answers that would make it more urgent, or no longer likely benign; warning signs first."""
    would_lower: tuple[AnswerInWords, ...]
    """Answers any of which, if wrong, could make it less urgent, or likely benign."""


class Assessment(_Part):
    """Everything that is said about one person's answers. Its JSON form is canonical."""

    id: str
    outcome: Outcome
    urgency: Urgency
    at_worst: Urgency
    """The most urgent that the unknown answers could still make it."""
    outcome_at_worst: Outcome
    """The outcome, or a sign of disease where the unknown answers could still make it one."""
    at_worst_because: tuple[AnswerInWords, ...]
    """The unknown answers that could make it more urgent, or no longer likely benign."""
    verdict: str
    """The outcome in one line, in the words of the protocol."""
    headline: str
    how_soon: str
    types: tuple[NamedType, ...]
    """Empty where no type is determined."""
    causes: tuple[NamedCause, ...]
    warning_signs: tuple[AnswerInWords, ...]
    could_not_rule_out: tuple[AnswerInWords, ...]
    """Red-flag questions without an answer."""
    set_aside: tuple[AnswerInWords, ...]
    """Answers to questions that do not apply to this person."""
    reasons: tuple[Reason, ...]
    next_steps: tuple[str, ...]
    seek_help_sooner_if: tuple[str, ...]
    notices: tuple[str, ...]
    not_asked: tuple[str, ...]
    """Questions that an interview ended without asking."""
    stopped_early: bool
    """Whether the person chose to stop before the questions that could still matter were asked."""
    answered_at: str | None
    protocol: ProtocolStamp
    engines: tuple[str, ...]
    explanation: Explanation | None = None
    disagreement: str | None
    """What two engines said that differs, the more careful of which is shown; or why one of them said nothing."""


def in_words(question: Question, codes: Iterable[str]) -> AnswerInWords:
    """Return an answer as codes and in the words of a question, in the order shown."""
    wanted = set(codes)
    ordered = [code for code in (*question.codes, *STATES) if code in wanted]
    return AnswerInWords(
        question=question.id,
        asked=question.text,
        codes=tuple(ordered),
        answered=tuple(answer_words(question, ordered)),
    )
