"""The catalogues beside the rules: types, causes, advice, sources, notes and the seed text."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from triage.documents.problems import Place
from triage.protocol.questionnaire import Coding
from triage.protocol.record import AnswerField, Code, ConditionField, Record, Text
from triage.protocol.rule import Judged, Reviewed
from triage.protocol.urgency import Outcome, Urgency

__all__ = ["Advice", "Case", "Cause", "Expected", "Note", "SeedSentence", "Source", "TriageType"]

Key = Text


class TriageType(Reviewed):
    """A type that the answers may fit; never a diagnosis."""

    code: Code
    name: Annotated[Text, Field(max_length=60)]
    group: Text
    description: Text
    sources: tuple[Text, ...] = ()
    codings: tuple[Coding, ...] = ()


class Cause(Judged):
    """A cause the pattern is also seen in; it changes neither outcome, urgency nor types."""

    when: ConditionField
    code: Code
    name: Text
    group: Text
    why: Text
    codings: tuple[Coding, ...] = ()


DRAFT_NOTICE = "draft-notice"
DATED_NOTICE = "old-answers"
"""The one notice with a placeholder, ``{date}``."""
STANDING_NOTICES = (DRAFT_NOTICE, "unknown-answers", DATED_NOTICE)
"""Notices that hang on the state of a result: rules not reviewed, warning questions open, answers of another day."""


class Advice(Record):
    """A text for the person: shown by urgency and condition, or because a fired rule names its key."""

    key: Key
    kind: Literal["verdict", "headline", "how_soon", "next_step", "seek_help_sooner_if", "notice"]
    urgency: tuple[Urgency, ...] = ()
    outcome: Outcome | None = None
    """The one outcome it is said beside; left out, both."""
    when: ConditionField = None
    text: Text
    sources: tuple[Text, ...] = ()


class Source(Record):
    """Where a statement comes from."""

    key: Key
    kind: Literal["guideline", "paper", "web", "judgement"]
    reference: Text
    reading_note: Text | None = None
    """How it came to be read, and how much of it: for reviewers."""
    status: Literal["read", "from_memory"]

    @property
    def with_reading_note(self) -> str:
        """The reference as a reviewer needs it."""
        return f"{self.reference} ({self.reading_note})" if self.reading_note else self.reference

    @property
    def cited(self) -> str:
        """The reference as a reader needs it; empty for a judgement."""
        if self.kind == "judgement":
            return ""
        return self.reference + (" (from memory)" if self.status == "from_memory" else "")


class Note(Record):
    """Background that is neither rule nor advice."""

    key: Key
    audience: Literal["clinicians", "everyone"]
    title: Text
    text: Text
    sources: tuple[Text, ...] = ()


class SeedSentence(Record):
    """What became of one sentence of the text the rules started from."""

    id: Annotated[str, Field(pattern=r"^S[0-9]+$")]
    meaning: Text
    verdict: Literal["agrees", "qualified", "contradicted"]
    modern_view: Text
    sources: tuple[Text, ...] = ()
    not_carried: Text | None = None


UNDETERMINED = "undetermined"
"""What a worked case expects where no type should be named."""


class Expected(Record):
    """What a worked case should come out as."""

    outcome: Outcome
    urgency: Urgency
    acceptable_urgency: tuple[Urgency, ...]
    types: tuple[Code, ...]
    """Types of which one at least must be named; nothing is expected where there is none."""

    @model_validator(mode="after")
    def _of_one_mind(self) -> Self:
        flaws = []
        if self.urgency not in self.acceptable_urgency:
            accepted = ", ".join(self.acceptable_urgency) or "nothing"
            flaws.append(f"expects the urgency '{self.urgency}', but `acceptable_urgency` takes {accepted}")
        flaws += [
            f"expects the outcome '{self.outcome}', which never goes with the urgency '{urgency}'"
            for urgency in dict.fromkeys((self.urgency, *self.acceptable_urgency))
            if urgency not in self.outcome.urgencies
        ]
        if flaws:
            raise ValueError("; it ".join(flaws))
        return self


class Case(Record):
    """A worked story with its answers and what they should come out as."""

    id: Text
    title: Text
    theme: Code
    origin: Literal["constructed", "published"]
    source: Text
    story: Text
    answers: dict[str, AnswerField]
    expected: Expected
    teaching_points: tuple[Text, ...] = ()
    known_miss: Text | None = None
    """Why the rules, on the cautious side, do not reach the expected result."""
    _place: Place | None = PrivateAttr(None)

    @property
    def place(self) -> Place:
        """Where the case stands."""
        return self._place or Place(self.id)
