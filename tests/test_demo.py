"""Worked cases played answer by answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from click.testing import CliRunner

from triage.command_line import triage
from triage.decision import decide
from triage.demonstration import case_answers, play
from triage.engines.plain import PlainEngine

if TYPE_CHECKING:
    from triage.catalogue import Case
    from triage.protocol import Protocol


def test_the_final_urgency_is_possible_at_every_step_and_alone_at_the_last(
    protocol: Protocol, cases: list[Case]
) -> None:
    engine = PlainEngine(protocol)
    for case in cases[::4]:
        urgency = decide(protocol, engine.judge(case_answers(protocol, case))).urgency
        steps = list(play(protocol, case))
        assert all(urgency in step.still_possible for step in steps), case.id
        assert steps[-1].still_possible == (urgency,), case.id


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
