"""Made-up people for any protocol: answer sets drawn from a ``random.Random``, the same for the same seed."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN, AnswerState, Missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.answers.answers import Given
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

__all__ = [
    "any_answer",
    "as_written",
    "complete_person",
    "completion",
    "forgetful_person",
    "near_case_person",
    "random_people",
    "uniform_person",
]


def uniform_person(protocol: Protocol, rng: Random) -> Given:
    """Answer every question, applying or not: with codes, unknown, not applicable, or leave it out."""
    given: dict[str, AnswerState] = {}
    for question in protocol.questionnaire.questions:
        draw = rng.random()
        if draw < 0.08:
            continue
        if draw < 0.16:
            given[question.id] = UNKNOWN
        elif draw < 0.20:
            given[question.id] = NOT_APPLICABLE
        else:
            given[question.id] = any_answer(question, rng)
    return given


def near_case_person(protocol: Protocol, cases: Sequence[Case], rng: Random) -> Given:
    """Take a worked case and change one or two answers of it, leave them out or set them unknown."""
    given = given_states(rng.choice(cases).answers)
    for question in rng.sample(protocol.questionnaire.questions, rng.randint(1, 2)):
        draw = rng.random()
        if draw < 0.2:
            given.pop(question.id, None)
        elif draw < 0.4:
            given[question.id] = UNKNOWN
        else:
            given[question.id] = any_answer(question, rng)
    return given


def random_people(protocol: Protocol, cases: Sequence[Case], number: int, seed: int) -> Iterator[Given]:
    """Yield people of both kinds in turn: answers drawn evenly, and worked cases a little changed."""
    rng = Random(seed)
    for _ in range(number // 2):
        yield uniform_person(protocol, rng)
        yield near_case_person(protocol, cases, rng)


def complete_person(protocol: Protocol, rng: Random) -> Given:
    """Answer every question that applies, and no other; nothing is unknown or left out."""
    return completion(protocol, {}, rng)


def completion(protocol: Protocol, given: Given, rng: Random) -> Given:
    """Keep every answer that was given and answer at random what is still open and applies."""
    completed = {name: state for name, state in given.items() if not isinstance(state, Missing)}
    for question in protocol.questionnaire.questions:
        if question.id in completed:
            continue
        if question.when is None or settle(protocol.questionnaire, completed).states[question.id] is UNKNOWN:
            completed[question.id] = any_answer(question, rng)
    return completed


def forgetful_person(given: Given, rng: Random, most: int) -> Given:
    """Set up to ``most`` answers unknown or leave them out."""
    forgotten = set(rng.sample(sorted(given), min(len(given), rng.randint(1, most))))
    left_out = {name for name in sorted(forgotten) if rng.random() < 0.5}
    remembered = ((name, said) for name, said in given.items() if name not in left_out)
    return {name: UNKNOWN if name in forgotten else said for name, said in remembered}


def any_answer(question: Question, rng: Random) -> frozenset[str]:
    """Return codes that one person may give: one for a single choice, an ``alone`` choice by itself."""
    if not question.multiple:
        return frozenset({rng.choice(question.codes)})
    together = [code for code in question.codes if code not in question.alone]
    alone = [code for code in question.codes if code in question.alone]
    if alone and (not together or rng.random() < 0.35):
        return frozenset({rng.choice(alone)})
    number = min(len(together), 1 + int(min(rng.expovariate(0.9), 20.0)))
    return frozenset(rng.sample(together, number))


def as_written(given: Given) -> dict[str, str | list[str]]:
    """Return answers as they stand in a file, words and lists of codes only."""
    return {name: said.value if isinstance(said, Missing) else sorted(said) for name, said in given.items()}
