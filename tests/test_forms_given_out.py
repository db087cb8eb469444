"""Forms to give out: they ask everything, hide nothing that may apply, and say what they cannot do."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sys
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import SNEEZING
from click.testing import CliRunner
from filled_forms import GivenOut, Ticked, is_shown, ticked
from hypothesis import given, settings
from hypothesis import strategies as st
from people import random_people, uniform_person

from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.command_line import triage as command
from triage.conditions.condition import All, AnyOf, Besides, Condition, Every, InState, NoneOf, Only
from triage.conditions.condition import Any as AnyPart
from triage.conditions.truth import truth
from triage.documents.problems import DataFault
from triage.given_forms.fhir_questionnaire import questionnaire_resource
from triage.given_forms.form import FormQuestion, FormSection, given_form
from triage.given_forms.giving_out import SUFFIXES, written_form
from triage.given_forms.redcap import COLUMNS, redcap_logic
from triage.given_forms.shown_if import shown_if, without_negations
from triage.protocol.reading import read_protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question

pytestmark = pytest.mark.usefixtures("read_once")

PROGRAMS = tuple(SUFFIXES)


def written(of: GivenOut, program: str) -> str:
    if program == "xlsform":
        pytest.importorskip("xlsxwriter", reason="the extra `exchange` is not installed")
        from triage.given_forms.xlsform import xlsform_sheets

        return json.dumps(xlsform_sheets(of.form), ensure_ascii=False)
    return written_form(of.protocol, program).content.decode()


# ---- what they hold ----


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_question_and_every_choice_is_there_and_i_do_not_know(given_out: GivenOut, program: str) -> None:
    text = written(given_out, program)
    said = json.loads(text) if program != "redcap" else list(csv.reader(io.StringIO(text)))
    words = json.dumps(said, ensure_ascii=False)
    for question in given_out.protocol.questionnaire.questions:
        assert json.dumps(question.text, ensure_ascii=False)[1:-1] in words
        assert json.dumps(question.help or "", ensure_ascii=False)[1:-1] in words
        for choice in question.choices:
            assert json.dumps(choice.label, ensure_ascii=False)[1:-1] in words
            assert json.dumps(choice.description or "", ensure_ascii=False)[1:-1] in words
            assert choice.other_words is None or choice.other_words.label in words
    offered = sum(question.unknown for question in given_out.protocol.questionnaire.questions)
    assert words.count("I don't know") >= offered


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_questions_give_the_same_bytes(given_out: GivenOut, program: str) -> None:
    if program == "xlsform":
        pytest.importorskip("xlsxwriter", reason="the extra `exchange` is not installed")
    assert written_form(given_out.protocol, program) == written_form(given_out.protocol, program)


def test_a_warning_sign_of_the_first_question_shows_what_to_do_at_once(given_out: GivenOut) -> None:
    screen = given_out.protocol.questionnaire.by_id[given_out.protocol.emergency_screen]
    items = [item for section in given_out.form.sections for item in section.items]
    note = items[[item.id for item in items].index(screen.id) + 1]
    assert "emergency number" in note.text
    assert all(is_shown(note.shown, {screen.id: (code,)}) for code in screen.warnings)
    assert not any(is_shown(note.shown, {screen.id: codes}) for codes in (screen.reassuring, ("unknown",), ()))


def test_no_name_of_a_note_begins_like_a_question(given_out: GivenOut) -> None:
    questions = given_out.protocol.questionnaire.by_id
    notes = [item.id for section in given_out.form.sections for item in section.items if item.id not in questions]
    assert len(notes) == 2
    assert not any(note.startswith(question) for note in notes for question in questions)


# ---- when a question is shown ----


def test_a_question_is_shown_exactly_when_it_may_apply(given_out: GivenOut) -> None:
    for one in random_people(given_out.protocol, given_out.cases, 200, seed=5):
        boxes = ticked(given_out.form, one)
        states = settle(given_out.protocol.questionnaire, one).states
        for question in given_out.protocol.questionnaire.questions:
            may_apply = question.when is None or truth(question.when, states, {}) is not False
            assert is_shown(shown_if(question, given_out.form.questions), boxes) is may_apply


def any_condition(questions: Sequence[Question], rng: Random, depth: int = 2) -> Condition:
    """Return a condition of any kind over some questions."""
    if depth and rng.random() < 0.6:
        parts = tuple(any_condition(questions, rng, depth - 1) for _ in range(rng.randint(1, 3)))
        return rng.choice((All, AnyPart, NoneOf))(parts)
    question = rng.choice(questions)
    if rng.random() < 0.2:
        return InState(question.id, rng.choice(("unknown", "not_applicable")))
    codes = tuple(rng.sample(question.codes, rng.randint(1, len(question.codes))))
    return rng.choice((AnyOf, Only, Every, Besides))(question.id, codes)


@pytest.fixture(scope="module")
def made_up(sneezing: Protocol) -> GivenOut:
    return GivenOut(sneezing, given_form(sneezing), read_cases(sneezing))


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_whatever_the_condition_nothing_that_may_apply_is_hidden(made_up: GivenOut, seed: int) -> None:
    rng = Random(seed)
    sneezing, form, questions = made_up.protocol, made_up.form, made_up.form.questions
    condition = any_condition(sneezing.questionnaire.questions, rng)
    one = uniform_person(sneezing, rng)
    boxes = ticked(form, one)
    boxes = {name: codes for name, codes in boxes.items() if is_shown(shown_if(questions[name], questions), boxes)}
    if truth(condition, settle(sneezing.questionnaire, one).states, {}) is False:
        return
    probe = next(iter(questions.values())).model_copy(update={"id": "probe", "when": condition})
    shown = shown_if(probe, questions)
    assert is_shown(shown, boxes)
    assert shown is None or is_shown(without_negations(shown, questions), boxes)
    options = next(form.asked()).options
    section = FormSection("more", "More", (FormQuestion("probe", "Probe?", "", True, options, shown),))
    more = replace(form, sections=(*form.sections, section), questions={**questions, "probe": probe})
    assert "probe" in enabled(questionnaire_resource(more, sneezing.questionnaire)["item"], boxes)
    if shown is not None:
        assert holds_in_redcap(redcap_logic(shown, more), more, boxes)


def enabled(items: list[dict[str, Any]], boxes: Ticked) -> set[str]:
    """Return the items that are enabled, as R4 says: those within a disabled one are not."""
    found = set()
    for item in items:
        tests = [_enables(test, boxes) for test in item.get("enableWhen", ())]
        assert len(tests) < 2 or item["enableBehavior"] in ("any", "all")
        if not tests or (all(tests) if item.get("enableBehavior") == "all" else any(tests)):
            found |= {item["linkId"], *enabled(item.get("item", []), boxes)}
    return found


def _enables(test: dict[str, Any], boxes: Ticked) -> bool:
    answers = boxes.get(test["question"], ())
    if test["operator"] == "exists":
        return bool(answers) is test["answerBoolean"]
    assert test["operator"] == "="
    assert test["answerCoding"]["system"].endswith(f"-{test['question']}")
    return test["answerCoding"]["code"] in answers


def holds_in_redcap(logic: str, form: Any, boxes: Ticked) -> bool:
    """Judge branching logic: a checkbox is '1' or '0', a radio button its code or nothing."""

    def value(found: re.Match[str]) -> str:
        name, code = found[1], found[2]
        assert form.questions[name].multiple is (code is not None)
        chosen = boxes.get(name, ())
        return repr(str(int(code in chosen)) if code else next(iter(chosen), ""))

    text = re.sub(r"\[(\w+)(?:\((\w+)\))?\]", value, logic)
    assert re.fullmatch(r"(?:'\w*'|\d| |=|<>|and|or|\(|\))+", text), text
    return bool(eval(re.sub(r"(?<![<>])=", "==", text).replace("<>", "!=")))


@pytest.mark.parametrize("seed", range(3))
def test_every_program_shows_the_same_questions(given_out: GivenOut, seed: int) -> None:
    items = questionnaire_resource(given_out.form, given_out.protocol.questionnaire)["item"]
    for one in random_people(given_out.protocol, given_out.cases, 40, seed):
        boxes = ticked(given_out.form, one)
        shown = {
            item.id for section in given_out.form.sections for item in section.items if is_shown(item.shown, boxes)
        }
        everything = {item.id for section in given_out.form.sections for item in section.items}
        assert enabled(items, boxes) & everything == shown
        logics = branching(given_out)
        assert {name for name in everything if holds_in_redcap(logics[name] or "1 = 1", given_out.form, boxes)} == shown


def branching(of: GivenOut) -> dict[str, str]:
    return {row[COLUMNS[0]]: row[COLUMNS[11]] for row in dictionary(of)}


def dictionary(of: GivenOut) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(of, "redcap"))))


# ---- REDCap ----

DOCUMENTED = (
    '"Variable / Field Name","Form Name","Section Header","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels","Field Note","Text Validation Type OR Show Slider Number",'
    '"Text Validation Min","Text Validation Max",Identifier?,"Branching Logic (Show field only if...)",'
    '"Required Field?","Custom Alignment","Question Number (surveys only)","Matrix Group Name","Matrix Ranking?",'
    '"Field Annotation"'
)
"""The first line of dictionaries that REDCap exports, as it stands in those of public projects."""


def test_the_dictionary_has_the_columns_of_redcap_in_its_order(given_out: GivenOut) -> None:
    [columns] = csv.reader([DOCUMENTED])
    assert list(dictionary(given_out)[0]) == columns


def test_the_dictionary_keeps_to_what_redcap_takes(given_out: GivenOut) -> None:
    rows = dictionary(given_out)
    names = [row[COLUMNS[0]] for row in rows]
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,25}", name) for name in names)
    for row in rows:
        assert row["Form Name"] == given_out.form.id
        assert row["Field Type"] in ("text", "radio", "checkbox", "descriptive")
        choices = [choice.split(", ", 1) for choice in row[COLUMNS[5]].split(" | ")] if row[COLUMNS[5]] else []
        assert all(len(choice) == 2 and re.fullmatch(r"\w+", choice[0]) for choice in choices)
        if (alone := re.fullmatch(r"@NONEOFTHEABOVE='([\w,]+)'", row["Field Annotation"])) is not None:
            assert row["Field Type"] == "checkbox"
            assert set(alone[1].split(",")) <= {choice[0] for choice in choices}


def test_choices_that_exclude_others_do_so(given_out: GivenOut) -> None:
    tags = {row[COLUMNS[0]]: row["Field Annotation"] for row in dictionary(given_out)}
    elements = {
        element["name"]: element
        for page in json.loads(written(given_out, "surveyjs"))["pages"]
        for element in page["elements"]
    }
    options = {}

    def note(items: list[dict[str, Any]]) -> None:
        for item in items:
            options[item["linkId"]] = item.get("answerOption", [])
            note(item.get("item", []))

    note(questionnaire_resource(given_out.form, given_out.protocol.questionnaire)["item"])
    for question in given_out.protocol.questionnaire.questions:
        alone = {*question.alone, *(["unknown"] if question.unknown else [])} if question.multiple else set()
        found = re.search(r"'([\w,]+)'", tags[question.id])
        assert set(found[1].split(",") if found else []) == alone
        choices = elements[question.id]["choices"]
        assert {choice["value"] for choice in choices if choice.get("isExclusive")} == alone
        exclusive = {option["valueCoding"]["code"] for option in options[question.id] if "extension" in option}
        assert exclusive == alone


# ---- the command ----


def exported(*arguments: str, code: int = 0) -> tuple[str, str]:
    done = CliRunner().invoke(command, ["export", "form", *arguments])
    assert done.exit_code == code, done.output
    return done.stdout, done.stderr


@pytest.mark.parametrize("program", [program for program in PROGRAMS if program != "xlsform"])
def test_a_form_is_printed_and_what_it_cannot_do_is_said(program: str) -> None:
    out, said = exported("--as", program, "--protocol", str(SNEEZING))
    assert "What brings the sneezes on?" in out
    assert "What this form cannot do:" in said
    assert "It gives no result." in said


def test_a_form_is_written_whole(tmp_path: Path) -> None:
    pytest.importorskip("xlsxwriter", reason="the extra `exchange` is not installed")
    path = tmp_path / "form.xlsx"
    exported("--as", "xlsform", "-o", str(path))
    assert path.read_bytes().startswith(b"PK")


def test_without_what_writes_workbooks_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    path = tmp_path / "form.xlsx"
    said = exported("--as", "xlsform", "-o", str(path), code=1)[1]
    assert "the package xlsxwriter is not installed; it comes with the extra 'exchange'." in said
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "A form is for some program"),
        (("--as", "paper"), "is not one of"),
        (("--as", "xlsform"), "A workbook needs a file"),
        (("--as", "redcap", "-o", "form.xlsx"), "written as .csv"),
    ],
)
def test_wrong_use_is_told(arguments: tuple[str, ...], said: str) -> None:
    assert said in exported(*arguments, code=2)[1]


@pytest.mark.parametrize("program", ["redcap", "xlsform"])
def test_a_name_that_a_program_does_not_take_is_told(tmp_path: Path, program: str) -> None:
    pytest.importorskip("xlsxwriter", reason="the extra `exchange` is not installed")
    folder = tmp_path / "sneezing"
    shutil.copytree(SNEEZING, folder)
    for path in folder.rglob("*.yaml"):
        path.write_text(
            re.sub(r"\bhandkerchief:|(?<=id: )handkerchief", r"1st-\g<0>", path.read_text("utf-8")), "utf-8"
        )
    with pytest.raises(DataFault, match="does not take the name '1st-handkerchief'"):
        written_form(read_protocol(folder), program)
