"""A worked case as a question to a learner: what is offered, what is right, and why another choice is not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import assess, in_words
from triage.assessment.near_miss import NearMiss, nearest_rule
from triage.assessment.what_if import WhatIf
from triage.engines.plain import PlainEngine
from triage.protocol.catalogue import UNDETERMINED
from triage.protocol.urgency import Outcome, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.answers import Answers
    from triage.assessment.assessment import AnswerInWords, Assessment, Reason
    from triage.assessment.explaining import Commonness
    from triage.assessment.what_if import NearestPattern
    from triage.engines.verdicts import Verdicts
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule
    from triage.protocol.urgency import Urgency

__all__ = [
    "UNDETERMINED",
    "Guess",
    "Marks",
    "Posed",
    "Raising",
    "WhyNotOutcome",
    "WhyNotType",
    "WhyNotUrgency",
    "in_order",
    "marked",
    "pose",
    "why_not_outcome",
    "why_not_type",
    "why_not_urgency",
]

_OFFERED = 6
_RIGHT_OFFERED = 2
_CLOSE = 8
"""Half of the wrong types are drawn from so many that come closest by the rules."""
_RAISING = 3


@dataclass(frozen=True)
class Posed:
    """A case with what the rules say of it and what the learner may choose from."""

    case: Case
    answers: Answers
    verdicts: Verdicts
    result: Assessment
    types: tuple[str, ...]
    """Codes of the types to choose from, in the order of the catalogue; UNDETERMINED may be chosen besides."""

    @property
    def right_urgencies(self) -> frozenset[Urgency]:
        """What the rules say, and what the case was written to accept as well."""
        return frozenset({self.result.urgency, *self.case.expected.acceptable_urgency})

    @property
    def right_outcomes(self) -> frozenset[Outcome]:
        """What the rules say, and what the case was written to expect."""
        return frozenset({self.result.outcome, self.case.expected.outcome})

    @property
    def right_types(self) -> frozenset[str]:
        """The types that the rules name; any one of them is right."""
        return frozenset(kind.code for kind in self.result.types) or frozenset({UNDETERMINED})


@dataclass(frozen=True)
class Guess:
    """What a learner chose; None where it was "I don't know"."""

    outcome: Outcome | None
    urgency: Urgency | None
    type: str | None


@dataclass(frozen=True)
class Marks:
    """Which of the three choices were right."""

    outcome: bool
    urgency: bool
    type: bool


@dataclass(frozen=True)
class Raising:
    """One new answer that would make it as urgent as the learner said."""

    answer: AnswerInWords
    urgency: Urgency


@dataclass(frozen=True)
class WhyNotUrgency:
    """Why it is not as urgent, or not as little urgent, as the learner said."""

    said: Urgency
    forced_by: tuple[Reason, ...]
    """The rules that make it more urgent; none where the learner said more than the rules do."""
    nearest: NearMiss | None
    """Where more was said: the rule of that urgency that comes closest."""
    raising: tuple[Raising, ...]
    still_open: tuple[AnswerInWords, ...]
    """Where more was said: unknown answers that could still make it that urgent, or more."""


@dataclass(frozen=True)
class WhyNotOutcome:
    """Why the outcome is not the one that the learner said."""

    said: Outcome
    votes: tuple[Reason, ...]
    """The rules that vote for the other outcome; none where no rule votes at all."""
    nearest_benign: NearestPattern | None
    """Where likely benign was said: the ordinary pattern that comes closest, if one does."""
    nearest: NearMiss | None
    """Where a sign of disease was said: the vote for it that comes closest."""


@dataclass(frozen=True)
class WhyNotType:
    """Why a type is not named: the rule for it that comes closest, or the types that are named instead."""

    said: str
    nearest: NearMiss | None
    silent: Rule | None
    """A rule for the type that is true, but does not speak, since the outcome is another."""


def in_order(cases: Iterable[Case], seed: int) -> list[Case]:
    """Return cases in the order of a seed; a case that is added or gone does not disturb the order of the others."""
    return sorted(cases, key=lambda case: _lot(seed, case.id))


def pose(protocol: Protocol, case: Case, seed: int) -> Posed:
    """Judge a case and draw what the learner may choose from."""
    answers = settle(protocol.questionnaire, given_states(case.answers))
    engine = PlainEngine(protocol)
    verdicts = engine.judge(answers)
    result = assess(protocol, answers, [engine], case_id=case.id)
    return Posed(case, answers, verdicts, result, _offered(protocol, case, answers, verdicts, result, seed))


def marked(posed: Posed, guess: Guess) -> Marks:
    """Compare what a learner chose with what the rules say."""
    return Marks(
        outcome=guess.outcome in posed.right_outcomes,
        urgency=guess.urgency in posed.right_urgencies,
        type=guess.type in posed.right_types,
    )


def why_not_outcome(protocol: Protocol, posed: Posed, said: Outcome) -> WhyNotOutcome:
    """Say by the rules why the outcome of a case is not the one that was said."""
    benign = said is Outcome.LIKELY_BENIGN
    other, own = (Vote.DISEASE, Vote.BENIGN) if benign else (Vote.BENIGN, Vote.DISEASE)
    votes = (one for one in posed.result.reasons if one.vote is other and one.rule != protocol.otherwise.id)
    pattern = WhatIf(protocol, posed.answers).nearest_pattern() if benign else None
    rules = () if benign else [rule for rule in protocol.concluding_rules if rule.vote is own]
    return WhyNotOutcome(said, tuple(votes), pattern, nearest_rule(protocol, posed.answers, posed.verdicts, rules))


def why_not_urgency(protocol: Protocol, posed: Posed, said: Urgency, commonness: Commonness) -> WhyNotUrgency:
    """Say by the rules why a case is not of an urgency.

    Args:
        protocol: the rules.
        posed: the case.
        said: the urgency that it is not.
        commonness: how common choices are.

    """
    result = posed.result
    if said.rank <= result.urgency.rank:
        forcing = tuple(one for one in result.reasons if one.urgency and one.urgency.rank > said.rank)
        return WhyNotUrgency(said, forcing, None, (), ())
    level = [rule for rule in protocol.concluding_rules if rule.then.urgency is said]
    changes = WhatIf(protocol, posed.answers).would_raise(commonness.among(posed.answers), most=100)
    questions = protocol.questionnaire.by_id
    raising = [
        Raising(in_words(questions[change.question], [change.code]), change.urgency)
        for change in changes
        if change.urgency is said
    ]
    return WhyNotUrgency(
        said,
        (),
        nearest_rule(protocol, posed.answers, posed.verdicts, level),
        tuple(raising[:_RAISING]),
        result.at_worst_because if result.at_worst.rank >= said.rank else (),
    )


def why_not_type(protocol: Protocol, posed: Posed, said: str) -> WhyNotType:
    """Say by the rules why a type is not named, or why it is not undetermined."""
    naming = _naming(protocol).get(said, [])
    silent = next((rule for rule in naming if posed.verdicts.rules[rule.id] is True), None)
    nearest = None if silent else nearest_rule(protocol, posed.answers, posed.verdicts, naming)
    return WhyNotType(said, nearest, silent)


def _naming(protocol: Protocol) -> dict[str, list[Rule]]:
    """Return the rules that name each type, in the order of the catalogue."""
    naming: dict[str, list[Rule]] = {code: [] for code in protocol.types}
    for rule in protocol.concluding_rules:
        for code in rule.then.types:
            naming[code].append(rule)
    return {code: rules for code, rules in naming.items() if rules}


def _offered(
    protocol: Protocol, case: Case, answers: Answers, verdicts: Verdicts, result: Assessment, seed: int
) -> tuple[str, ...]:
    """Return some right types and wrong ones that come close.

    A type that the writer of the case expected, or whose rule is true but does not speak, is no fair wrong one.
    """
    named = [kind.code for kind in result.types]
    expected = [code for code in named if code in case.expected.types]
    right = list(dict.fromkeys([*expected, *named]))[:_RIGHT_OFFERED]
    naming = _naming(protocol)
    near: dict[str, tuple[int, float]] = {}
    for code, rules in naming.items():
        if code in named or code in case.expected.types or any(verdicts.rules[rule.id] is True for rule in rules):
            continue
        if nearest := nearest_rule(protocol, answers, verdicts, rules):
            near[code] = (len(nearest.lacks), -nearest.fits)
    drawn = sorted(near, key=lambda code: _lot(seed, f"{case.id} {code}"))
    close = frozenset(sorted(near, key=lambda code: near[code])[:_CLOSE])
    wanted = _OFFERED - len(right)
    wrong = [code for code in drawn if code in close][: (wanted + 1) // 2]
    wrong += [code for code in drawn if code not in wrong][: wanted - len(wrong)]
    return tuple(code for code in protocol.types if code in right or code in wrong)


def _lot(seed: int, name: str) -> str:
    """Return where a name stands in the order of a seed, on every machine and Python alike."""
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()
