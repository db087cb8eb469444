"""Files as people keep them: each says exactly what the people said, or says what is wrong; nothing in between."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import plain_line, scored
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kept_answers import EXPORTS, person_of
from people import complete_person, near_case_person, uniform_person

from triage.answers.answers import settle
from triage.conditions.answer_state import Missing
from triage.documents.problems import DataFault
from triage.exchange.cases import read_files
from triage.exchange.forms import known_forms
from triage.foreign.form import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kept_answers import Person

    from triage.engines import Engine
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol


@pytest.fixture(scope="module")
def three(cases: list[Case]) -> list[dict[str, list[str]]]:
    """Return three people of the worked cases: one to stay at home, one urgent, one an emergency."""
    found = []
    for wanted in ("V001", "L42", "L25"):
        case = next(case for case in cases if case.id == wanted)
        said = {name: [codes] if isinstance(codes, str) else list(codes) for name, codes in case.answers.items()}
        found.append({name: codes for name, codes in said.items() if codes[0] not in ("unknown", "not_applicable")})
    return found


def results_of(protocol: Protocol, engine: Engine, people: Sequence[Person]) -> list[dict[str, Any]]:
    lines = [
        plain_line(protocol, engine, "", {name: frozenset(codes) for name, codes in one.items()}) for one in people
    ]
    return [{**line, "id": ""} for line in lines]


@pytest.mark.parametrize("name", EXPORTS)
def test_each_kind_of_file_gives_what_the_people_said(
    name: str, three: list[dict[str, list[str]]], protocol: Protocol, engines: list[Engine], tmp_path: Path
) -> None:
    path = tmp_path / name
    EXPORTS[name](protocol.questionnaire, three, path)
    lines, faults, notes = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert (faults, [{**line, "id": ""} for line in lines]) == ([], results_of(protocol, engines[0], three)), notes.said
    assert len({line["id"] for line in lines}) == 3


@pytest.mark.parametrize(
    ("name", "title"),
    {
        "redcap_raw.csv": "a REDCap export, cases named by 'record_id'; its own columns are set aside"
        " ('redcap_event_name', 'redcap_survey_identifier', 'survey_timestamp' and 1 more).",
        "redcap_api.json": "a REDCap export, cases named by 'record_id'; its own columns are set aside"
        " ('survey_complete').",
        "kobo_both.csv": "a KoboToolbox export, cases named by '_id'; its own columns are set aside"
        " ('_uuid', '_submission_time').",
        "odk_no_group.csv": "an ODK Central export, cases named by 'KEY'; its own columns are set aside"
        " ('SubmissionDate').",
        "google.csv": "a Google Forms export; its own columns are set aside ('Timestamp').",
        "excel_native.xlsx": "a table.",
        "labels_semicolon.csv": "a table.",
    }.items(),
)
def test_the_form_is_found_and_said(
    name: str, title: str, three: list[dict[str, list[str]]], protocol: Protocol, tmp_path: Path
) -> None:
    path = tmp_path / name
    EXPORTS[name](protocol.questionnaire, three, path)
    _, _, notes = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert notes.said[0] == f"{path}  Read as {title}"


def test_nothing_is_said_of_files_of_our_own_form(
    three: list[dict[str, list[str]]], protocol: Protocol, tmp_path: Path
) -> None:
    path = tmp_path / "own.ndjson"
    path.write_text(
        "".join(json.dumps({"id": str(at), "answers": one}) + "\n" for at, one in enumerate(three)), "utf-8"
    )
    _, _, notes = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert notes.said == []


def test_forms_have_different_names() -> None:
    names = [form.name for form in known_forms()]
    assert len(names) == len(set(names))


# ---- round trips ----


def read_back(protocol: Protocol, path: Path) -> list[Any]:
    """Return for each case what it says, or None where it is at fault."""
    found: list[Any] = []
    for case in read_files([path], Asked(), protocol.questionnaire, lambda _: None):
        if isinstance(case, DataFault):
            found.append(None)
        else:
            found.append({k: set(v) for k, v in case.answers.given().items() if not isinstance(v, Missing)})
    return found


def said_by(protocol: Protocol, person: Person) -> dict[str, set[str]]:
    settled = settle(protocol.questionnaire, {name: frozenset(codes) for name, codes in person.items()})
    return {name: set(state) for name, state in settled.given().items() if not isinstance(state, Missing)}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(list(EXPORTS)), seed=st.integers(0, 2**32))
def test_anybodys_answers_come_back_or_are_a_fault(
    name: str, seed: int, protocol: Protocol, cases: list[Case], tmp_path: Path
) -> None:
    rng = Random(seed)
    people = [
        person_of(protocol.questionnaire, made)
        for made in (
            complete_person(protocol, rng),
            uniform_person(protocol, rng),
            near_case_person(protocol, cases, rng),
        )
    ]
    path = tmp_path / name
    EXPORTS[name](protocol.questionnaire, people, path)
    found = read_back(protocol, path)
    assert len(found) == 3
    for read, person in zip(found, people, strict=True):
        assert read is not None
        assert read == said_by(protocol, person)


@pytest.mark.parametrize("name", EXPORTS)
def test_many_rows_at_once_say_what_single_rows_say(
    name: str, protocol: Protocol, cases: list[Case], engines: list[Engine], tmp_path: Path
) -> None:
    rng = Random(7)
    people = [person_of(protocol.questionnaire, near_case_person(protocol, cases, rng)) for _ in range(40)]
    path = tmp_path / name
    EXPORTS[name](protocol.questionnaire, people, path)
    lines, faults, _ = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert (faults, [{**line, "id": ""} for line in lines]) == ([], results_of(protocol, engines[0], people))


# ---- damage ----


def damaged(data: bytes, rng: Random) -> bytes:
    """Return a file with one thing wrong somewhere, as hands, disks and programs leave them."""
    at = rng.randrange(len(data))
    match rng.randrange(7):
        case 0:
            return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[at + rng.randint(1, 40) :]
        case 2:
            return (
                data[:at] + rng.choice([b'"', b",", b";", b"\t", b"\n", b"\r", b"\0", b"\xff", b"x", b"1"]) + data[at:]
            )
        case 3:
            lines = data.split(b"\n")
            rng.shuffle(lines)
            return b"\n".join(lines)
        case 4:
            return data[: rng.randrange(len(data))]
        case 5:
            other = rng.randrange(len(data))
            return data[:at] + data[other : other + 30] + data[at:]
        case _:
            return data.replace(
                *rng.choice([(b"1", b"2"), (b"0", b"N"), (b"Checked", b"checked!"), (b"none", b"nnone")]), 1
            )


def whole_lines(name: str, data: bytes) -> int | None:
    """Return how many people a table holds, if that can be counted without reading it."""
    if not name.endswith(".csv") or b'"' in data or b"\r" in data:
        return None
    lines = [line for line in data.split(b"\n") if line.strip(b" ,;")]  # blank lines before the headings are no rows
    return max(0, len(lines) - 1)


def check_damaged(protocol: Protocol, people: Sequence[Person], number: int, seed: int, folder: Path) -> None:
    rng = Random(seed)
    whole = {}
    for name, export in EXPORTS.items():
        export(protocol.questionnaire, people, folder / name)
        whole[name] = (folder / name).read_bytes()
    names = list(EXPORTS)
    for at in range(number):
        name = names[at % len(names)]
        path = folder / f"{at}_{name}"
        data = damaged(whole[name], rng)
        path.write_bytes(data)
        asked = Asked(set_aside=rng.random() < 0.3)
        output = folder / f"{at}.out.ndjson"
        lines, faults, notes = scored(protocol, path, output=output, asked=asked)
        assert lines or faults or notes.said, (name, seed, at)
        headings = 1 + len(data) - len(data.lstrip(b"\n"))
        of_file = any(
            fault["line"] in (None, headings) and fault["row"] is None and fault["id"] is None for fault in faults
        )
        rows = whole_lines(name, data)
        if rows is not None and not of_file and (lines or faults):
            at_fault = {(fault["line"], fault["row"]) for fault in faults}
            assert len(lines) + len(at_fault) == rows, (name, seed, at, faults)
        path.unlink()
        for written in (output, folder / f"{at}.out.errors.ndjson"):
            written.unlink(missing_ok=True)


def test_a_hundred_damaged_files_lose_nobody_in_silence(
    three: list[dict[str, list[str]]], protocol: Protocol, tmp_path: Path
) -> None:
    check_damaged(protocol, three, 100, 11, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_damaged_files_lose_nobody_in_silence(
    seed: int, three: list[dict[str, list[str]]], protocol: Protocol, tmp_path: Path
) -> None:
    check_damaged(protocol, three, 100, 1_000 + seed, tmp_path)


# ---- many rows ----


def test_a_large_file_with_a_wrong_column_says_so_once(protocol: Protocol, cases: list[Case], tmp_path: Path) -> None:
    rng = Random(3)
    people = [person_of(protocol.questionnaire, near_case_person(protocol, cases, rng)) for _ in range(100)] * 100
    path = tmp_path / "redcap.csv"
    EXPORTS["redcap_raw.csv"](protocol.questionnaire, people, path)
    text = path.read_text("utf-8").replace("thinking___none", "thinking___nothing", 1).replace("record_id", "x1", 1)
    path.write_text(text, "utf-8")
    _, faults, notes = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert len(faults) == 2
    assert len(notes.said) <= 5
    lines, faults, notes = scored(
        protocol, path, output=tmp_path / "out.ndjson", asked=Asked(set_aside=True, id_column="x1")
    )
    assert (len(lines), faults) == (10_000, [])
    assert len(notes.said) <= 6


def test_a_large_file_with_wrong_cells_is_no_flood(
    protocol: Protocol, three: list[dict[str, list[str]]], tmp_path: Path
) -> None:
    path = tmp_path / "redcap.csv"
    EXPORTS["redcap_raw.csv"](protocol.questionnaire, three * 3_334, path)
    path.write_text(path.read_text("utf-8").replace(",1,", ",NA,"), "utf-8")
    lines, faults, notes = scored(protocol, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert len(lines) + len({fault["line"] for fault in faults}) == 10_002
    assert sum(len(said.splitlines()) for said in notes.said) <= 50
    assert (tmp_path / "out.errors.ndjson").stat().st_size <= path.stat().st_size
