"""Bad rows of a batch: each is told as the plain path tells it, and none is lost or scored."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from batch_jobs import WELL, Notes, by_the_plain_path, json_lines, scored
from people import as_written, random_people
from pyarrow import parquet

from triage.answers.files import read_answer_files
from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.documents.problems import DataFault
from triage.engines import build_engine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.answers.reading import SavedCase
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol


def spoilt(person: dict[str, Any], protocol: Protocol, rng: Random) -> dict[str, Any]:
    """Return answers with one or two of all the faults there are."""
    person = dict(person)
    questions = protocol.questionnaire.questions
    for _ in range(rng.randint(1, 2)):
        question = rng.choice(questions)
        multiple = rng.choice([one for one in questions if one.multiple])
        single = rng.choice([one for one in questions if not one.multiple])
        alone = rng.choice([one for one in questions if one.alone])
        code = rng.choice(question.codes)
        kind = rng.randrange(12)
        if kind == 0:
            person[misspelt(question.id, rng)] = person.pop(question.id, [code])
        elif kind == 1:
            person[question.id] = misspelt(code, rng)
        elif kind == 2:
            person[multiple.id] = [multiple.codes[0], misspelt(multiple.codes[1], rng)]
        elif kind == 3:
            person[single.id] = list(single.codes[:2])
        elif kind == 4:
            person[alone.id] = [*rng.sample(sorted(alone.alone), 1), alone.codes[0], alone.codes[1]]
        elif kind == 5:
            person[question.id] = [code, rng.choice(["unknown", "not_applicable"])]
        elif kind == 6:
            person[question.id] = rng.choice([True, False, 0, 1, 17, 2.5, -1e300])
        elif kind == 7:
            person[question.id] = rng.choice([[None], [[code]], [code, 1], [True], {"code": code}, {}, [{}]])
        elif kind == 8:
            person[question.id] = code.upper()
        elif kind == 9:
            person[rng.choice(["", " ", "answers", question.id.upper(), f"{question.id} ", "\u00e9", '"', "\\"])] = code
        elif kind == 10:
            person[question.id] = rng.choice([f" {code}", f"{code};", "", "\u200b" + code, "x" * 500, "\x00", "\ud800"])
        else:
            person[question.id] = [code, ""]
    return person


def misspelt(word: str, rng: Random) -> str:
    at = rng.randrange(len(word))
    return rng.choice([word[:at] + word[at + 1 :], word[:at] + "q" + word[at:], word[:at] + "_" + word[at + 1 :]])


def test_faults_are_those_of_the_plain_path_and_good_rows_stand_beside_them(
    protocol: Protocol, cases: list[Case], tmp_path: Path
) -> None:
    rng = Random(21)
    people = [as_written(one) for one in random_people(protocol, cases, 1_200, seed=22)]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    rows = [
        {"id": f"p{number}", "answers": spoilt(person, protocol, rng) if number % 2 else person}
        for number, person in enumerate(people)
    ]
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=rng.random() < 0.9) + "\n" for row in rows), "utf-8", "replace"
    )
    lines, faults, notes = scored(protocol, path, output=output)
    expected_lines, expected = by_the_plain_path(protocol, path)
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault["line"], []).append(fault["message"])
    assert found == expected
    assert len(expected) > 500
    assert lines == expected_lines
    assert len(lines) + len(found) == len(rows)
    assert notes.said[-1] == f"... and {len(faults) - 20:,} more, all in {tmp_path / 'out.errors.ndjson'}."


def test_a_fault_names_question_found_and_nearest(sneezing: Protocol, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "answers": {**WELL, "nosee": ["drips"]}},
        {"id": "b", "answers": {**WELL, "nose": ["drips", "bleed"]}},
        {"answers": {**WELL, "since": ["hours", "days"]}},
        {"id": 7, "answers": {**WELL, "age": 40}},
    ]
    path = tmp_path / "f.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"id": \n', "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert lines == []
    assert [{key: one[key] for key in ("line", "id", "question", "found", "nearest")} for one in faults] == [
        {"line": 1, "id": "a", "question": "nosee", "found": "nosee", "nearest": "nose"},
        {"line": 2, "id": "b", "question": "nose", "found": "bleed", "nearest": "bleeds"},
        {"line": 3, "id": "f.ndjson:3", "question": "since", "found": ["hours", "days"], "nearest": None},
        {"line": 4, "id": "7", "question": "age", "found": 40, "nearest": None},
        {"line": 5, "id": None, "question": None, "found": None, "nearest": None},
    ]
    assert {one["file"] for one in faults} == {str(path)}
    assert faults[1]["message"] == "'b' answers 'nose' with 'bleed', which is no choice of it. Did you mean 'bleeds'?"


SHAPES = {
    "a key twice": b'{"id": "a", "answers": {"nose": "drips", "nose": "bleeds"}}',
    "a key twice far apart": b'{"id": "a", "answers": {"nose": "drips", "age": "adult", "nose": null}}',
    "an id twice": b'{"id": "a", "id": "b", "answers": {"nose": "drips"}}',
    "answers twice": b'{"answers": {"nose": "drips"}, "answers": {}}',
    "not UTF-8": b'{"id": "caf\xe9", "answers": {"nose": "drips"}}',
    "not UTF-8 in a note": b'{"id": "a", "note": "\xff", "answers": {"nose": "drips"}}',
    "a list": b'[{"answers": {"nose": "drips"}}]',
    "a text": b'"drips"',
    "half a line": b'{"id": "a", "answers": {"nose": "drips"',
    "a bracket too many": b'{"id": "a", "answers": {"nose": "drips"}}}',
    "a bracket too few": b'{"id": "a", "answers": {"nose": "drips"}',
    "two objects": b'{"answers": {"nose": "drips"}} {"answers": {"nose": "drips"}}',
    "a comma at the end": b'{"answers": {"nose": "drips",}}',
    "single quotes": b"{'answers': {'nose': 'drips'}}",
    "no answers": b'{"id": "a"}',
    "answers that are a list": b'{"id": "a", "answers": ["drips"]}',
    "answers that are a text": b'{"id": "a", "answers": "drips"}',
    "answers inside answers": b'{"answers": {"answers": {"nose": "drips"}}}',
    "a misspelt key of all answers": b'{"id": "a", "anwers": {"nose": "drips"}}',
    "a number of five thousand digits": b'{"answers": {"nose": ' + b"1" * 5_000 + b"}}",
    "an id among the answers": b'{"answers": {"id": "a", "nose": "drips"}}',
    "a question beside the answers": b'{"nose": "bleeds", "answers": {"age": "adult"}}',
    "answers beside the answers": b'{"id": "a", "Answers": {"nose": "bleeds"}, "answers": {"age": "adult"}}',
    "a misspelt question beside the answers": b'{"id": "a", "brought_on": ["pepper"], "answers": {"nose": "drips"}}',
    "a question in other letters beside the answers": b'{"brought on-By": ["dust"], "answers": {"nose": "drips"}}',
    "a question that is hardly misspelt": b'{"id": "a", "Noses": ["runs"], "answers": {"age": "adult"}}',
    "a word like a question with a choice of it": b'{"id": "a", "note": "drips", "answers": {"age": "adult"}}',
    "misspelt answers beside the answers": b'{"id": "a", "anwers": {"nose": "bleeds"}, "answers": {"age": "adult"}}',
    "a misspelt questionnaire": b'{"questionaire": "coughing", "answers": {"nose": "drips"}}',
    "an ID in capitals": b'{"ID": "a", "answers": {"nose": "drips"}}',
    "a misspelt time": b'{"answered_a": "2026-01-02", "answers": {"nose": "drips"}}',
    "a result": b'{"id": "a", "outcome": "benign", "urgency": "self_care"}',
    "a misspelt question beside bare answers": b'{"id": "a", "nosee": "drips", "age": "adult"}',
    "an id that is true": b'{"id": true, "answers": {"nose": "drips"}}',
    "an id that is a list": b'{"id": ["a"], "answers": {"nose": "drips"}}',
    "another questionnaire": b'{"questionnaire": "coughing", "answers": {"nose": "drips"}}',
    "a time that is true": b'{"answered_at": true, "answers": {"nose": "drips"}}',
    "a version with a bell": b'{"protocol": "1\\u0007", "answers": {"nose": "drips"}}',
    "a bell that is not escaped": b'{"id": "a\x07", "answers": {"nose": "drips"}}',
    "not a number": b'{"answers": {"nose": NaN}}',
    "only a number": b"17",
    "a misspelt code behind an escape": b'{"answers": {"nose": "dr\\u0069p"}}',
    "a key twice inside a value": b'{"id": "a", "note": {"x": 1, "x": 2}, "answers": {"nose": "drips"}}',
    "wrong answers and no id": b'{"answers": {"nose": "drip", "age": "adlt", "since": ["days"]}}',
    "wrong answers and an empty id": b'{"id": "", "answers": {"nose": "drip"}}',
    "wrong answers and a number as id": b'{"id": 7, "answers": {"nose": "drip"}}',
    "wrong answers and an id with letters": '{"id": "Zo\u00eb", "answers": {"nose": "drip"}}'.encode(),
    "wrong answers and an escaped id": b'{"id": "say \\"x\\"", "answers": {"nose": "drip"}}',
    "wrong answers and an id that is true": b'{"id": true, "answers": {"nose": "drip"}}',
    "wrong answers of another questionnaire": b'{"questionnaire": "coughing", "answers": {"nose": "drip"}}',
    "wrong answers and one beside them": b'{"id": "a", "answers": {"nose": "drip"}, "age": "adult"}',
    "wrong answers and a misspelt question": b'{"id": "a", "answers": {"nose": "drip", "agee": "adult"}}',
    "wrong answers twice": b'{"id": "a", "answers": {"nose": "drip", "nose": "bleed"}}',
    "wrong answers, bare": b'{"id": "a", "nose": "drip", "age": ["adult", "baby"]}',
    "many brackets": b'{"answers": {"nose": ' + b"[" * 5_000 + b"]" * 5_000 + b"}}",
}
GOOD_SHAPES = {
    "a fraction as id": b'{"id": 1.50, "answers": {"nose": "drips"}}',
    "a power of ten as id": b'{"id": 1e3, "answers": {"nose": "drips"}}',
    "a longer power of ten as id": b'{"id": 1E+0003, "answers": {"nose": "drips"}}',
    "a number of five thousand digits as id": b'{"id": ' + b"1" * 5_000 + b', "answers": {"nose": "drips"}}',
    "a very long number as id": b'{"id": 123456789012345678901234567890, "answers": {"nose": "drips"}}',
    "a code behind an escape": b'{"id": "a", "answers": {"nose": "dr\\u0069ps"}}',
    "an id with a quotation mark": b'{"id": "say \\"x\\": y", "answers": {"nose": "drips"}}',
    "an id with letters": '{"id": "Zoë 中 😀", "answers": {"nose": "drips"}}'.encode(),
    "an escaped id": b'{"id": "Zo\\u00eb", "answers": {"nose": "drips"}}',
    "an id with a backslash": b'{"id": "a\\\\", "answers": {"nose": "drips"}}',
    "no id": b'{"answers": {"nose": "drips"}}',
    "an empty id": b'{"id": "", "answers": {"nose": "drips"}}',
    "null as id": b'{"id": null, "answers": {"nose": "drips"}}',
    "a number as id": b'{"id": -17, "answers": {"nose": "drips"}}',
    "minus nothing as id": b'{"id": -0, "answers": {"nose": "drips"}}',
    "spaces everywhere": b'  { "id" : "a" , "answers" : { "nose" : [ "drips" , "bleeds" ] } }  ',
    "tabs": b'{\t"id":\t"a",\t"answers":\t{\t"nose":\t["drips"]\t}\t}\t',
    "empty answers": b'{"id": "a", "answers": {}}',
    "nothing said in many ways": b'{"answers": {"nose": null, "age": "", "since": [], "right_now": ["unknown"]}}',
    "a note with a colon": b'{"note": "he said: \\"nose\\": \\"bleeds\\"", "answers": {"nose": "drips"}}',
    "other keys": b'{"clinic": {"name": "x", "nose": 1}, "n": [1, {"a": 2}], "answers": {"nose": "drips"}, "z": true}',
    "a time": b'{"answered_at": "2026-01-02T03:04:05+01:00", "answers": {"nose": "drips"}}',
    "a version": b'{"protocol": 1.0, "answered_at": 20260102, "answers": {"nose": "drips"}}',
    "the order turned round": b'{"answers": {"since": "days", "nose": "drips"}, "id": "a"}',
    "words like keys that are none": b'{"note": "a", "page": 3, "answered_by": "b", "answers": {"nose": "drips"}}',
    "a misspelt key that says nothing": b'{"questionaire": "", "Nosee": [], "answers": {"nose": "drips"}}',
    "bare": b'{"id": "a", "nose": "drips"}',
    "bare and only empty": b'{"nose": null}',
}


@pytest.mark.parametrize("shape", [*SHAPES, *GOOD_SHAPES])
def test_a_line_of_any_shape_is_read_as_the_plain_path_reads_it(shape: str, sneezing: Protocol, tmp_path: Path) -> None:
    """Between other lines, so that it can neither hide among them nor spoil them."""
    raw = {**SHAPES, **GOOD_SHAPES}[shape]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    well = [json.dumps({"id": f"w{number}", "answers": WELL}).encode() for number in range(6)]
    path.write_bytes(b"\n".join([*well[:3], raw, *well[3:], raw]) + b"\n")
    lines, faults, _ = scored(sneezing, path, output=output)
    expected_lines, expected = by_the_plain_path(sneezing, path)
    assert lines == expected_lines
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault["line"], []).append(fault["message"])
    assert found == expected
    assert sorted(found) == ([4, 8] if shape in SHAPES else [])


def test_a_key_that_becomes_like_an_answer_late_is_noticed_all_the_same(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    notes = [*(f"seen by {number}" for number in range(200)), *["drips", "bleeds"] * 50]
    path.write_text("".join(json.dumps({"note": note, "answers": WELL}) + "\n" for note in notes), "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert (len(lines), len(faults)) == (200, 100)


FAULTY = {
    "f.ndjson": '{"answers": {"nose": "drop", "age": 7}}\n{"id": "b", "answers": {"nosee": "drips"}}\n'
    '{"id": \n[]\n{"nose": []}\n',
    "f.json": '[\n{"id": "a", "answers":\n{"nose": ["drips", "bleed"]}},\n'
    '{"id": [1.5], "nose": "drips", "since": ["hours", "days"]},\n{"nose": []}]',
    "one.json": '{"answers": {"nose": "drop"}}',
    "f.yaml": "# mine\n- id: a\n  answers: {nose: drop}\n- answers: {nosee: drips}\n- {nose: unknown}\n",
    "f.csv": "id,nose,since\na,drop,\n,drips,hours;days\nb,\n,,days\n",
}


@pytest.mark.parametrize("name", FAULTY)
def test_engines_of_choice_write_the_same_errors_file_as_batches(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FAULTY[name], "utf-8")
    _, expected, _ = scored(sneezing, tmp_path / name, output=tmp_path / "out.ndjson")
    _, found, _ = scored(
        sneezing, tmp_path / name, output=tmp_path / "plain.ndjson", engine=build_engine("plain", sneezing)
    )
    assert found == expected
    assert any(fault["question"] and fault["found"] and fault["nearest"] for fault in found)


MANY = 1_000
EVERYWHERE = {
    "f.csv": "id,nose,clinic\n" + "".join(f"p{number},drips,north\n" for number in range(MANY)),
    "f.ndjson": "".join(f'{{"id": {number}, "nose": "drips", "clinic": {number}}}\n' for number in range(MANY)),
    "beside.ndjson": '{"clinic": 1, "nosee": ["drips"], "answers": {"age": "adult"}}\n' * MANY,
    "broken.ndjson": '{"id": \n' * MANY,
    "wrong.ndjson": "".join(f'{{"nose": "drip{number}"}}\n' for number in range(MANY)),
    "f.parquet": None,
}


@pytest.mark.parametrize("way", ["printed", "into a file", "into a folder"])
@pytest.mark.parametrize("name", EVERYWHERE)
def test_what_is_wrong_everywhere_is_told_once_or_some_times_and_counted(
    name: str, way: str, sneezing: Protocol, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, text = tmp_path / name, EVERYWHERE[name]
    if text is None:
        columns = {"id": list(range(MANY)), "nose": ["drips"] * MANY, "clinic": ["north"] * MANY}
        parquet.write_table(pa.table(columns), path)
    else:
        path.write_text(text, "utf-8")
    output = {"printed": None, "into a file": tmp_path / "out.ndjson", "into a folder": tmp_path / "out"}[way]
    notes = Notes()
    with suppress(DataFault):
        run(Job([path], output=output, new_folder=way == "into a folder"), sneezing, notes)
    where = {
        "printed": "which --errors FILE would write down",
        "into a file": f"all in {tmp_path / 'out.errors.ndjson'}",
        "into a folder": "all in the .errors.ndjson files beside the results",
    }[way]
    column = {"beside.ndjson": "nosee", "broken.ndjson": None, "wrong.ndjson": None}.get(name, "clinic")
    if column:
        assert notes.said[1:] == [
            f"{path}  The same is wrong with {column!r} in {MANY - 1:,} more rows.",
            f"... and {MANY - 1:,} more, {where}.",
        ]
    else:
        assert len(notes.said) == 21
        assert notes.said[-1] == f"... and {MANY - 20:,} more, {where}."
    assert capsys.readouterr().out == ""
    assert sum(len(json_lines(one)) for one in tmp_path.rglob("*.errors.ndjson")) == (0 if output is None else MANY)


def test_small_files_that_are_printed_flood_nobody_either(
    sneezing: Protocol, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, notes = tmp_path / "f.csv", Notes()
    path.write_text("id,nose,clinic,age\n" + "a,drips,north,adlt\n" * 30 + "b,drips,,adult\n", "utf-8")
    summary = run(Job([path]), sneezing, notes)
    assert (summary.scored, summary.bad_rows) == (1, 30)
    assert notes.said[0].startswith(f"{path}:2  'a' answers 'clinic', which no question asks.")
    assert len([one for one in notes.said if "'adlt'" in one]) == 19
    assert notes.said[-2:] == [
        f"{path}  The same is wrong with 'clinic' in 29 more rows.",
        "... and 40 more, which --errors FILE would write down.",
    ]
    assert capsys.readouterr().out.count("\n") == 1


def test_files_that_cannot_be_read_are_told_some_times_and_counted(sneezing: Protocol, tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}.json").write_text("{", "utf-8")
    for output in (None, tmp_path / "out"):
        notes = Notes()
        summary = run(Job([tmp_path / "*.json"], output=output, new_folder=output is not None), sneezing, notes)
        assert summary.faulty == 50
        assert len(notes.said) == 21


DOCUMENTS = {
    "f.json": '\ufeff{"id": "a",\n "answers":\n {"nosee": "drips",\n\t"nose": ["drips", "bleed"]},\n "age": "adult"}',
    "list.json": '[{"answers": {"nose": "drop"}}, {"id": "b", "note": "\u2028",\n "nose": ["drips", "drop"]}, 17,\n'
    ' {"answers": [1]}]',
    "line.json": '{"id": "a", "answers": {"nose": ["drop"], "agee": "adult"}}\n',
    "allman.json": '{"id": "a", "answers":\n{\n"nose": "drop"\n}\n}\n',
    "twice.json": '\n {"nose": "drips",\n "nose": "bleeds"}',
    "broken.json": '{"id": "a",\n "answers": {"nose" "drips"}}',
    "f.yaml": "id: a\nanswers:\n  nose:\n    - drips\n    - drop\n  agee: adult\n",
    "list.yaml": "- id: a\n  answers: {nose: drop}\n-\n  answers:\n    nosee: drips\n    age:\n    - adlt\n",
    "broken.yaml": "id: a\nanswers: {nose: drips\n",
}


@pytest.mark.parametrize("way", ["into a file", "packed", "standard input"])
@pytest.mark.parametrize("name", DOCUMENTS)
def test_what_is_wrong_in_a_document_has_the_same_place_whichever_way_it_is_read(
    name: str, way: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / name
    path.write_text(DOCUMENTS[name], "utf-8", newline="")
    expected = places(problem for one in read_answer_files([path], sneezing.questionnaire) for problem in said(one))
    if way == "packed":
        path = tmp_path / f"{name}.gz"
        path.write_bytes(gzip.compress(DOCUMENTS[name].encode()))
    if way == "standard input":
        monkeypatch.setattr(sys, "stdin", path.open(encoding="utf-8"))
        path = Path("-")
    _, _, notes = scored(sneezing, path, output=tmp_path / "out.ndjson")
    found = places(line for line in notes.said if not line.startswith(str(tmp_path / "out.ndjson")))
    assert found == expected
    assert all(len(place) == 2 for place in found)


def said(found: SavedCase | DataFault) -> list[str]:
    return [str(problem) for problem in found.problems] if isinstance(found, DataFault) else []


def places(problems: Iterable[str]) -> list[list[str]]:
    """Return line and column of each."""
    return [re.findall(r":(\d+)", problem.split("  ")[0].removeprefix("C:")) for problem in problems]


def test_the_errors_file_has_the_line_of_each_fault_of_a_document(sneezing: Protocol, tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text(DOCUMENTS["f.json"], "utf-8")
    _, faults, _ = scored(sneezing, tmp_path / "f.json", output=tmp_path / "out.ndjson")
    assert [fault["line"] for fault in faults] == [3, 4, 5]


def test_every_row_is_in_exactly_one_of_the_two_outputs(protocol: Protocol, cases: list[Case], tmp_path: Path) -> None:
    """A hundred thousand rows, five thousand of them with faults of all kinds."""
    rng = Random(23)
    good = [json.dumps(as_written(one)) for one in random_people(protocol, cases, 1_500, seed=24)]
    bad = [json.dumps(spoilt(as_written(one), protocol, rng)) for one in random_people(protocol, cases, 900, seed=25)]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    spoiled: set[int] = set()
    with path.open("wb") as file:
        for number in range(100_000):
            if number % 20 == rng.randrange(20):
                answers = rng.choice(bad)
                line = b'{"id": "p%d", "answers": %s}' % (number, answers.encode())
                if rng.random() < 0.2:
                    raw = rng.choice(list(SHAPES.values())).replace(b"nose", b"family").replace(b"age", b"course")
                    line = line[: rng.randrange(2, len(line) - 1)] if rng.random() < 0.5 else raw
            else:
                line = b'{"id": "p%d", "answers": %s}' % (number, rng.choice(good).encode())
                spoiled.discard(number)
                file.write(line + b"\n")
                continue
            spoiled.add(number)
            file.write(line + b"\n")
    lines, faults, notes = scored(protocol, path, output=output)
    names = Counter(line["id"] for line in lines)
    places = {fault["line"] - 1 for fault in faults}
    untouched = set(range(100_000)) - spoiled
    assert len(lines) + len(places) == notes.rows == 100_000
    assert {f"p{number}" for number in untouched} <= names.keys()
    assert max(names.values()) == 1
    assert not places & untouched
    # A spoilt row may still be a good one, as where only an empty answer changed.
    assert 4_000 < len(places) <= len(spoiled) < 6_000
