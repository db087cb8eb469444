"""What stands in a rule book: plain records of entries, each with its anchor and its links to the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from triage.proof.statements import Statement
    from triage.protocol.catalogue import Advice, Case, Cause, Note, SeedSentence, Source, TriageType
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule
    from triage.protocol.urgency import Outcome, Urgency

__all__ = [
    "AdviceEntry",
    "Book",
    "CaseEntry",
    "CauseEntry",
    "FindingEntry",
    "Group",
    "Line",
    "Link",
    "NoteEntry",
    "QuestionEntry",
    "RuleEntry",
    "SeedEntry",
    "SourceEntry",
    "Standing",
    "StatementEntry",
    "TypeEntry",
    "Way",
    "anchor",
    "plain_words",
]

Entry = TypeVar("Entry")


def anchor(kind: str, name: str) -> str:
    """Return the id of an entry in the book; whatever an id may not hold is written as its number.

    >>> anchor("rule", "E01"), anchor("source", "a b")
    ('rule-E01', 'source-a-20-b')
    """
    return f"{kind}-{''.join(one if one.isalnum() or one in '_.-' else f'-{ord(one):x}-' for one in name)}"


def plain_words(code: str) -> str:
    """Return a code as words.

    >>> plain_words("self_care")
    'Self care'
    """
    words = code.replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


@dataclass(frozen=True)
class Link:
    """A place in the book and the words that lead there."""

    to: str
    words: str


@dataclass(frozen=True)
class Line:
    """One line of a condition: words around a link, and the lines that stand below it."""

    before: str
    link: Link | None = None
    after: str = ""
    below: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Way:
    """Everything on the way from the questions to one type."""

    questions: tuple[Link, ...]
    findings: tuple[Link, ...]
    rules: tuple[Link, ...]


@dataclass(frozen=True)
class QuestionEntry:
    """A question, when it applies, and who reads it."""

    question: Question
    anchor: str
    applies: tuple[Line, ...]
    findings: tuple[Link, ...]
    rules: tuple[Link, ...]
    causes: tuple[Link, ...]
    sources: tuple[Link, ...]
    choice_sources: dict[str, tuple[Link, ...]]
    shown_to: dict[str, str]
    """For whom a choice is shown, where that is not everybody."""


@dataclass(frozen=True)
class FindingEntry:
    """A finding, where it comes from, and who reads it."""

    name: str
    words: str
    anchor: str
    derived: tuple[Line, ...]
    """How it follows from the questionnaire; nothing where rules conclude it."""
    concluded_by: tuple[Link, ...]
    read_by: tuple[Link, ...]


@dataclass(frozen=True)
class RuleEntry:
    """A rule in plain words and what it leads to."""

    rule: Rule
    anchor: str
    when: tuple[Line, ...]
    finding: Link | None
    types: tuple[Link, ...]
    advice: tuple[Link, ...]
    sources: tuple[Link, ...]
    cases: tuple[Link, ...]


@dataclass(frozen=True)
class TypeEntry:
    """A type and what leads to it."""

    type: TriageType
    anchor: str
    way: Way
    cases: tuple[Link, ...]
    sources: tuple[Link, ...]


@dataclass(frozen=True)
class CauseEntry:
    """A cause, when it is named, and in which cases."""

    cause: Cause
    anchor: str
    when: tuple[Line, ...]
    cases: tuple[Link, ...]
    sources: tuple[Link, ...]


@dataclass(frozen=True)
class CaseEntry:
    """A worked case and what the rules make of it."""

    case: Case
    anchor: str
    urgency: Urgency
    outcome: Outcome
    rules: tuple[Link, ...]
    types: tuple[Link, ...]
    causes: tuple[Link, ...]


@dataclass(frozen=True)
class SeedEntry:
    """A sentence of the text the rules began with, and what carries it now."""

    sentence: SeedSentence
    anchor: str
    cited_by: tuple[Link, ...]
    sources: tuple[Link, ...]


@dataclass(frozen=True)
class SourceEntry:
    """A source and what cites it."""

    source: Source
    anchor: str
    pieces: tuple[tuple[str, str | None], ...]
    """The reference in pieces, each with the address it stands for, if any."""
    cited_by: tuple[Link, ...]


@dataclass(frozen=True)
class Standing:
    """What came of proving a statement."""

    code: str
    """``proved``, ``refuted`` or ``open``."""
    words: str


@dataclass(frozen=True)
class StatementEntry:
    """A safety statement and whether it is proved."""

    statement: Statement
    anchor: str
    proved_for: str
    standing: Standing
    sources: tuple[Link, ...]


@dataclass(frozen=True)
class AdviceEntry:
    """A text for the person, and when it is shown."""

    advice: Advice
    anchor: str
    when: tuple[Line, ...]
    named_by: tuple[Link, ...]
    sources: tuple[Link, ...]


@dataclass(frozen=True)
class NoteEntry:
    """A note with its sources."""

    note: Note
    anchor: str
    sources: tuple[Link, ...]


@dataclass(frozen=True)
class Group(Generic[Entry]):
    """Entries under one heading."""

    title: str
    anchor: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Book:
    """A protocol with every entry linked to the others."""

    protocol: Protocol
    questions: tuple[Group[QuestionEntry], ...]
    findings: tuple[FindingEntry, ...]
    pages: tuple[Group[RuleEntry], ...]
    types: tuple[Group[TypeEntry], ...]
    causes: tuple[Group[CauseEntry], ...]
    cases: tuple[CaseEntry, ...]
    stories: tuple[tuple[str, str], ...]
    """Each figure of the stories of real people, with its share; none where there are no stories."""
    kept_from_benign: tuple[tuple[Link, int], ...]
    """The rules that kept benign stories from being called so, with how many readings."""
    statements: tuple[StatementEntry, ...]
    proved: str
    """Over what the statements were proved; empty where they were not."""
    advice: tuple[Group[AdviceEntry], ...]
    seed: tuple[SeedEntry, ...]
    notes: tuple[Group[NoteEntry], ...]
    sources: tuple[Group[SourceEntry], ...]

    @cached_property
    def rules(self) -> tuple[RuleEntry, ...]:
        """All rules, page by page."""
        return tuple(entry for page in self.pages for entry in page.entries)

    @cached_property
    def idle_rules(self) -> tuple[RuleEntry, ...]:
        """The rules in force that no case makes true."""
        return tuple(entry for entry in self.rules if not entry.cases and entry.rule.status != "retired")

    @cached_property
    def reviewed_rules(self) -> int:
        """How many rules in force a clinician has reviewed."""
        return sum(rule.status == "reviewed" for rule in self.protocol.rules)
