"""The page's script in a JavaScript engine: it asks and judges as the program does, and refuses what is spoilt."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from page_engine import PageEngine
from people import random_people

from triage.assessment.assessment import assess
from triage.assessment.letter import letter_of
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN
from triage.engines import build_engine
from triage.export.page_data import ENGINE
from triage.interview.conversation import Conversation, Said
from triage.interview.interview import Interview

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol


@pytest.fixture(scope="module")
def engine(protocol: Protocol) -> PageEngine:
    return PageEngine(protocol)


def moments(protocol: Protocol, cases: list[Case], number: int, seed: int) -> Iterator[Conversation]:
    """Yield interviews at any moment: of people answered evenly and near worked cases, partly, and in any mood."""
    rng = Random(seed)
    questions = protocol.questionnaire
    contradictions = [rule.id for rule in protocol.rules if rule.contradiction]
    for given in random_people(protocol, cases, number, seed):
        told = {
            name: state
            for name, state in given.items()
            if state is not NOT_APPLICABLE and (state is not UNKNOWN or questions.by_id[name].unknown)
        }
        order = [one.id for one in protocol.asking_order if one.id in told]
        if rng.random() < 0.7:  # an interview that is not over, in the order asked or not
            if rng.random() < 0.5:
                rng.shuffle(order)
            order = order[: rng.randint(0, len(order))]
        interview = Interview(protocol, {name: told[name] for name in order}, tuple(order))
        names = list(questions.by_id)
        said = Said(
            stopped=rng.random() < 0.1,
            emergency_seen=rng.random() < 0.5,
            enough=rng.random() < 0.2,
            details_wanted=rng.random() < 0.5,
            pointed_out=frozenset(rng.sample(contradictions, rng.randint(0, len(contradictions)))),
            confirmed=frozenset(names if rng.random() < 0.5 else rng.sample(names, 3)),
            asked_again=frozenset(rng.sample(names, rng.randint(0, 2))),
        )
        yield Conversation(interview, said)


def expected(conversation: Conversation, *, result: bool) -> dict[str, Any]:
    """Return what the program says of a moment, as the page says it."""
    protocol, coming = conversation.interview.protocol, conversation.next
    judged = letter = None
    if result:
        answers = conversation.interview.answers
        found = assess(
            protocol, answers, [build_engine("plain", protocol)], stopped_early=conversation.said.stopped
        ).model_copy(update={"engines": (ENGINE,)})
        judged = found.model_dump(mode="json")
        letter = {**letter_of(protocol, answers, found, written_on="").model_dump(mode="json"), "lead": "LEAD"}
    return {
        "next": {
            "step": coming.step,
            "question": coming.question and coming.question.id,
            "questions": [question.id for question in coming.questions],
            "rule": coming.rule and coming.rule.id,
        },
        "left": {"all": conversation.left, "details": conversation.interview.remaining_details()},
        "result": judged,
        "letter": letter,
    }


def assert_equal(engine: PageEngine, conversations: list[Conversation], *, result: bool) -> None:
    for conversation, told in zip(conversations, engine.told(conversations, result=result), strict=True):
        assert told == expected(conversation, result=result), conversation.interview.given


def test_the_page_says_what_the_program_says(engine: PageEngine, protocol: Protocol, cases: list[Case]) -> None:
    assert_equal(engine, list(moments(protocol, cases, 200, 5)), result=True)
