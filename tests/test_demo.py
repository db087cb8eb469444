"""Worked cases played answer by answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING
from click.testing import CliRunner

from triage.answers.case_reading import read_cases
from triage.command_line import triage
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.protocol.urgency import Outcome, Urgency
from triage.teaching.demonstration import case_answers, play

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.teaching.demonstration import Step

pytestmark = pytest.mark.usefixtures("read_once")


def test_the_final_urgency_is_possible_at_every_step_and_alone_at_the_last(
    protocol: Protocol, cases: list[Case]
) -> None:
    for case in cases[::4]:
        assert_the_result_stays_possible(protocol, case)


def test_so_is_the_final_outcome_also_where_it_goes_its_own_way(sneezing: Protocol) -> None:
    benign_and_routine = 0
    for case in read_cases(sneezing):
        last = assert_the_result_stays_possible(sneezing, case)
        if last.outcomes_possible == (Outcome.LIKELY_BENIGN,) and last.still_possible == (Urgency.ROUTINE,):
            benign_and_routine += 1
    assert benign_and_routine == 2


def assert_the_result_stays_possible(protocol: Protocol, case: Case) -> Step:
    """Return the last step, at which nothing but the result is possible."""
    decision = decide(protocol, PlainEngine(protocol).judge(case_answers(protocol, case)))
    steps = list(play(protocol, case))
    assert all(decision.urgency in step.still_possible for step in steps), case.id
    assert all(decision.outcome in step.outcomes_possible for step in steps), case.id
    assert steps[-1].still_possible == (decision.urgency,), case.id
    assert steps[-1].outcomes_possible == (decision.outcome,), case.id
    return steps[-1]


def test_a_played_case_says_when_its_outcome_is_settled_and_what_it_was_written_for() -> None:
    shown = CliRunner().invoke(triage, ["demo", "N04", "--fast", "--protocol", str(SNEEZING)])
    said = " ".join(shown.output.split())
    assert said.index("The outcome is settled: likely benign") < said.index("ROUTINE: SEE YOUR OWN DOCTOR")
    assert "No other question can change the outcome or how soon to get help" in said
    assert "The case was written to come out as: likely benign; routine." in said


def test_a_rule_once_ruled_out_is_never_true_later(protocol: Protocol, cases: list[Case]) -> None:
    for case in cases[::6]:
        gone: set[str] = set()
        for step in play(protocol, case):
            assert gone.isdisjoint(rule.id for rule in step.now_true)
            gone |= {rule.id for rule in step.now_impossible}


def test_the_list_names_every_case_under_its_theme(cases: list[Case]) -> None:
    shown = CliRunner().invoke(triage, ["demo"])
    assert shown.exit_code == 0
    assert all(case.id in shown.output for case in cases)


def test_the_list_as_json_is_a_bare_array(cases: list[Case]) -> None:
    shown = CliRunner().invoke(triage, ["demo", "--json"])
    assert [row["id"] for row in json.loads(shown.output)] == [case.id for case in cases]


def test_a_played_case_tells_its_story_its_answers_its_result_and_what_it_teaches(cases: list[Case]) -> None:
    case = next(one for one in cases if one.id == "V101")
    shown = CliRunner().invoke(triage, ["demo", "V101", "--fast"])
    assert shown.exit_code == 0
    for text in (case.title, "Still possible:", "URGENT", case.teaching_points[0][:30]):
        assert text in shown.output


def test_an_unknown_case_is_wrong_use_and_the_nearest_one_is_named() -> None:
    shown = CliRunner().invoke(triage, ["demo", "V10"])
    assert shown.exit_code == 2
    assert "V1" in shown.output
