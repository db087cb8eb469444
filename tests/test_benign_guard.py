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

from triage.answers import settle, unknown_red_flags, warning_signs
from triage.benign_guard import unguarded_rules
from triage.command_line import triage as command
from triage.condition import All, Found, NoneOf
from triage.condition import Any as AnyPart
from triage.decision import decide
from triage.engines.plain import PlainEngine
from triage.problems import DataFault
from triage.proof.answer_space import AnswerSpace
from triage.proof.mutation import mutants
from triage.proof.proving import prove
from triage.proof.statements import statements_for_all
from triage.protocol_reading import read_protocol
from triage.urgency import Urgency

if TYPE_CHECKING:
    from triage.condition import Condition
    from triage.protocol import Protocol

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
        "`warning_sign`, `red_flag_unknown`, `misplaced_warning`."
        "\n    Let its `when` begin with a finding that rules all of them out: 'all_clear'."
    )


def test_verify_names_the_rule_and_answers_for_which_it_is_wrong(dangerous: Path) -> None:
    done = run("verify", "--protocol", dangerous)
    assert done.return_value == 1
    assert "B01 calls its example 'pepper at dinner' benign with nose = bleeds." in done.stderr
    assert "No answer set with a warning sign is likely benign: refuted by B01." in done.stderr
    assert "For instance, with nothing else known: right_now = none, " in done.stderr
    assert ", nose = bleeds, " in done.stderr
    assert "No answer set with an open red-flag question is likely benign: refuted by B01." in done.stderr
    assert "Proved: 2 of 4 statements, 2 of them about every protocol" in done.stdout


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
CLEAR, SHORT = Found("all_clear"), Found("short")


@pytest.mark.parametrize(
    ("condition", "left_open"),
    [
        (CLEAR, ()),
        (All((SHORT, All((CLEAR,)))), ()),
        (AnyPart((CLEAR, All((SHORT, CLEAR)))), ()),
        (NoneOf((SIGN, MISPLACED)), ()),
        (NoneOf((AnyPart((SIGN, MISPLACED)),)), ()),
        (NoneOf((NoneOf((CLEAR,)),)), ()),
        (SHORT, ("warning_sign", "red_flag_unknown", "misplaced_warning")),
        (AnyPart((CLEAR, SHORT)), ("warning_sign", "red_flag_unknown", "misplaced_warning")),
        (NoneOf((All((SIGN, OPEN, MISPLACED)),)), ("warning_sign", "red_flag_unknown", "misplaced_warning")),
        (NoneOf((CLEAR,)), ("warning_sign", "red_flag_unknown", "misplaced_warning")),
        (NoneOf((OPEN, MISPLACED)), ("warning_sign",)),
        (NoneOf((SIGN, OPEN)), ("misplaced_warning",)),
        (All((NoneOf((SIGN,)), SIGN)), ("misplaced_warning",)),
    ],
)
def test_a_guard_is_known_by_its_form(sneezing: Protocol, condition: Condition, left_open: tuple[str, ...]) -> None:
    found = unguarded_rules(with_benign_condition(sneezing, condition))
    assert [missing for _, missing in found] == [left_open] * bool(left_open)


def with_benign_condition(protocol: Protocol, condition: Condition) -> Protocol:
    def other(rule: Any) -> Any:
        return rule.model_copy(update={"when": condition}) if rule.id == "B01" else rule

    pages = tuple(dataclasses.replace(page, rules=tuple(map(other, page.rules))) for page in protocol.pages)
    return dataclasses.replace(protocol, pages=pages)


def test_the_shipped_rules_are_guarded(protocol: Protocol) -> None:
    assert unguarded_rules(protocol) == []


# ---- what the form promises, the meaning keeps ----


def test_whatever_is_changed_a_guarded_protocol_calls_nothing_benign_beside_a_sign(sneezing: Protocol) -> None:
    """By the proofs over every answer set, and by the engine for misplaced answers, which the proofs leave out."""
    base = AnswerSpace(sneezing)
    rng = Random(12)
    people = [settle(sneezing.questionnaire, uniform_person(sneezing, rng)) for _ in range(60)]
    guarded = 0
    for mutant in mutants(sneezing):
        changed = mutant.protocol
        if unguarded_rules(changed) or changed.questionnaire is not sneezing.questionnaire:
            continue
        guarded += 1
        space = AnswerSpace(changed, beside=base)
        for statement in statements_for_all(changed):
            for proof in prove(space, statement):
                assert proof.holds, (mutant.change, proof.counterexample)
        engine = PlainEngine(changed)
        for answers in people:
            if decide(changed, engine.judge(answers)).urgency is Urgency.SELF_CARE:
                assert not warning_signs(changed.questionnaire, answers), mutant.change
                assert not unknown_red_flags(changed.questionnaire, answers), mutant.change
    assert guarded > 20


# ---- safety statements of its own ----


def test_verify_warns_of_a_protocol_without_safety_statements(tmp_path: Path) -> None:
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    (folder / "safety.yaml").unlink()
    done = run("verify", "--protocol", folder)
    assert done.return_value == 0
    assert done.stderr.startswith(f"{folder / 'safety.yaml'}  warning: There is no such file, ")
    assert "Proved: 2 of 2 statements, 2 of them about every protocol" in done.stdout
    assert "0 errors, 1 warnings." in done.stdout


def test_no_statement_of_a_protocol_takes_the_place_of_one_about_every_protocol(tmp_path: Path) -> None:
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    text = (folder / "safety.yaml").read_text(encoding="utf-8")
    (folder / "safety.yaml").write_text(text.replace("id: P01", "id: benign-without-warning"), encoding="utf-8")
    done = run("verify", "--protocol", folder)
    assert done.return_value == 1
    assert "The id 'benign-without-warning' is used twice." in done.stderr
