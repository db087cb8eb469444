"""What comes next in an interview, as a value: what holds on every way through it."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from people import any_answer

from triage.answers.examples import given_states
from triage.conditions.answer_state import UNKNOWN
from triage.interview.conversation import MOST_ASKED_AGAIN, Conversation, Step
from triage.interview.interview import Interview

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conversation import Story

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.protocol import Protocol


def told(protocol: Protocol, story: Story) -> Conversation:
    """Answer what is asked by a story until something else comes than a question."""
    states = given_states(story)
    conversation = Conversation(Interview(protocol))
    while (coming := conversation.next).step is Step.QUESTION:
        assert coming.question is not None
        conversation = conversation.answered(coming.question.id, states.get(coming.question.id, UNKNOWN))
    return conversation


def wander(conversation: Conversation, rng: Random, known: Mapping[str, AnswerState]) -> list[Conversation]:
    """Go through an interview as somebody would who changes their mind now and then; all moments of it."""
    moments = [conversation]
    while (coming := conversation.next).step is not Step.RESULT:
        question = coming.question or (rng.choice(coming.questions) if coming.questions else None)
        if rng.random() < 0.05:
            conversation = conversation.without_last()
        elif coming.step in (Step.QUESTION, Step.ASKED_AGAIN):
            assert question is not None
            if coming.step is Step.ASKED_AGAIN:
                conversation = conversation.asked_again(question.id)
            state = known.get(question.id) if rng.random() < 0.95 else any_answer(question, rng)
            conversation = conversation.answered(question.id, UNKNOWN if state is None else state)
        elif question is not None and rng.random() < 0.2:
            conversation = conversation.answered(question.id, any_answer(question, rng))
        elif coming.step is Step.CONTRADICTION:
            assert coming.rule is not None
            conversation = conversation.pointed_out(coming.rule)
        elif coming.step is Step.READ_BACK:
            conversation = conversation.confirmed()
        elif coming.step is Step.EMERGENCY:
            conversation = conversation.going_on() if rng.random() < 0.7 else conversation.stopped()
        else:
            conversation = conversation.with_details(wanted=rng.random() < 0.5)
        moments.append(conversation)
    return moments


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("story", ["O09", "V101", "V103", "V109", "V005"])
def test_no_way_through_an_interview_leaves_out_what_must_be_said(
    protocol: Protocol, stories: Mapping[str, Story], story: str, seed: int
) -> None:
    rng, known = Random(f"{seed} {story}"), given_states(stories[story])
    moments = wander(Conversation(Interview(protocol)), rng, known)
    assert len(moments) < 300
    for moment in moments:
        said, step = moment.said, moment.next.step
        assert step is not Step.QUESTION or said.emergency_seen or not moment.emergency
        assert len(said.asked_again) <= MOST_ASKED_AGAIN
        if step in (Step.RESULT, Step.DETAILS) and moment.benign:
            assert not moment.noes
            assert not moment.other_words
        if step is Step.RESULT and not said.stopped:
            assert moment.question is None
            assert moment.detail is None or said.enough
            assert moment.contradiction is None


def test_a_no_that_was_changed_is_read_back_again(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    read_back = told(protocol, stories["O09"])
    assert read_back.next.step is Step.READ_BACK
    confirmed = read_back.confirmed()
    assert confirmed.next.step is Step.ASKED_AGAIN
    none = confirmed.interview.given["seizures"]
    changed = confirmed.answered("seizures", frozenset({"convulsion_ever"})).answered("seizures", none)
    assert [question.id for question in changed.next.questions] == ["seizures"]
    assert confirmed.answered("seizures", none) == confirmed  # the same answer once more is no change


def test_enough_is_enough_until_an_answer_changes(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    offered = told(protocol, stories["V101"])
    assert offered.next.step is Step.DETAILS
    assert offered.with_details(wanted=True).next.step is Step.QUESTION
    enough = offered.with_details(wanted=False)
    assert enough.next.step is Step.RESULT
    again = enough.answered("age_group", frozenset({"adult_40_64y"}))
    assert again.next.step is not Step.RESULT


def test_a_stop_holds_until_an_answer_changes(protocol: Protocol, stories: Mapping[str, Story]) -> None:
    emergency = told(protocol, stories["V103"])
    assert emergency.next.step is Step.EMERGENCY
    assert emergency.stopped().next.step is Step.RESULT
    assert emergency.stopped().without_last().next.step is Step.QUESTION
    assert emergency.going_on().next.step is Step.QUESTION
    assert not emergency.going_on().without_last().said.emergency_seen
