"""What an interview saves gives back what the person saw: the same page, and the same page for the doctor."""

from __future__ import annotations

import csv
import io
import json
from random import Random
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from conversation import Person, Talk
from people import completion, forgetful_person, near_case_person, uniform_person
from rich.console import Console

import triage
from triage.answers.answers import settle
from triage.answers.examples import given_states
from triage.answers.files import read_answer_files
from triage.answers.writing import saved_case
from triage.assessment.as_asked import as_asked
from triage.assessment.assessment import assess
from triage.assessment.letter import letter_of, letter_text
from triage.command_line import triage as command
from triage.conditions.answer_state import NOT_APPLICABLE, OPEN
from triage.documents.problems import DataFault
from triage.engines import build_engine
from triage.interview.interview import Interview
from triage.protocol.urgency import Urgency
from triage.terminal.result_page import print_result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conversation import Story

    from triage.answers.answers import Answers, Given
    from triage.answers.reading import SavedCase
    from triage.assessment.assessment import Assessment
    from triage.engines import Engine
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

pytestmark = pytest.mark.usefixtures("read_once")

ANSWERED_AT = "2026-01-31T03:00:00+0100"


@pytest.fixture(scope="module")
def plain(protocol: Protocol) -> Engine:
    return build_engine("plain", protocol)


def interviewed(protocol: Protocol, person: Given, rng: Random) -> tuple[Answers, bool]:
    """Return what an interview ends with, and whether the person stopped at an emergency."""
    told = settle(protocol.questionnaire, person).states
    interview = Interview(protocol)
    while question := interview.next_question():
        if interview.emergency and rng.random() < 0.5:
            return interview.answers, True
        interview = interview.answered(question.id, told[question.id])
    if rng.random() < 0.5:
        while question := interview.next_detail():
            interview = interview.answered(question.id, told[question.id])
    return interview.answers, False


def read_back(path: Path, protocol: Protocol) -> SavedCase:
    (case,) = read_answer_files([path], protocol.questionnaire)
    assert not isinstance(case, DataFault), case
    return case


def pages(result: Assessment, answers: Answers, protocol: Protocol) -> list[str]:
    written = io.StringIO()
    print_result(result, protocol, console=Console(file=written, width=80, color_system=None))
    letter = letter_of(protocol, answers, result, written_on="2026-02-01")
    return [written.getvalue(), *(letter_text(name, letter, protocol.language) for name in LETTERS)]


LETTERS = ("letter.html", "letter.md")


def check_saved(protocol: Protocol, plain: Engine, answers: Answers, *, stopped: bool, path: Path, look: bool) -> None:
    """Check that what is saved gives the same result; and, where one looks, also see it on the pages made of that."""
    text = saved_case(protocol, path.stem, answers, ANSWERED_AT, stopped_early=stopped)
    path.write_text(text, encoding="utf-8")
    case = read_back(path, protocol)
    again = as_asked(protocol, case.answers)
    assert again == answers, text
    results = [
        assess(protocol, told, [plain], stopped_early=early)
        for told, early in ((answers, stopped), (again, case.stopped_early))
    ]
    assert results[0] == results[1], text
    if look:
        assert pages(results[0], answers, protocol) == pages(results[1], again, protocol), text


def test_every_worked_case_interviewed_and_saved_shows_the_same_page_again(
    protocol: Protocol, cases: list[Case], plain: Engine, tmp_path: Path
) -> None:
    rng = Random(1)
    with_open = 0
    for case in cases:
        answers, stopped = interviewed(protocol, given_states(case.answers), rng)
        look = with_open % 5 == 0
        check_saved(protocol, plain, answers, stopped=stopped, path=tmp_path / "case.json", look=look)
        with_open += OPEN in answers.states.values()
    assert with_open > len(cases) / 2


def check_random(protocol: Protocol, cases: list[Case], plain: Engine, path: Path, number: int, seed: int) -> None:
    rng = Random(seed)
    urgencies = set()
    for turn in range(number):
        near = near_case_person(protocol, cases, rng)
        kinds = (near, uniform_person(protocol, rng), forgetful_person(completion(protocol, near, rng), rng, most=4))
        answers, stopped = interviewed(protocol, kinds[turn % 3], rng)
        check_saved(protocol, plain, answers, stopped=stopped, path=path, look=turn % 20 == 0)
        urgencies.add(assess(protocol, answers, [plain]).urgency)
    assert len(urgencies) > 2


def test_some_hundred_random_interviews_show_the_same_page_again(
    protocol: Protocol, cases: list[Case], plain: Engine, tmp_path: Path
) -> None:
    check_random(protocol, cases, plain, tmp_path / "case.json", 200, seed=2)


@pytest.mark.long
def test_10_000_random_interviews_show_the_same_page_again(
    protocol: Protocol, cases: list[Case], plain: Engine, tmp_path: Path
) -> None:
    check_random(protocol, cases, plain, tmp_path / "case.json", 10_000, seed=3)


def test_another_protocol_shows_the_same_page_again(sneezing: Protocol, tmp_path: Path) -> None:
    rng = Random(4)
    engine = build_engine("plain", sneezing)
    for _ in range(100):
        answers, stopped = interviewed(sneezing, uniform_person(sneezing, rng), rng)
        check_saved(sneezing, engine, answers, stopped=stopped, path=tmp_path / "case.json", look=False)


@pytest.fixture
def left_open(protocol: Protocol, stories: Mapping[str, Story]) -> Answers:
    answers, _ = interviewed(protocol, given_states(stories["V109"]), Random(5))
    assert OPEN in answers.states.values()
    return answers


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".ndjson", ".csv", ".tsv"])
def test_what_was_not_asked_is_read_from_every_kind_of_file(
    protocol: Protocol, left_open: Answers, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"case{suffix}"
    text = saved_case(protocol, "one", left_open, ANSWERED_AT)
    raw = json.loads(text)
    if suffix == ".ndjson":
        text = json.dumps(raw)
    elif suffix in (".csv", ".tsv"):
        cells = {name: ";".join(said) if isinstance(said, list) else said for name, said in raw["answers"].items()}
        table = io.StringIO()
        writer = csv.DictWriter(table, ["id", *cells], delimiter="," if suffix == ".csv" else "\t")
        writer.writeheader()
        writer.writerow({"id": "one", **cells})
        text = table.getvalue()
    path.write_text(text, encoding="utf-8")
    assert read_back(path, protocol).answers == left_open


@pytest.mark.parametrize("options", [[], ["--engine", "plain"]])
def test_a_batch_counts_what_was_not_asked_as_unknown_with_the_same_outcome_and_urgency(
    protocol: Protocol, cases: list[Case], plain: Engine, tmp_path: Path, options: list[str]
) -> None:
    rng = Random(6)
    lines, without, expected = [], [], []
    for case in cases[::3]:
        answers, stopped = interviewed(protocol, given_states(case.answers), rng)
        result = assess(protocol, answers, [plain])
        expected.append((case.id, result.outcome.value, result.urgency.value))
        raw = json.loads(saved_case(protocol, case.id, answers, ANSWERED_AT, stopped_early=stopped))
        lines.append(json.dumps(raw))
        raw["answers"] = {name: said for name, said in raw["answers"].items() if said != "not_asked"}
        raw.pop("stopped_early", None)
        without.append(json.dumps(raw))
    scored = []
    for name, written in (("saved", lines), ("unknown", without)):
        path = tmp_path / f"{name}.ndjson"
        path.write_text("\n".join(written), encoding="utf-8")
        result_text = CliRunner().invoke(command, ["score", *options, str(path)], catch_exceptions=False).stdout
        scored.append([json.loads(line) for line in result_text.splitlines()])
    assert scored[0] == scored[1]
    assert [(one["id"], one["outcome"], one["urgency"]) for one in scored[0]] == expected


def test_a_file_that_wrongly_says_not_asked_is_judged_as_not_known(protocol: Protocol) -> None:
    """Such as one that was edited: not having asked must not make anything less urgent."""
    told = {"exposures": ["diving"], "age_group": "adult_18_39y"}
    unknown = triage.assess_answers(protocol, told, engine="plain")
    unasked = triage.assess_answers(protocol, {**told, "duration": "not_asked"}, engine="plain")
    assert unknown.urgency is Urgency.EMERGENCY
    assert unasked == unknown


def test_any_question_said_not_to_be_asked_leaves_outcome_and_urgency(protocol: Protocol, cases: list[Case]) -> None:
    rng = Random(7)
    for case in rng.sample(cases, 40):
        told = {name: list(said) if isinstance(said, tuple) else said for name, said in case.answers.items()}
        for name in rng.sample(sorted(told), 3):
            left_out = {question: said for question, said in told.items() if question != name}
            unknown = triage.assess_answers(protocol, left_out, engine="plain")
            unasked = triage.assess_answers(protocol, {**left_out, name: "not_asked"}, engine="plain")
            assert (unasked.outcome, unasked.urgency) == (unknown.outcome, unknown.urgency), (case.id, name)


def test_a_question_not_asked_that_does_not_apply_is_not_open(protocol: Protocol) -> None:
    answers = settle(protocol.questionnaire, {"age_group": frozenset({"adult_40_64y"}), "infant_state": OPEN})
    assert answers.states["infant_state"] is NOT_APPLICABLE


@pytest.mark.parametrize("suffix", [".md", ".html"])
def test_the_page_for_the_doctor_is_written_from_a_saved_case(
    protocol: Protocol, stories: Mapping[str, Story], tmp_path: Path, suffix: str
) -> None:
    talk = Talk(protocol, Person(stories["V108"], protocol=protocol))
    assert talk.finished is not None
    result = talk.finished.result
    saved, letter = tmp_path / "V108.json", tmp_path / f"letter{suffix}"
    text = saved_case(protocol, "V108", talk.finished.answers, ANSWERED_AT, stopped_early=result.stopped_early)
    saved.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(command, ["explain", str(saved), "--letter", str(letter), "--engine", "plain"])
    assert done.exit_code == 0, done.output
    written = letter.read_text(encoding="utf-8")
    today = written.split("Written on ")[1][:10]
    told = result.model_copy(update={"answered_at": ANSWERED_AT})
    seen = letter_of(protocol, talk.finished.answers, told, written_on=today)
    assert written == letter_text(f"letter{suffix}", seen, protocol.language)
    assert "given on 2026-01-31" in written
    again = CliRunner().invoke(command, ["explain", str(saved), "--letter", str(letter)])
    assert again.exit_code == 2
    assert letter.read_text(encoding="utf-8") == written


def test_a_conversion_keeps_what_was_not_asked(protocol: Protocol, left_open: Answers, tmp_path: Path) -> None:
    saved = tmp_path / "one.json"
    saved.write_text(saved_case(protocol, "one", left_open, ANSWERED_AT, stopped_early=True), encoding="utf-8")
    done = CliRunner().invoke(command, ["convert", str(saved), "-o", str(tmp_path / "converted.ndjson")])
    assert done.exit_code == 0, done.output
    case = read_back(tmp_path / "converted.ndjson", protocol)
    assert case.answers == left_open
    assert case.stopped_early
