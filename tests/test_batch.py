"""Batches say what the plain engine says, lose no row, and leave no half-written file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import stat
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from people import as_written, near_case_person, uniform_person
from pyarrow import parquet

import triage
from triage.answer_files import read_answer_files
from triage.answer_reading import read_case
from triage.answers import settle
from triage.batch.bit_engine import BitEngine
from triage.batch.bit_layout import BitLayout
from triage.batch.faults import ExactReader, RowPlace
from triage.batch.job import run
from triage.batch.job_options import Job, JobRefused
from triage.batch.number_table import NumberTable
from triage.batch.row_texts import table_cell
from triage.batch.sinks import TextFile
from triage.command_line import main
from triage.decision import decide
from triage.documents import Document
from triage.engines import EngineUnavailable, build_engine
from triage.problems import DataFault
from triage.protocol_reading import read_protocol
from triage.score_line import FIELDS, score_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.answers import Given
    from triage.catalogue import Case
    from triage.engines import Engine
    from triage.problems import Problem
    from triage.protocol import Protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"
PEOPLE = 10_000
FOR_DURABLE_RULES = 200
IN_THE_LONG_RUN = 100_000
WELL = {"right_now": ["none"], "age": "adult", "since": "hours", "nose": ["nothing_else"], "brought_on_by": ["pepper"]}


class Notes:
    """Notes down what a job says."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.size = self.done = self.rows = 0

    def say(self, text: str) -> None:
        self.said.append(text)

    def expect(self, size: int) -> None:
        self.size = size

    def advance(self, size: int, rows: int) -> None:
        self.done += size
        self.rows += rows


@pytest.fixture(scope="module")
def sneezing() -> Protocol:
    return read_protocol(SNEEZING)


@pytest.fixture(scope="module")
def bit_engine(protocol: Protocol) -> BitEngine:
    return BitEngine(protocol)


def scored(protocol: Protocol, *paths: Path, output: Path, **options: Any) -> tuple[list[Any], list[Any], Notes]:
    """Score files into a file; return its lines, those of the errors file, and what was said."""
    notes = Notes()
    errors = output.with_name(f"{output.stem}.errors.ndjson")
    try:
        run(Job(paths, output=output, **options), protocol, notes)
    except DataFault as fault:
        notes.said += [str(problem) for problem in fault.problems]
    return json_lines(output), json_lines(errors), notes


def json_lines(path: Path) -> list[Any]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def plain_line(protocol: Protocol, engine: Engine, case_id: str, given: Given) -> dict[str, Any]:
    answers = settle(protocol.questionnaire, given)
    return score_line(protocol, case_id, answers, decide(protocol, engine.judge(answers)))


def plain_lines(protocol: Protocol, *paths: Path) -> list[dict[str, Any]]:
    """Return the results of the good cases of some files by the plain engine."""
    engine = build_engine("plain", protocol)
    return [
        score_line(protocol, case.id, case.answers, decide(protocol, engine.judge(case.answers)))
        for case in read_answer_files(paths, protocol.questionnaire)
        if not isinstance(case, DataFault)
    ]


def random_people(protocol: Protocol, cases: Sequence[Case], number: int, seed: int) -> Iterator[Given]:
    """Yield people of both kinds in turn."""
    rng = Random(seed)
    for _ in range(number // 2):
        yield uniform_person(protocol, rng)
        yield near_case_person(protocol, cases, rng)


def in_some_form(given: Given, rng: Random) -> dict[str, Any]:
    """Return answers as one of the many ways in which they may be written says them."""
    written: dict[str, Any] = as_written(given)
    for name, value in list(written.items()):
        draw = rng.random()
        if isinstance(value, list) and len(value) == 1 and draw < 0.3:
            written[name] = value[0]
        elif isinstance(value, str) and draw < 0.3:
            written[name] = [value]
        elif isinstance(value, list) and draw < 0.05:
            written[name] = [*value, value[0]]
    for name in ("family", "frequency"):
        if name not in written and rng.random() < 0.5:
            written[name] = rng.choice([None, "", []])
    names = list(written)
    if rng.random() < 0.1:
        rng.shuffle(names)
    return {name: written[name] for name in names}


# ---- the same answers as the plain engine ----


def test_batch_and_plain_engine_agree_line_by_line(
    protocol: Protocol, cases: list[Case], engines: list[Engine], tmp_path: Path
) -> None:
    people = list(random_people(protocol, cases, PEOPLE, seed=11))
    assert_same_lines(protocol, people, engines[0], tmp_path)


@pytest.mark.long
def test_batch_and_plain_engine_agree_on_a_great_many_people(
    protocol: Protocol, cases: list[Case], engines: list[Engine], tmp_path: Path
) -> None:
    people = list(random_people(protocol, cases, IN_THE_LONG_RUN, seed=12))
    assert_same_lines(protocol, people, engines[0], tmp_path)


def assert_same_lines(protocol: Protocol, people: Sequence[Given], engine: Engine, folder: Path) -> None:
    rng = Random(13)
    path, output = folder / "people.ndjson", folder / "out.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number, given in enumerate(people):
            case = {"id": f"p{number}", "answers": in_some_form(given, rng)}
            file.write(json.dumps(case, separators=rng.choice([(", ", ": "), (",", ":")])) + "\n")
    found, faults, _ = scored(protocol, path, output=output)
    assert faults == []
    written = output.read_text(encoding="utf-8").splitlines()
    assert len(found) == len(people)
    for number, given in enumerate(people):
        expected = json.dumps(plain_line(protocol, engine, f"p{number}", given), ensure_ascii=False)
        if written[number] != expected:
            assert (as_written(given), found[number]) == (as_written(given), json.loads(expected))


def test_batch_and_durable_rules_agree(protocol: Protocol, cases: list[Case], tmp_path: Path) -> None:
    try:
        engine = build_engine("durable", protocol)
    except EngineUnavailable as reason:
        pytest.skip(str(reason))
    assert_same_lines(protocol, list(random_people(protocol, cases, FOR_DURABLE_RULES, 14)), engine, tmp_path)


def test_every_rule_and_finding_is_true_false_or_neither_as_the_plain_engine_says(
    protocol: Protocol, cases: list[Case], engines: list[Engine], bit_engine: BitEngine
) -> None:
    people = list(random_people(protocol, cases, 1_500, seed=15))
    truths = bit_engine.truths(bit_engine.layout.as_words(map(bit_engine.layout.number_of, people)))
    seen: dict[str, set[bool | None]] = {}
    for at, given in enumerate(people):
        verdicts = engines[0].judge(settle(protocol.questionnaire, given))
        for name, expected in {**verdicts.rules, **verdicts.findings}.items():
            true, false = (bool(values[at]) for values in truths[name])
            assert not (true and false)
            assert (True if true else False if false else None) is expected, (name, as_written(given))
            seen.setdefault(name, set()).add(expected)
    assert [name for name, values in seen.items() if not values >= {True, False}] == []


def test_the_second_protocol_agrees_in_every_single_answer(sneezing: Protocol, tmp_path: Path) -> None:
    """And with an answer left out, unknown, not applicable, and to a question that does not apply."""
    people = [
        {**WELL, question.id: said}
        for question in sneezing.questionnaire.questions
        for said in (*([code] for code in question.codes), "unknown", "not_applicable", None)
    ]
    path = tmp_path / "f.ndjson"
    path.write_text("".join(json.dumps({"id": f"{n}", **one}) + "\n" for n, one in enumerate(people)), "utf-8")
    found, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert faults == []
    assert found == plain_lines(sneezing, path)


def test_counts_are_those_of_the_lines(protocol: Protocol, cases: list[Case], tmp_path: Path) -> None:
    people = list(random_people(protocol, cases, 600, seed=16))
    path = tmp_path / "f.ndjson"
    path.write_text("".join(json.dumps({"answers": as_written(one)}) + "\n" for one in people), "utf-8")
    summary = run(Job([path], output=tmp_path / "out.ndjson"), protocol, Notes())
    lines = json_lines(tmp_path / "out.ndjson")
    assert summary.scored == len(lines) == 600
    assert +summary.urgency == Counter(line["urgency"] for line in lines)
    assert +summary.at_worst == Counter(line["at_worst"] for line in lines)
    for field in ("types", "rules", "could_not_rule_out"):
        assert +getattr(summary, field) == Counter(code for line in lines for code in line[field])


# ---- every kind of file says the same ----


def as_table(people: Sequence[dict[str, Any]], questions: Sequence[str], delimiter: str, *, quoted: bool) -> str:
    rows = [["id", *questions]]
    for number, person in enumerate(people):
        said = [person.get(name, "") for name in questions]
        rows.append([f"p{number}", *(";".join(one) if isinstance(one, list) else one for one in said)])
    sign = '"' if quoted else ""
    return "".join(delimiter.join(f"{sign}{cell}{sign}" for cell in row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def few_people(protocol: Protocol, cases: list[Case]) -> list[dict[str, Any]]:
    return [as_written(one) for one in random_people(protocol, cases, 300, seed=17)]


@pytest.fixture(scope="module")
def expected_lines(
    protocol: Protocol, few_people: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> str:
    folder = tmp_path_factory.mktemp("expected")
    path = folder / "f.ndjson"
    cases = [{"id": f"p{number}", "answers": person} for number, person in enumerate(few_people)]
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    engine = build_engine("plain", protocol)
    found = [case for case in read_answer_files([path], protocol.questionnaire) if not isinstance(case, DataFault)]
    lines = [
        score_line(protocol, case.id, case.answers, decide(protocol, engine.judge(case.answers))) for case in found
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def in_form(form: str, protocol: Protocol, people: Sequence[dict[str, Any]], folder: Path) -> Path:
    """Write people as a file of some form."""
    questions = list(protocol.questionnaire.by_id)
    cases = [{"id": f"p{number}", "answers": person} for number, person in enumerate(people)]
    bare = [{"id": f"p{number}", **person} for number, person in enumerate(people)]
    spaced = "".join(json.dumps(case) + "\n" for case in cases)
    texts = {
        "f.ndjson": spaced,
        "compact.jsonl": "".join(json.dumps(case, separators=(",", ":")) + "\n" for case in cases),
        "bare.ndjson": "".join(json.dumps(case) + "\n" for case in bare),
        "mixed.ndjson": "".join(json.dumps(both[n % 2]) + "\n" for n, both in enumerate(zip(cases, bare, strict=True))),
        "windows.ndjson": "\ufeff" + spaced.replace("\n", "\r\n\r\n"),
        "no_end.ndjson": spaced.rstrip("\n"),
        "odd.ndjson": spaced.replace('": ', '" :  ').replace(", ", " ,"),
        "last.ndjson": "".join(
            json.dumps({"answers": c["answers"], "x": {"y": 1}, "id": c["id"]}) + "\n" for c in cases
        ),
        "list.json": json.dumps(cases),
        "pretty.json": json.dumps(cases, indent=2),
        "f.yaml": json.dumps(cases[:40]),
        "f.csv": as_table(people, questions, ",", quoted=False),
        "quoted.csv": "\ufeff" + as_table(people, questions, ",", quoted=True).replace("\n", "\r\n"),
        "f.tsv": as_table(people, questions, "\t", quoted=False),
    }
    path = folder / form
    if form in texts:
        path.write_bytes(texts[form].encode())
    elif form.endswith(".gz"):
        with gzip.open(path, "wb") as file:
            file.write(texts[form.removesuffix(".gz")].encode())
    elif form.endswith(".zst"):
        zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
        path.write_bytes(zstd.compress(texts[form.removesuffix(".zst")].encode()))
    elif form == "many":
        path.mkdir()
        for number, case in enumerate(cases):
            (path / f"{number:04}.json").write_text(json.dumps(case, indent=1), "utf-8")
    else:
        write_parquet(protocol, people, path, lists=form == "lists.parquet")
    return path


def write_parquet(protocol: Protocol, people: Sequence[dict[str, Any]], path: Path, *, lists: bool) -> None:
    questions = protocol.questionnaire.questions
    with duckdb.connect() as database:
        columns = ["id VARCHAR", *(f"{one.id} VARCHAR{'[]' if lists and one.multiple else ''}" for one in questions)]
        database.execute(f"CREATE TABLE people ({', '.join(columns)})")
        for number, person in enumerate(people):
            row: list[Any] = [f"p{number}"]
            for question in questions:
                said = person.get(question.id)
                listed = said if isinstance(said, list) else [said] if said is not None else None
                row.append(listed if lists and question.multiple else ";".join(listed) if listed else None)
            database.execute(f"INSERT INTO people VALUES ({', '.join('?' * len(row))})", row)
        database.execute(f"COPY people TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize(
    "form",
    [
        "f.ndjson", "compact.jsonl", "bare.ndjson", "mixed.ndjson", "windows.ndjson", "no_end.ndjson", "odd.ndjson",
        "last.ndjson", "list.json", "pretty.json", "f.yaml", "f.csv", "quoted.csv", "f.tsv", "texts.parquet",
        "lists.parquet", "f.ndjson.gz", "f.csv.gz", "pretty.json.gz", "f.ndjson.zst", "many",
    ],
)  # fmt: skip
def test_every_kind_of_file_gives_the_same_lines(
    form: str, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    path = in_form(form, protocol, few_people, tmp_path)
    output = tmp_path / "out.ndjson"
    notes = Notes()
    run(Job([path], output=output), protocol, notes)
    expected = expected_lines.splitlines()[: 40 if form == "f.yaml" else None]
    assert notes.said == []
    assert output.read_text("utf-8").splitlines() == expected
    assert notes.rows == len(expected)
    if form.endswith((".ndjson", ".csv", ".tsv", ".gz")):
        assert abs(notes.done - notes.size) <= 500


@pytest.mark.parametrize(("threads", "block"), [(2, 2_000), (1, 9_000), (3, 9_000), (2, 1 << 21)])
def test_neither_blocks_nor_threads_show_in_the_output(
    threads: int, block: int, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("triage.batch.block_reading._BLOCK", block)
    monkeypatch.setattr("triage.batch.tasks._TEXT_AT_ONCE", 2 * block)
    for form in ("f.ndjson", "quoted.csv", "pretty.json"):
        path = in_form(form, protocol, few_people, tmp_path)
        output = tmp_path / "out.ndjson"
        run(Job([path], output=output, threads=threads), protocol, Notes())
        assert output.read_text("utf-8") == expected_lines


@pytest.mark.parametrize("form", ["f.ndjson", "pretty.json", "f.csv", "f.yaml", "f.ndjson.gz", "f.ndjson.zst"])
def test_standard_input_is_known_by_its_beginning(
    form: str, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    done = from_standard_input(in_form(form, protocol, few_people, tmp_path).read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().splitlines() == expected_lines.splitlines()[: 40 if form == "f.yaml" else None]


def from_standard_input(text: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    line = [sys.executable, "-m", "triage", "score", "-", *options]
    return subprocess.run(line, input=text, capture_output=True, env=environment(), timeout=60, check=False)


BEGINNINGS = {
    "a comment": "# mine\nid: a\nanswers:\n  nose: drips\n",
    "three dashes": "---\nid: a\nnose: [drips]\n",
    "an answer": "nose: drips\nid: a\n",
    "a list": "- id: a\n  answers: {nose: drips}\n",
    "a quoted key": '"nose": drips\n"id": a\n',
    "a table of one column": "nose\ndrips\n",
    "a packed table": gzip.compress(b"id,nose\na,drips\n"),
    "a packed document": gzip.compress(b'[\n{"id": "a",\n"nose": "drips"}]'),
}


def put_into_standard_input(text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(text if isinstance(text, bytes) else text.encode()))
    monkeypatch.setattr(sys, "stdin", stream)


@pytest.mark.parametrize("begins", BEGINNINGS)
def test_every_kind_of_standard_input_is_read(
    begins: str, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_into_standard_input(BEGINNINGS[begins], monkeypatch)
    lines, faults, _ = scored(sneezing, Path("-"), output=tmp_path / "out.ndjson", fields=["id"])
    assert faults == []
    assert lines == [{"id": "standard input:2" if begins == "a table of one column" else "a"}]


def test_standard_input_that_cannot_be_read_is_said(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parquet.write_table(pa.table({"id": ["a"]}), tmp_path / "f.parquet")
    table = (tmp_path / "f.parquet").read_bytes()
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    packed = {"gz": gzip.compress(b"x" * 9_000), "zst": zstd.compress(b"x" * 9_000)}
    for text, message in {
        table: "This is Parquet, which cannot be read from standard input.\n    Name the file instead of -.",
        packed["gz"][:-9]: "This file cannot be read: Compressed file ended before",
        packed["gz"][:10] + b"\xff" * 20: "This file cannot be read: Error -3 while decompressing",
        packed["zst"][:-3]: "This file cannot be read: Compressed file ended before",
        packed["zst"][:4] + b"x" * 20: "This file cannot be read: Unable to decompress",
    }.items():
        put_into_standard_input(text, monkeypatch)
        lines, _, notes = scored(sneezing, Path("-"), output=tmp_path / "out.ndjson")
        assert lines == []
        assert notes.said[0].startswith(f"standard input  {message}")


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(triage.__file__).parents[1])}


def test_what_was_learnt_may_be_forgotten_on_the_way(
    protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Memory stays bounded because pieces and combinations are forgotten when there are too many."""
    monkeypatch.setattr("triage.batch.block_reading._BLOCK", 9_000)
    monkeypatch.setattr("triage.batch.tasks._TEXT_AT_ONCE", 20_000)
    monkeypatch.setattr("triage.batch.line_vocabulary._MOST_PIECES", 400)
    monkeypatch.setattr("triage.batch.result_parts._MOST_REMEMBERED", 40)
    monkeypatch.setattr("triage.batch.table_reading._MOST_CELLS", 12)
    for form, threads in (("f.ndjson", 1), ("f.ndjson", 3), ("f.csv", 2)):
        path = in_form(form, protocol, few_people, tmp_path)
        run(Job([path], output=tmp_path / "out.ndjson", threads=threads), protocol, Notes())
        assert (tmp_path / "out.ndjson").read_text("utf-8") == expected_lines


# ---- bad rows ----


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


def faults_by_the_plain_path(protocol: Protocol, path: Path) -> dict[int, list[str]]:
    """Return what the reader of saved answers says about each line of a file."""
    said: dict[int, list[str]] = {}
    for fault in read_answer_files([path], protocol.questionnaire):
        if isinstance(fault, DataFault):
            line = fault.problems[0].place.line or 0
            said[line] = [f"{one.message} {one.hint}" if one.hint else one.message for one in fault.problems]
    return said


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
    expected = faults_by_the_plain_path(protocol, path)
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault["line"], []).append(fault["message"])
    assert found == expected
    assert len(expected) > 500
    assert lines == plain_lines(protocol, path)
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
    "an id among the answers": b'{"answers": {"id": "a", "nose": "drips"}}',
    "a question beside the answers": b'{"nose": "bleeds", "answers": {"age": "adult"}}',
    "answers beside the answers": b'{"id": "a", "Answers": {"nose": "bleeds"}, "answers": {"age": "adult"}}',
    "a misspelt question beside bare answers": b'{"id": "a", "nosee": "drips", "age": "adult"}',
    "an id that is true": b'{"id": true, "answers": {"nose": "drips"}}',
    "an id that is a fraction": b'{"id": 1.5, "answers": {"nose": "drips"}}',
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
    assert lines == plain_lines(sneezing, path)
    expected = faults_by_the_plain_path(sneezing, path)
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault["line"], []).append(fault["message"])
    assert found == expected
    assert sorted(found) == ([4, 8] if shape in SHAPES else [])


FAULTY = {
    "f.ndjson": '{"answers": {"nose": "drop", "age": 7}}\n{"id": "b", "answers": {"nosee": "drips"}}\n'
    '{"id": \n[]\n{"nose": []}\n',
    "f.json": '[\n{"id": "a", "answers":\n{"nose": ["drips", "bleed"]}},\n'
    '{"id": 1.5, "nose": "drips", "since": ["hours", "days"]},\n{"nose": []}]',
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


# ---- tables ----


TABLES = {
    "a row too long": 'id,nose,age\na,drips,adult\nb,drips,adult,x\nc,bleeds,adult\n',
    "a row too short": 'id,nose,age\na,drips,adult\nb,drips\nc,bleeds,adult\n',
    "empty lines": 'id,nose\n\na,drips\n,\n  ,  \nb,bleeds\n\n',
    "only an id": "id,nose,age\na,,\nb,drips,\n",
    "an unknown column": "id,nosee,age\na,drips,adult\nb,,adult\n",
    "an unknown choice": "id,nose\na,drips;drop\nb,drips\n",
    "several choices": 'id,nose\na,drips; bleeds ;\nb,"drips;bleeds"\nc,;\nd,drips;drips\n',
    "two for a single choice": "id,since\na,hours;days\nb,hours\n",
    "none of these with others": "id,nose\na,nothing_else;drips\n",
    "a cell over two lines": 'id,nose,age\n"a\nb",drips,adult\nc,"drips\n",adult\nd,bleeds,adult\n',
    "a row hidden in a cell": 'id,nose\na,"drips\nb,bleeds\nc,drips"\nd,bleeds\n',
    "a delimiter in a cell": 'id,nose\n"a,b",drips\n"c, d",bleeds\n',
    "quotation marks in a cell": 'id,nose\n"say ""x""",drips\n5" nail,bleeds\nz,drips\n',
    "a quotation mark in a cell, then a cell over two lines": 'id,nose\n5" x,drips\n"c\nd",bleeds\ne,drips\n',
    "a quotation mark at the end of a cell": 'id,nose\nx",drips\n"c\nd",bleeds\n"e",drips\n',
    "a quotation mark left open": 'id,nose\na,drips\nb,"drips\nc,bleeds\n',
    "letters behind a quotation mark": 'id,nose\na,"drips"x\nb,bleeds\n',
    "spaces around codes": "id , nose\n a , drips \n",
    "an id of several parts": "id,nose\na;b,drips\nc,drips\n",
    "no id": "nose\ndrips\nbleeds\n",
    "an empty id": "id,nose\n,drips\nb,bleeds\n",
    "a formula as id": "id,nose\n=1+1,drips\n",
    "another questionnaire": "id,questionnaire,nose\na,sneezing,drips\nb,coughing,drips\nc,,drips\n",
    "times and versions": "id,answered_at,protocol,nose\na,2026-01-02T03:04:05Z,1.0,drips\nb,,,drips\n",
    "a column named answers": "id,answers,nose\na,x,drips\nb,,drips\n",
    "a column without a name": "id,,nose\na,x,drips\nb,,drips\n",
    "letters": "id,nose\nZoë 中,drips\n",
    "not UTF-8": b"id,nose\ncaf\xe9,drips\nb,bleeds\nc,dr\xffips\n",
    "Windows": "\ufeffid,nose\r\na,drips\r\n\r\nb,bleeds\r\n",
    "a bell": "id,nose\na\x07,drips\nb,drips\x07\n",
    "a return in a cell": "id,nose,age\na,dri\rps,adult\nb,drips,adult\n",
    "a return at the end of a cell": "id,nose,age\na,drips\r,adult\nb\r,drips,adult\nc,drips,adult\r\r\n",
    "a return at the beginning of a line": "id,nose\n\ra,drips\nb,drips\n",
    "a return between two rows": "id,nose\na,drips\rb,drips\nc,drips\n",
    "a return inside quotation marks": 'id,nose\n"a\rx",drips\r\nb,drips\r\n',
    "a return in the first row": "id,nose\ra,drips\nb,drips\n",
    "old Mac": "id,nose\ra,drips\rb,drips\r",
    "a very long row": 'id,nose\na,drips\n"b' + "\n" * 1_200 + '",drips\nc,drips\n',
    "a row that is nearly too long": 'id,nose\na,drips\n"b' + "\n" * 999 + '",drips\nc,drips\n',
    "a very long cell": 'id,nose\na,drips\n"b' + "say \"\"x\"\", drips\n" * 9_000 + '",drips\nc,drips\n',
    "a very long cell left open": 'id,nose\na,drips\n"b,drips\n' + "c,drips\n" * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_table_is_read_as_the_plain_path_reads_it(
    name: str, delimiter: str, sneezing: Protocol, tmp_path: Path
) -> None:
    raw = TABLES[name]
    raw = raw if isinstance(raw, bytes) else raw.encode()
    path, output = tmp_path / f"f.{'csv' if delimiter == ',' else 'tsv'}", tmp_path / "out.ndjson"
    path.write_bytes(raw.replace(b",", delimiter.encode()))
    lines, faults, _ = scored(sneezing, path, output=output)
    found: dict[int, list[str]] = {}
    for fault in faults:
        found.setdefault(fault["line"], []).append(fault["message"])
    if name == "not UTF-8":
        # The plain path gives such a file up; here only the broken rows are lost.
        assert sorted(found) == [2, 4]
        assert [line["id"] for line in lines] == ["b"]
    else:
        assert found == faults_by_the_plain_path(sneezing, path)
        assert lines == plain_lines(sneezing, path)


BROKEN = {
    "letters behind a quotation mark": ([2], "Broken table: ',' expected after '\"'.", ["b"]),
    "a quotation mark left open": ([3], "Broken table: unexpected end of data.", ["a", "c"]),
    "a return at the end of a cell": ([2, 3], "A carriage return stands outside quotation marks here", ["c"]),
    "a return between two rows": ([2], "A carriage return stands outside quotation marks here", ["c"]),
    "a return in the first row": ([1], "A carriage return stands outside quotation marks here", []),
    "old Mac": ([1], "A carriage return stands outside quotation marks here", []),
    "a very long row": ([3], "This row goes on over 1,201 lines, of which 1,000 are the most.", ["a", "c"]),
    "a very long cell": ([3], "A cell of this row is longer than 131,072 signs.", ["a", "c"]),
    "a very long cell left open": ([3], "A cell of this row is longer than 131,072 signs.", ["a", *["c"] * 20_000]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_row_is_one_fault_and_the_others_are_scored(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.csv", tmp_path / "out.ndjson"
    path.write_bytes(TABLES[name].encode())  # type: ignore[union-attr]
    places, message, ids = BROKEN[name]
    for options in ({}, {"engine": build_engine("plain", sneezing)}):
        lines, faults, _ = scored(sneezing, path, output=output, errors=tmp_path / "out.errors.ndjson", **options)
        assert [fault["line"] for fault in faults] == places
        assert all(fault["message"].startswith(message) for fault in faults)
        assert [line["id"] for line in lines] == ids


@pytest.mark.parametrize("block", [40, 100, 1_000])
def test_rows_over_several_lines_may_lie_across_blocks(
    block: int, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.block_reading._BLOCK", block)
    rng = Random(31)
    path = tmp_path / "f.csv"
    rows = [
        f'"p{number}{rng.choice(["", chr(10), ", x", chr(10) * 3])}",{rng.choice(["drips", "bleeds"])}'
        for number in range(200)
    ]
    path.write_text("id,nose\n" + "\n".join(rows) + "\n", "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert faults == []
    assert lines == plain_lines(sneezing, path)


def test_parquet_rows_with_faults_stand_in_the_errors_file(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    with duckdb.connect() as database:
        database.execute(
            """COPY (SELECT * FROM (VALUES
                ('a', 'sneezing', ['drips'], 'adult', 1), ('b', NULL, ['drop'], 'adult', NULL),
                ('c', '', ['nothing_else', 'drips'], NULL, NULL), ('d', 'sneezing', [NULL, 'drips'], 'adult', NULL),
                (NULL, 'sneezing', [], 'adlt', NULL), ('f', 'coughing', NULL, 'adult', NULL),
                ('g', 'sneezing', ['drips', 'bleeds', 'drips'], 'baby;adult', NULL), ('h', NULL, NULL, '', NULL),
                ('i', NULL, ['unknown'], 'not_applicable', NULL), ('j', NULL, ['unknown', 'drips'], NULL, NULL)
            ) AS t(id, questionnaire, nose, age, clinic)) TO '"""
            f"{path}' (FORMAT parquet)"
        )
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["h", "i"]
    assert [(one["row"], one["id"], one["question"], one["found"], one["nearest"]) for one in faults] == [
        (1, "a", "clinic", "clinic", None),
        (2, "b", "nose", "drop", "drips"),
        (3, "c", "nose", ["nothing_else", "drips"], None),
        (4, "d", "nose", [None, "drips"], None),
        (5, "f.parquet:5", "age", "adlt", "adult"),
        (6, "f", None, "coughing", None),
        (7, "g", "age", ["baby", "adult"], None),
        (10, "j", "nose", ["unknown", "drips"], None),
    ]
    kept, faults, _ = scored(sneezing, path, output=tmp_path / "kept.ndjson", keep=["clinic"])
    assert [(line["id"], line["clinic"]) for line in kept] == [("a", 1), ("h", None), ("i", None)]
    assert len(faults) == 7


def test_parquet_of_other_types_and_other_things_named_parquet(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    with duckdb.connect() as database:
        rows = "SELECT 17 AS id, 3 AS age, true AS nose UNION ALL SELECT 18, NULL, NULL"
        database.execute(f"COPY ({rows}) TO '{path}' (FORMAT parquet)")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["18"]
    assert [(one["id"], one["question"], one["found"]) for one in faults] == [("17", "age", 3), ("17", "nose", True)]
    (tmp_path / "g.parquet").write_text("no parquet", "utf-8")
    lines, faults, notes = scored(sneezing, tmp_path / "g.parquet", output=tmp_path / "g.ndjson")
    assert "This is no Parquet file" in notes.said[0]


def test_a_column_that_stands_twice_is_refused(sneezing: Protocol, tmp_path: Path) -> None:
    """One of the two answers would be lost, and it might be the warning sign."""
    drips, bleeds, row = pa.array([["drips"]]), pa.array([["bleeds"]]), pa.array(["a"])
    struct = pa.StructArray.from_arrays([bleeds, drips], names=["nose", "nose"])
    tables = {
        "flat": pa.Table.from_arrays([row, bleeds, drips], names=["id", "nose", "nose"]),
        "inside": pa.Table.from_arrays([row, struct], names=["id", "answers"]),
    }
    for name, table in tables.items():
        parquet.write_table(table, tmp_path / f"{name}.parquet")
        lines, faults, _ = scored(sneezing, tmp_path / f"{name}.parquet", output=tmp_path / f"{name}.ndjson")
        assert lines == []
        assert "The column 'nose' stands here more than once." in faults[0]["message"]
        with pytest.raises(DataFault, match="more than once"):
            triage.score_relation(table, sneezing)


def test_answers_beside_a_column_of_answers_are_a_fault(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    rows = [
        {"id": "a", "answers": WELL, "nose": ["bleeds"]}, {"id": "b", "answers": WELL, "nose": None},
    ]  # fmt: skip
    parquet.write_table(pa.Table.from_pylist(rows), path)
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["b"]
    assert "'nose' beside 'answers'" in faults[0]["message"]


def test_codes_of_lists_stored_once_are_read_over_all_row_groups(sneezing: Protocol, tmp_path: Path) -> None:
    nose = pa.array([["drips"], ["bleeds", "drips"], None, ["nothing_else"], ["drips"]], pa.list_(pa.string()))
    coded = pa.ListArray.from_arrays(nose.offsets, nose.values.dictionary_encode(), mask=nose.is_null())
    for name, column in {"plain": nose, "coded": coded}.items():
        table = pa.table({"id": list("abcde"), "nose": column})
        parquet.write_table(table, tmp_path / f"{name}.parquet", row_group_size=2)
        run(Job([tmp_path / f"{name}.parquet"], output=tmp_path / f"{name}.ndjson"), sneezing, Notes())
    assert len(json_lines(tmp_path / "coded.ndjson")) == 5
    assert (tmp_path / "coded.ndjson").read_bytes() == (tmp_path / "plain.ndjson").read_bytes()


def test_lists_that_arrow_cannot_read_as_coded_are_read_as_plain_texts(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Arrow may give up half-way through a group of rows; none of them is lost or read twice."""
    nose = [["drips"], ["bleeds", "drips"], None, ["nothing_else"], ["drips"]]
    parquet.write_table(pa.table({"id": list("abcde"), "nose": nose}), tmp_path / "f.parquet")
    monkeypatch.setattr("triage.batch.parquet_reading._ROWS", 2)
    run(Job([tmp_path / "f.parquet"], output=tmp_path / "coded.ndjson"), sneezing, Notes())
    whole = parquet.ParquetFile.iter_batches

    def giving_up(table: parquet.ParquetFile, *found: Any, **more: Any) -> Iterator[pa.RecordBatch]:
        for number, batch in enumerate(whole(table, *found, **more)):
            if number and pa.types.is_dictionary(batch.column("nose").type.value_type):
                raise pa.ArrowNotImplementedError("chunked")
            yield batch

    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", giving_up)
    run(Job([tmp_path / "f.parquet"], output=tmp_path / "plain.ndjson"), sneezing, Notes())
    assert [line["id"] for line in json_lines(tmp_path / "plain.ndjson")] == list("abcde")
    assert (tmp_path / "coded.ndjson").read_bytes() == (tmp_path / "plain.ndjson").read_bytes()


def test_rows_of_parquet_that_arrow_leaves_out_are_a_fault(
    sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = parquet.ParquetFile.iter_batches
    monkeypatch.setattr(parquet.ParquetFile, "iter_batches", lambda *found, **more: list(whole(*found, **more))[:-1])
    monkeypatch.setattr("triage.batch.parquet_reading._ROWS", 2)
    parquet.write_table(pa.table({"id": list("abcde"), "nose": [["drips"]] * 5}), tmp_path / "f.parquet")
    lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson")
    assert len(lines) == 4
    assert "Only 4 of 5 rows could be read" in faults[0]["message"]


def test_an_answer_may_be_carried_along_where_another_cell_needs_a_closer_look(
    sneezing: Protocol, tmp_path: Path
) -> None:
    table = {"id": ["a", "b"], "age": ["adult", "baby"], "answered_at": ["2020 é", "2020"], "nose": [["drips"]] * 2}
    parquet.write_table(pa.table(table), tmp_path / "f.parquet")
    lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson", keep=["age"])
    assert [(line["id"], line["age"]) for line in lines] == [("a", "adult"), ("b", "baby")]
    assert faults == []


def test_text_that_is_not_utf8_costs_one_row_and_no_more(sneezing: Protocol, tmp_path: Path) -> None:
    broken = pa.array([b"adult", b"ad\xfflt", b"baby"]).view(pa.string())
    parquet.write_table(pa.table({"id": ["a", "b", "c"], "age": broken}), tmp_path / "f.parquet")
    lines, faults, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["a", "c"]
    assert [fault["row"] for fault in faults] == [2]


# ---- output ----


def test_csv_output_has_joined_lists_and_cells_that_nobody_runs(sneezing: Protocol, tmp_path: Path) -> None:
    ids = ["=1+1", "+1", "-1", "@x", "\tx", "a,b", 'say "x"', "two\nlines", "plain", "Zoë"]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.csv"
    rows = [{"id": one, "note": one, "answers": {**WELL, "nose": ["drips", "bleeds"]}} for one in ids]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    run(Job([path], output=output, keep=["note"]), sneezing, Notes())
    with output.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert list(read[0]) == [*FIELDS, "note"]
    shown = [f"'{one}" if one[0] in "=+-@\t" else one for one in ids]
    assert [row["id"] for row in read] == shown
    assert [row["note"] for row in read] == shown
    expected = plain_lines(sneezing, path)
    for row, line in zip(read, expected, strict=True):
        for field in FIELDS[1:]:
            assert row[field] == (";".join(line[field]) if isinstance(line[field], list) else line[field])


def test_parquet_output_has_lists_and_the_order_of_the_input(
    protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    path, output = in_form("f.ndjson", protocol, few_people, tmp_path), tmp_path / "out.parquet"
    run(Job([path], output=output, threads=2), protocol, Notes())
    with duckdb.connect() as database:
        found = database.execute(f"SELECT * FROM read_parquet('{output}')")
        names = [name for name, *_ in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    assert rows == [json.loads(line) for line in expected_lines.splitlines()]
    assert stat.S_IMODE(output.stat().st_mode) == 0o600 or os.name != "posix"


@pytest.mark.parametrize("form", ["ndjson", "csv", "parquet"])
def test_only_the_wanted_fields_are_written(
    form: str, protocol: Protocol, few_people: list[dict[str, Any]], expected_lines: str, tmp_path: Path
) -> None:
    path = in_form("f.ndjson", protocol, few_people, tmp_path)
    expected = [json.loads(line) for line in expected_lines.splitlines()]
    for fields in (["id", "outcome", "urgency"], ["types"], ["id"], ["review_status", "rules"], ["at_worst", "causes"]):
        output = tmp_path / f"out.{form}"
        run(Job([path], output=output, fields=fields), protocol, Notes())
        names = [field for field in FIELDS if field in fields]
        if form == "ndjson":
            found = json_lines(output)
        elif form == "parquet":
            with duckdb.connect() as database:
                rows = database.execute(f"SELECT * FROM read_parquet('{output}')").fetchall()
            found = [dict(zip(names, row, strict=True)) for row in rows]
        else:
            cells = [line.split(",") for line in output.read_text("utf-8").splitlines()]
            assert cells[0] == names
            found = [dict(zip(names, row, strict=True)) for row in cells[1:]]
        wanted = [{name: line[name] for name in names} for line in expected]
        if form == "csv":
            wanted = [{name: table_cell(value) for name, value in line.items()} for line in wanted]
        assert found == wanted


def test_other_columns_are_carried_along(sneezing: Protocol, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "clinic": "north", "n": 1.5, "answers": WELL},
        {"id": "b", "clinic": {"x": [1]}, "n": True, "answers": WELL},
        {"id": "c", "answers": WELL, "clinic": None},
        {"id": "d", "clinic": 'say "x"', "n": "7", "answers": {**WELL, "nose": None}},
        {"id": "e", **WELL, "clinic": "bare"},
    ]
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    lines, faults, _ = scored(sneezing, path, output=output, keep=["clinic", "n", "nose"])
    assert faults == []
    assert list(lines[0]) == [*FIELDS, "clinic", "n", "nose"]
    assert [(line["clinic"], line["n"], line["nose"]) for line in lines] == [
        ("north", 1.5, ["nothing_else"]),
        ({"x": [1]}, True, ["nothing_else"]),
        (None, None, ["nothing_else"]),
        ('say "x"', "7", None),
        ("bare", None, ["nothing_else"]),
    ]
    table = tmp_path / "f.csv"
    table.write_text('id,clinic,nose\na,north,drips\nb,"say ""x""",bleeds\nc,,drips\n', "utf-8")
    lines, faults, _ = scored(sneezing, table, output=output, keep=["clinic", "nose"])
    assert faults == []
    assert [(line["clinic"], line["nose"]) for line in lines] == [
        ("north", "drips"), ('say "x"', "bleeds"), (None, "drips"),
    ]  # fmt: skip


def strict_lines(path: Path) -> list[Any]:
    """Return the lines of a file that only line feeds end, read as JSON that knows no NaN."""

    def refuse(name: str) -> None:
        raise AssertionError(name)

    return [json.loads(line, parse_constant=refuse) for line in path.read_bytes().decode().split("\n") if line]


NO_NUMBERS = {
    "lines.ndjson": '{"id": "a", "n": NaN, "nose": "drips"}\n{"id": "b", "n": [1, -Infinity], "nose": "drips"}\n',
    "plain.ndjson": '{"id": "a", "n": NaN, "nose": "drips"}\n{"id": "b", "n": 1e999, "nose": "drips"}\n',
    "scalars.ndjson": '{"id": "a", "n": 2e999, "nose": "drips"}\n{"id": "b", "n": 1e999, "nose": "drips"}\n',
    "list.json": '[{"id": "a", "n": NaN, "nose": "drips"}, {"id": "b", "n": [1, Infinity], "nose": "drips"}]',
    "f.yaml": "- {id: a, n: 1e999, nose: drips}\n- {id: b, n: [1, 1e999], nose: drips}\n",
    "f.parquet": [[float("nan")], [1.0, float("inf")]],
    "g.parquet": [float("nan"), float("-inf")],
}


@pytest.mark.parametrize("form", ["ndjson", "csv"])
@pytest.mark.parametrize("name", NO_NUMBERS)
def test_what_is_no_number_is_carried_along_as_null(name: str, form: str, sneezing: Protocol, tmp_path: Path) -> None:
    """JSON has no NaN and no infinity, though Python reads and writes both."""
    path, output, values = tmp_path / name, tmp_path / f"out.{form}", NO_NUMBERS[name]
    if isinstance(values, str):
        path.write_text(values, "utf-8")
    else:
        parquet.write_table(pa.table({"id": ["a", "b"], "n": values, "nose": ["drips", "drips"]}), path)
    run(Job([path], output=output, fields=["id"], keep=["n"]), sneezing, Notes())
    if form == "csv":
        assert not {"NaN", "Infinity", "inf", "1e999"} & set(output.read_text("utf-8").replace(";", ",").split(","))
        return
    found = [line["n"] for line in strict_lines(output)]
    assert all(value in (None, [None], [1, None]) for value in found)


def test_signs_that_end_lines_stay_inside_a_carried_value(sneezing: Protocol, tmp_path: Path) -> None:
    text = "x\ry\r\nz\0"
    row = {"id": "a", "n": text, "answers": {"nose": ["drips", "bleeds"]}}
    (tmp_path / "f.ndjson").write_bytes(json.dumps(row).replace('["drips", ', '["drips",\r').encode() + b"\n")
    (tmp_path / "f.json").write_bytes(json.dumps([row] * 2, indent=1).replace("\n", "\r\n").encode())
    (tmp_path / "f.csv").write_bytes(f'id,n,nose\r\na,"{text}",drips;bleeds\r\n'.encode())
    parquet.write_table(pa.table({"id": ["a"], "n": [text], "nose": [["drips", "bleeds"]]}), tmp_path / "f.parquet")
    for name in ("f.ndjson", "f.json", "f.csv", "f.parquet"):
        lines, cells = tmp_path / "out.ndjson", tmp_path / "out.csv"
        for output in (lines, cells):
            run(Job([tmp_path / name], output=output, fields=["id"], keep=["n", "nose"]), sneezing, Notes())
        assert b"\r" not in lines.read_bytes()
        assert {line["n"] for line in strict_lines(lines)} == {text}
        with cells.open(encoding="utf-8", newline="") as file:
            assert {(row["n"], row["nose"]) for row in csv.DictReader(file)} == {(text, "drips;bleeds")}


def test_a_date_beside_answers_that_only_the_exact_reader_can_judge_is_carried_along(
    sneezing: Protocol, tmp_path: Path
) -> None:
    days = pa.array([0, 1], pa.date32())
    table = pa.table({"id": ["a", "b"], "nose": ["drips"] * 2, "answered_at": ["2020 \u00e9", "2020"], "n": days})
    parquet.write_table(table, tmp_path / "f.parquet")
    lines, _, _ = scored(sneezing, tmp_path / "f.parquet", output=tmp_path / "out.ndjson", keep=["n"])
    assert [line["n"] for line in lines] == ["1970-01-01", "1970-01-02"]


def test_a_questionnaire_that_is_carried_along_is_checked_all_the_same(sneezing: Protocol, tmp_path: Path) -> None:
    """Values that differ from line to line are not looked at one by one; those of the questionnaire always are."""
    path = tmp_path / "f.ndjson"
    names = ["coughing", sneezing.questionnaire.questionnaire, *(f"other{number}" for number in range(200))]
    rows = [{"id": name, "questionnaire": name, "answers": {"nose": "drips"}} for name in names * 2]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for keep in ([], ["questionnaire"]):
        lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", keep=keep)
        assert [line["id"] for line in lines] == [sneezing.questionnaire.questionnaire] * 2
        assert len(faults) == 402


def test_ids_that_stand_twice_are_said_and_scored(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text("".join(json.dumps({"id": one, "answers": WELL}) + "\n" for one in "abcab") * 2, "utf-8")
    (tmp_path / "g.csv").write_text("id,nose\nx,drips\nc,drips\n,drips\n", "utf-8")
    summary = run(Job([path, tmp_path / "g.csv"], output=tmp_path / "out.ndjson"), sneezing, Notes())
    assert (summary.scored, summary.repeated_ids) == (13, 8)
    assert summary.repeats[0] == f"{path}:4  warning: the id stands at {path}:1 already."
    assert len(summary.repeats) == 5
    path.write_text('{"answers": {}}\n' * 4, "utf-8")
    assert run(Job([path], output=tmp_path / "out.ndjson"), sneezing, Notes()).repeated_ids == 0


def test_ids_that_stand_twice_are_said_alike_whoever_judges(
    sneezing: Protocol, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    texts = {
        "f.ndjson": "".join(json.dumps({"id": one, "answers": WELL}) + "\n" for one in ("a", 7, "a", None, "b", None)),
        "f.json": '[\n{"id": "b", "nose": "drips"},\n{"id": "c",\n"nose": "drips"}, {"nose": "drips"}]',
        "one.json": '\n{"id": "c", "nose": "drips"}',
        "f.csv": "id,nose\n7,drips\n\nc,drips\n,drips\n",
        "f.yaml": "# mine\n- {id: 7, nose: drips}\n- id: d\n  nose: drips\n- {id: d, nose: drop}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, "utf-8")
    paths = [tmp_path / name for name in texts]
    batch = run(Job(paths, output=tmp_path / "out.ndjson"), sneezing, Notes())
    printed = run(Job(paths), sneezing, Notes())
    chosen = run(
        Job(paths, output=tmp_path / "plain.ndjson", engine=build_engine("plain", sneezing)), sneezing, Notes()
    )
    assert batch.repeated_ids == printed.repeated_ids == chosen.repeated_ids == 6
    assert batch.repeats == printed.repeats == chosen.repeats
    assert printed.repeats[:2] == [
        f"{paths[0]}:3  warning: the id stands at {paths[0]}:1 already.",
        f"{paths[1]}:2  warning: the id stands at {paths[0]}:5 already.",
    ]
    assert capsysbinary.readouterr().out.count(b"\n") == printed.scored


# ---- nothing half-written, nothing overwritten ----


@pytest.fixture(scope="module")
def many(protocol: Protocol, cases: list[Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of thirty thousand rows, one in a hundred of them bad."""
    rng = Random(41)
    people = [json.dumps(as_written(one)) for one in random_people(protocol, cases, 600, seed=42)]
    path = tmp_path_factory.mktemp("many") / "many.ndjson"
    with path.open("w", encoding="utf-8") as file:
        for number in range(30_000):
            said = rng.choice(people) if number % 100 else '{"age": 7}'
            file.write(f'{{"id": "p{number}", "answers": {said}}}\n')
    return path


@pytest.mark.skipif(os.name != "posix", reason="signals are of another kind here")
@pytest.mark.parametrize("form", ["ndjson", "parquet"])
def test_killed_at_any_moment_the_old_file_is_there_or_the_new_one(form: str, many: Path, tmp_path: Path) -> None:
    output, errors = tmp_path / f"out.{form}", tmp_path / "out.errors.ndjson"
    output.write_text("old", "utf-8")
    command = [sys.executable, "-m", "triage", "score", str(many), "-o", str(output)]
    for delay in (0.5, 0.8, 1.1, 1.5):
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment())
        time.sleep(delay)
        process.kill()
        process.wait(timeout=20)
        if output.read_bytes() != b"old":
            break
    else:
        assert not errors.exists()
    subprocess.run(command, stderr=subprocess.DEVNULL, env=environment(), timeout=120, check=False)
    assert len(json_lines(errors)) == 300
    if form == "ndjson":
        assert len(json_lines(output)) == 29_700
    else:
        with duckdb.connect() as database:
            counted = database.execute(f"SELECT count(*) FROM read_parquet('{output}')").fetchone()
        assert counted == (29_700,)


def test_resume_goes_on_with_files_that_are_not_done(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    (answers / "deep").mkdir(parents=True)
    for name in ("a.ndjson", "b.csv", "deep/a.ndjson"):
        text = "id,nose\nx,drips\n" if name.endswith("csv") else json.dumps({"id": name, "answers": WELL}) + "\n"
        (answers / name).write_text(text, "utf-8")
    (answers / "bad.ndjson").write_text('{"answers": {"nose": "drop"}}\n{"answers": {}}\n', "utf-8")
    summary = run(Job([answers], output=results, new_folder=True), sneezing, Notes())
    assert (summary.scored, summary.bad_rows, summary.skipped) == (4, 1, 0)
    names = {str(path.relative_to(results)) for path in results.rglob("[!.]*") if path.is_file()}
    assert names == {
        "a.ndjson.scores.ndjson", "b.csv.scores.ndjson", str(Path("deep/a.ndjson.scores.ndjson")),
        "bad.ndjson.scores.ndjson", "bad.ndjson.scores.errors.ndjson",
    }  # fmt: skip
    (results / "a.ndjson.scores.ndjson").unlink()
    os.utime(answers / "b.csv", (time.time() + 60, time.time() + 60))
    before = (results / "deep" / "a.ndjson.scores.ndjson").stat().st_mtime_ns
    summary = run(Job([answers], output=results, resume=True), sneezing, Notes())
    assert (summary.scored, summary.skipped) == (2, 2)
    assert (results / "deep" / "a.ndjson.scores.ndjson").stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "change", ["nothing", "fields", "keep", "form", "program", "rules", "an earlier program", "a broken note"]
)
def test_resume_makes_results_anew_that_were_made_with_something_else(
    change: str, sneezing: Protocol, tmp_path: Path
) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    for name in ("a", "b"):
        (answers / f"{name}.ndjson").write_text(json.dumps({"id": name, "n": 1, "answers": WELL}) + "\n", "utf-8")
    run(Job([answers], output=results, new_folder=True), sneezing, Notes())
    note = results / ".made-with.json"
    if change == "an earlier program":
        note.unlink()
    elif change == "a broken note":
        note.write_text("{", "utf-8")
    changes = {"fields": ["id"], "keep": ["n"], "form": "csv", "program": "2"}
    job = Job([answers], output=results, resume=True, **{name: changes[name] for name in changes if name == change})
    protocol = replace(sneezing, digest="others") if change == "rules" else sneezing
    notes = Notes()
    summary = run(job, protocol, notes)
    assert (summary.scored, summary.skipped) == ((0, 2) if change == "nothing" else (2, 0))
    assert notes.said == ([] if change in ("nothing", "form") else [f"{results}  {MADE_ANEW}"])
    again = run(job, protocol, Notes())
    assert (again.scored, again.skipped) == (0, 2)


MADE_ANEW = "The results here have other fields, or other rules or another program made them: they are made anew."


def test_results_made_with_something_else_stay_strange_when_a_run_was_stopped(
    sneezing: Protocol, tmp_path: Path
) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    for name in ("a", "b"):
        (answers / f"{name}.ndjson").write_text(json.dumps({"id": name, "answers": WELL}) + "\n", "utf-8")
    run(Job([answers], output=results, new_folder=True), sneezing, Notes())
    time.sleep(0.02)  # clocks of file systems are coarse
    run(Job([answers / "a.ndjson"], output=results, resume=True, fields=["id"]), sneezing, Notes())
    summary = run(Job([answers], output=results, resume=True, fields=["id"]), sneezing, Notes())
    assert (summary.scored, summary.skipped) == (1, 1)
    assert [json_lines(path) for path in sorted(results.glob("*.ndjson"))] == [[{"id": "a"}], [{"id": "b"}]]


def test_half_of_a_file_is_not_taken_for_the_whole(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    results.mkdir()
    line = json.dumps({"id": "a", "answers": WELL}).encode() + b"\n"
    (answers / "a.ndjson.gz").write_bytes(gzip.compress(line * 200_000, compresslevel=1)[:-2_000])
    for _ in range(2):
        summary = run(Job([answers], output=results, resume=True), sneezing, Notes())
        assert summary.bad_files == 1
        assert [path.name for path in results.glob("[!.]*")] == ["a.ndjson.gz.scores.errors.ndjson"]


def test_a_line_that_is_far_too_long_is_a_bad_row_in_the_errors_file(sneezing: Protocol, tmp_path: Path) -> None:
    good = json.dumps({"id": "a", "answers": WELL})
    path = tmp_path / "f.ndjson"
    path.write_text(f'{good}\n{{"id": "{"x" * (1 << 24)}"}}\n{good}\n', "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert len(lines) == 2
    assert [fault["line"] for fault in faults] == [2]


@pytest.mark.parametrize("threads", [1, 2])
def test_lines_between_two_that_are_far_too_long_are_scored(
    threads: int, sneezing: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("triage.batch.block_reading._BLOCK", 400)
    monkeypatch.setattr("triage.batch.block_reading._LONGEST_LINE", 1_000)
    monkeypatch.setattr("triage.batch.tasks._TEXT_AT_ONCE", 700)
    good = [json.dumps({"id": f"p{number}", "answers": {"nose": "drips"}}) for number in range(9)]
    path = tmp_path / "f.ndjson"
    path.write_text("\n".join([*good[:2], "x" * 3_000, *good[2:7], "y" * 2_000, *good[7:]]) + "\n", "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson", threads=threads)
    assert [line["id"] for line in lines] == [f"p{number}" for number in range(9)]
    assert [fault["line"] for fault in faults] == [3, 9]


def test_a_text_shorter_than_what_stands_around_its_values_is_read(sneezing: Protocol, tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text(f'{{"id": "a", "{"k" * 73}": 1, "answers": {{}}}}\n{{"id": "b", "answers": {{}}}}', "utf-8")
    lines, faults, _ = scored(sneezing, path, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["a", "b"]
    assert faults == []


def test_folders_behind_links_are_read_once_and_hidden_files_never(sneezing: Protocol, tmp_path: Path) -> None:
    answers, other = tmp_path / "answers", tmp_path / "other"
    answers.mkdir()
    other.mkdir()
    (other / "b.json").write_text(json.dumps({"id": "b", "answers": WELL}), "utf-8")
    (answers / ".hidden.json").write_text(json.dumps({"id": "c", "answers": WELL}), "utf-8")
    (answers / "linked").symlink_to(other)
    (other / "round").symlink_to(answers)
    lines, _, _ = scored(sneezing, answers, output=tmp_path / "out.ndjson")
    assert [line["id"] for line in lines] == ["b"]


def test_names_that_nobody_gave_overwrite_no_answers_either(sneezing: Protocol, tmp_path: Path) -> None:
    row = json.dumps({"id": "a", "answers": WELL}) + "\n"
    for name in ("x.errors.ndjson", "in.ndjson"):
        (tmp_path / name).write_text(row, "utf-8")
    with pytest.raises(JobRefused, match="is read"):
        run(Job([tmp_path / "x.errors.ndjson"], output=tmp_path / "x.ndjson"), sneezing, Notes())
    new = tmp_path / "new.ndjson"
    with pytest.raises(JobRefused, match="same file"):
        run(Job([tmp_path / "in.ndjson"], output=new, errors=tmp_path / "." / "new.ndjson"), sneezing, Notes())
    with pytest.raises(JobRefused, match="field of that name"):
        run(Job([tmp_path / "in.ndjson"], output=new, keep=["urgency"]), sneezing, Notes())
    assert not new.exists()


@pytest.mark.skipif(os.name != "posix", reason="there are no pipes with names here")
def test_a_pipe_is_not_replaced_by_a_file(sneezing: Protocol, tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text(json.dumps({"id": "a", "answers": WELL}), "utf-8")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(JobRefused, match="no ordinary file"):
        run(Job([tmp_path / "in.ndjson"], output=tmp_path / "pipe"), sneezing, Notes())
    (tmp_path / "aim.ndjson").write_text("old", "utf-8")
    (tmp_path / "link.ndjson").symlink_to(tmp_path / "aim.ndjson")
    run(Job([tmp_path / "in.ndjson"], output=tmp_path / "link.ndjson"), sneezing, Notes())
    assert (tmp_path / "link.ndjson").is_symlink()
    assert json_lines(tmp_path / "aim.ndjson")[0]["id"] == "a"


def test_one_file_that_cannot_be_read_does_not_stop_the_others(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    results.mkdir()
    (answers / "a.json").write_text("{", "utf-8")
    (answers / "b.json").write_text(json.dumps({"answers": WELL}), "utf-8")
    notes = Notes()
    summary = run(Job([answers, tmp_path / "missing.csv"], output=results), sneezing, notes)
    assert (summary.scored, summary.bad_files) == (1, 2)
    written = ["a.json.scores.errors.ndjson", "b.json.scores.ndjson", "missing.csv.scores.errors.ndjson"]
    assert sorted(path.name for path in results.glob("[!.]*")) == written
    assert "There is no such file." in notes.said[-1]


def test_an_errors_file_of_an_earlier_run_does_not_stay(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"answers": {"nose": "drop"}}\n{"answers": {}}\n', "utf-8")
    assert len(scored(sneezing, path, output=output)[1]) == 1
    path.write_text('{"answers": {}}\n', "utf-8")
    assert scored(sneezing, path, output=output)[1] == []
    assert (tmp_path / "out.errors.ndjson").read_bytes() == b""


def test_where_nothing_can_be_scored_the_output_stays_and_the_faults_are_written(
    sneezing: Protocol, tmp_path: Path
) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"answers": {"nose": "drop"}}\n', "utf-8")
    output.write_text("old", "utf-8")
    notes = Notes()
    with pytest.raises(DataFault, match="Nothing could be scored, so this file stays as it was"):
        run(Job([path], output=output), sneezing, notes)
    assert output.read_text("utf-8") == "old"
    assert len(json_lines(tmp_path / "out.errors.ndjson")) == 1


def test_strict_stops_at_the_first_fault_and_writes_nothing(sneezing: Protocol, tmp_path: Path) -> None:
    path, output = tmp_path / "f.ndjson", tmp_path / "out.ndjson"
    path.write_text('{"answers": {}}\n{"answers": {"nose": "drop"}}\n{"answers": {"age": "x"}}\n', "utf-8")
    output.write_text("old", "utf-8")
    notes = Notes()
    summary = run(Job([path], output=output, strict=True), sneezing, notes)
    assert summary.faulty
    assert len(notes.said) == 1
    assert notes.said[0].startswith(f"{path}:2  ")
    assert output.read_text("utf-8") == "old"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["f.ndjson", "out.ndjson"]


def test_strict_leaves_the_results_of_files_done_before_in_a_folder(sneezing: Protocol, tmp_path: Path) -> None:
    answers, results = tmp_path / "answers", tmp_path / "results"
    answers.mkdir()
    row = json.dumps({"id": "a", "answers": WELL}) + "\n"
    for name in "abc":
        (answers / f"{name}.ndjson").write_text(row * 2, "utf-8")
    with (answers / "b.ndjson").open("a", encoding="utf-8") as file:
        file.write('{"answers": {"nose": "drop"}}\n')
    notes = Notes()
    summary = run(Job([answers], output=results, new_folder=True, strict=True), sneezing, notes)
    assert (summary.scored, summary.urgency.total(), summary.faulty) == (2, 2, 1)
    assert [said.split("  ")[0] for said in notes.said] == [f"{answers / 'b.ndjson'}:3"]
    assert [path.name for path in results.glob("[!.]*")] == ["a.ndjson.scores.ndjson"]
    summary = run(Job([answers / "a.ndjson", tmp_path / "none"], output=results, strict=True), sneezing, Notes())
    assert (summary.scored, summary.faulty) == (2, 1)
    (answers / "b.ndjson").write_text(row, "utf-8")
    summary = run(Job([answers], output=results, strict=True, resume=True), sneezing, notes)
    assert (summary.scored, summary.skipped, summary.faulty) == (3, 1, 0)


REFUSED = {
    "the output is read": (["f.ndjson"], {"output": "f.ndjson"}, "is read, so it cannot be written, too"),
    "the output is in a folder that is read": (["."], {"output": "f.ndjson"}, "is read, so it cannot be written"),
    "the faults would overwrite the answers": (
        ["f.ndjson"], {"output": "out.ndjson", "errors": "f.ndjson"}, "is read, so it cannot be written, too",
    ),
    "the results lie among the answers": (["."], {"output": "sub"}, "lies among the answers"),
    "resume without a folder": (["f.ndjson"], {"output": "o.ndjson", "resume": True}, "--resume goes on with a folder"),
    "one errors file for a folder": (["f.ndjson"], {"output": "sub", "errors": "e.ndjson"}, "leave out --errors"),
    "printed Parquet": (["f.ndjson"], {"form": "parquet"}, "Parquet cannot be printed"),
    "standard input twice": (["-", "-"], {}, "can be read only once"),
    "a packed output": (["f.ndjson"], {"output": "out.ndjson.gz"}, ".gz files are not written"),
    "a YAML output": (["f.ndjson"], {"output": "out.yaml"}, ".yaml files are not written"),
}  # fmt: skip


@pytest.mark.parametrize(("paths", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused(
    paths: list[str], options: dict[str, Any], message: str, sneezing: Protocol, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "f.ndjson").write_text('{"answers": {}}\n', "utf-8")
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("output", "errors"):
        if name in options:
            options = {**options, name: Path(options[name])}
    with pytest.raises(JobRefused, match=message.replace(".", r"\.")):
        run(Job([Path(one) for one in paths], **options), sneezing, Notes())
    assert (tmp_path / "f.ndjson").read_text("utf-8") == '{"answers": {}}\n'
    assert not any(path.name.endswith(".part") for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("address", ["-", "f.ndjson.gz", "f.parquet"])
def test_an_engine_of_choice_says_that_it_reads_text_files_only(
    address: str, sneezing: Protocol, tmp_path: Path
) -> None:
    path = Path("-") if address == "-" else tmp_path / address
    if address != "-":
        path.write_bytes(b"x")
    with pytest.raises(JobRefused, match="--engine reads text files only"):
        run(Job([path], engine=build_engine("plain", sneezing)), sneezing, Notes())


@pytest.mark.parametrize("address", ["https://example.org/f.parquet", "s3://bucket/f.ndjson", "http://x/f.csv"])
def test_nothing_is_fetched_from_elsewhere(address: str, sneezing: Protocol, tmp_path: Path) -> None:
    _, _, notes = scored(sneezing, Path(address), output=tmp_path / "out.ndjson")
    assert "Only files on this machine are read." in notes.said[0]


def test_patterns_folders_and_names_that_fit_nothing(sneezing: Protocol, tmp_path: Path) -> None:
    for name in ("b.ndjson", "a.ndjson", "deep/c.ndjson"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"id": name, "answers": WELL}) + "\n", "utf-8")
    output = tmp_path.parent / f"{tmp_path.name}.ndjson"
    lines, _, _ = scored(sneezing, tmp_path / "*.ndjson", output=output)
    assert [line["id"] for line in lines] == ["a.ndjson", "b.ndjson"]
    lines, _, _ = scored(sneezing, tmp_path / "**" / "*.ndjson", output=output)
    assert [line["id"] for line in lines] == ["a.ndjson", "b.ndjson", "deep/c.ndjson"]
    lines, _, _ = scored(sneezing, tmp_path, output=output)
    assert [line["id"] for line in lines] == ["a.ndjson", "b.ndjson", "deep/c.ndjson"]
    _, _, notes = scored(sneezing, tmp_path / "*.csv", tmp_path / "f.doc", tmp_path / "x.ndjson", output=output)
    assert [said.split("  ")[1].splitlines()[0] for said in notes.said[:3]] == [
        "No file fits this pattern.", "There is no such file.", "There is no such file.",
    ]  # fmt: skip


EMPTY = {
    "f.ndjson": ("\n \n", "This file is empty."),
    "g.ndjson": ("", "This file is empty."),
    "f.json": ("", "This file is empty."),
    "list.json": ("[ ]", "This list of cases is empty."),
    "f.csv": ("", "This file is empty."),
    "head.csv": ("id,nose\n", "This table has no row below its first one."),
    "twice.csv": ("id,nose,nose\nx,drips,drips\n", "The column 'nose' stands here more than once."),
    "f.yaml": ("", "This file is empty."),
    "broken.json": ('[{"answers": {}}, {"answers" }]', "Broken JSON: Expecting ':' delimiter."),
    "two.json": ('{"answers": {}} {"answers": {}}', "Broken JSON: Extra data."),
    "deep.json": ("[" * 100_000, "This is nested more than 60 levels deep."),
    "f.ndjson.gz": ("not packed", "This file cannot be read: Not a gzipped file"),
    "f.ndjson.zst": ("not packed", "This file cannot be read: Unable to decompress Zstandard data"),
}


@pytest.mark.parametrize("name", EMPTY)
def test_a_file_without_rows_is_said(name: str, sneezing: Protocol, tmp_path: Path) -> None:
    text, message = EMPTY[name]
    (tmp_path / name).write_text(text, "utf-8")
    _, faults, notes = scored(sneezing, tmp_path / name, output=tmp_path / "out.ndjson", errors=tmp_path / "e.ndjson")
    assert faults == []
    assert message in notes.said[0]
    assert message in json_lines(tmp_path / "e.ndjson")[0]["message"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no disk here that is always full")
def test_a_full_disk_is_said_in_one_line(many: Path) -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        file = TextFile(full, Path("out.ndjson"))
        with pytest.raises(DataFault, match=r"out.ndjson  This file cannot be written: No space left on device\."):
            file.write(b"x")
    command = [sys.executable, "-m", "triage", "score", str(many)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment(), timeout=60, check=False)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"No space left" in done.stderr


# ---- the command ----


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "triage", "score", "--protocol", str(SNEEZING), *map(str, arguments)]
    return subprocess.run(line, capture_output=True, encoding="utf-8", env=environment(), timeout=60, check=False)


def test_the_command_counts_bad_rows_and_leaves_with_1(tmp_path: Path) -> None:
    path = tmp_path / "f.ndjson"
    path.write_text('{"answers": {"nose": "drop"}}\n{"answers": {}}\n' * 2, "utf-8")
    done = command(path, "-o", tmp_path / "out.ndjson")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == "2 scored, 2 not readable."
    assert len(json_lines(tmp_path / "out.errors.ndjson")) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fields", "outcom"], "No field is called 'outcom'. Did you mean 'outcome'?"),
        (["--fields", ","], "--fields names no field."),
        (["--format", "xml"], "'xml' is not one of"),
        (["--threads", "0"], "0 is not in the range"),
        (["--resume"], "--resume goes on with a folder of results"),
        (["-o", "f.ndjson"], "is read, so it cannot be written, too"),
        (["--engine", "plain", "--keep", "x"], "--keep does not go together with --engine"),
    ],
)
def test_wrong_use_leaves_with_2(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "f.ndjson").write_text('{"answers": {}}\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as left:
        main(["score", "f.ndjson", "--protocol", str(SNEEZING), *arguments])
    assert left.value.code == 2
    assert message in capsys.readouterr().err


def test_a_table_says_what_came_out_of_many_cases(many: Path, tmp_path: Path, protocol: Protocol) -> None:
    line = [sys.executable, "-m", "triage", "score", str(many), "-o", str(tmp_path / "out.csv"), "--format", "csv"]
    done = subprocess.run(line, capture_output=True, encoding="utf-8", env=environment(), timeout=60, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert "29,700 cases scored" in lines
    assert "  300  rows in error" in lines
    assert f"... and 280 more, all in {tmp_path / 'out.errors.ndjson'}." in lines
    assert any(line.endswith(protocol.rules_by_id["G02a"].title) for line in lines)
    assert sum("\x1b" in line for line in lines) == 0


def test_the_engines_of_the_command_agree_with_the_batch(many: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.ndjson"
    few.write_text("".join(many.read_text("utf-8").splitlines(keepends=True)[:120]), "utf-8")
    outputs = []
    for number, arguments in enumerate(([], ["--engine", "plain"], ["--engine", "durable"])):
        output = tmp_path / f"{number}.csv"
        with pytest.raises(SystemExit) as left:
            main(["score", str(few), "-o", str(output), *arguments])
        if left.value.code == 1 and output.exists():
            outputs.append(output.read_text("utf-8"))
    assert len(outputs) >= 2
    assert len(set(outputs)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured in another unit here")
def test_memory_does_not_grow_with_the_file(many: Path, tmp_path: Path) -> None:
    peaks = []
    for times in (4, 12):
        long = tmp_path / f"{times}.ndjson"
        with long.open("wb") as file:
            for _ in range(times):
                file.write(many.read_bytes())
        peaks.append(_peak(long, tmp_path))
    assert peaks[1] < 400
    assert peaks[1] < 1.5 * peaks[0]


def _peak(path: Path, folder: Path) -> float:
    """Return the megabytes a run takes at most."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    line = [sys.executable, "-m", "triage", "score", str(path), "-o", str(folder / "out.ndjson"), "--threads", "2"]
    done = subprocess.run([sys.executable, "-c", code, *line], capture_output=True, env=environment(), check=True)
    return float(done.stdout)


# ---- the parts ----


def test_numbers_of_keys_are_found_again() -> None:
    rng = np.random.default_rng(1)
    for width in (1, 2, 3):
        keys = [tuple(row) for row in rng.integers(0, 50, (3_000, width)).tolist()]
        different = list(dict.fromkeys(keys))
        table = NumberTable(width)
        for at in range(0, len(different), 97):
            table = table.with_keys(
                [np.array(column, np.uint64) for column in zip(*different[at : at + 97], strict=True)]
            )
        found = table.find([np.array(column, np.uint64) for column in zip(*keys, strict=True)])
        assert [different[number - 1] for number in found.tolist()] == keys
        assert not table.find([np.array([51, 52], np.uint64)] * width).any()


def as_columns(keys: Sequence[Sequence[int]]) -> list[Any]:
    return [np.array(column, np.uint64) for column in zip(*keys, strict=True)]


def test_several_choices_mean_all_of_them_as_the_exact_reader_says(protocol: Protocol) -> None:
    layout = BitLayout(protocol.questionnaire)
    reader = ExactReader(layout)
    place = RowPlace("f", 1, None, "f:1")
    rng = Random(3)
    for _ in range(2_000):
        question = rng.choice(protocol.questionnaire.questions)
        codes = rng.sample([*question.codes, "unknown", "not_applicable", "x"], rng.randint(1, 3))
        raw = {"answers": {question.id: codes}}
        row = reader.read(raw, place)
        said = row if isinstance(row, list) else []
        expected: tuple[Problem, ...] = ()
        try:
            case = read_case(Document("", raw, lambda: None), (), protocol.questionnaire, unnamed="f:1")
        except DataFault as fault:
            expected = fault.problems
        else:
            assert not isinstance(row, list)
            assert row.number == layout.number_of(case.answers.given())
        assert [(one.message, one.hint) for one in said] == [(one.message, one.hint) for one in expected]
