"""The flow of an interview: short, and provably the same result as when everything is asked."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from people import (
    any_answer,
    as_written,
    complete_person,
    completion,
    forgetful_person,
    near_case_person,
    uniform_person,
)
from shipped import the_cases, the_protocol

import triage
from triage.answers.answers import settle, unknown_red_flags
from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.assessment.assessment import assess
from triage.conditions.answer_state import NOT_APPLICABLE, OPEN, UNKNOWN
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.interview.interview import Interview
from triage.interview.reach import Reachable
from triage.protocol.reading import read_protocol
from triage.protocol.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.answers.answers import Answers, Given
    from triage.engines import Engine
    from triage.engines.decision import Decision
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
ADULT = frozenset({"adult_18_39y"})
BABY = frozenset({"infant_1_6m"})
NONE = frozenset({"none"})


# ---- people, and an interview of each ----


def people_of_every_kind(protocol: Protocol, cases: list[Case], number: int, seed: int) -> Iterator[Answers]:
    """Yield complete people, near a case and uniform, and people of both kinds who do not know everything."""
    rng = Random(seed)
    made = 0
    while made < number:
        near = completion(protocol, near_case_person(protocol, cases, rng), rng)
        uniform = complete_person(protocol, rng)
        not_knowing = forgetful_person(completion(protocol, near_case_person(protocol, cases, rng), rng), rng, most=3)
        anything = uniform_person(protocol, rng)
        for person in (near, uniform, near_case_person(protocol, cases, rng), not_knowing, anything)[: number - made]:
            yield all_that_applies(protocol, person)
            made += 1


def all_that_applies(protocol: Protocol, person: Given) -> Answers:
    """Return what an interview that asks everything gets to know of a person: nothing that does not apply."""
    settled = settle(protocol.questionnaire, person)
    asked = {name: state for name, state in settled.states.items() if state is not NOT_APPLICABLE}
    return settle(protocol.questionnaire, asked)


def judged(protocol: Protocol, answers: Answers) -> Decision:
    return decide(protocol, PlainEngine(protocol).judge(answers))


class Asked:
    """Interviews one person, and sees to it that every question is one that may be asked."""

    def __init__(self, protocol: Protocol, person: Answers) -> None:
        self.protocol = protocol
        self.person = person
        self.interview = Interview(protocol)
        self.names: list[str] = []

    def part_one(self, *, everything: bool = False) -> Asked:
        while question := self.interview.next_question(everything=everything):
            self.answer(question)
        return self

    def part_two(self) -> Asked:
        while question := self.interview.next_detail():
            self.answer(question)
        return self

    def answer(self, question: Question) -> None:
        assert question.id not in self.names, f"{question.id} is asked twice"
        assert self.interview.answers.states[question.id] is OPEN
        assert self.person.states[question.id] is not NOT_APPLICABLE, f"{question.id} does not apply"
        assert self.names or question.id == self.protocol.emergency_screen
        self.names.append(question.id)
        self.interview = self.interview.answered(question.id, self.person.states[question.id])


def check_one(protocol: Protocol, person: Answers) -> None:
    """Part one gives the outcome and urgency of everything asked, part two the types and causes too."""
    full = judged(protocol, person)
    asked = Asked(protocol, person).part_one()
    first = asked.interview
    assert first.decision.urgency is full.urgency, as_written(person.given())
    assert first.decision.outcome is full.outcome, as_written(person.given())
    last = asked.part_two().interview
    told = as_written(person.given())
    assert last.decision.urgency is full.urgency, told
    assert set(last.decision.types) == set(full.types), told
    assert last.decision.causes == full.causes, told
    assert last.next_question() is None, told
    for interview in (first, last):
        said = {name for name, state in interview.given.items() if state is UNKNOWN}
        flags = {flag.id for flag in unknown_red_flags(protocol.questionnaire, interview.answers)}
        assert flags == said & {flag.id for flag in protocol.questionnaire.red_flags}, told
        assert interview.answers.misplaced == frozenset()


@pytest.mark.parametrize("seed", range(8))
def test_2_000_short_interviews_end_as_the_full_ones_do(seed: int) -> None:
    assert check_many(seed) == 250


@pytest.mark.long
def test_50_000_short_interviews_end_as_the_full_ones_do() -> None:
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(check_many, range(1_000, 1_200))) == 50_000


def check_many(seed: int) -> int:
    """Check 250 people."""
    protocol, cases = the_protocol(), the_cases()
    for person in people_of_every_kind(protocol, cases, 250, seed):
        check_one(protocol, person)
    return 250


def test_the_worked_cases_end_as_the_full_interview_does(protocol: Protocol, cases: list[Case]) -> None:
    for case in cases:
        check_one(protocol, all_that_applies(protocol, given_states(case.answers)))


def test_another_protocol_ends_as_its_full_interview_does() -> None:
    sneezing = read_protocol(SNEEZING)
    for person in people_of_every_kind(sneezing, read_cases(sneezing), 500, seed=12):
        check_one(sneezing, person)


def test_the_people_are_of_every_urgency(protocol: Protocol, cases: list[Case]) -> None:
    """Equality would say little if all the people were emergencies."""
    people = people_of_every_kind(protocol, cases, 200, seed=11)
    urgencies = [judged(protocol, person).urgency for person in people]
    assert all(urgencies.count(urgency) > 5 for urgency in Urgency), urgencies


def test_asking_everything_asks_all_that_applies_and_no_more(protocol: Protocol, cases: list[Case]) -> None:
    for person in people_of_every_kind(protocol, cases, 100, seed=13):
        asked = Asked(protocol, person).part_one(everything=True)
        assert asked.interview.answers == person
        assert set(asked.names) == {name for name, state in person.states.items() if state is not NOT_APPLICABLE}


def test_a_short_interview_never_asks_more_than_the_full_one(protocol: Protocol, cases: list[Case]) -> None:
    shorter = 0
    for person in people_of_every_kind(protocol, cases, 100, seed=14):
        everything = len(Asked(protocol, person).part_one(everything=True).names)
        short = len(Asked(protocol, person).part_one().names)
        assert short <= everything
        shorter += short < everything
    assert shorter > 90


def test_what_is_left_is_never_less_than_what_is_still_asked(protocol: Protocol, cases: list[Case]) -> None:
    """The screen says "at most ... more"; a question that begins to apply on the way may be asked in addition."""
    for person in people_of_every_kind(protocol, cases, 60, seed=15):
        asked = Asked(protocol, person)
        for following, left in (("next_question", "remaining"), ("next_detail", "remaining_details")):
            promised = []
            while question := getattr(asked.interview, following)():
                promised.append(getattr(asked.interview, left)())
                asked.answer(question)
            assert getattr(asked.interview, left)() == 0
            for done, most in enumerate(promised):
                assert most >= 1
                assert len(promised) - done <= most, (asked.names, promised)


def test_what_a_short_interview_saves_is_scored_with_the_same_urgency(protocol: Protocol, cases: list[Case]) -> None:
    """A file leaves out what was not asked, and what a file leaves out is unknown."""
    for person in people_of_every_kind(protocol, cases, 200, seed=26):
        interview = Asked(protocol, person).part_one().interview
        read_again = settle(protocol.questionnaire, interview.answers.given())
        assert judged(protocol, read_again).urgency is interview.decision.urgency, as_written(interview.given)


# ---- the order ----


def test_the_emergency_screen_comes_first_then_warning_signs(protocol: Protocol, cases: list[Case]) -> None:
    """So it is where a protocol names no other order."""
    protocol = replace(protocol, asked_first=())
    flags = {flag.id for flag in protocol.questionnaire.red_flags}
    for person in people_of_every_kind(protocol, cases, 60, seed=16):
        names = Asked(protocol, person).part_one().names
        assert names[0] == protocol.emergency_screen
        last_flag = max(place for place, name in enumerate(names) if name in flags)
        before = [name for name in names[:last_flag] if name not in flags]
        deciding = {"age_group", "triggers", "body_part", "situation"}  # they decide whether another question applies
        assert set(before) <= deciding, names


def test_the_emergency_screen_comes_first_then_the_order_of_the_protocol(protocol: Protocol, cases: list[Case]) -> None:
    deciding = {"age_group", "triggers", "body_part", "situation"}  # asked earlier where another hangs on them
    order = [protocol.emergency_screen, *protocol.asked_first]
    for person in people_of_every_kind(protocol, cases, 60, seed=16):
        names = Asked(protocol, person).part_one().names
        assert names[0] == protocol.emergency_screen
        others = [name for name in names if name not in deciding]
        assert others == sorted(others, key=order.index), names


def test_a_question_that_decides_whether_another_applies_comes_before_it(protocol: Protocol) -> None:
    interview = Interview(protocol)
    order = []
    while question := interview.next_question():
        order.append(question.id)
        interview = interview.answered(question.id, BABY if question.id == "age_group" else UNKNOWN)
    assert order.index("age_group") < order.index("infant_state")


def test_a_question_applies_where_it_is_not_known_whether_it_does(protocol: Protocol) -> None:
    interview = Interview(protocol).answered("medicines", UNKNOWN)
    assert interview.answers.states["medicine_timing"] is OPEN
    assert Interview(protocol).answered("medicines", NONE).answers.states["medicine_timing"] is NOT_APPLICABLE


# ---- open is not unknown ----


def test_a_question_not_asked_yet_is_never_reported_as_not_known(
    protocol: Protocol, cases: list[Case], engines: list[Engine]
) -> None:
    for person in people_of_every_kind(protocol, cases, 12, seed=17):
        asked = Asked(protocol, person)
        while question := asked.interview.next_question():
            asked.answer(question)
            check_nothing_open_is_called_unknown(protocol, asked.interview, engines)


def check_nothing_open_is_called_unknown(protocol: Protocol, interview: Interview, engines: list[Engine]) -> None:
    result = assess(protocol, interview.answers, engines)
    said = {name for name, state in interview.given.items() if state is UNKNOWN}
    assert {answer.question for answer in result.could_not_rule_out} <= said
    assert set(result.not_asked) == {name for name, state in interview.answers.states.items() if state is OPEN}
    assert result.disagreement is None


def test_what_could_make_it_more_urgent_names_no_question_that_was_not_asked(
    protocol: Protocol, cases: list[Case], engines: list[Engine]
) -> None:
    """The result page says of these "we do not know the answer to"."""
    for person in people_of_every_kind(protocol, cases, 120, seed=18):
        interview = Asked(protocol, person).part_one().interview
        result = assess(protocol, interview.answers, engines[:1])
        named = {answer.question for answer in result.at_worst_because}
        assert not named & set(result.not_asked), as_written(interview.given)


def test_what_an_open_interview_concludes_stays_so_to_the_end(protocol: Protocol, cases: list[Case]) -> None:
    for person in people_of_every_kind(protocol, cases, 25, seed=19):
        asked = Asked(protocol, person)
        fired: set[str] = set()
        while question := asked.interview.next_question(everything=True):
            asked.answer(question)
            now = {one.id for one in asked.interview.decision.fired if not one.otherwise}
            assert fired <= now, (fired - now, asked.names)
            fired = now


# ---- emergencies ----


def test_part_one_ends_as_soon_as_an_emergency_is_certain(protocol: Protocol, cases: list[Case]) -> None:
    met = 0
    for person in people_of_every_kind(protocol, cases, 60, seed=20):
        asked = Asked(protocol, person)
        while question := asked.interview.next_question():
            assert not asked.interview.emergency
            asked.answer(question)
        met += asked.interview.emergency
        assert asked.interview.emergency is (judged(protocol, person).urgency is Urgency.EMERGENCY)
    assert met > 15


def test_every_sign_on_the_emergency_screen_is_seen_at_once_and_ends_part_one(protocol: Protocol) -> None:
    screen = protocol.questionnaire.by_id[protocol.emergency_screen]
    for code in screen.warnings:
        interview = Interview(protocol).answered(screen.id, frozenset({code}))
        assert interview.screen_is_positive
        assert interview.emergency, code
        assert interview.next_question() is None
        assert interview.next_question(everything=True) is not None  # the person may go on
    for state in (NONE, UNKNOWN):
        interview = Interview(protocol).answered(screen.id, state)
        assert not interview.screen_is_positive
        assert not interview.emergency
        assert interview.next_question() is not None


def test_an_early_stop_is_recorded_with_what_was_not_asked(protocol: Protocol, engines: list[Engine]) -> None:
    interview = Interview(protocol).answered("emergency_now", frozenset({"head_injury_recent"}))
    result = assess(protocol, interview.answers, engines, stopped_early=True)
    assert result.urgency is Urgency.EMERGENCY
    assert result.stopped_early
    assert len(result.not_asked) == len(protocol.questionnaire.questions) - 1
    assert result.could_not_rule_out == ()


# ---- moves ----


def test_going_back_forgets_the_last_answer_only_and_asks_the_same_again(protocol: Protocol, cases: list[Case]) -> None:
    for person in people_of_every_kind(protocol, cases, 40, seed=21):
        asked = Asked(protocol, person)
        moments = [(asked.interview, asked.interview.next_question())]
        while question := asked.interview.next_question():
            asked.answer(question)
            moments.append((asked.interview, asked.interview.next_question()))
        interview = asked.interview
        for before, question in reversed(moments[:-1]):
            interview = interview.without_last()
            assert interview == before
            assert interview.answers == before.answers
            assert interview.next_question() == question
        assert interview.without_last() == interview == Interview(protocol)


def test_reopening_asks_again_what_was_reopened_and_nothing_else(protocol: Protocol, cases: list[Case]) -> None:
    rng = Random(22)
    for person in people_of_every_kind(protocol, cases, 40, seed=22):
        whole = Asked(protocol, person).part_one(everything=True)
        again = set(rng.sample(whole.names, 2))
        asked = Asked(protocol, person)
        asked.interview = whole.interview.reopened(again)
        asked.names = [name for name in whole.names if name not in again]
        assert asked.part_one(everything=True).interview.answers == whole.interview.answers
        assert asked.interview.given == whole.interview.given


def _said_again(interview: Interview) -> Interview:
    """Return the interview with all answers given again that were taken back."""
    for name, state in interview.withdrawn.items():
        interview = interview.answered(name, state)
    return interview


def test_changing_an_answer_sets_dependants_aside_and_changing_it_back_restores_them(protocol: Protocol) -> None:
    adult = Interview(protocol)
    while question := adult.next_question(everything=True):
        state = ADULT if question.id == "age_group" else any_answer(question, Random(question.id))
        adult = adult.answered(question.id, state)
    child = adult.answered("age_group", BABY)
    aside = {"impact", "sleep_legs"}
    assert aside <= set(child.no_longer_applying())
    assert all(child.given[name] == adult.given[name] for name in aside)
    assert all(child.answers.states[name] is NOT_APPLICABLE for name in aside)
    # A change keeps its place; what was shown a shorter list is asked again.
    assert child.history == tuple(name for name in adult.history if name not in child.withdrawn)
    assert {child.next_question(everything=True).id} <= {"infant_signs", "infant_state", *child.withdrawn}
    back = _said_again(child.answered("age_group", ADULT))
    assert back.answers == adult.answers
    assert back.given == adult.given
    assert not back.no_longer_applying()
    assert back.next_question(everything=True) is None


def test_an_answer_that_may_yet_be_set_aside_does_not_end_part_one(protocol: Protocol) -> None:
    """As in an interview taken up again whose question about triggers is asked anew."""
    said = {
        "age_group": frozenset({"newborn_under_4w"}),
        "respondent": frozenset({"caregiver"}),
        "emergency_now": NONE,
        "infant_signs": frozenset({"stiff_when_handled"}),
        "startle_size": frozenset({"excessive_stiffen_or_fall"}),  # an emergency, if it counts
    }
    interview = Interview(protocol, said, tuple(said))
    assert interview.emergency
    while (question := interview.next_question()) and question.id != "triggers":
        interview = interview.answered(question.id, UNKNOWN if question.unknown else frozenset({question.codes[0]}))
    assert question is not None, "part one ends although the answer about triggers can still set the startles aside"
    open_triggers = interview
    startled = open_triggers.answered("triggers", frozenset({"sudden_noise_touch_light"}))
    assert startled.next_question() is None
    assert startled.emergency
    never = open_triggers.answered("triggers", frozenset({"no_trigger"}))
    assert not never.emergency
    assert set(never.no_longer_applying()) == {"startle_size"}


def test_a_warning_sign_that_may_yet_be_set_aside_is_no_settled_answer(protocol: Protocol) -> None:
    said = {"medicine_timing": frozenset({"began_after_start_or_dose_change"})}
    interview = Interview(protocol, said, tuple(said))
    contradiction = protocol.rules_by_id["G05d"]
    assert interview.can_still_be_true(contradiction)
    assert interview.answered("medicines", NONE).contradictions() == [contradiction]
    assert not interview.answered("medicines", frozenset({"other"})).can_still_be_true(contradiction)


def test_a_warning_sign_that_no_longer_applies_is_a_contradiction(protocol: Protocol) -> None:
    interview = Interview(protocol)
    for name, state in {
        "medicines": frozenset({"other"}),
        "medicine_timing": frozenset({"began_after_start_or_dose_change"}),
    }.items():
        interview = interview.answered(name, state)
    assert interview.contradictions() == []
    interview = interview.answered("medicines", NONE)
    assert interview.answers.misplaced == {"medicine_timing"}
    assert [rule.id for rule in interview.contradictions()] == ["G05d"]
    assert interview.answered("medicines", frozenset({"other"})).contradictions() == []


def test_after_any_change_and_back_everything_is_as_it_was(protocol: Protocol, cases: list[Case]) -> None:
    rng = Random(23)
    for person in people_of_every_kind(protocol, cases, 100, seed=23):
        asked = Asked(protocol, person).part_one()
        name = rng.choice(asked.names)
        other = any_answer(protocol.questionnaire.by_id[name], rng)
        changed = asked.interview.answered(name, other)
        restored = changed.answered(name, asked.interview.given[name])
        assert restored == asked.interview or restored.withdrawn, "only what was shown a shorter list is asked again"
        restored = _said_again(restored)
        assert restored.given == asked.interview.given
        assert restored.answers == asked.interview.answers
        assert restored.decision == asked.interview.decision
        assert restored.next_question() is None
        assert changed.answered(name, other) == changed


def test_after_any_change_the_result_is_that_of_the_answers_as_they_are_now(
    protocol: Protocol, cases: list[Case]
) -> None:
    rng = Random(24)
    for person in people_of_every_kind(protocol, cases, 100, seed=24):
        interview = Asked(protocol, person).part_one().interview
        name = rng.choice(interview.history)
        interview = interview.answered(name, any_answer(protocol.questionnaire.by_id[name], rng))
        answer = dict(person.states)
        while question := interview.next_question():
            if answer[question.id] is NOT_APPLICABLE:
                answer[question.id] = any_answer(question, rng)
            interview = interview.answered(question.id, answer[question.id])
        said = {name: state for name, state in answer.items() if state is not NOT_APPLICABLE}
        everything = settle(protocol.questionnaire, {**said, **interview.given})
        if everything.misplaced == interview.answers.misplaced:
            assert interview.decision.urgency is judged(protocol, everything).urgency, as_written(interview.given)


# ---- any moves at all ----


class AnyMoves(RuleBasedStateMachine):
    """Answer, go back, change and reopen in any order: the flow depends on the answers alone, and ends."""

    protocol = triage.load_protocol()

    @initialize()
    def begin(self) -> None:
        self.interview = Interview(self.protocol)

    @precondition(lambda self: self.interview.next_question() or self.interview.next_detail())
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        question = self.interview.next_question() or self.interview.next_detail()
        assert question is not None
        assert self.interview.answers.states[question.id] is OPEN
        self.interview = self.interview.answered(question.id, data.draw(answers_to(question)))

    @precondition(lambda self: self.interview.history)
    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.interview.history))
        state = data.draw(answers_to(self.protocol.questionnaire.by_id[name]))
        before = self.interview
        self.interview = before.answered(name, state)
        assert self.interview.history == before.history

    @rule()
    def back(self) -> None:
        self.interview = self.interview.without_last()

    @precondition(lambda self: self.interview.history)
    @rule(data=st.data())
    def reopen(self, data: st.DataObject) -> None:
        self.interview = self.interview.reopened([data.draw(st.sampled_from(self.interview.history))])

    @invariant()
    def the_way_there_does_not_matter(self) -> None:
        """What was remembered from an earlier moment gives the same as judging anew."""
        afresh = Interview(self.protocol, self.interview.given, self.interview.history)
        assert self.interview.next_question() == afresh.next_question()
        assert self.interview.remaining() == afresh.remaining()
        assert self.interview.next_detail() == afresh.next_detail()
        assert self.interview.remaining_details() == afresh.remaining_details()
        assert set(self.interview.given) == set(self.interview.history)


def answers_to(question: Question) -> st.SearchStrategy[object]:
    together = [code for code in question.codes if code not in question.alone]
    answers: st.SearchStrategy[object] = st.sampled_from(question.codes).map(lambda code: frozenset({code}))
    if question.multiple:
        answers |= st.frozensets(st.sampled_from(together), min_size=1)
    return answers | st.just(UNKNOWN) if question.unknown else answers


TestAnyMoves = AnyMoves.TestCase
TestAnyMoves.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


# ---- what a condition may still become ----


def test_what_may_still_become_of_a_condition_holds_for_everybody(protocol: Protocol, cases: list[Case]) -> None:
    """Whatever is answered, each rule and cause ends with a value that was held possible all the way."""
    entries = (*protocol.concluding_rules, *protocol.active_causes)
    for person in people_of_every_kind(protocol, cases, 20, seed=25):
        ends = PlainEngine(protocol).judge(person).rules
        asked = Asked(protocol, person)
        while question := asked.interview.next_question(everything=True):
            reachable = Reachable(protocol, asked.interview.answers)
            for entry in entries:
                reach = reachable.of(entry.when)
                possible = {True: reach.true, False: reach.false, None: reach.neither}
                assert possible[ends[entry.id]], (entry.id, asked.names)
                assert reach.settled is (not reachable.open_questions(entry.when)), entry.id
            asked.answer(question)
