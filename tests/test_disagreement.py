"""Where engines disagree the more urgent result is shown and it is said; one that fails takes no result away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING, WELL

from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.assessment.assessment import assess
from triage.command_line import main
from triage.engines import Engine, EngineFault, Verdicts, build_engine
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from pathlib import Path

    from triage.answers.answers import Answers
    from triage.protocol.protocol import Protocol


class Dissenting:
    """Says of one rule what the plain engine does not."""

    name = "dissenting"

    def __init__(self, protocol: Protocol, rule: str, value: bool | None) -> None:
        self._plain = build_engine("plain", protocol)
        self._changed = {rule: value}

    def judge(self, answers: Answers) -> Verdicts:
        verdicts = self._plain.judge(answers)
        return replace(verdicts, rules={**verdicts.rules, **self._changed})


class Losing:
    """Loses every case."""

    name = "losing"

    def judge(self, answers: Answers) -> Verdicts:
        raise EngineFault(f"{len(answers.states)} answers were lost")


@pytest.fixture
def well(sneezing: Protocol) -> Answers:
    return settle(sneezing.questionnaire, given_states(WELL))


@pytest.mark.parametrize("first", ["plain", "dissenting"])
@pytest.mark.parametrize(
    ("rule", "value", "urgency"), [("E01", True, Urgency.EMERGENCY), ("B01", False, Urgency.ROUTINE)]
)
def test_the_more_urgent_result_is_shown_and_the_rule_is_named(
    first: str, rule: str, value: bool, urgency: Urgency, sneezing: Protocol, well: Answers
) -> None:
    engines: list[Engine] = [build_engine("plain", sneezing), Dissenting(sneezing, rule, value)]
    engines.sort(key=lambda engine: engine.name != first)
    result = assess(sneezing, well, engines)
    assert (result.urgency, result.outcome) == (urgency, Outcome.SUGGESTS_DISEASE)
    assert result.disagreement is not None
    assert rule in result.disagreement
    assert {"plain", "dissenting"} == set(result.engines)


def test_a_danger_that_only_one_engine_sees_is_shown_as_possible(sneezing: Protocol, well: Answers) -> None:
    result = assess(sneezing, well, [build_engine("plain", sneezing), Dissenting(sneezing, "E01", None)])
    assert (result.urgency, result.at_worst) == (Urgency.SELF_CARE, Urgency.EMERGENCY)
    assert result.disagreement == "plain and dissenting differ on E01"


@pytest.mark.parametrize("losing_first", [True, False])
def test_an_engine_that_fails_takes_no_result_away(losing_first: bool, sneezing: Protocol, well: Answers) -> None:
    plain = build_engine("plain", sneezing)
    result = assess(sneezing, well, [Losing(), plain] if losing_first else [plain, Losing()])
    assert result.urgency is Urgency.SELF_CARE
    assert result.engines == ("plain",)
    assert result.disagreement == f"{len(well.states)} answers were lost"


def test_a_library_that_refuses_the_rules_takes_no_result_away(
    sneezing: Protocol, well: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    durable = pytest.importorskip("triage.engines.durable", exc_type=ImportError)

    def refuses(*_: object) -> None:
        raise RuntimeError("too many rules")

    monkeypatch.setattr(durable, "Ruleset", refuses)
    result = assess(sneezing, well, [build_engine("plain", sneezing), durable.DurableEngine(sneezing)])
    assert result.urgency is Urgency.SELF_CARE
    assert result.engines == ("plain",)
    assert result.disagreement == "durable-rules refuses the rules: too many rules"


def test_where_every_engine_fails_there_is_no_result(sneezing: Protocol, well: Answers) -> None:
    with pytest.raises(EngineFault, match="answers were lost"):
        assess(sneezing, well, [Losing()])


def test_the_command_says_a_disagreement_and_leaves_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], sneezing: Protocol
) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("nose: drips\n", encoding="utf-8")
    plain = build_engine("plain", sneezing)
    for engines, said in (
        ([plain, Dissenting(sneezing, "E01", True)], "The engines disagree: plain and dissenting differ on E01."),
        ([plain, Losing()], "answers were lost."),
        ([Losing()], "The engine has no verdict: "),
    ):
        monkeypatch.setattr("triage.engines.available_engines", lambda _, engines=engines: engines)
        with pytest.raises(SystemExit) as left:
            main(["explain", str(path), "--protocol", str(SNEEZING)])
        assert left.value.code == 1
        shown = capsys.readouterr()
        assert said in shown.err
        assert bool(shown.out) is (plain in engines)
