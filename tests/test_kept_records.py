"""Records in JSON and forms that are filled in again: no key and no page is lost without a word, no two become one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import plain_lines, scored

from triage.foreign.form import Asked

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from triage.protocol.protocol import Protocol

PERSON = {"id": "a", "nose": "It drips", "age": "adult"}
STATED = {"right_now": ["cannot_breathe"]}


def told(protocol: Protocol, document: Any, folder: Path, **asked: Any) -> tuple[list[Any], str]:
    """Score a document; return the results, and all that was said of it."""
    path = folder / "f.json"
    path.write_text(json.dumps(document), "utf-8")
    lines, faults, notes = scored(protocol, path, output=folder / "out.ndjson", asked=Asked(**asked))
    return lines, "\n".join([*notes.said, *(fault["message"] for fault in faults)])


# ---- how they are written ----

SYSTEM = "https://example.org/fhir/CodeSystem/sneezing-"
RESPONSE = {
    "resourceType": "QuestionnaireResponse",
    "questionnaire": "https://example.org/fhir/Questionnaire/sneezing|0.1.0",
    "status": "completed",
    "item": [{"linkId": "nose", "answer": [{"valueCoding": {"code": "drips", "system": f"{SYSTEM}nose"}}]}],
}
LISTS: dict[str, list[dict[str, Any]]] = {
    "REDCap": [{"record_id": "a", "nose___drips": "1", "sneezing_complete": "2"}],
    "ODK": [{"__id": "a", "__system": {"submissionDate": "2026-01-02"}, "g": {"nose": "drips"}, "meta": {"x": None}}],
    "SurveyJS": [{"instanceId": "a", "nose": ["It drips"]}],
    "a table": [{"id": "a", "nose": "It drips"}],
    "FHIR": [{"id": "a", **RESPONSE}],
    "our own form": [{"id": "a", "answers": {"nose": "drips"}}],
    "a first record longer than what is looked at": [{"id": "a", "nose": "It drips", "free": "x" * 300_000}],
}
WRITTEN: dict[str, Callable[[Any], str]] = {
    "compact": json.dumps,
    "for people": lambda listed: json.dumps(listed, indent=2),
    "behind blank lines": lambda listed: "\n \n[\t\r\n" + json.dumps(listed, indent="\t")[1:],
    "in lines": lambda listed: "".join(json.dumps(one) + "\n" for one in [*listed, *listed]),
}


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("form", LISTS)
def test_a_list_is_read_however_it_is_written(form: str, written: str, sneezing: Protocol, tmp_path: Path) -> None:
    (path := tmp_path / "f.json").write_text(WRITTEN[written](LISTS[form]), "utf-8")
    asked = Asked(set_aside="longer" in form)
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=asked, fields=("id",))
    if written != "in lines" or form not in ("our own form", "a first record longer than what is looked at"):
        assert {line["id"] for line in lines} == {"a"}
        assert faults == []
    else:  # our own reader, and what cannot be told from its beginning
        assert "One object a line is NDJSON: let the file's name end in .ndjson." in faults[0]["message"]


def test_what_odk_central_adds_to_its_records_is_its_own(sneezing: Protocol, tmp_path: Path) -> None:
    lines, said = told(sneezing, {"value": LISTS["ODK"], "@odata.context": "x"}, tmp_path)
    assert [line["id"] for line in lines] == ["a"]
    assert "Read as an ODK Central export, cases named by '__id'" in said


# ---- keys that nobody looks at ----


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"id": "a", "answers": {"nose": ["It drips"]}, **STATED}, "'a' has 'right_now' beside 'answers'"),
        ({"id": "a", "answers": {"nose": ["drips"]}, **STATED}, "'a' has 'right_now' beside 'answers'"),
        ({"answers": {"nose": ["drips"]}, "right_now___cannot_breathe": 1}, "Did you mean 'right_now'?"),
        ({"data": {"nose": "It drips"}, "nose": "It bleeds"}, "says two different things under 'nose'"),
        ({"data": {"nose": "It drips"}, "values": {"nose": "It bleeds"}}, "says two different things under 'nose'"),
        ({"g": {"nose": "It drips"}, "g/nose": "It bleeds", "age": 40}, "'g/nose' seems to answer 'nose'"),
        ({"data": [PERSON], **STATED}, "beside it stands 'right_now'"),
        ({"results": [PERSON], "records": [STATED]}, "beside it stands 'records'"),
        ({**PERSON, "items": [STATED]}, "beside it stands 'nose', 'age'"),
        ({**PERSON, "again": [STATED]}, "The column 'again' seems to answer 'right_now'"),
    ],
)
def test_an_answer_at_a_place_where_none_is_read_is_a_fault(
    document: Any, said: str, sneezing: Protocol, tmp_path: Path
) -> None:
    lines, everything = told(sneezing, document, tmp_path)
    assert lines == []
    assert said in everything


def test_the_same_said_at_two_places_is_said_once(sneezing: Protocol, tmp_path: Path) -> None:
    lines, _ = told(sneezing, {"id": 7, "data": {"id": 7, "nose": "It bleeds"}, "nose": "It bleeds"}, tmp_path)
    assert [(line["id"], line["warning_signs"]) for line in lines] == [("7", ["nose=bleeds"])]


def test_other_things_around_records_are_set_aside_and_named(sneezing: Protocol, tmp_path: Path) -> None:
    lines, said = told(sneezing, {"data": [PERSON], "server": "x", "count": 1, "next": None}, tmp_path)
    assert len(lines) == 1
    assert "Set aside, beside the records: 'server'." in said
    assert "one page" not in said


@pytest.mark.parametrize(
    "more",
    [
        {"next": "https://example.org/2"},
        {"previous": "https://example.org/1", "next": None},
        {"count": 300},
        {"@odata.nextLink": "https://example.org/2"},
    ],
)
def test_one_page_of_several_is_told_to_be_one(more: dict[str, Any], sneezing: Protocol, tmp_path: Path) -> None:
    lines, said = told(sneezing, {**more, "results": [PERSON]}, tmp_path)
    assert len(lines) == 1
    assert "This is one page of several: the others are not here." in said


# ---- people of whom no id is said ----


@pytest.mark.parametrize(
    ("name", "text", "ids"),
    [
        ("f.json", '[{"nose": "drips"}, {"nose": "bleeds"}, {"nose": "drips"}]', ["1", "1#2", "1#3"]),
        ("f.json", '[\n{"nose": "drips"}, {"nose": "bleeds"},\n{"nose": "drips"}]', ["2", "2#2", "3"]),
        ("f.json", '[\n{"nose": "drips"},\n{"nose": "bleeds"}]', ["2", "3"]),
        ("f.yaml", "[{nose: drips}, {nose: bleeds}]\n", ["1", "1#2"]),
    ],
)
def test_people_on_one_line_who_say_no_id_go_by_their_numbers(
    name: str, text: str, ids: list[str], sneezing: Protocol, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_text(text)
    lines, _, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert [line["id"] for line in lines] == [f"{name}:{one}" for one in ids]
    assert [line["id"] for line in plain_lines(sneezing, path)] == [f"{name}:{one}" for one in ids]


# ---- forms that are filled in again ----


def test_a_repeated_form_is_a_case_of_its_own_in_a_table(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "redcap.csv"
    path.write_text(
        "record_id,redcap_repeat_instrument,redcap_repeat_instance,right_now___cannot_breathe,right_now___none\n"
        "7,,,0,1\n7,visit,1,1,0\n7,visit,2,0,1\n7,visit,3,2,1\n"
    )
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert [(line["id"], line["urgency"] == "emergency") for line in lines] == [
        ("7", False),
        ("7#visit#1", True),
        ("7#visit#2", False),
    ]
    assert [fault["id"] for fault in faults] == ["7#visit#3"]


def test_a_repeated_form_is_a_case_of_its_own_among_single_values(sneezing: Protocol, tmp_path: Path) -> None:
    said = [(1, "right_now", "none"), (1, "nose", "drips"), (2, "right_now", "cannot_breathe")]
    entries = [
        {"record": "7", "redcap_repeat_instance": at, "field_name": name, "value": value} for at, name, value in said
    ]
    lines, _ = told(sneezing, entries, tmp_path)
    assert [(line["id"], line["warning_signs"]) for line in lines] == [
        ("7#1", []),
        ("7#2", ["right_now=cannot_breathe"]),
    ]


@pytest.mark.parametrize("apart", ["redcap_repeat_instance", "redcap_event_name"])
@pytest.mark.parametrize("ending", ["csv", "json"])
def test_records_whose_rows_answer_different_questions_are_named(
    ending: str, apart: str, sneezing: Protocol, tmp_path: Path
) -> None:
    rows = [
        *({"record_id": f"s{at}", apart: "", "right_now": "cannot_breathe", "age": "adult"} for at in range(8)),
        *({"record_id": f"s{at}", apart: "1", "age": "adult", "nose": "drips", "since": "days"} for at in range(8)),
        {"record_id": "again", apart: "1", "right_now": "none", "age": "adult", "nose": "drips"},
        {"record_id": "again", apart: "2", "right_now": "none", "age": "adult", "since": "days"},
        {"record_id": "less", apart: "1", "right_now": "none", "age": "adult"},
        {"record_id": "less", apart: "2", "age": "adult"},
    ]
    names = ["record_id", apart, "right_now", "age", "nose", "since"]
    table = "".join(
        ",".join(row.get(name, "") for name in names) + "\n" for row in [dict(zip(names, names, strict=True)), *rows]
    )
    (path := tmp_path / f"f.{ending}").write_text(table if ending == "csv" else json.dumps(rows), "utf-8")
    lines, _, notes = scored(sneezing, path, output=tmp_path / "out.ndjson", asked=Asked())
    assert len(lines) == len(rows)
    said = [one for one in notes.said if "answer different questions" in one]
    assert [one.splitlines()[0].partition("alone: ")[2] for one in said] == [
        "'s0', 's1', 's2', 's3', 's4', 's5' and 2 more."
    ]
