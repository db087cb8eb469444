"""Batches say what the plain engine and durable-rules say, line by line and rule by rule."""

from __future__ import annotations

import json
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from answer_forms import in_some_form
from batch_jobs import SNEEZING, WELL, Notes, json_lines, plain_line, plain_lines, scored
from people import as_written, random_people

from triage.answers.answers import settle
from triage.answers.bit_layout import BitLayout
from triage.answers.exact_reader import ExactReader
from triage.answers.examples import example_answers
from triage.answers.reading import read_case
from triage.answers.row_faults import RowPlace
from triage.batch.job.options import Job
from triage.batch.job.run import run
from triage.circuit.bit_engine import BitEngine
from triage.circuit.machine_words import as_words
from triage.command_line import main
from triage.documents.document import Document
from triage.documents.problems import DataFault
from triage.engines import EngineUnavailable, build_engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.answers.answers import Given
    from triage.documents.problems import Problem
    from triage.engines import Engine
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

PEOPLE = 10_000
FOR_DURABLE_RULES = 200
IN_THE_LONG_RUN = 100_000


@pytest.fixture(scope="module")
def bit_engine(protocol: Protocol) -> BitEngine:
    return BitEngine(protocol)


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
    examples = [one for entry in (*protocol.rules, *protocol.active_causes) for one in entry.all_examples()]
    people = [example_answers(protocol, one).given() for one in examples]
    people += random_people(protocol, cases, 1_500, seed=15)
    truths = bit_engine.truths(as_words(map(bit_engine.layout.number_of, people), bit_engine.layout.words))
    seen: dict[str, set[bool | None]] = {}
    for at, given in enumerate(people):
        verdicts = engines[0].judge(settle(protocol.questionnaire, given))
        for name, expected in {**verdicts.rules, **verdicts.findings}.items():
            true, false = (bool(values[at]) for values in truths[name])
            assert not (true and false)
            assert (True if true else False if false else None) is expected, (name, as_written(given))
            seen.setdefault(name, set()).add(expected)
    assert [name for name, values in seen.items() if not values >= {True, False}] == []


def test_threads_may_share_an_engine(protocol: Protocol, cases: list[Case], bit_engine: BitEngine) -> None:
    layout = bit_engine.layout
    numbers = [layout.number_of(given) for given in random_people(protocol, cases, 400, seed=16)]
    lots = [as_words(numbers[at : at + 100], layout.words) for at in (0, 100, 200, 300)]
    alone = [bit_engine.conclude(lot).words for lot in lots]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)  # seconds; so that each is stopped in the middle, many times
    try:
        with ThreadPoolExecutor(len(lots)) as threads:
            together = list(threads.map(bit_engine.conclude, lots * 10))
    finally:
        sys.setswitchinterval(before)
    assert all((one.words == expected).all() for one, expected in zip(together, alone * 10, strict=True))


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


@pytest.mark.parametrize("name", [None, "plain"])
def test_who_is_urgent_only_for_want_of_an_answer_is_counted_and_said(
    name: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    people: list[dict[str, Any]] = [{"age": "adult"}] * 2 + [{"right_now": ["none"]}, {"nose": ["bleeds"]}]
    path = tmp_path / "f.ndjson"
    path.write_text("".join(json.dumps({"id": str(at), "answers": one}) + "\n" for at, one in enumerate(people)))
    engine = ["--engine", name] if name else []
    with pytest.raises(SystemExit):
        main(["score", str(path), "-o", str(tmp_path / "out.ndjson"), "--protocol", str(SNEEZING), *engine])
    err = capsys.readouterr().err
    lines = (tmp_path / "out.ndjson").read_text().splitlines()
    assert [json.loads(line)["urgency"] for line in lines] == ["urgent", "urgent", "routine", "urgent"]
    assert "2 of 4 cases are urgent only because warning questions were not answered." in err
