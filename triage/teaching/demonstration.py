"""A worked case played answer by answer: what each answer makes true, what it rules out, what is still possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.conditions.answer_state import UNKNOWN, Missing
from triage.interview.fitting import worded
from triage.interview.interview import Interview
from triage.interview.reach import Reachable, beginning
from triage.protocol.prose import answer_words
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.answers.answers import Answers
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

__all__ = ["Step", "case_answers", "play"]


@dataclass(frozen=True)
class Step:
    """One question with its answer, and what the answer changed."""

    question: Question
    answered: tuple[str, ...]
    is_known: bool
    """Whether the answer says something; one that is not known rules nothing out."""
    now_true: tuple[Rule, ...]
    now_impossible: tuple[Rule, ...]
    still_possible: tuple[Urgency, ...]
    """The urgencies the result can still have, the least urgent first."""
    outcomes_possible: tuple[Outcome, ...]
    """The outcomes it can still have."""


def case_answers(protocol: Protocol, case: Case) -> Answers:
    """Return the answers of a case to the questions that apply."""
    answers = settle(protocol.questionnaire, given_states(case.answers))
    given = {name: state for name, state in answers.given().items() if name not in answers.set_aside}
    return settle(protocol.questionnaire, given)


def play(protocol: Protocol, case: Case) -> Iterator[Step]:
    """Yield the steps of a case in the order the interview asks, until outcome and urgency are settled."""
    full = case_answers(protocol, case)
    interview = Interview(protocol)
    reachable = beginning(protocol)
    before = _reaches(protocol, reachable)
    while question := interview.next_question():
        state = full.states[question.id]
        interview = interview.answered(question.id, state)
        reachable = Reachable(protocol, interview.answers, reachable)
        after = _reaches(protocol, reachable)
        words = answer_words(worded(question, full.states), [state.value] if isinstance(state, Missing) else state)
        yield Step(
            question,
            tuple(words),
            is_known=state is not UNKNOWN,
            now_true=tuple(rule for rule in protocol.concluding_rules if after[rule.id][0] and not before[rule.id][0]),
            now_impossible=tuple(
                rule for rule in protocol.concluding_rules if before[rule.id][1] and not after[rule.id][1]
            ),
            still_possible=_still_possible(protocol, after),
            outcomes_possible=_outcomes_possible(protocol, after),
        )
        before = after


def _reaches(protocol: Protocol, reachable: Reachable) -> dict[str, tuple[bool, bool]]:
    """Return for each rule whether it is certain and whether it is still possible."""
    reaches = {rule.id: reachable.of(rule.when) for rule in protocol.concluding_rules}
    return {name: (reach.certain, reach.true) for name, reach in reaches.items()}


def _still_possible(protocol: Protocol, reaches: dict[str, tuple[bool, bool]]) -> tuple[Urgency, ...]:
    rules = [rule for rule in protocol.concluding_rules if rule.then.urgency]
    certain = [rule.then.urgency for rule in rules if rule.then.urgency and reaches[rule.id][0]]
    possible = {rule.then.urgency for rule in rules if rule.then.urgency and reaches[rule.id][1]}
    if protocol.otherwise.then.urgency and _certain_votes(protocol, reaches).isdisjoint((Vote.BENIGN, Vote.DISEASE)):
        possible.add(protocol.otherwise.then.urgency)
    least = max((urgency.rank for urgency in certain), default=0)
    return tuple(urgency for urgency in Urgency if urgency in possible and urgency.rank >= least)


def _outcomes_possible(protocol: Protocol, reaches: dict[str, tuple[bool, bool]]) -> tuple[Outcome, ...]:
    """Return the outcomes that are possible; where no rule votes for either it is as if one voted for disease."""
    certain = _certain_votes(protocol, reaches)
    possible = {rule.vote for rule in protocol.concluding_rules if reaches[rule.id][1]}
    benign = Vote.BENIGN in possible and Vote.DISEASE not in certain
    disease = Vote.DISEASE in possible or Vote.BENIGN not in certain
    return tuple(one for one, is_possible in zip(Outcome, (benign, disease), strict=True) if is_possible)


def _certain_votes(protocol: Protocol, reaches: dict[str, tuple[bool, bool]]) -> set[Vote]:
    return {rule.vote for rule in protocol.concluding_rules if rule.vote and reaches[rule.id][0]}
