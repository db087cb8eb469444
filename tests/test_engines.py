"""The engines agree: rule by rule, whether it is true, false or neither, and in what follows from it.

The plain engine is held against a naive evaluator that shares no code with the package, and durable-rules
against the plain engine.
"""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

import pytest
from batch_jobs import SNEEZING
from naive_evaluator import NaiveEvaluator, Reading
from people import any_answer, as_written, random_people

from triage.answers.answers import settle
from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.conditions.answer_state import OPEN, UNKNOWN, Missing
from triage.conditions.reading import Vocabulary
from triage.engines import ENGINES, available_engines, build_engine
from triage.engines.decision import decide
from triage.protocol.protocol import Page
from triage.protocol.reading import read_protocol
from triage.protocol.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from triage.answers.answers import Given
    from triage.engines import Engine
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Example

IN_THE_SUITE = 5_000
PARTS = 4
"""Parts of that which several processes may share; each is more than the library has room for at once."""
IN_THE_LONG_RUN = 100_000
LONG_PARTS = 10
"""Parts of the long run, which several processes may share; where time runs out, those that ended count."""


@pytest.fixture(scope="module")
def naive(protocol: Protocol) -> NaiveEvaluator:
    return NaiveEvaluator(protocol.folder)


@pytest.fixture(scope="module")
def plain(protocol: Protocol) -> Engine:
    return build_engine("plain", protocol)


@pytest.fixture(scope="module")
def durable(protocol: Protocol) -> Engine:
    return durable_or_skip(protocol)


def durable_or_skip(protocol: Protocol) -> Engine:
    """Skip only where the library cannot be imported; that it refuses a protocol is a failure."""
    pytest.importorskip("durable.engine", reason="durable-rules cannot be imported", exc_type=ImportError)
    return build_engine("durable", protocol)


def every_example(protocol: Protocol) -> Iterator[Given]:
    """Yield the answers of every single example of every rule and cause; the same answers only once."""
    entries = (*protocol.rules, *protocol.active_causes)
    return answers_of(protocol, (example for entry in entries for example in entry.all_examples()))


def examples_written_out(protocol: Protocol) -> Iterator[Given]:
    """Leave out those that only a list of codes stands for."""
    entries = (*protocol.rules, *protocol.active_causes)
    return answers_of(protocol, (one for entry in entries for one in entry.examples if not one.each))


def answers_of(protocol: Protocol, examples: Iterable[Example]) -> Iterator[Given]:
    met = set()
    for example in examples:
        like = protocol.profiles[example.like] if example.like else {}
        given = given_states({**like, **example.given})
        answers = frozenset(given.items())
        if answers not in met:
            met.add(answers)
            yield given


def told(cases: Sequence[Case]) -> Iterator[Given]:
    return (given_states(case.answers) for case in cases)


def assert_same_reading(protocol: Protocol, people: Iterable[Given], plain: Engine, naive: NaiveEvaluator) -> None:
    """Compare the truth of every rule, cause and finding, and everything that is concluded from it."""
    for given in people:
        verdicts = plain.judge(settle(protocol.questionnaire, given))
        decision = decide(protocol, verdicts)
        found = Reading(
            rules=dict(verdicts.rules),
            findings=dict(verdicts.findings),
            outcome=decision.outcome.value,
            urgency=decision.urgency.value,
            at_worst=decision.at_worst.value,
            types=decision.types,
            causes=tuple(cause.code for cause in decision.causes),
            fired=tuple(rule.id for rule in decision.fired),
        )
        assert found == naive.judge(as_written(given)), as_written(given)


def assert_same_verdicts(
    protocol: Protocol,
    people: Iterable[Given],
    plain: Engine,
    durable: Engine,
    left_out: Missing = UNKNOWN,
) -> None:
    """Compare the truth of every rule, cause and finding; the decision rests on nothing else."""
    for given in people:
        answers = settle(protocol.questionnaire, given, left_out=left_out)
        assert durable.judge(answers) == plain.judge(answers), as_written(given)


class TestThePlainEngineAndTheNaiveEvaluatorAgree:
    def test_on_every_example(self, protocol: Protocol, plain: Engine, naive: NaiveEvaluator) -> None:
        assert_same_reading(protocol, every_example(protocol), plain, naive)

    def test_on_every_case(self, protocol: Protocol, cases: list[Case], plain: Engine, naive: NaiveEvaluator) -> None:
        assert_same_reading(protocol, told(cases), plain, naive)

    @pytest.mark.parametrize("part", range(PARTS))
    def test_on_random_people(
        self, part: int, protocol: Protocol, cases: list[Case], plain: Engine, naive: NaiveEvaluator
    ) -> None:
        people = islice(random_people(protocol, cases, IN_THE_SUITE, seed=1), part, None, PARTS)
        assert_same_reading(protocol, people, plain, naive)

    def test_on_rules_that_vote_and_signs_that_are_mild(self, sneezing: Protocol) -> None:
        naive, plain = NaiveEvaluator(sneezing.folder), build_engine("plain", sneezing)
        people = random_people(sneezing, read_cases(sneezing), 1_000, seed=3)
        assert_same_reading(sneezing, (*every_example(sneezing), *people), plain, naive)


def test_whom_the_plain_engine_judged_before_changes_nothing(protocol: Protocol, cases: list[Case]) -> None:
    """It judges again only what rests on the answers in which two people differ."""
    used, rng = build_engine("plain", protocol), Random(8)
    for given in random_people(protocol, cases, 100, seed=8):
        person = dict(given)
        for question in rng.sample(protocol.questionnaire.questions, 5):
            person[question.id] = any_answer(question, rng)
            answers = settle(protocol.questionnaire, person, left_out=rng.choice((OPEN, UNKNOWN)))
            assert used.judge(answers) == build_engine("plain", protocol).judge(answers), as_written(person)


class TestDurableRulesAndThePlainEngineAgree:
    def test_on_every_example_that_is_written_out(self, protocol: Protocol, plain: Engine, durable: Engine) -> None:
        assert_same_verdicts(protocol, examples_written_out(protocol), plain, durable)

    def test_on_every_case(self, protocol: Protocol, cases: list[Case], plain: Engine, durable: Engine) -> None:
        assert_same_verdicts(protocol, told(cases), plain, durable)

    @pytest.mark.parametrize("part", range(PARTS))
    def test_on_the_same_random_people(
        self, part: int, protocol: Protocol, cases: list[Case], plain: Engine, durable: Engine
    ) -> None:
        people = islice(random_people(protocol, cases, IN_THE_SUITE, seed=1), part, None, PARTS)
        assert_same_verdicts(protocol, people, plain, durable)

    def test_in_the_middle_of_an_interview(
        self, protocol: Protocol, cases: list[Case], plain: Engine, durable: Engine
    ) -> None:
        """What was not asked yet is open, which is neither unknown nor "no"."""
        rng = Random(4)
        people = (
            {name: said for name, said in given.items() if rng.random() < 0.6}
            for given in random_people(protocol, cases, 200, seed=5)
        )
        assert_same_verdicts(protocol, people, plain, durable, left_out=OPEN)


class TestTheyAgreeOnRulesThatNobodyWrote:
    """Rules made up of every test and group there is: the shipped ones use some of them in few ways."""

    def test_for_random_people(self, protocol: Protocol, cases: list[Case], naive: NaiveEvaluator) -> None:
        made_up, written = made_up_protocol(protocol, naive, Random(6))
        assert_same_reading(
            made_up, random_people(made_up, cases, 200, seed=7), build_engine("plain", made_up), written
        )

    def test_with_durable_rules_too(self, protocol: Protocol, cases: list[Case], naive: NaiveEvaluator) -> None:
        durable_or_skip(protocol)
        made_up, _ = made_up_protocol(protocol, naive, Random(6))
        people = list(random_people(made_up, cases, 200, seed=7))
        plain, durable = build_engine("plain", made_up), build_engine("durable", made_up)
        assert_same_verdicts(made_up, people, plain, durable)
        assert_same_verdicts(made_up, people, plain, durable, left_out=OPEN)


def made_up_protocol(protocol: Protocol, naive: NaiveEvaluator, rng: Random) -> tuple[Protocol, NaiveEvaluator]:
    """Return the same made-up rules for the engines and for the naive evaluator."""
    words = Vocabulary(dict(protocol.questionnaire.by_id), {*protocol.derived_findings})
    rules: list[Rule] = []
    raw_rules: list[dict[str, object]] = []
    for number in range(100):
        concludes = {"finding": f"made_up_{number % 5}"} if number < 15 else {"urgency": "urgent"}
        raw: dict[str, object] = {
            "id": f"X{number:03}",
            "name": f"made-up-{number}",
            "title": "Made up",
            "status": "draft",
            "when": any_condition(protocol, sorted(words.findings) if number >= 15 else [], rng),
            "then": concludes,
            "why": "To see if the engines agree.",
            "evidence": "judgement",
        }
        rule = Rule.model_validate(raw, context=words)
        words.findings |= {concludes[word] for word in concludes if word == "finding"}
        rules.append(rule)
        raw_rules.append(raw)
    written = NaiveEvaluator(protocol.folder)
    written.rules = [*raw_rules, *(rule for rule in naive.rules if "otherwise" in rule)]
    written.causes = []
    pages = (Page("made_up", (*rules, protocol.otherwise)),)
    return replace(protocol, pages=pages, causes=()), written


def any_condition(protocol: Protocol, findings: list[str], rng: Random, depth: int = 2) -> dict[str, object]:
    """Make up a condition in its written form."""
    if depth and rng.random() < 0.6:
        parts = [any_condition(protocol, findings, rng, depth - 1) for _ in range(rng.randint(1, 3))]
        return {rng.choice(["all", "any", "none"]): parts}
    if findings and rng.random() < 0.2:
        return {"finding": rng.sample(findings, rng.randint(1, 2))}
    question = rng.choice(protocol.questionnaire.questions)
    codes = rng.sample(question.codes, rng.randint(1, min(4, len(question.codes))))
    if question.ordered and rng.random() < 0.4:
        first, last = sorted(rng.sample(range(len(question.codes)), 2))
        ends = {"from": question.codes[first], "to": question.codes[last]}
        return {question.id: {word: ends[word] for word in rng.choice([["from"], ["to"], ["from", "to"]])}}
    if rng.random() < 0.5:
        return {question.id: {rng.choice(["only", "every", "besides"]): codes}}
    return {question.id: [*codes, *rng.choice([[], [], ["unknown"], ["not_applicable"]])]}


@pytest.mark.long
class TestAllThreeAgreeOnAGreatManyPeople:
    def test_on_every_single_example(self, protocol: Protocol, plain: Engine, durable: Engine) -> None:
        assert_same_verdicts(protocol, every_example(protocol), plain, durable)

    @pytest.mark.parametrize("part", range(LONG_PARTS))
    def test_on_random_people(
        self, part: int, protocol: Protocol, cases: list[Case], plain: Engine, naive: NaiveEvaluator, durable: Engine
    ) -> None:
        for given in random_people(protocol, cases, IN_THE_LONG_RUN // LONG_PARTS, seed=200 + part):
            assert_same_reading(protocol, [given], plain, naive)
            assert_same_verdicts(protocol, [given], plain, durable)


def test_the_examples_make_every_rule_and_cause_true_and_false(protocol: Protocol, plain: Engine) -> None:
    """Agreement says something about a rule only where it was seen both ways."""
    seen: dict[str, set[bool | None]] = {}
    for given in examples_written_out(protocol):
        for name, value in plain.judge(settle(protocol.questionnaire, given)).rules.items():
            seen.setdefault(name, set()).add(value)
    assert [name for name, values in seen.items() if not values >= {True, False}] == []


def test_one_durable_engine_judges_more_cases_than_the_library_has_room_for(sneezing: Protocol) -> None:
    """The library breaks at 1,024 cases that are not cleared away."""
    answers = settle(sneezing.questionnaire, given_states(read_cases(sneezing)[0].answers))
    engine = durable_or_skip(sneezing)
    expected = build_engine("plain", sneezing).judge(answers)
    for number in range(1, 1_121):
        assert engine.judge(answers) == expected, f"the {number}. case comes out otherwise"


def test_a_durable_engine_leaves_no_threads_behind(protocol: Protocol) -> None:
    before = threading.active_count()
    engine = durable_or_skip(protocol)
    engine.judge(settle(protocol.questionnaire, {}))
    assert threading.active_count() == before


@pytest.mark.parametrize("name", ["case", "always", "f0", "nose__drips", "finding__warning_sign"])
def test_no_name_of_a_question_confuses_the_durable_engine(name: str, tmp_path: Path) -> None:
    """The engine needs names of its own beside those of the questions, choices and findings."""
    folder = shutil.copytree(SNEEZING, tmp_path / "protocol")
    for path in folder.rglob("*.yaml"):
        text = path.read_text("utf-8").replace("since:", f"{name}:")
        for before, after in (("id: ", "\n"), ("question: ", "\n"), ("ask_again: [", "]")):
            text = text.replace(f"{before}since{after}", f"{before}{name}{after}")
        path.write_text(text, "utf-8")
    protocol = read_protocol(folder)
    assert name in protocol.questionnaire.by_id
    plain, durable = build_engine("plain", protocol), durable_or_skip(protocol)
    assert_same_verdicts(protocol, every_example(protocol), plain, durable)
    assert_same_verdicts(protocol, random_people(protocol, read_cases(protocol), 100, seed=61), plain, durable)


def test_the_plain_engine_is_there_always_and_comes_first(protocol: Protocol) -> None:
    names = [engine.name for engine in available_engines(protocol)]
    assert names[0] == "plain"
    assert set(names) <= set(ENGINES)


def test_an_unknown_engine_is_refused_by_name(protocol: Protocol) -> None:
    with pytest.raises(ValueError, match="no engine is called 'oracle'; known are plain, durable"):
        build_engine("oracle", protocol)
