"""A rule: a condition and what follows from it, with its reasons, sources and examples."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from triage.protocol.record import AnswerField, Code, ConditionField, Record, Text, TrueOrFalse
from triage.protocol.urgency import Outcome, Urgency, Vote

__all__ = ["Conclusion", "Example", "Judged", "Review", "Reviewed", "Rule"]

RuleId = Annotated[str, StringConstraints(pattern=r"^[A-Z][0-9]{2,3}[a-z]?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=48)]


class Example(Record):
    """Answers for which a rule must, or must not, be true; what is left out is unknown."""

    name: Text
    like: Code | None = None
    """A profile that the given answers change."""
    given: dict[str, AnswerField] = Field(default_factory=dict)
    each: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Other single answers, put one at a time in the place of what is given: as many examples as there are codes."""
    fires: TrueOrFalse
    outcome: Outcome | None = None
    """The outcome of the whole result, where that is to be checked, too."""
    types: tuple[Code, ...] = ()
    """Types that the whole result must name, whatever others it names."""

    def expanded(self) -> list[Self]:
        """Return the examples this one stands for: itself, or one for each code of ``each``."""
        if not self.each:
            return [self]
        return [
            self.model_copy(
                update={
                    "name": f"{self.name} ({question} = {code})",
                    "given": {**self.given, question: (code,)},
                    "each": {},
                }
            )
            for question, codes in self.each.items()
            for code in codes
        ]


class Review(Record):
    """Who reviewed an entry and when."""

    role: Text
    on: datetime.date


class Reviewed(Record):
    """What every entry says about its review by a clinician."""

    status: Literal["draft", "reviewed", "retired"]
    reviewed: Review | None = None
    review_by: datetime.date | None = None

    @model_validator(mode="after")
    def _review_is_named(self) -> Self:
        if self.status == "reviewed" and self.reviewed is None:
            raise ValueError("is reviewed, but does not say by whom and when (reviewed: {role, on})")
        return self


class Judged(Reviewed):
    """An entry that is true, false or neither for a person, by its condition."""

    id: RuleId
    when: ConditionField = None
    sources: tuple[Text, ...] = ()
    examples: tuple[Example, ...] = ()

    def all_examples(self) -> list[Example]:
        """Return every single example, those written as ``each`` unfolded."""
        return [one for example in self.examples for one in example.expanded()]


class Conclusion(Record):
    """What follows when a rule is true."""

    finding: Code | None = None
    urgency: Urgency | None = None
    vote: Vote | None = None
    """How it speaks on the outcome. Left out, self care speaks for benign and every other urgency for disease."""
    types: tuple[Code, ...] = ()
    advice: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _votes_as_it_may(self) -> Self:
        if self.vote is None:
            return self
        if self.urgency is None:
            raise ValueError("votes on the outcome, so it needs an urgency as well")
        if self.urgency is Urgency.SELF_CARE and self.vote is not Vote.BENIGN:
            raise ValueError("concludes self care, which only a vote for benign may")
        if self.urgency not in Outcome.LIKELY_BENIGN.urgencies and self.vote is not Vote.DISEASE:
            raise ValueError(f"concludes '{self.urgency}', so its vote can only be for disease")
        return self


class Rule(Judged):
    """One reviewed piece of knowledge."""

    name: Name
    title: Annotated[Text, Field(max_length=70)]
    otherwise: TrueOrFalse = False
    """True for the one rule that fires when no other votes for benign or for disease."""
    reason_only: TrueOrFalse = False
    """True for a rule that changes no result and stands there to say why."""
    always_settled: TrueOrFalse = False
    """True for a rule whose advice matters whatever the urgency: an interview goes on until it is true or false."""
    contradiction: TrueOrFalse = False
    """True for a rule about answers that do not go together; an interview points it out once."""
    unless_benign: TrueOrFalse = False
    """True for a rule for those whom no ordinary pattern fits: the one use of ``none`` above self care."""
    then: Conclusion
    why: Text
    evidence: Literal["guideline", "published", "judgement"]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        flaws = []
        if (self.when is None) is not self.otherwise:
            flaws.append("needs either `when` or `otherwise: true`")
        if self.then.finding and (self.then.urgency or self.then.types):
            flaws.append("concludes a finding, so it may not conclude an urgency or types as well")
        if not (self.then.finding or self.then.urgency or self.then.types):
            flaws.append("concludes nothing")
        if flaws:
            raise ValueError("; it ".join(flaws))
        return self

    @cached_property
    def vote(self) -> Vote | None:
        """How the rule speaks on the outcome; None for one without an urgency."""
        if self.then.vote is not None or self.then.urgency is None:
            return self.then.vote
        return Vote.BENIGN if self.then.urgency is Urgency.SELF_CARE else Vote.DISEASE

    @cached_property
    def speaks_beside(self) -> Outcome:
        """The outcome beside which its types are named: benign for votes for that, disease for all others."""
        return Outcome.LIKELY_BENIGN if self.vote is Vote.BENIGN else Outcome.SUGGESTS_DISEASE
