"""The quiz: what is offered, whether "why not" is true to the rules, what is kept, and how it runs on both screens."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import triage
from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.assessment.explaining import Commonness
from triage.assessment.near_miss import nearest_rule
from triage.command_line import main
from triage.conditions.condition import All, Any, Found, NoneOf
from triage.conditions.truth import truth
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.protocol.reading import read_protocol
from triage.protocol.urgency import Outcome, Urgency, Vote
from triage.teaching.quiz import (
    UNDETERMINED,
    Guess,
    in_order,
    marked,
    pose,
    why_not_outcome,
    why_not_type,
    why_not_urgency,
)
from triage.teaching.quiz_score import KeptScore, Score, Scored, by_theme

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from typing import Any as Anything

    from triage.assessment.near_miss import Lacking
    from triage.conditions.condition import Condition
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.teaching.quiz import Posed

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
KEPT = "Your score is kept on this machine."
POINT = "What do these answers point to?"
SOON = "How soon should a person get help?"
PATTERN = "Which pattern fits?"


@pytest.fixture(scope="module")
def posed(protocol: Protocol, cases: list[Case]) -> dict[str, Posed]:
    return {case.id: pose(protocol, case, 1) for case in cases}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_once: None) -> Path:  # noqa: ARG001
    """Keep scores in a folder of the test and return the file of the shipped protocol."""
    monkeypatch.setattr("triage.teaching.quiz_score.default_folder", lambda: tmp_path / "kept")
    return tmp_path / "kept" / "myoclonus.json"


class Done(NamedTuple):
    """What a run of the quiz came to."""

    code: int
    output: str


def quiz(*arguments: str | Path, typed: Iterable[str] = ()) -> Done:
    """Run the quiz with lines typed into a pipe."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in typed)))
        patch.setattr("sys.stdout", said)
        patch.setattr("sys.stderr", said)
        with pytest.raises(SystemExit) as left:
            main(["quiz", *map(str, arguments)])
    return Done(int(left.value.code or 0), said.getvalue())


def flowing(done: Done) -> str:
    return " ".join(done.output.split())


def right_lines(posed: Posed) -> list[str]:
    """Return what a learner types who says what the rules say."""
    result = posed.result
    kinds = [*posed.types, UNDETERMINED]
    kind = str(next(number for number, name in enumerate(kinds, start=1) if name in posed.right_types))
    outcome = "1" if result.outcome is Outcome.LIKELY_BENIGN else "2"
    return [outcome, str([*reversed(result.outcome.urgencies)].index(result.urgency) + 1), kind]


# ---- what is offered ----


def test_a_right_pattern_is_among_those_offered_and_no_true_one_stands_there_as_a_wrong_one(
    protocol: Protocol, posed: dict[str, Posed]
) -> None:
    for one in posed.values():
        wrong = set(one.types) - one.right_types
        assert one.right_types & {*one.types, UNDETERMINED}, one.case.id
        assert len(one.types) == 6
        assert len(wrong) >= 4
        for rule in protocol.concluding_rules:
            if wrong.intersection(rule.then.types):
                assert one.verdicts.rules[rule.id] is not True, (one.case.id, rule.id)
        assert wrong.isdisjoint(one.case.expected.types)


def test_the_same_seed_gives_the_same_order_and_the_same_patterns(protocol: Protocol, cases: list[Case]) -> None:
    assert in_order(cases, 3) == in_order(reversed(cases), 3)
    assert in_order(cases, 3) != in_order(cases, 4)
    first, *others = in_order(cases, 3)
    assert in_order(others, 3) == others  # a case that is gone does not disturb the others
    assert pose(protocol, first, 3).types == pose(protocol, first, 3).types
    assert any(pose(protocol, case, 3).types != pose(protocol, case, 4).types for case in cases)


def test_the_rules_are_right_about_themselves(posed: dict[str, Posed]) -> None:
    for one in posed.values():
        result = one.result
        for kind in [kind.code for kind in result.types] or [UNDETERMINED]:
            marks = marked(one, Guess(result.outcome, result.urgency, kind))
            assert marks.outcome
            assert marks.urgency
            assert marks.type


def test_not_to_know_is_never_right(posed: dict[str, Posed]) -> None:
    for one in posed.values():
        marks = marked(one, Guess(None, None, None))
        assert (marks.outcome, marks.urgency, marks.type) == (False, False, False)


def test_what_a_case_accepts_counts_as_right(posed: dict[str, Posed]) -> None:
    accepted = posed["V101"]  # urgent by the rules; an emergency is accepted
    assert marked(accepted, Guess(Outcome.SUGGESTS_DISEASE, Urgency.EMERGENCY, None)).urgency
    assert not marked(accepted, Guess(Outcome.SUGGESTS_DISEASE, Urgency.ROUTINE, None)).urgency
    careful = posed["O16"]  # routine by the rules, which are more careful than the case was written
    for outcome, urgency in (
        (Outcome.LIKELY_BENIGN, Urgency.SELF_CARE),
        (Outcome.SUGGESTS_DISEASE, Urgency.ROUTINE),
    ):
        marks = marked(careful, Guess(outcome, urgency, None))
        assert marks.outcome
        assert marks.urgency
    benign = posed["L01"]
    assert not marked(benign, Guess(Outcome.SUGGESTS_DISEASE, Urgency.ROUTINE, None)).outcome


# ---- "why not" is true to the rules ----


def test_what_a_rule_is_said_to_lack_it_lacks_and_with_it_the_rule_would_be_true(
    protocol: Protocol, posed: dict[str, Posed]
) -> None:
    for one in list(posed.values())[::9]:
        for rule in protocol.concluding_rules:
            near = nearest_rule(protocol, one.answers, one.verdicts, [rule])
            assert (near is None) is (one.verdicts.rules[rule.id] is True), (one.case.id, rule.id)
            if near is None:
                continue
            assert near.lacks
            for lack in near.lacks:
                assert holds(one, lack.test) is not lack.wanted
            assert granting(protocol, one, rule.when, near.lacks) is True, (one.case.id, rule.id)


def test_a_rule_that_can_never_be_true_comes_close_to_nobody(tmp_path: Path) -> None:
    """Where every red flag applies to everybody, no warning sign can be out of place."""
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    page = folder / "questionnaire.yaml"
    page.write_text(page.read_text("utf-8").replace("    when: {brought_on_by: animals}\n", ""), "utf-8")
    protocol = read_protocol(folder)
    one = pose(protocol, read_cases(protocol)[0], 1)
    assert nearest_rule(protocol, one.answers, one.verdicts, [protocol.rules_by_id["G01"]]) is None


def holds(one: Posed, condition: Condition) -> bool | None:
    return truth(condition, one.answers.states, one.verdicts.findings, one.answers.misplaced)


def granting(protocol: Protocol, one: Posed, condition: Condition, lacks: Collection[Lacking]) -> bool | None:
    """Judge a condition as if the tests it lacks came out as wanted; findings are judged from their own rules."""

    def judge(part: Condition) -> bool | None:
        match part:
            case All(parts):
                values = [judge(one) for one in parts]
                return False if False in values else None if None in values else True
            case Any(parts):
                values = [judge(one) for one in parts]
                return True if True in values else None if None in values else False
            case NoneOf(parts):
                value = judge(Any(parts))
                return None if value is None else not value
            case Found(name) if name in protocol.derived_findings:
                return judge(protocol.derived_findings[name])
            case Found(name):
                return judge(Any(tuple(rule.when for rule in protocol.finding_rules[name])))
            case _:
                return next((lack.wanted for lack in lacks if lack.test == part), holds(one, part))

    return judge(condition)


def test_why_not_a_pattern_names_a_rule_for_it_that_is_not_true(protocol: Protocol, posed: dict[str, Posed]) -> None:
    for one in posed.values():
        for kind in set(one.types) - one.right_types:
            why = why_not_type(protocol, one, kind)
            assert why.silent is None
            assert why.nearest is not None
            assert kind in why.nearest.rule.then.types
            assert one.verdicts.rules[why.nearest.rule.id] is not True
            assert why.nearest.lacks


def test_why_not_less_names_true_rules_that_are_more_urgent(
    protocol: Protocol, cases: list[Case], posed: dict[str, Posed]
) -> None:
    commonness = Commonness(protocol, cases)
    for one in list(posed.values())[::4]:
        for said in (urgency for urgency in Urgency if urgency.rank < one.result.urgency.rank):
            why = why_not_urgency(protocol, one, said, commonness)
            assert why.forced_by[0].urgency is one.result.urgency
            for reason in why.forced_by:
                rule = protocol.rules_by_id[reason.rule]
                assert reason.urgency is not None
                assert reason.urgency.rank > said.rank
                assert rule.otherwise or one.verdicts.rules[rule.id] is True


def test_why_not_more_names_a_rule_that_is_not_true_and_answers_that_would_do_it(
    protocol: Protocol, cases: list[Case], posed: dict[str, Posed]
) -> None:
    engine, commonness = PlainEngine(protocol), Commonness(protocol, cases)
    tried = 0
    for one in list(posed.values())[::8]:
        for said in (urgency for urgency in Urgency if urgency.rank > one.result.urgency.rank):
            why = why_not_urgency(protocol, one, said, commonness)
            assert why.forced_by == ()
            assert why.nearest is not None
            assert why.nearest.rule.then.urgency is said
            assert one.verdicts.rules[why.nearest.rule.id] is not True
            for change in why.raising:
                question = protocol.questionnaire.by_id[change.answer.question]
                before = one.answers.states[question.id]
                chosen = frozenset(change.answer.codes)
                if question.multiple and isinstance(before, frozenset):
                    chosen |= before - question.alone
                after = settle(protocol.questionnaire, {**one.answers.given(), question.id: chosen})
                assert decide(protocol, engine.judge(after)).urgency is said
                tried += 1
    assert tried > 20


# ---- a sitting through a pipe ----


def test_title_theme_and_name_of_a_case_are_not_told_before_the_learner_chose(cases: list[Case], kept: Path) -> None:
    case = next(case for case in cases if case.id == "V101")
    before, after = flowing(quiz("V101", typed=right_lines(pose(triage.load_protocol(), case, 1)))).split(PATTERN)
    assert case.story.split(".")[1].strip() in before.partition("The answers")[2]  # beside what is asked
    for word in ("V101", case.title, "Theme:"):
        assert word not in before
        assert word in after
    assert kept.exists()


@pytest.mark.usefixtures("kept")
def test_before_the_first_case_it_says_that_the_cases_are_no_measure_for_a_real_person() -> None:
    shown = flowing(quiz("L05"))
    assert shown.index("Do not use them to judge a real person.") < shown.index("Case 1 of 1")
    assert shown.index("If somebody needs help now, stop here and call for help.") < shown.index("Case 1 of 1")


def test_who_says_what_the_rules_say_is_told_that_it_is_right(posed: dict[str, Posed], kept: Path) -> None:
    done = quiz("L02", typed=right_lines(posed["L02"]))
    assert done.code == 0
    text = flowing(done)
    for words in ("Outcome: right.", "How soon: right. Urgent.", "Pattern: right.", "What decided", "(U01, urgent)"):
        assert words in text
    assert "When has it happened? In the first hour after waking" in text.split("What decided")[1]  # the own answers
    assert "Why not" not in text.split("What decided")[1]
    assert posed["L02"].case.teaching_points[0] in text
    assert f"This case: {posed['L02'].case.source}" in text
    assert kept.exists()


def test_who_waits_too_long_reads_which_rule_forbids_it(kept: Path) -> None:
    text = flowing(quiz("L02", typed=["1", "2", "1"]))
    assert "Outcome: not right. You said: likely benign. The rules say: It may be a sign of disease." in text
    assert "The rules say: urgent. That would be too late." in text
    soon, outcome = text.split("Why not self care")[1].split("Why not likely benign")
    assert "makes it at least urgent: Jerks of arms, neck or body soon after waking (U01)." in soon
    assert "This rule speaks for disease: Jerks of arms, neck or body soon after waking (U01)." in outcome
    assert "The ordinary pattern that comes closest: " in outcome
    assert kept.exists()


def test_who_is_too_hasty_reads_what_would_have_to_be_there(kept: Path) -> None:
    text = flowing(quiz("L01", typed=["2", "1", "8"]))
    assert "The rules say: self care. That would be sooner than it needs to be." in text
    assert "Pattern: not answered. The rules say: Sleep start" in text
    why = text.split("Why not emergency")[1]
    assert "No rule for “emergency” is true here." in why
    assert "The rule that comes closest: A sign that needs help right now (E01). It lacks:" in why
    assert "Here: None of these" in why
    assert "One new answer that would raise it to emergency:" in why
    assert kept.exists()


def test_a_wrong_number_is_asked_again_and_stopping_keeps_the_score(posed: dict[str, Posed], kept: Path) -> None:
    done = quiz("--theme", "Spine and brainstem", "--cases", "2", typed=["77", "3", "5", "8", "2"])
    assert done.code == 0
    assert "Please type a number from 1 to 4." in done.output
    assert "Outcome: not answered." in done.output
    assert KEPT in flowing(done)
    [name] = json.loads(kept.read_text(encoding="utf-8"))["cases"]
    assert posed[name].case.theme == "spine-and-brainstem"


def test_the_end_of_the_input_keeps_what_was_done_and_says_how_to_go_on(cases: list[Case], kept: Path) -> None:
    done = quiz("--seed", "5", typed=["3", "5", "8", "1", "2"])
    assert done.code == 1
    left = f"{KEPT} Cases left: {len(cases) - 1}. To go on: triage quiz. The case that you were in is not counted."
    assert left in flowing(done)
    assert len(json.loads(kept.read_text(encoding="utf-8"))["cases"]) == 1


def test_an_end_before_any_case_keeps_nothing(kept: Path) -> None:
    done = quiz()
    assert done.code == 1
    assert "Nothing was kept" in done.output
    assert not kept.exists()


def test_the_next_sitting_goes_on_in_the_same_order_without_what_was_answered(cases: list[Case], kept: Path) -> None:
    quiz("--seed", "5", typed=["3", "5", "8", "4"])
    done = quiz("--cases", "1", typed=["3", "5", "8"])
    assert f"You go on where you were: 1 of {len(cases)} cases" in flowing(done)
    assert "in the order of seed 5." in flowing(done)
    asked = list(json.loads(kept.read_text(encoding="utf-8"))["cases"])
    assert asked == [case.id for case in in_order(cases, 5)[:2]]


def test_asked_again_the_case_answered_longest_ago_comes_first(cases: list[Case], kept: Path) -> None:
    few = in_order([case for case in cases if case.theme == "epilepsy"], 1)
    quiz("--theme", "epilepsy", "--cases", str(len(few)), typed=["3", "5", "8", "1"] * len(few))
    done = quiz("--theme", "epilepsy")
    assert done.code == 0
    assert f"You have answered all {len(few)} cases. To answer them again: triage quiz --again." in flowing(done)
    quiz("--theme", "epilepsy", "--again", "--cases", "1", typed=["3", "5", "8"])
    answered = list(json.loads(kept.read_text(encoding="utf-8"))["cases"])
    assert answered == [*(case.id for case in few[1:]), few[0].id]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["L022"], "Did you mean 'L"),
        (["--theme", "sleap"], "Did you mean 'sleep'?"),
        (["--cases", "0"], "--cases"),
        (["L02", "--theme", "sleep"], "not both"),
        (["--json"], "--score"),
    ],
)
def test_wrong_use_names_the_nearest_right_one(kept: Path, arguments: list[str], hint: str) -> None:
    done = quiz(*arguments)
    assert done.code == 2
    assert hint in done.output
    assert not kept.exists()


# ---- the score ----


def test_scores_by_theme_add_up(cases: list[Case], posed: dict[str, Posed]) -> None:
    score = Score()
    for number, one in enumerate(posed.values()):
        guess = Guess(Outcome.LIKELY_BENIGN, Urgency.SELF_CARE, UNDETERMINED if number % 2 else one.types[0])
        marks = marked(one, guess)
        score.record(
            one.case.id,
            Scored(
                theme=one.case.theme, outcome=marks.outcome, urgency=marks.urgency, type=marks.type, version="1.0.0"
            ),
        )
    rows = by_theme(score, [case.theme for case in cases])
    assert [row.theme for row in rows] == list(dict.fromkeys(case.theme for case in cases))
    assert sum(row.cases for row in rows) == len(cases)
    for name in ("outcome", "urgency", "type"):
        assert sum(getattr(row, name) for row in rows) == sum(getattr(one, name) for one in score.cases.values())
        assert all(getattr(row, name) <= row.cases for row in rows)


def test_the_score_is_shown_in_words_and_as_json(posed: dict[str, Posed], kept: Path) -> None:
    assert "No case has been answered yet." in quiz("--score").output
    quiz("L02", typed=right_lines(posed["L02"]))
    quiz("L01", typed=["2", "1", "8"])
    shown = flowing(quiz("--score"))
    assert "Sleep 1 case: outcome 0, how soon 0, pattern 0" in shown
    assert "Epilepsy 1 case: outcome 1, how soon 1, pattern 1" in shown
    assert "In all: 2 cases - Outcome right: 1 of 2" in shown
    rows = json.loads(quiz("--score", "--json").output)
    assert {"theme": "epilepsy", "cases": 1, "outcome": 1, "urgency": 1, "type": 1} in rows
    assert kept.exists()


def test_a_score_under_older_rules_says_so(protocol: Protocol, kept: Path) -> None:
    quiz("L02", typed=["1", "2", "1"])
    kept.write_text(kept.read_text(encoding="utf-8").replace(protocol.version, "0.0.1"), encoding="utf-8")
    assert "The rules have changed since 1 case of these." in flowing(quiz("--score"))


def test_who_sees_a_disease_where_there_is_none_reads_why_not_even_without_saying_how_soon(kept: Path) -> None:
    text = flowing(quiz("L01", typed=["2", "4", "8"]))
    assert "How soon: not answered. The rules say: self care." in text
    why = text.split("Why not a sign of disease")[1]
    assert "No rule that speaks for disease is true here." in why
    assert "This rule speaks for benign: Sleep starts" in why
    assert "The rule that comes closest:" in why
    assert kept.exists()


def test_the_last_time_counts(posed: dict[str, Posed], kept: Path) -> None:
    quiz("L02", typed=["1", "2", "1"])
    quiz("L02", typed=right_lines(posed["L02"]))
    assert "In all: 1 case - Outcome right: 1 of 1" in flowing(quiz("--score"))
    assert kept.exists()


@pytest.mark.skipif(os.name != "posix", reason="no file modes")
def test_only_the_owner_may_read_the_score(kept: Path) -> None:
    quiz("L02", typed=["1", "2", "1"])
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cases": 5}', b'{"cases": {"L01": {}}}', b"\xff\x00"])
@pytest.mark.parametrize("arguments", [["--score"], ["L02"]])
def test_a_damaged_score_is_set_aside_and_said_not_lost(kept: Path, content: bytes, arguments: list[str]) -> None:
    kept.parent.mkdir()
    kept.write_bytes(content)
    done = quiz(*arguments, typed=["1", "2", "1"])
    assert done.code == 0
    assert "Your kept score cannot be read. It is set aside as" in flowing(done)
    [aside] = kept.parent.glob("myoclonus-damaged-*.json")
    assert aside.read_bytes() == content
    assert kept.exists() is (arguments == ["L02"])


def test_where_the_score_cannot_be_kept_it_is_said_once_and_the_quiz_goes_on(kept: Path) -> None:
    kept.parent.write_text("a file stands where the folder should be", encoding="utf-8")
    done = quiz("--cases", "2", typed=["3", "5", "8", "1", "3", "5", "8"])
    assert done.code == 0
    assert done.output.count("Your score cannot be kept.") == 1
    assert "In all: 2 cases" in done.output
    assert "Your score was not kept." in done.output


def test_forgetting_deletes_the_score_and_what_was_set_aside(kept: Path) -> None:
    quiz("L02", typed=["1", "2", "1"])
    (kept.parent / "myoclonus-damaged-0.json").write_text("{", encoding="utf-8")
    (kept.parent / ".myoclonus.json.abc.part").write_text("{", encoding="utf-8")
    assert quiz("--forget").output == "Forgotten: the score of 1 case.\n"
    assert list(kept.parent.iterdir()) == []
    assert quiz("--forget").output == "Forgotten: the score of 0 cases.\n"


@pytest.mark.parametrize("more", [["--score"], ["--score", "--json"], ["L02"], ["--theme", "sleep"]])
def test_whoever_asks_for_more_than_forgetting_loses_nothing(kept: Path, more: list[str]) -> None:
    quiz("L02", typed=["1", "2", "1"])
    before = kept.read_bytes()
    done = quiz("--forget", *more)
    assert (done.code, "goes with nothing else" in done.output) == (2, True)
    assert kept.read_bytes() == before


def test_two_windows_do_not_lose_each_others_cases(tmp_path: Path) -> None:
    first, second = KeptScore("sneezing", tmp_path), KeptScore("sneezing", tmp_path)
    scored = Scored(theme="calm", outcome=True, urgency=True, type=True, version="0.1.0")
    first.add("N01", scored, 1)
    second.add("N02", scored, 1)
    assert set(first.read()[0].cases) == {"N01", "N02"}


# ---- another condition ----


def test_a_second_condition_has_its_own_cases_and_its_own_score(kept: Path) -> None:
    protocol = triage.load_protocol(SNEEZING)
    lines: list[str] = []
    for case in in_order(read_cases(protocol), 1):
        lines += [*right_lines(pose(protocol, case, 1)), "1"]
    done = quiz("--protocol", SNEEZING, typed=lines[:-1])
    assert done.code == 0, done.output
    assert "Outcome right: 5 of 5" in done.output
    assert "How soon right: 5 of 5" in done.output
    assert "Pattern right: 5 of 5" in done.output
    assert "jerk" not in done.output
    assert f"To delete it: triage quiz --forget --protocol {SNEEZING}." in flowing(done).replace("- ", "-")
    assert not kept.exists()
    assert len(json.loads((kept.parent / "sneezing.json").read_text(encoding="utf-8"))["cases"]) == 5
    wrong = flowing(quiz("--protocol", SNEEZING, "N03", typed=["1", "2", "1"]))
    assert "makes it at least emergency: No air, or lips that swell up (E01)." in wrong


# ---- outcome and urgency are two things ----


@pytest.mark.usefixtures("kept")
def test_how_soon_is_asked_among_the_urgencies_that_go_with_the_outcome() -> None:
    benign = flowing(quiz("--protocol", SNEEZING, "N04", typed=["1"])).split(SOON)[1]
    disease = flowing(quiz("--protocol", SNEEZING, "N04", typed=["2"])).split(SOON)[1]
    nothing_said = flowing(quiz("--protocol", SNEEZING, "N04", typed=["3"])).split(SOON)[1]
    for words, offered in (("1. Routine", benign), ("2. Self care", benign), ("3. Routine", disease)):
        assert words in offered
    assert "Urgent" not in benign
    assert "Self care" not in disease
    assert all(words in nothing_said for words in ("1. Emergency", "2. Urgent", "3. Routine", "4. Self care"))


@pytest.mark.usefixtures("kept")
def test_who_leaves_a_mild_sign_to_self_care_reads_what_keeps_it_from_that() -> None:
    text = flowing(quiz("--protocol", SNEEZING, "N04", typed=["1", "2", "4"]))
    assert "Outcome: right. It is likely benign." in text
    assert "How soon: not right. You said: self care. The rules say: routine. That would be too late." in text
    why = text.split("Why not self care")[1]
    assert "This rule is true, and makes it at least routine: A mild sign (G02)." in why
    assert "A mild warning sign: What does the nose do? It is blocked" in why
    assert "Why not likely benign" not in text


@pytest.mark.usefixtures("kept")
def test_who_sees_a_disease_in_a_benign_case_of_the_same_urgency_reads_why_not() -> None:
    text = flowing(quiz("--protocol", SNEEZING, "N05", typed=["2", "3", "4"]))
    assert "Outcome: not right. You said: may be a sign of disease, or fits no usual pattern." in text
    assert "How soon: right. Routine." in text
    why = text.split("Why not a sign of disease")[1]
    assert "This rule speaks for benign: Sneezes from nothing but bright light, for months or years (B03)." in why
    assert "Why not routine" not in text


@pytest.mark.usefixtures("kept")
def test_where_no_rule_votes_the_learner_reads_that_no_usual_pattern_fits() -> None:
    text = flowing(quiz("--protocol", SNEEZING, "N02", typed=["1", "1", "4"]))
    assert "The rules say: No usual pattern fits these answers, so have it looked at." in text
    why = text.split("Why not likely benign")[1]
    assert "No rule speaks for disease, and none for benign." in why
    assert "The ordinary pattern that comes closest:" in why
    assert "It does not fit because of: * What brings the sneezes on? Flowers, grass or trees" in why


def test_why_not_an_outcome_names_the_votes_for_the_other(protocol: Protocol, posed: dict[str, Posed]) -> None:
    for one in list(posed.values())[::3]:
        [said] = set(Outcome) - {one.result.outcome}
        why = why_not_outcome(protocol, one, said)
        wanted = Vote.DISEASE if said is Outcome.LIKELY_BENIGN else Vote.BENIGN
        assert {reason.vote for reason in why.votes} <= {wanted}
        assert why.votes or protocol.otherwise.id in {reason.rule for reason in one.result.reasons}
        if said is Outcome.SUGGESTS_DISEASE:
            assert why.nearest is not None
            assert why.nearest.rule.vote is Vote.DISEASE
            assert one.verdicts.rules[why.nearest.rule.id] is not True


# ---- the program in a process of its own ----


def surroundings(home: Path) -> dict[str, str]:
    left_out = {"COLUMNS", "LINES", "NO_COLOR", "XDG_DATA_HOME"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    path = os.pathsep.join(filter(None, [str(Path(triage.__file__).parent.parent), os.environ.get("PYTHONPATH")]))
    return {**kept, "HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "PYTHONPATH": path}


def test_a_real_pipe_at_44_columns_stays_plain_and_narrow(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "triage", "quiz", "--cases", "2"],
        input="2\n1\n1\n1\n",
        env={**surroundings(tmp_path), "COLUMNS": "44", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == ""
    assert max(map(len, done.stdout.splitlines())) <= 44
    assert not [letter for letter in done.stdout if ord(letter) < 32 and letter != "\n"]
    assert len(list((tmp_path / "data").rglob("myoclonus.json"))) == 1


@pytest.fixture
def on_a_terminal(tmp_path: Path) -> Callable[..., Anything]:
    screen = pytest.importorskip("screen")

    def start(*arguments: str, **options: Anything) -> Anything:
        more = {"XDG_DATA_HOME": str(tmp_path / "data"), **options.pop("more", {})}
        return screen.Terminal(["quiz", *arguments], tmp_path, more=more, **options)

    return start


def choose(terminal: Anything, above: str, words: str) -> None:
    """Choose from the list under some words, by how the choice begins."""
    terminal.wait(
        lambda: (
            terminal.drawn
            and terminal.flowing.rfind(above) > terminal.flowing.rfind("Your choice:")
            and any(row["words"].startswith(words) for row in terminal.rows)
        ),
        f"{words!r} under {above!r}",
    )
    terminal.choose(words)


def test_a_case_by_arrow_keys_then_ctrl_c_and_going_on(on_a_terminal: Callable[..., Anything], tmp_path: Path) -> None:
    with on_a_terminal("--theme", "sleep") as terminal:
        choose(terminal, POINT, "May be a sign")
        choose(terminal, SOON, "Urgent")
        choose(terminal, PATTERN, "I don't know")
        terminal.wait_for("Another case?")
        assert "Your choice: Urgent: see a doctor today" in terminal.flowing
        choose(terminal, "Another case?", "Yes")
        terminal.wait_for("Case 2 of 5")
        terminal.wait(lambda: terminal.drawn and terminal.pointed_at == "Likely benign", "the list")
        terminal.press("\x03")
        assert terminal.end() == 130
        assert KEPT in terminal.flowing
        assert "Traceback" not in terminal.text
        assert max(map(len, terminal.lines)) <= 76
    [file] = (tmp_path / "data").rglob("*.json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with on_a_terminal("--theme", "sleep", columns=44, rows=60, more={"NO_COLOR": "1"}) as terminal:
        choose(terminal, POINT, "Stop here")
        assert terminal.end() == 0
        assert "You go on where you were: 1 of " in terminal.flowing
        assert max(map(len, terminal.lines)) <= 44
        assert not re.search(rb"\x1b\[[0-9;]*(?:3[0-7]|9[0-7])[0-9;]*m", terminal.raw)


def test_a_dumb_terminal_is_asked_plainly_and_a_kill_loses_no_case(
    on_a_terminal: Callable[..., Anything], tmp_path: Path
) -> None:
    with on_a_terminal("--theme", "epilepsy", more={"TERM": "dumb"}) as terminal:
        for count, line in enumerate(["3", "5", "8", "1"], start=1):
            terminal.wait(lambda count=count: terminal.text.count("Number:") == count, "a list with numbers")
            terminal.press(f"{line}\r")
        terminal.wait_for("Case 2 of ")
        os.kill(terminal.process, signal.SIGKILL)
        assert not [byte for byte in terminal.raw if byte < 32 and byte not in b"\r\n"]
    with on_a_terminal("--theme", "epilepsy", "--plain") as terminal:
        terminal.wait_for("You go on where you were: 1 of ")
        terminal.wait(lambda: terminal.text.count("Number:") == 1, "a list with numbers")
        terminal.press("\x04")
        assert terminal.end() == 1
        assert KEPT in terminal.flowing
    [file] = (tmp_path / "data").rglob("*.json")
    assert len(json.loads(file.read_text(encoding="utf-8"))["cases"]) == 1
