"""What is not known is never read as "no": what is certain stays so, and ignorance never looks benign."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
from people import (
    as_written,
    complete_person,
    completion,
    forgetful_person,
    near_case_person,
    uniform_person,
)

import triage
from triage.answers.answers import settle
from triage.answers.examples import example_answers, given_states
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN, Missing
from triage.conditions.condition import Found, InState, walk
from triage.engines import build_engine
from triage.engines.decision import decide
from triage.engines.verdicts import Verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from triage.answers.answers import Answers, Given
    from triage.conditions.answer_state import AnswerState
    from triage.conditions.condition import Condition
    from triage.engines import Engine
    from triage.engines.decision import Decision
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

    Judge = Callable[[Given], Decision]


@pytest.fixture(scope="module")
def engine(protocol: Protocol) -> Engine:
    return build_engine("plain", protocol)


@pytest.fixture(scope="module")
def judge(protocol: Protocol, engine: Engine) -> Judge:
    return lambda given: decide(protocol, engine.judge(settle(protocol.questionnaire, given)))


def test_a_rule_that_an_engine_says_nothing_of_is_never_taken_for_false(protocol: Protocol, engine: Engine) -> None:
    verdicts = engine.judge(settle(protocol.questionnaire, {}))
    for rule in protocol.concluding_rules:
        others = {name: truth for name, truth in verdicts.rules.items() if name != rule.id}
        with pytest.raises(KeyError, match=rule.id):
            decide(protocol, Verdicts(others, verdicts.findings))


def people_with_gaps(protocol: Protocol, cases: list[Case], number: int, seed: int) -> Iterator[Given]:
    """Yield people of every kind in turn, most of them with answers left out or unknown."""
    rng = Random(seed)
    for _ in range(number // 4):
        yield uniform_person(protocol, rng)
        yield near_case_person(protocol, cases, rng)
        yield forgetful_person(near_case_person(protocol, cases, rng), rng, most=6)
        yield forgetful_person(complete_person(protocol, rng), rng, most=8)


# ---- what is certain stays certain ----


def rests_on_a_state(protocol: Protocol, condition: Condition) -> bool:
    """Say whether a condition, or a finding below it, tests that an answer is unknown or inapplicable."""
    for part in walk(condition):
        if isinstance(part, InState):
            return True
        if isinstance(part, Found) and rests_on_a_state_of_finding(protocol, part.finding):
            return True
    return False


def rests_on_a_state_of_finding(protocol: Protocol, name: str) -> bool:
    if name in protocol.derived_findings:
        return rests_on_a_state(protocol, protocol.derived_findings[name])
    return any(rests_on_a_state(protocol, rule.when) for rule in protocol.finding_rules[name])


@pytest.fixture(scope="module")
def certain(protocol: Protocol) -> list[str]:
    """Name every rule, cause and finding that rests on codes alone."""
    entries = [entry for entry in (*protocol.rules, *protocol.active_causes) if entry is not protocol.otherwise]
    rules = [entry.id for entry in entries if not rests_on_a_state(protocol, entry.when)]
    findings = (*protocol.derived_findings, *protocol.finding_rules)
    return [*rules, *(name for name in findings if not rests_on_a_state_of_finding(protocol, name))]


def truths(engine: Engine, answers: Answers, names: list[str]) -> dict[str, bool | None]:
    verdicts = engine.judge(answers)
    both = {**verdicts.rules, **verdicts.findings}
    return {name: both[name] for name in names}


def agreeing_completion(protocol: Protocol, answers: Answers, rng: Random) -> Answers | None:
    """Complete a person so that no answer already given turns out not to apply; None if that is hard."""
    for _ in range(30):
        completed = settle(protocol.questionnaire, completion(protocol, answers.given(), rng))
        if completed.set_aside == answers.set_aside:
            return completed
    return None


def assert_what_was_certain_stays(engine: Engine, names: list[str], before: Answers, after: Answers) -> None:
    known, later = truths(engine, before, names), truths(engine, after, names)
    changed = [name for name in names if known[name] not in (None, later[name])]
    assert not changed, (as_written(before.given()), as_written(after.given()))


def test_what_an_example_settles_no_further_answer_can_change(
    protocol: Protocol, engine: Engine, certain: list[str]
) -> None:
    """Each example leaves most questions open; so every rule is tried where it is true on what is known."""
    rng = Random(3)
    seen: dict[str, set[bool | None]] = {name: set() for name in certain}
    for entry in (*protocol.rules, *protocol.active_causes):
        for example in entry.examples:
            answers = example_answers(protocol, rng.choice(example.expanded()))
            completed = agreeing_completion(protocol, answers, rng)
            if completed is not None:
                assert_what_was_certain_stays(engine, certain, answers, completed)
                for name, value in truths(engine, answers, certain).items():
                    seen[name].add(value)
    assert [name for name, values in seen.items() if not values >= {True, False}] == []


def test_what_gaps_leave_settled_no_completion_can_change(
    protocol: Protocol, cases: list[Case], engine: Engine, certain: list[str]
) -> None:
    rng = Random(4)
    completed_people = 0
    for given in people_with_gaps(protocol, cases, 800, seed=5):
        answers = settle(protocol.questionnaire, given)
        completed = agreeing_completion(protocol, answers, rng)
        if completed is not None:
            assert_what_was_certain_stays(engine, certain, answers, completed)
            completed_people += 1
    assert completed_people > 400


def test_a_complete_person_leaves_nothing_undecided(protocol: Protocol, engine: Engine, judge: Judge) -> None:
    rng = Random(6)
    for _ in range(300):
        person = complete_person(protocol, rng)
        verdicts = engine.judge(settle(protocol.questionnaire, person))
        assert None not in {*verdicts.rules.values(), *verdicts.findings.values()}, as_written(person)
        assert judge(person).at_worst is judge(person).urgency, as_written(person)


# ---- the order in which answers stand ----


def test_the_order_of_answers_never_matters(protocol: Protocol, cases: list[Case]) -> None:
    rng = Random(7)
    people = [
        *people_with_gaps(protocol, cases, 100, seed=8),
        *(given_states(case.answers) for case in cases),
    ]
    for given in people:
        written = as_written(given)
        shuffled = {
            name: rng.sample(said, len(said)) if isinstance(said, list) else said
            for name, said in rng.sample(list(written.items()), len(written))
        }
        first = triage.assess_answers(protocol, written, engine="plain")
        assert triage.assess_answers(protocol, shuffled, engine="plain") == first


# ---- what is not known is never benign ----


def benign_people(cases: list[Case], judge: Judge) -> list[Given]:
    expected = [given_states(case.answers) for case in cases if case.expected.outcome == "likely_benign"]
    return [given for given in expected if judge(given).outcome.value == "likely_benign"]


def test_no_red_flag_can_be_left_unanswered_in_a_benign_case(
    protocol: Protocol, cases: list[Case], judge: Judge
) -> None:
    benign = benign_people(cases, judge)
    tried = 0
    for given in benign:
        states = settle(protocol.questionnaire, given).states
        for flag in protocol.questionnaire.red_flags:
            if states[flag.id] is NOT_APPLICABLE:
                continue
            left_out = {name: said for name, said in given.items() if name != flag.id}
            for changed in (left_out, {**given, flag.id: UNKNOWN}, {**given, flag.id: NOT_APPLICABLE}):
                assert judge(changed).outcome.value == "suggests_disease", (flag.id, as_written(changed))
                tried += 1
    assert len(benign) >= 27
    assert tried > 27 * 3 * 10


def test_no_warning_sign_can_be_added_to_a_benign_case(protocol: Protocol, cases: list[Case], judge: Judge) -> None:
    """A grave one is never benign, a mild one never left to self care.

    Also none to a question that does not apply: that is a contradiction, not a comfort.
    """
    tried: set[tuple[str, str]] = set()
    for given in benign_people(cases, judge):
        for flag in protocol.questionnaire.red_flags:
            for code in flag.warnings:
                for said in {frozenset({code}), with_warning(flag, given.get(flag.id, UNKNOWN), code)}:
                    changed = {**given, flag.id: said}
                    decision = judge(changed)
                    assert decision.urgency.value != "self_care", as_written(changed)
                    if code in flag.grave or settle(protocol.questionnaire, changed).misplaced:
                        assert decision.outcome.value == "suggests_disease", as_written(changed)
                tried.add((flag.id, code))
    assert tried == {(flag.id, code) for flag in protocol.questionnaire.red_flags for code in flag.warnings}


def with_warning(flag: Question, said: AnswerState, code: str) -> frozenset[str]:
    """Return an answer with one warning sign more; a choice that stands alone gives way to it."""
    if isinstance(said, Missing) or not flag.multiple or code in flag.alone:
        return frozenset({code})
    return (said - flag.alone) | {code}


def test_a_misplaced_warning_is_never_benign_whatever_else_turns_out(
    protocol: Protocol, cases: list[Case], judge: Judge
) -> None:
    """A warning may be given before it is known that its question does not apply."""
    rng = Random(9)
    contradicted = 0
    for given in people_with_gaps(protocol, cases, 2_000, seed=10):
        completed = completion(protocol, given, rng)
        if settle(protocol.questionnaire, completed).misplaced:
            contradicted += 1
            assert judge(completed).outcome.value == "suggests_disease", as_written(completed)
    assert contradicted > 100


# ---- at worst ----


def test_no_completion_is_more_urgent_than_at_worst(protocol: Protocol, cases: list[Case], judge: Judge) -> None:
    rng = Random(11)
    reached = set()
    for given in people_with_gaps(protocol, cases, 600, seed=12):
        now = judge(given)
        assert now.at_worst.rank >= now.urgency.rank, as_written(given)
        for _ in range(2):
            completed = completion(protocol, given, rng)
            partly = {name: said for name, said in completed.items() if name in given or rng.random() < 0.5}
            for later in (judge(completed), judge(partly)):
                assert later.urgency.rank <= now.at_worst.rank, (as_written(given), as_written(completed))
                if now.urgency.rank < later.urgency.rank == now.at_worst.rank:
                    reached.add((now.urgency.value, now.at_worst.value))
    assert {("routine", "urgent"), ("routine", "emergency"), ("urgent", "emergency")} <= reached


# ---- warning signs only ever raise ----


def test_one_warning_sign_more_never_lowers_the_urgency(protocol: Protocol, cases: list[Case], judge: Judge) -> None:
    rng = Random(14)
    raised = 0
    for given in people_with_gaps(protocol, cases, 800, seed=15):
        before = judge(given).urgency.rank
        for flag in rng.sample(protocol.questionnaire.red_flags, 3):
            said = given.get(flag.id, UNKNOWN)
            if not flag.multiple and not isinstance(said, Missing) and not said.isdisjoint(flag.warnings):
                continue  # a single choice holds one warning sign; another one would replace it
            changed = {**given, flag.id: with_warning(flag, said, rng.choice(flag.warnings))}
            after = judge(changed).urgency.rank
            assert after >= before, (as_written(given), as_written(changed))
            raised += after > before
    assert raised > 100
