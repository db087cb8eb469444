"""Nothing is called benign beside a warning sign or an open red-flag question, in any protocol."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import SNEEZING
from click.testing import CliRunner
from people import uniform_person

import triage
from triage.answers.answers import settle, unknown_red_flags, warning_signs
from triage.command_line import triage as command
from triage.conditions.condition import All, Found, NoneOf
from triage.conditions.condition import Any as AnyPart
from triage.documents.problems import DataFault
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.proof.answer_space import AnswerSpace
from triage.proof.mutation import mutants
from triage.proof.proving import prove
from triage.proof.statements import statements_for_all
from triage.protocol.benign_guard import unguarded, unguarded_rules
from triage.protocol.reading import read_protocol
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from triage.conditions.condition import Condition
    from triage.protocol.protocol import Protocol

UNGUARDED = {
    "calm.yaml": [
        ("      finding: all_clear\n", ""),
        ("      - {name: nobody knows about the nose, like: well, given: {nose: unknown}, fires: false}\n", ""),
    ],
    "warnings.yaml": [
        ("- nose: bleeds\n", "- {nose: bleeds, since: weeks}\n"),
        ("      - {name: bleeds, given: {nose: [bleeds]}, fires: true}\n", ""),
    ],
    "safety.yaml": [("      nose: [bleeds]\n", "")],
}
"""Edits after which a nose that bleeds is likely benign, and no example, case or own statement notices."""
BLEEDS = {"right_now": "none", "age": "adult", "since": "hours", "nose": "bleeds", "brought_on_by": "pepper"}


@pytest.fixture
def dangerous(tmp_path: Path) -> Path:
    """Return a folder with a protocol that would call a warning sign likely benign."""
    folder = shutil.copytree(SNEEZING, tmp_path / "dangerous")
    for name, edits in UNGUARDED.items():
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is refuted is written where the program runs."""
    monkeypatch.chdir(tmp_path)


def run(*words: object) -> Any:
    return CliRunner().invoke(command, [str(word) for word in words], standalone_mode=False)


# ---- a protocol without the guard ----


def test_no_result_is_given_by_it(dangerous: Path, tmp_path: Path) -> None:
    (tmp_path / "case.json").write_text(json.dumps(BLEEDS), encoding="utf-8")
    for words in (["score"], ["explain"]):
        done = run(*words, tmp_path / "case.json", "--protocol", dangerous)
        assert isinstance(done.exception, DataFault)
        assert done.stdout == ""
    with pytest.raises(DataFault) as raised:
        read_protocol(dangerous)
    [problem] = raised.value.problems
    assert str(problem) == (
        f"{dangerous / 'calm.yaml'}:3:5  B01 may call benign what a warning question speaks against: it leaves open "
        "`grave_sign`, `red_flag_unknown`, `misplaced_warning`."
        "\n    Let its `when` begin with a finding that rules all of them out: 'all_clear' or 'no_grave_sign'."
    )


def test_verify_names_the_rule_and_answers_for_which_it_is_wrong(dangerous: Path) -> None:
    done = run("verify", "--protocol", dangerous)
    assert done.return_value == 1
    assert "B01 calls its example 'pepper at dinner' benign with nose = bleeds." in done.stderr
    assert "No answer set with a grave sign is likely benign: refuted by B01." in done.stderr
    assert "For instance, with nothing else known: right_now = none, " in done.stderr
    assert ", nose = bleeds, " in done.stderr
    assert "No answer set with an open red-flag question is likely benign: refuted by B01." in done.stderr
    assert "No answer set with a warning sign is left to self care: refuted by B01." in done.stderr
    assert "Proved: 7 of 10 statements, 5 of them about every protocol" in done.stdout


def test_verify_finds_it_without_the_proofs_too(dangerous: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysat.solvers", None)
    done = run("verify", "--protocol", dangerous)
    assert done.return_value == 1
    assert "B01 may call benign" in done.stderr
    assert "B01 calls its example 'pepper at dinner' benign with nose = bleeds." in done.stderr


def test_an_open_question_alone_is_enough_to_be_refused(dangerous: Path) -> None:
    for name in ("warnings.yaml", "safety.yaml"):
        shutil.copy(SNEEZING / name, dangerous / name)
    assert (
        "B01 calls its example 'pepper at dinner' benign with nose = unknown."
        in run("verify", "--protocol", dangerous).stderr
    )


# ---- which conditions are a guard ----

SIGN, OPEN, MISPLACED = Found("warning_sign"), Found("red_flag_unknown"), Found("misplaced_warning")
GRAVE, MILD = Found("grave_sign"), Found("mild_sign")
CLEAR, NO_GRAVE_SIGN, SHORT = Found("all_clear"), Found("no_grave_sign"), Found("short")
NOTHING_RULED_OUT = ("grave_sign", "red_flag_unknown", "misplaced_warning")


@pytest.mark.parametrize(
    ("condition", "left_open"),
    [
        (CLEAR, ()),
        (All((SHORT, All((CLEAR,)))), ()),
        (AnyPart((CLEAR, All((SHORT, CLEAR)))), ()),
        (NoneOf((SIGN, MISPLACED)), ()),
        (NoneOf((AnyPart((SIGN, MISPLACED)),)), ()),
        (NoneOf((NoneOf((CLEAR,)),)), ()),
        (SHORT, NOTHING_RULED_OUT),
        (AnyPart((CLEAR, SHORT)), NOTHING_RULED_OUT),
        (NoneOf((All((SIGN, OPEN, MISPLACED)),)), NOTHING_RULED_OUT),
        (NoneOf((CLEAR,)), NOTHING_RULED_OUT),
        (NoneOf((OPEN, MISPLACED)), ("grave_sign",)),
        (NoneOf((SIGN, OPEN)), ("misplaced_warning",)),
        (All((NoneOf((SIGN,)), SIGN)), ("misplaced_warning",)),
        (NO_GRAVE_SIGN, ()),
        (NoneOf((GRAVE, OPEN, MISPLACED)), ()),
        (NoneOf((GRAVE, MISPLACED)), ("red_flag_unknown",)),
        (NoneOf((MILD, OPEN, MISPLACED)), ("grave_sign",)),
    ],
)
def test_a_guard_is_known_by_its_form(sneezing: Protocol, condition: Condition, left_open: tuple[str, ...]) -> None:
    found = unguarded_rules(with_condition(sneezing, "B01", condition))
    assert [missing for _, missing in found] == [left_open] * bool(left_open)


def test_the_shipped_rules_are_guarded(protocol: Protocol) -> None:
    assert unguarded_rules(protocol) == []


# ---- votes for benign of every urgency, and mild signs ----


@pytest.mark.parametrize("rule", ["B01", "B02", "B03"])
def test_a_vote_for_benign_needs_the_guard_whatever_its_urgency(sneezing: Protocol, rule: str) -> None:
    votes = {name: sneezing.rules_by_id[name] for name in ("B01", "B02", "B03")}
    assert {one.then.urgency for one in votes.values()} == {Urgency.SELF_CARE, Urgency.ROUTINE}
    [(found, missing)] = unguarded_rules(with_condition(sneezing, rule, SHORT))
    assert (found.id, missing) == (rule, NOTHING_RULED_OUT)


@pytest.mark.parametrize("rule", ["G03", "U02"])
def test_a_rule_that_does_not_vote_for_benign_needs_no_guard(sneezing: Protocol, rule: str) -> None:
    assert list(unguarded(with_condition(sneezing, rule, SHORT))) == []


@pytest.mark.parametrize(
    "edit",
    [
        ("      finding: mild_sign\n", "      nose: blocked\n"),
        ("      finding: mild_sign\n", "      finding: mild_sign\n      age: {from: child}\n"),
        ("      finding: mild_sign\n", "      finding: [mild_sign, grave_sign]\n"),
        (
            "    status: draft\n    when:\n      finding: mild_sign\n",
            "    status: retired\n    when:\n      finding: mild_sign\n",
        ),
    ],
    ids=["in other words", "not for everybody", "beside another finding", "retired"],
)
def test_mild_signs_need_one_rule_that_lifts_all_of_them_above_self_care(edit: tuple[str, str], tmp_path: Path) -> None:
    folder = edited(tmp_path / "protocol", "warnings.yaml", *edit)
    with pytest.raises(DataFault) as raised:
        read_protocol(folder)
    [problem] = raised.value.problems
    assert str(problem) == (
        f"{folder / 'questionnaire.yaml'}:70:5  'nose' has the mild sign 'blocked', which no rule keeps from self care."
        "\n    One rule must have exactly `when: {finding: mild_sign}` and an urgency above self care."
    )


def test_verify_says_so_too_and_shows_a_mild_sign_that_is_left_to_self_care(tmp_path: Path) -> None:
    folder = edited(tmp_path / "protocol", "warnings.yaml", "      finding: mild_sign\n", "      since: weeks\n")
    done = run("verify", "--protocol", folder)
    assert done.return_value == 1
    assert "'nose' has the mild sign 'blocked', which no rule keeps from self care." in done.stderr
    assert "No answer set with a warning sign is left to self care: refuted by " in done.stderr


def test_without_mild_signs_no_rule_for_them_is_needed(tmp_path: Path) -> None:
    folder = edited(tmp_path / "protocol", "warnings.yaml", "      finding: mild_sign\n", "      since: months\n")
    text = (folder / "questionnaire.yaml").read_text(encoding="utf-8")
    (folder / "questionnaire.yaml").write_text(text.replace("        mild: true\n", ""), encoding="utf-8")
    assert list(unguarded(read_protocol(folder))) == []


def test_a_mild_sign_beside_an_ordinary_pattern_is_benign_and_shown_to_a_doctor(sneezing: Protocol) -> None:
    given = {"right_now": "none", "age": "adult", "since": "days", "nose": "blocked", "brought_on_by": "bright_light"}
    result = triage.assess_answers(sneezing, given)
    assert (result.outcome, result.urgency) == (Outcome.LIKELY_BENIGN, Urgency.ROUTINE)
    for change in ({"nose": "bleeds"}, {"nose": ["bleeds", "blocked"]}, {"nose": "unknown"}, {"right_now": "unknown"}):
        assert triage.assess_answers(sneezing, given | change).outcome is Outcome.SUGGESTS_DISEASE, change


def with_condition(protocol: Protocol, name: str, condition: Condition) -> Protocol:
    def other(rule: Any) -> Any:
        return rule.model_copy(update={"when": condition}) if rule.id == name else rule

    pages = tuple(dataclasses.replace(page, rules=tuple(map(other, page.rules))) for page in protocol.pages)
    return dataclasses.replace(protocol, pages=pages)


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    shutil.copytree(SNEEZING, folder)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


# ---- what the form promises, the meaning keeps ----


def test_the_statements_about_every_protocol_hold_for_the_test_protocol(sneezing: Protocol) -> None:
    space = AnswerSpace(sneezing)
    statements = statements_for_all(sneezing)
    assert [statement.id for statement in statements] == [
        "benign-without-grave-sign",
        "benign-with-all-known",
        "self-care-without-warning",
        "benign-and-not-urgent",
        "self-care-only-if-benign",
    ]
    assert all(proof.holds for statement in statements for proof in prove(space, statement))


def test_whatever_is_changed_a_guarded_protocol_calls_nothing_benign_beside_a_sign(sneezing: Protocol) -> None:
    """By the proofs over every answer set, and by the engine for misplaced answers, which the proofs leave out."""
    base = AnswerSpace(sneezing)
    rng = Random(12)
    people = [settle(sneezing.questionnaire, uniform_person(sneezing, rng)) for _ in range(60)]
    guarded = 0
    for mutant in mutants(sneezing):
        changed = mutant.protocol
        if list(unguarded(changed)) or changed.questionnaire is not sneezing.questionnaire:
            continue
        guarded += 1
        space = AnswerSpace(changed, beside=base)
        for statement in statements_for_all(changed):
            for proof in prove(space, statement):
                assert proof.holds, (mutant.change, proof.counterexample)
        engine = PlainEngine(changed)
        for answers in people:
            decision, signs = decide(changed, engine.judge(answers)), warning_signs(changed.questionnaire, answers)
            if decision.outcome is Outcome.LIKELY_BENIGN:
                assert all(code in flag.mild for flag, code in signs), mutant.change
                assert not answers.misplaced, mutant.change
                assert not unknown_red_flags(changed.questionnaire, answers), mutant.change
            if decision.urgency is Urgency.SELF_CARE:
                assert decision.outcome is Outcome.LIKELY_BENIGN, mutant.change
                assert not signs, mutant.change
    assert guarded > 20


# ---- safety statements of its own ----


def test_verify_warns_of_a_protocol_without_safety_statements(tmp_path: Path) -> None:
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    (folder / "safety.yaml").unlink()
    done = run("verify", "--protocol", folder)
    assert done.return_value == 0
    assert done.stderr.startswith(f"{folder / 'safety.yaml'}  warning: There is no such file, ")
    assert "Proved: 5 of 5 statements, 5 of them about every protocol" in done.stdout
    assert "0 errors, 1 warning." in done.stdout


def test_no_statement_of_a_protocol_takes_the_place_of_one_about_every_protocol(tmp_path: Path) -> None:
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    text = (folder / "safety.yaml").read_text(encoding="utf-8")
    (folder / "safety.yaml").write_text(text.replace("id: P01", "id: benign-without-grave-sign"), encoding="utf-8")
    done = run("verify", "--protocol", folder)
    assert done.return_value == 1
    assert "The id 'benign-without-grave-sign' is used twice." in done.stderr
