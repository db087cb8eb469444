"""Stories of real people as a measure of a protocol: what it makes of answers that readers gave who saw no rule.

A story says what came of it, a reading the answers of somebody who knew the story and the questions only. The figures
are those that symptom checkers are measured by: outcome and urgency right, over- and under-triage.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from triage.answers.reading import read_case
from triage.conditions.answer_state import Missing
from triage.documents.document import Document, read_text
from triage.documents.json_reading import read_json
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Place, Problem
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.protocol.prose import answer_words
from triage.protocol.record import Code, Record, Text, read_record
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from triage.answers.answers import Answers
    from triage.engines.decision import Decision
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = [
    "JudgedReading",
    "Share",
    "Story",
    "figures",
    "judge_stories",
    "kept_from_benign",
    "read_stories",
    "whose",
]


class StoryOutcome(Record):
    """What came of a story, as a careful doctor sees it."""

    outcome: Outcome
    acceptable_urgency: Annotated[tuple[Urgency, ...], Field(min_length=1)]
    pattern: Text
    confidence: Literal["high", "medium", "low"]
    why: Text


class Reading(Record):
    """The answers of one reader of a story."""

    questionnaire_version: Text
    reader: Text
    answers: dict[str, Any]
    guessed: tuple[str, ...] = ()
    """Questions the story does not answer."""
    notes: str = ""


class Story(Record):
    """One person's story, retold, with what came of it and how readers answered for that person."""

    id: Text
    kind: Text
    pattern: Code
    """A group of like stories."""
    story: Text
    later_asked: str = ""
    expected: StoryOutcome
    readings: Annotated[tuple[Reading, ...], Field(min_length=1)]


@dataclass(frozen=True)
class JudgedReading:
    """One reading of a story with what the rules make of it."""

    story: Story
    reading: Reading
    answers: Answers
    decision: Decision

    @property
    def outcome_is_right(self) -> bool:
        """Whether the outcome is the one that came of it."""
        return self.decision.outcome is self.story.expected.outcome

    @property
    def triage(self) -> int:
        """How many steps more urgent than a careful doctor accepts; below 0 how many less, 0 where it is right."""
        ranks = [urgency.rank for urgency in self.story.expected.acceptable_urgency]
        rank = self.decision.urgency.rank
        return max(0, rank - max(ranks)) or min(0, rank - min(ranks))


@dataclass(frozen=True)
class Share:
    """So many of so many, with the interval that holds the true share in 95 of 100 samples (Wilson)."""

    count: int
    of: int

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval, from 0 to 1.

        >>> [round(end, 3) for end in Share(0, 52).interval], [round(end, 3) for end in Share(9, 10).interval]
        ([0.0, 0.069], [0.596, 0.982])
        """
        if not self.of:
            return 0.0, 1.0
        z = NormalDist().inv_cdf(0.975)
        share, spread = self.count / self.of, z * z / self.of
        middle = share + spread / 2
        half = (share * (1 - share) * spread + spread * spread / 4) ** 0.5
        return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))

    def __str__(self) -> str:
        if not self.of:
            return "none"
        low, high = self.interval
        return f"{self.count} of {self.of} ({self.count / self.of:.0%}; {low:.0%} to {high:.0%})"


def read_stories(protocol: Protocol) -> list[Story]:
    """Read the stories of a protocol, a line each in the files ``stories/*.ndjson``; none where there are none.

    Raises:
        DataFault: a file is broken or a story malformed.

    """
    problems: list[Problem] = []
    found: list[Story] = []
    for path in sorted((protocol.folder / "stories").glob("*.ndjson")):
        for number, line in enumerate(read_text(path).splitlines(), start=1):
            document = read_json(line, str(path), first_line=number)
            story = read_record(Story, document, problems)
            if story is not None and any(story.id == other.id for other in found):
                problems.append(Problem(Place(str(path), number), f"The id {shown(story.id)} is used twice."))
            elif story is not None:
                found.append(story)
    if problems:
        raise DataFault(problems)
    return found


def judge_stories(protocol: Protocol, stories: Iterable[Story]) -> list[JudgedReading]:
    """Judge every reading of every story; answers to an earlier questionnaire are taken over first.

    Raises:
        DataFault: a reading answers what no question asks.

    """
    engine = PlainEngine(protocol)
    found = []
    for story in stories:
        for reading in story.readings:
            raw = {"id": story.id, "questionnaire_version": reading.questionnaire_version, "answers": reading.answers}
            document = Document(story.id, raw, lambda: None)
            answers = read_case(document, (), protocol.questionnaire, unnamed=story.id).answers
            found.append(JudgedReading(story, reading, answers, decide(protocol, engine.judge(answers))))
    return found


def figures(judged: Sequence[JudgedReading]) -> dict[str, Share]:
    """Return the figures that a protocol is measured by, each with what it is a share of."""

    def share(among: Outcome | None, holds: Callable[[JudgedReading], bool]) -> Share:
        group = [one for one in judged if among in (None, one.story.expected.outcome)]
        return Share(sum(map(holds, group)), len(group))

    benign, disease = Outcome.LIKELY_BENIGN, Outcome.SUGGESTS_DISEASE
    return {
        "benign called likely benign": share(benign, lambda one: one.decision.outcome is benign),
        "disease called likely benign": share(disease, lambda one: one.decision.outcome is benign),
        "outcome right": share(None, lambda one: one.outcome_is_right),
        "urgency acceptable": share(None, lambda one: one.triage == 0),
        "less urgent than acceptable": share(None, lambda one: one.triage < 0),
        "more urgent than acceptable": share(None, lambda one: one.triage > 0),
        "benign, more urgent than acceptable": share(benign, lambda one: one.triage > 0),
    }


def whose(protocol: Protocol, judged: JudgedReading) -> str:
    """Return the group of people a reading belongs to, such as an age: the answer to the first ordered question."""
    question = next(one for one in protocol.questionnaire.questions if one.ordered)
    state = judged.answers.states[question.id]
    return " ".join(answer_words(question, [state.value] if isinstance(state, Missing) else state))


def kept_from_benign(judged: Iterable[JudgedReading]) -> list[tuple[Rule, int]]:
    """Return the votes for disease that kept benign stories from being called so, those that did most often first."""
    benign = [one for one in judged if one.story.expected.outcome is Outcome.LIKELY_BENIGN]
    missed = [one.decision for one in benign if not one.outcome_is_right]
    rules = {rule.id: rule for decision in missed for rule in decision.fired if rule.vote is Vote.DISEASE}
    counts = Counter(rule.id for decision in missed for rule in decision.fired if rule.id in rules)
    return [(rules[name], count) for name, count in counts.most_common()]
