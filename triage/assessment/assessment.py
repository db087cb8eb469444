"""The result for one person made: outcome, how soon, type, reasons, advice, and what is not known; see ``records``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from triage.answers.answers import unknown_red_flags, warning_signs
from triage.assessment.records import (
    AnswerInWords,
    Assessment,
    Explanation,
    NamedCause,
    NamedType,
    NearestBenign,
    PossibleChange,
    ProtocolStamp,
    Reason,
    Term,
    in_words,
)
from triage.conditions.answer_state import OPEN, UNKNOWN
from triage.conditions.truth import truth
from triage.engines.deciding_answers import deciding_answers, undecided_questions
from triage.engines.decision import decide
from triage.engines.verdicts import EngineFault
from triage.interview.fitting import worded
from triage.protocol.catalogue import STANDING_NOTICES
from triage.protocol.urgency import Outcome, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.answers.answers import Answers
    from triage.conditions.condition import Condition
    from triage.engines.decision import Decision
    from triage.engines.verdicts import Engine, Verdicts
    from triage.protocol.catalogue import Advice
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Coding

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
    "assess",
    "in_words",
    "read_in_words",
]

_TIME_OF_DAY = re.compile(r"(?<=^\d{4}-\d\d-\d\d)T.*")
"""What stands behind the date where a time is written for programs."""


def read_in_words(protocol: Protocol, answers: Answers, question: str, codes: Iterable[str]) -> AnswerInWords:
    """Return an answer in the words that this person read, which may be those for an age."""
    return in_words(worded(protocol.questionnaire.by_id[question], answers.states), codes)


def assess(
    protocol: Protocol,
    answers: Answers,
    engines: Sequence[Engine],
    *,
    case_id: str = "case",
    answered_at: str | None = None,
    stopped_early: bool = False,
) -> Assessment:
    """Judge a person's answers with one engine or several and say everything about the result.

    Where engines disagree, the more careful result is taken and the disagreement is said; one that has no verdict
    takes no advice away from the person, and that is said in the same place. Answers may still hold open questions if
    no answer to them could change the urgency.

    Raises:
        EngineFault: no engine has a verdict.

    """
    judged: list[tuple[Engine, Verdicts]] = []
    faults: list[EngineFault] = []
    for engine in engines:
        try:
            judged.append((engine, engine.judge(answers)))
        except EngineFault as fault:
            faults.append(fault)
    if not judged:
        raise faults[0]
    decisions = [(engine, verdicts, decide(protocol, verdicts)) for engine, verdicts in judged]
    _, verdicts, decision = max(decisions, key=lambda one: _caution(one[2]))
    words = _Words(protocol, answers, verdicts, decision)
    draft = any(rule.status != "reviewed" for rule in decision.fired)
    return Assessment(
        id=case_id,
        outcome=decision.outcome,
        urgency=decision.urgency,
        at_worst=decision.at_worst,
        outcome_at_worst=decision.outcome_at_worst,
        at_worst_because=words.open_behind_at_worst(),
        verdict=words.first("verdict"),
        headline=words.first("headline"),
        how_soon=words.first("how_soon"),
        types=tuple(words.type(code) for code in decision.types),
        causes=words.causes(),
        warning_signs=tuple(words.of(flag.id, [code]) for flag, code in warning_signs(protocol.questionnaire, answers)),
        could_not_rule_out=tuple(
            words.of(flag.id, ["unknown"]) for flag in unknown_red_flags(protocol.questionnaire, answers)
        ),
        set_aside=tuple(words.of(name, codes) for name, codes in answers.set_aside.items()),
        reasons=words.reasons(),
        next_steps=words.every("next_step"),
        seek_help_sooner_if=words.every("seek_help_sooner_if"),
        notices=words.notices(draft=draft, answered_at=answered_at),
        not_asked=tuple(name for name, state in answers.states.items() if state is OPEN),
        stopped_early=stopped_early,
        answered_at=answered_at,
        protocol=ProtocolStamp(
            name=protocol.name,
            version=protocol.version,
            digest=protocol.digest,
            review_status="draft" if draft else "reviewed",
        ),
        engines=tuple(engine.name for engine, _ in judged),
        disagreement=_disagreement(judged) or (str(faults[0]) if faults else None),
    )


class _Words:
    """The words for one decision, all of them out of the protocol."""

    def __init__(self, protocol: Protocol, answers: Answers, verdicts: Verdicts, decision: Decision) -> None:
        self.protocol = protocol
        self.answers = answers
        self.verdicts = verdicts
        self.decision = decision
        self.named = {key for rule in decision.fired for key in rule.then.advice}
        self.said: dict[tuple[str, frozenset[str]], AnswerInWords] = {}

    def of(self, question: str, codes: Iterable[str]) -> AnswerInWords:
        """Return an answer in words; many rules rest on the same ones."""
        key = question, frozenset(codes)
        if key not in self.said:
            self.said[key] = read_in_words(self.protocol, self.answers, *key)
        return self.said[key]

    def fits(self, item: Advice) -> bool:
        if item.urgency and self.decision.urgency not in item.urgency:
            return False
        if item.outcome and self.decision.outcome is not item.outcome:
            return False
        if not item.urgency and item.key not in self.named:
            return False
        if item.when is None:
            return True
        return truth(item.when, self.answers.states, self.verdicts.findings, self.answers.misplaced) is True

    def every(self, kind: str) -> tuple[str, ...]:
        return tuple(item.text for item in self.protocol.advice if item.kind == kind and self.fits(item))

    def first(self, kind: str) -> str:
        return next(iter(self.every(kind)), "")

    def notices(self, *, draft: bool, answered_at: str | None) -> tuple[str, ...]:
        """Return the notices that fit by themselves and those that hang on the state of the result."""
        unknown = bool(unknown_red_flags(self.protocol.questionnaire, self.answers))
        wanted = dict(zip(STANDING_NOTICES, (draft, unknown, answered_at is not None), strict=True))
        return tuple(
            item.text.replace("{date}", _TIME_OF_DAY.sub("", answered_at or ""))
            for item in self.protocol.advice
            if item.kind == "notice" and wanted.get(item.key, self.fits(item))
        )

    def type(self, code: str) -> NamedType:
        entry = self.protocol.types[code]
        return NamedType(code=code, name=entry.name, description=entry.description, codings=_terms(entry.codings))

    def causes(self) -> tuple[NamedCause, ...]:
        """Return the causes, those first that rest on the same answers as the most urgent rules."""
        deciding = self.decision.urgency
        top = [rule for rule in self.decision.fired if rule.then.urgency is deciding and rule.when is not None]
        telling = {pair for rule in top for pair in self.pairs(rule.when)}
        ordered = sorted(self.decision.causes, key=lambda cause: telling.isdisjoint(self.pairs(cause.when)))
        return tuple(
            NamedCause(code=cause.code, name=cause.name, why=cause.why, codings=_terms(cause.codings))
            for cause in ordered
        )

    def pairs(self, condition: Condition) -> set[tuple[str, str]]:
        """Return the answers that made a condition true, as question and code."""
        deciding = deciding_answers(self.protocol, self.answers, self.verdicts, condition)
        return {(name, code) for name, codes in deciding.items() for code in codes}

    def open_behind_at_worst(self) -> tuple[AnswerInWords, ...]:
        """Return the unknown answers behind every rule that could still make it more urgent, or no longer benign."""
        names: set[str] = set()
        benign = self.decision.outcome is Outcome.LIKELY_BENIGN
        for rule in self.protocol.concluding_rules:
            more_urgent = rule.then.urgency and rule.then.urgency.rank > self.decision.urgency.rank
            if self.verdicts.rules[rule.id] is None and (more_urgent or (benign and rule.vote is Vote.DISEASE)):
                names |= undecided_questions(self.protocol, self.answers, self.verdicts, rule.when)
        questions = self.protocol.questionnaire.questions
        states = self.answers.states
        unknown = [one for one in questions if one.id in names and states[one.id] is UNKNOWN]
        return tuple(self.of(question.id, ["unknown"]) for question in unknown)

    def reasons(self) -> tuple[Reason, ...]:
        """Return the fired rules that carry the result, the most urgent first."""
        carrying = [
            rule
            for rule in self.decision.fired
            if not rule.then.finding and (rule.vote is Vote.NEUTRAL or rule.speaks_beside is self.decision.outcome)
        ]
        carrying.sort(key=lambda rule: -(rule.then.urgency.rank if rule.then.urgency else -1))
        return tuple(
            Reason(
                rule=rule.id,
                title=rule.title,
                urgency=rule.then.urgency,
                vote=rule.vote,
                types=rule.then.types,
                because=() if rule.otherwise else self.because(rule.when),
                why=rule.why,
                evidence=rule.evidence,
                sources=rule.sources,
                status=rule.status,
            )
            for rule in carrying
        )

    def because(self, condition: Condition) -> tuple[AnswerInWords, ...]:
        deciding = deciding_answers(self.protocol, self.answers, self.verdicts, condition)
        return tuple(self.of(name, codes) for name, codes in deciding.items() if codes != frozenset({"not_applicable"}))


def _terms(codings: Iterable[Coding]) -> tuple[Term, ...]:
    return tuple(Term(system=coding.system, code=coding.code, display=coding.display) for coding in codings)


def _caution(decision: Decision) -> tuple[int, bool, int]:
    """Return what makes one result more cautious than another, the most important first."""
    return decision.urgency.rank, decision.outcome is Outcome.SUGGESTS_DISEASE, decision.at_worst.rank


def _disagreement(judged: Sequence[tuple[Engine, Verdicts]]) -> str | None:
    first, *others = judged
    for other in others:
        if other[1] == first[1]:
            continue
        differing = [name for name in first[1].rules if first[1].rules[name] is not other[1].rules.get(name)]
        return f"{first[0].name} and {other[0].name} differ on {', '.join(differing) or 'a finding'}"
    return None
