"""Answers to earlier questionnaires: what they mean now, what becomes unknown, and that every reader says the same."""

from __future__ import annotations

import json
import warnings
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas
import polars
import pyarrow as pa
import pytest
from answer_forms import in_form
from batch_jobs import SNEEZING, WELL, Notes, plain_lines, scored
from click.testing import CliRunner

import triage
from triage.answers.answers import warning_signs
from triage.answers.conversion import convert
from triage.answers.files import read_answer_files
from triage.answers.reading import SavedCase
from triage.answers.writing import converted_case
from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.command_line import triage as command
from triage.conditions.answer_state import UNKNOWN, Missing
from triage.documents.problems import DataFault
from triage.foreign.choices import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Questionnaire

TO_ASK = "Not known for sure from the earlier answers; please ask again:"
FORMS = [
    "f.ndjson", "compact.jsonl", "bare.ndjson", "mixed.ndjson", "odd.ndjson", "last.ndjson", "list.json", "pretty.json",
    "f.yaml", "f.csv", "quoted.csv", "f.tsv", "texts.parquet", "lists.parquet", "many",
]  # fmt: skip


def read(folder: Path, *cases: dict[str, Any], protocol: Protocol) -> list[SavedCase]:
    path = folder / "cases.ndjson"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    found = []
    for case in read_answer_files([path], protocol.questionnaire):
        assert not isinstance(case, DataFault), case
        found.append(case)
    return found


def today(protocol: Protocol, **said: str | list[str]) -> tuple[dict[str, Any], list[str]]:
    """Return what answers are now, and what to ask again."""
    states = {
        name: UNKNOWN if codes == "unknown" else frozenset([codes] if isinstance(codes, str) else codes)
        for name, codes in said.items()
    }
    now = convert(protocol.questionnaire, states)
    return {
        name: "unknown" if isinstance(state, Missing) else sorted(state) for name, state in now.given.items()
    }, list(now.ask_again)


# ---- what former answers mean ----


def test_a_code_that_is_called_otherwise_now_is_taken_over(sneezing: Protocol) -> None:
    assert today(sneezing, since="for_ages") == ({"since": ["months"]}, [])
    assert today(sneezing, nose=["runs", "bleeds"]) == ({"nose": ["bleeds", "drips"]}, [])


def test_every_former_label_of_a_choice_is_still_read() -> None:
    read = words_of(triage.load_protocol().questionnaire, "jerk_description").read
    for label in (
        "Hand drops or flaps, or knee folds",
        "Hand drops, knee folds, or falls",
        "Hand drops or knee gives way",
    ):
        assert read(label) == ["brief_loss_of_tone"]


def test_a_code_may_mean_several_choices(sneezing: Protocol) -> None:
    assert today(sneezing, nose=["pink_water"]) == ({"nose": ["bleeds", "drips"]}, [])


def test_a_question_that_is_gone_speaks_in_another(sneezing: Protocol) -> None:
    assert today(sneezing, dog="near") == ({"brought_on_by": ["animals"]}, [])
    assert today(sneezing, dog="near", brought_on_by=["pepper"]) == ({"brought_on_by": ["animals", "pepper"]}, [])


def test_what_says_nothing_sure_any_more_becomes_unknown(sneezing: Protocol) -> None:
    assert today(sneezing, since="a_while") == ({"since": "unknown"}, ["since"])
    assert today(sneezing, dog="far") == ({"brought_on_by": "unknown"}, ["brought_on_by"])
    assert today(sneezing, dog="unknown") == ({}, [])


def test_a_list_with_a_part_to_ask_again_is_unknown_as_a_whole(sneezing: Protocol) -> None:
    assert today(sneezing, nose=["drips", "itches"]) == ({"nose": "unknown"}, ["nose"])
    assert today(sneezing, dog="far", brought_on_by=["pepper"])[0] == {"brought_on_by": "unknown"}


def test_but_a_grave_warning_in_it_is_kept_and_the_question_asked_again(sneezing: Protocol) -> None:
    assert today(sneezing, nose=["bleeds", "itches"]) == ({"nose": ["bleeds"]}, ["nose"])
    assert today(sneezing, nose=["pink_water", "itches"]) == ({"nose": ["bleeds", "drips"]}, ["nose"])


def test_a_mild_warning_alone_yields_to_unknown_which_is_never_benign(sneezing: Protocol) -> None:
    nose = sneezing.questionnaire.by_id["nose"]
    choices = tuple(one.model_copy(update={"mild": one.code == "bleeds"}) for one in nose.choices)
    mild = nose.model_copy(update={"choices": choices})
    questions = tuple(mild if one is nose else one for one in sneezing.questionnaire.questions)
    milder = sneezing.questionnaire.model_copy(update={"questions": questions})
    milder.__dict__.pop("by_id", None)
    for cached in ("warnings", "mild", "grave", "by_code"):
        mild.__dict__.pop(cached, None)
    now = convert(milder, {"nose": frozenset({"bleeds", "itches"})})
    assert (now.given, now.ask_again) == ({"nose": UNKNOWN}, ("nose",))


def test_none_yields_to_what_comes_along(sneezing: Protocol) -> None:
    assert today(sneezing, right_now=["none"], brought_on_by=["choking_on_crumbs"]) == (
        {"right_now": ["cannot_breathe"], "brought_on_by": ["no_cause"]}, [],
    )  # fmt: skip
    assert today(sneezing, nose=["nothing_else"], brought_on_by=["a_cold", "pepper"])[0] == {
        "nose": ["drips"], "brought_on_by": ["pepper"],
    }  # fmt: skip
    assert today(sneezing, brought_on_by=["choking_on_crumbs", "pollen"])[0]["brought_on_by"] == ["pollen"]


def test_a_question_whose_codes_all_moved_elsewhere_is_unknown_never_none(sneezing: Protocol) -> None:
    assert today(sneezing, nose=["nothing_else"], brought_on_by=["a_cold"]) == (
        {"nose": ["drips"], "brought_on_by": "unknown"}, ["brought_on_by"],
    )  # fmt: skip


def test_a_reassuring_code_from_elsewhere_does_not_answer_a_red_flag_that_was_not_answered(sneezing: Protocol) -> None:
    said = {"brought_on_by": ["a_cold", "pepper"]}
    assert today(sneezing, **said) == ({"brought_on_by": ["pepper"], "nose": "unknown"}, ["nose"])  # type: ignore[arg-type]
    assert today(sneezing, nose="unknown", brought_on_by=["a_cold"])[0]["nose"] == "unknown"


def test_a_grave_warning_from_elsewhere_stands_even_where_nothing_else_is_known(sneezing: Protocol) -> None:
    said, again = today(sneezing, right_now="unknown", brought_on_by=["choking_on_crumbs"])
    assert (said["right_now"], again) == (["cannot_breathe"], ["right_now"])


def test_two_answers_that_meet_in_a_single_choice_leave_it_unknown_but_for_a_warning(sneezing: Protocol) -> None:
    assert today(sneezing, since=["for_ages", "hours"]) == ({"since": "unknown"}, ["since"])
    said, again = today(sneezing, breath_near_animals="quiet", brought_on_by=["wheezing_by_cats"])
    assert said == {"breath_near_animals": ["whistles"], "brought_on_by": ["animals"]}
    assert again == ["breath_near_animals"]


def test_what_does_not_apply_is_not_asked_again(sneezing: Protocol, tmp_path: Path) -> None:
    [case] = read(tmp_path, {"answers": {"brought_on_by": ["wheezing_by_cats"], "dog": "far"}}, protocol=sneezing)
    assert case.ask_again == ("brought_on_by", "breath_near_animals")
    assert [entry.code for entry in case.taken_over] == []


# ---- versions ----


@pytest.mark.parametrize(
    ("about", "since"),
    [
        ({"questionnaire_version": "0.0.9"}, "months"),
        ({"questionnaire_version": "0.0.5"}, "months"),
        ({"questionnaire_version": "0.1.0"}, "weeks"),
        ({"questionnaire_version": "0.0.10"}, "weeks"),
        ({"questionnaire_version": "whatever"}, "weeks"),
        ({"protocol": "0.0.5"}, "months"),
        ({"protocol": "0.0.6"}, "weeks"),
        ({"protocol": "0.0.5", "questionnaire_version": "0.1.0"}, "weeks"),
        ({}, "weeks"),
    ],
)
def test_a_code_that_changed_its_meaning_is_converted_only_where_the_version_says_so(
    about: dict[str, str], since: str, sneezing: Protocol, tmp_path: Path
) -> None:
    [case] = read(tmp_path, {**about, "answers": {"since": "weeks"}}, protocol=sneezing)
    assert case.answers.states["since"] == {since}
    if about:
        rows = [{"id": "a", **about, "answers": {**WELL, "since": "weeks"}}]
        flat = [{"id": "a", **about, **{name: in_a_cell(said) for name, said in {**WELL, "since": "weeks"}.items()}}]
        expected = rules_of_rows(sneezing, tmp_path, rows)
        assert expected == rules_of_table(sneezing, tmp_path, flat)
        assert expected == [pa_row(sneezing, flat)]


def rules_of_rows(protocol: Protocol, folder: Path, rows: Sequence[dict[str, Any]]) -> list[Any]:
    path = folder / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    lines, errors, _ = scored(protocol, path, output=folder / "out.ndjson")
    assert errors == []
    assert lines == plain_lines(protocol, path)
    return lines


def rules_of_table(protocol: Protocol, folder: Path, rows: Sequence[dict[str, Any]]) -> list[Any]:
    path = folder / "rows.csv"
    names = list(rows[0])
    path.write_text(",".join(names) + "\n" + "".join(",".join(row[name] for name in names) + "\n" for row in rows))
    lines, errors, _ = scored(protocol, path, output=folder / "out.ndjson")
    assert errors == []
    return lines


def pa_row(protocol: Protocol, rows: Sequence[dict[str, Any]]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        [line] = triage.score_relation(pa.Table.from_pylist(rows), protocol).results.to_pylist()
    return line


# ---- any old answers ----


def old_people(questionnaire: Questionnaire, number: int, seed: int) -> list[dict[str, Any]]:
    """Return answers with codes of today and of before, as they may stand in a file."""
    rng = Random(seed)
    people = []
    for _ in range(number):
        person: dict[str, Any] = {}
        for name in {**questionnaire.by_id, **questionnaire.former_by_question}:
            question = questionnaire.by_id.get(name)
            former = [
                code
                for code in questionnaire.former_by_question.get(name, ())
                if question is None or code not in question.codes
            ]
            draw = rng.random()
            if draw < 0.25:
                continue
            if draw < 0.3:
                person[name] = "unknown"
                continue
            codes = list(question.codes) if question else former
            if question and former and rng.random() < 0.5:
                codes = [*(code for code in codes if code not in question.alone), *former]
            if question is None or not question.multiple:
                person[name] = rng.choice(codes)
            else:
                chosen = rng.sample(codes, min(len(codes), rng.choice([1, 1, 2, 3])))
                person[name] = chosen[:1] if question.alone & set(chosen) else chosen
        people.append(person)
    return people


def in_a_cell(said: Any) -> str | None:
    return ";".join(said) if isinstance(said, list) else said


def listed(said: Any) -> list[str]:
    return [] if said in (None, "unknown") else [said] if isinstance(said, str) else said


def meant(questionnaire: Questionnaire, person: dict[str, Any]) -> set[tuple[str, str]]:
    """Return every choice of today that the answers say or mean."""
    found = set()
    for name, said in person.items():
        question = questionnaire.by_id.get(name)
        for code in listed(said):
            if question is not None and code in question.codes:
                found.add((name, code))
            else:
                means = questionnaire.former_by_question[name][code].means
                found |= {(other, now) for other, codes in means.items() for now in codes}
    return found


@pytest.mark.parametrize("which", ["sneezing", "protocol"])
def test_any_old_answers_say_nothing_that_nobody_said_and_lose_no_warning(
    which: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    protocol: Protocol = request.getfixturevalue(which)
    questions = protocol.questionnaire.by_id
    people = old_people(protocol.questionnaire, 1_500, seed=5)
    cases = read(tmp_path, *({"answers": person} for person in people), protocol=protocol)
    for person, case in zip(people, cases, strict=True):
        said = meant(protocol.questionnaire, person)
        given = case.answers.given()
        now = {(name, code) for name, state in given.items() if not isinstance(state, Missing) for code in state}
        assert now <= said
        warnings_now = {(flag.id, code) for flag, code in warning_signs(protocol.questionnaire, case.answers)}
        for name, code in said:
            if code in questions[name].grave:
                assert (name, code) in warnings_now or (name in case.ask_again and not questions[name].multiple)
            elif code in questions[name].mild:
                assert (name, code) in warnings_now or case.answers.states[name] is UNKNOWN
        for flag in protocol.questionnaire.red_flags:
            state = case.answers.states[flag.id]
            if not isinstance(state, Missing) and state.isdisjoint(flag.warnings):
                former = protocol.questionnaire.former_by_question.get(flag.id, {})
                assert listed(person.get(flag.id))
                assert not any(flag.id in former[code].ask_again for code in person[flag.id] if code in former)


def test_converted_answers_read_the_same_and_have_nothing_more_to_tell(sneezing: Protocol, tmp_path: Path) -> None:
    people = [{"answers": person} for person in old_people(sneezing.questionnaire, 500, seed=6)]
    cases = read(tmp_path, *people, protocol=sneezing)
    again = read(tmp_path, *(converted_case(sneezing.questionnaire, case) for case in cases), protocol=sneezing)
    assert [case.answers for case in again] == [case.answers for case in cases]
    assert not any(case.taken_over or case.ask_again for case in again)


class InFiles(NamedTuple):
    """People as they may stand in a file, with what the plain engine says of them."""

    protocol: Protocol
    people: list[dict[str, Any]]
    lines: list[dict[str, Any]]

    @classmethod
    def of(cls, protocol: Protocol, people: list[dict[str, Any]], folder: Path) -> InFiles:
        return cls(protocol, people, plain_lines(protocol, in_form("f.ndjson", protocol, people, folder)))


@pytest.fixture(scope="module", params=["sneezing", "protocol"])
def old_ones(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[InFiles, InFiles]:
    """Return some old people, and those of them who answer anything: in a table nobody else is a row."""
    protocol: Protocol = request.getfixturevalue(request.param)
    people = [one for one in old_people(protocol.questionnaire, 320, seed=7) if one]
    answering = [one for one in people if any(listed(said) for said in one.values())]
    folder = tmp_path_factory.mktemp("old")
    everybody = InFiles.of(protocol, people, folder)
    return everybody, everybody if answering == people else InFiles.of(protocol, answering, folder)


@pytest.mark.parametrize("form", FORMS)
def test_a_batch_says_the_same_as_single_reading_in_every_form(
    form: str, old_ones: tuple[InFiles, InFiles], tmp_path: Path
) -> None:
    in_rows = form.startswith(("bare", "mixed")) or form.endswith((".csv", ".tsv", ".parquet"))
    protocol, people, expected = old_ones[in_rows]
    output = tmp_path / "out.ndjson"
    notes = Notes()
    source = in_form(form, protocol, people, tmp_path)
    summary = run(Job([source], output=output), protocol, notes)
    lines = [json.loads(line) for line in output.read_text("utf-8").splitlines()]
    assert lines == expected[: 40 if form == "f.yaml" else None]
    assert notes.said == []
    cases = list(read_answer_files([source], protocol.questionnaire)) if "parquet" not in form else []
    told = [one for one in cases if isinstance(one, SavedCase) and (one.taken_over or one.ask_again)]
    if cases:
        assert summary.former.cases == len(told)
        assert summary.former.ask_again.total() == sum(len(one.ask_again) for one in told)
        assert summary.former.taken_over.total() == sum(len(one.taken_over) for one in told)


def test_tables_in_memory_say_the_same_and_warn_once(sneezing: Protocol, tmp_path: Path) -> None:
    people = [one for one in old_people(sneezing.questionnaire, 200, seed=8) if one]
    expected = plain_lines(sneezing, in_form("f.ndjson", sneezing, people, tmp_path))
    names = [*sneezing.questionnaire.by_id, "dog"]
    rows = [
        {"id": f"p{number}", **{name: in_a_cell(one.get(name)) for name in names}} for number, one in enumerate(people)
    ]
    with pytest.warns(UserWarning, match="please ask again") as met:
        results = triage.score_relation(pa.Table.from_pylist(rows), sneezing).results
    assert len(met) == 1
    assert results.to_pylist() == expected


def test_faults_beside_former_answers_are_the_same_alone_and_in_a_batch(sneezing: Protocol, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "answers": {"nose": ["runs", "blees"], "since": "for_ages"}},
        {"id": "b", "answers": {"dog": "nere"}},
        {"id": "c", "answers": {"nose": ["runs", "nothing_else"]}},
        {"id": "d", "answers": {"nose": ["runs"]}, "dog": "near"},
        {"id": True, "answers": {"dog": "near", "agee": "adult"}},
        {"id": "f", "answers": {"dog": ["near", "unknown"]}},
        {"id": "g", "answers": {"dog": 7}},
        {"dog": "near", "agee": "adult"},
    ]
    path = tmp_path / "rows.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    _, errors, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    alone = [fault for fault in read_answer_files([path], sneezing.questionnaire) if isinstance(fault, DataFault)]
    expected = [(one.message, one.hint) for fault in alone for one in fault.problems]
    assert [error["message"] for error in errors] == [f"{said} {hint}" if hint else said for said, hint in expected]
    assert len(alone) == len(rows)
    assert [(error["question"], error["found"], error["nearest"]) for error in errors[:2]] == [
        ("nose", "blees", "bleeds"), ("dog", "nere", "near"),
    ]  # fmt: skip


def test_a_former_question_that_is_carried_along_still_answers(sneezing: Protocol, tmp_path: Path) -> None:
    rows = [{"id": "a", **WELL, "brought_on_by": ["pepper"], "dog": "near"}, {"id": "b", **WELL, "dog": "far"}]
    bare = tmp_path / "bare.ndjson"
    bare.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    table = tmp_path / "table.csv"
    table.write_text(
        "id,right_now,age,since,nose,brought_on_by,dog\n"
        "a,none,adult,hours,nothing_else,pepper,near\nb,none,adult,hours,nothing_else,pepper,far\n"
    )
    expected = plain_lines(sneezing, bare)
    for path in (bare, table):
        lines, errors, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", keep=("dog",))
        assert errors == []
        assert [line.pop("dog") for line in lines] == ["near", "far"]
        assert lines == expected


@pytest.mark.parametrize("form", ["bare.ndjson", "nested.ndjson", "table.csv", "pandas", "polars", "arrow"])
def test_what_is_carried_along_stays_beside_former_answers(sneezing: Protocol, tmp_path: Path, form: str) -> None:
    """Also under a name like a question's, which nobody asks; and gaps in a frame are no answers."""
    rows = [
        {"id": "a", "since": "for_ages", "age": None, "dog": "near", "clinic": "x", "nosee": "drips"},
        {"id": "b", "since": "for_ages", "age": "adult", "dog": None, "clinic": "y", "nosee": None},
    ]
    notes = [(row["clinic"], row["nosee"], row["dog"]) for row in rows]
    keep = ("clinic", "nosee", "dog")
    frames = {"pandas": pandas.DataFrame, "polars": polars.DataFrame, "arrow": pa.Table.from_pylist}
    if form in frames:
        with pytest.warns(UserWarning, match="since: for_ages is now"):
            found = triage.score_relation(frames[form](rows), sneezing, keep=keep)
        assert found.faults == []
        kept = pa.table(found.results) if form != "pandas" else pa.Table.from_pandas(found.results)
        assert [tuple(row[name] for name in keep) for row in kept.to_pylist()] == notes
        return
    path = tmp_path / form
    if form == "table.csv":
        cells = [",".join(value or "" for value in row.values()) for row in rows]
        path.write_text("\n".join([",".join(rows[0]), *cells, ""]), "utf-8")
    else:
        said = [{name: value for name, value in row.items() if value is not None} for row in rows]
        if form == "nested.ndjson":
            beside = ("id", "clinic", "nosee")
            said = [{**{name: row.pop(name) for name in beside if name in row}, "answers": dict(row)} for row in said]
        path.write_text("".join(json.dumps(row) + "\n" for row in said), "utf-8")
    lines, errors, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", keep=keep)
    assert errors == []
    assert [tuple(line[name] or None for name in keep) for line in lines] == notes


# ---- what is told ----


def told(*arguments: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(command, [*map(str, arguments), "--protocol", str(SNEEZING)], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value or 0, done.stdout, done.stderr


OLD = {"id": "a", "answers": {**WELL, "since": "for_ages", "dog": "far"}}


def test_scoring_one_case_tells_what_was_taken_over_and_what_to_ask_again(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps(OLD), "utf-8")
    code, out, err = told("score", path)
    assert (code, json.loads(out)["id"]) == (0, "a")
    assert err.splitlines() == [
        "Answers to an earlier questionnaire, taken over as what they mean now:",
        '    since: for_ages is now since: months ("Months or years")',
        TO_ASK,
        "    brought_on_by: What brings the sneezes on?",
    ]
    assert told("explain", path)[2] == err


def test_scoring_many_tells_each_kind_once_with_counts(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.mkdir()
    for file in range(4):  # which is work for several processes
        people = (json.dumps({**OLD, "id": f"p{number}"}) + "\n" for number in range(1_000 * file, 1_000 * (file + 1)))
        (old / f"{file}.ndjson").write_text("".join(people), "utf-8")
    for threads in (1, 2):
        _, _, err = told("score", old, "-o", tmp_path / "out.ndjson", "--threads", threads)
        lines = err.splitlines()
        assert '    since: for_ages is now since: months ("Months or years") (4,000)' in lines
        assert lines[-1] == "    brought_on_by: What brings the sneezes on? (4,000: p0, p1, p2, p3, p4, ...)"


def test_convert_writes_the_codes_of_today_and_keeps_who_and_when(tmp_path: Path, sneezing: Protocol) -> None:
    path, output = tmp_path / "old.json", tmp_path / "answers.ndjson"
    path.write_text(json.dumps({**OLD, "answered_at": "2025-01-31", "protocol": "0.0.3"}), "utf-8")
    code, out, err = told("convert", path, "-o", output)
    assert (code, out) == (0, "")
    assert TO_ASK in err
    assert json.loads(output.read_text("utf-8")) == {
        "id": "a",
        "questionnaire": "sneezing",
        "questionnaire_version": "0.1.0",
        "protocol": "0.0.3",
        "answered_at": "2025-01-31",
        "ask_again": ["brought_on_by"],
        "answers": {
            "right_now": ["none"], "age": "adult", "since": "months", "nose": ["nothing_else"],
        },
    }  # fmt: skip
    assert told("convert", output)[2] == ""
    assert plain_lines(sneezing, path) == plain_lines(sneezing, output)


@pytest.mark.parametrize("form", [[], ["--to", "fhir"]])
def test_convert_keeps_who_is_who_where_only_the_file_or_the_line_tells(form: list[str], tmp_path: Path) -> None:
    folder, output = tmp_path / "people", tmp_path / "answers.ndjson"
    folder.mkdir()
    for name in ("anna", "bert"):
        (folder / f"{name}.yaml").write_text("nose: bleeds", "utf-8")
    rows = ({"agee": "adult"}, {"nose": "drips"}, {"nose": "bleeds"})
    (folder / "rows.ndjson").write_text("".join(f"{json.dumps({'answers': row})}\n" for row in rows), "utf-8")
    assert told("convert", folder, "-o", output, *form)[0] == 1
    written = [json.loads(line)["id"] for line in told("score", output)[1].splitlines()]
    assert written == [json.loads(line)["id"] for line in told("score", folder)[1].splitlines()]
    assert written == ["anna", "bert", "rows.ndjson:2", "rows.ndjson:3"]


def test_convert_writes_the_others_where_a_case_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "two.ndjson"
    path.write_text(json.dumps({"answers": {"agee": "adult"}}) + "\n" + json.dumps(OLD) + "\n", "utf-8")
    code, out, err = told("convert", path)
    assert (code, json.loads(out)["id"]) == (1, "a")
    assert "'agee', which no question asks." in err
    assert "1 written, 1 not readable." in err


def test_nothing_in_former_answers_acts_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "two.ndjson"
    cases = [{**OLD, "id": f"\x1b[2J{number}\u202e"} for number in range(2)]
    cases.append({"id": "\x1b[2J", "answers": {"dog": "\x1b[2J"}})
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    for verb in ("convert", "score"):
        code, out, err = told(verb, path)
        assert code == 1
        assert "\\x1b[2J1\\u202e" in err
        assert [json.loads(line)["id"] for line in out.splitlines()] == [case["id"] for case in cases[:2]]
        assert not {"\x1b", "\u202e"} & {*out, *err}


def test_convert_says_no_more_faults_than_somebody_reads(tmp_path: Path) -> None:
    path = tmp_path / "many.ndjson"
    path.write_text((json.dumps({"answers": {"agee": "adult"}}) + "\n") * 1_000 + json.dumps(OLD) + "\n", "utf-8")
    code, out, err = told("convert", path)
    assert (code, len(out.splitlines())) == (1, 1)
    assert len(err.splitlines()) < 100
    assert "1 written, 1,000 not readable." in err


def test_convert_never_writes_over_what_it_reads_nor_under_a_name_it_could_not_read(tmp_path: Path) -> None:
    path = tmp_path / "old.ndjson"
    path.write_text(json.dumps(OLD) + "\n", "utf-8")
    for target in (path, tmp_path / "new.json"):
        done = CliRunner().invoke(command, ["convert", str(path), "-o", str(target)], standalone_mode=False)
        assert type(done.exception).__name__ in ("UsageError", "BadParameter")
    assert path.read_text("utf-8") == json.dumps(OLD) + "\n"


def test_convert_does_not_double_the_people_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "old.ndjson").write_text(json.dumps(OLD) + "\n", "utf-8")
    for target in ("people/all.ndjson", "people/more/all.ndjson"):
        options = ["convert", str(tmp_path / "people"), "-o", str(tmp_path / target)]
        done = CliRunner().invoke(command, options, standalone_mode=False)
        assert "lies among the answers" in str(done.exception)
    assert [path.name for path in (tmp_path / "people").iterdir()] == ["old.ndjson"]


def test_python_warns_of_former_answers(sneezing: Protocol) -> None:
    with pytest.warns(UserWarning, match="please ask again"):
        result = triage.assess_answers(sneezing, {"nose": ["bleeds", "itches"]})
    assert result.outcome.value == "suggests_disease"
