"""The page's script in a JavaScript engine: it asks and judges as the program does, and refuses what is spoilt."""

from __future__ import annotations

import gzip
import json
import re
from random import Random
from typing import TYPE_CHECKING, Any, get_args

import pytest
from page_engine import PageEngine, moment_of
from people import any_answer, random_people

import triage
from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.answers.files import read_answer_files
from triage.answers.writing import saved_case
from triage.assessment.assessment import assess
from triage.assessment.letter import letter_of
from triage.circuit.aiger import read_aiger
from triage.circuit.consultation import Consultation
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN, Missing
from triage.conditions.condition import Condition
from triage.documents.problems import DataFault
from triage.documents.words import words_in
from triage.engines import build_engine
from triage.export.page import LEFT_OUT, PageParts, interview_page, stories_to_play
from triage.export.page_data import ENGINE
from triage.export.page_packing import unpacked
from triage.interview.conversation import Conversation, Said, Step
from triage.interview.interview import Interview
from triage.protocol.prose import reads_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from conversation import Story

    from triage.conditions.answer_state import AnswerState
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol


SAY = words_in("en")


@pytest.fixture(scope="module")
def engine(protocol: Protocol) -> PageEngine:
    return PageEngine(protocol)


def moments(protocol: Protocol, cases: list[Case], number: int, seed: int) -> Iterator[Conversation]:
    """Yield interviews at any moment: of people answered evenly and near worked cases, partly, and in any mood."""
    rng = Random(seed)
    questions = protocol.questionnaire
    contradictions = [rule.id for rule in protocol.rules if rule.contradiction]
    for given in random_people(protocol, cases, number, seed):
        told = {
            name: state
            for name, state in given.items()
            if state is not NOT_APPLICABLE and (state is not UNKNOWN or questions.by_id[name].unknown)
        }
        order = [one.id for one in protocol.asking_order if one.id in told]
        if rng.random() < 0.7:  # an interview that is not over, in the order asked or not
            if rng.random() < 0.5:
                rng.shuffle(order)
            order = order[: rng.randint(0, len(order))]
        interview = Interview(protocol, {name: told[name] for name in order}, tuple(order))
        names = list(questions.by_id)
        said = Said(
            stopped=rng.random() < 0.1,
            emergency_seen=rng.random() < 0.5,
            enough=rng.random() < 0.2,
            details_wanted=rng.random() < 0.5,
            pointed_out=frozenset(rng.sample(contradictions, rng.randint(0, len(contradictions)))),
            confirmed=frozenset(names if rng.random() < 0.5 else rng.sample(names, 3)),
            asked_again=frozenset(rng.sample(names, rng.randint(0, 2))),
        )
        yield Conversation(interview, said)


def expected(conversation: Conversation, *, result: bool) -> dict[str, Any]:
    """Return what the program says of a moment, as the page says it."""
    protocol, coming = conversation.interview.protocol, conversation.next
    judged = letter = None
    if result:
        answers = conversation.interview.answers
        found = assess(
            protocol, answers, [build_engine("plain", protocol)], stopped_early=conversation.said.stopped
        ).model_copy(update={"engines": (ENGINE,)})
        judged = found.model_dump(mode="json")
        letter = {**letter_of(protocol, answers, found, written_on="").model_dump(mode="json"), "lead": "LEAD"}
    return {
        "next": {
            "step": coming.step,
            "question": coming.question and coming.question.id,
            "questions": [question.id for question in coming.questions],
            "rule": coming.rule and coming.rule.id,
        },
        "left": {"all": conversation.left, "details": conversation.interview.remaining_details()},
        "result": judged,
        "letter": letter,
    }


def written(state: AnswerState | None) -> list[str]:
    """Return an answer as the page keeps it; nothing where none was given."""
    return [] if state is None else [state.value] if isinstance(state, Missing) else sorted(state)


def assert_equal(engine: PageEngine, conversations: list[Conversation], *, result: bool) -> None:
    for conversation, told in zip(conversations, engine.told(conversations, result=result), strict=True):
        assert told == expected(conversation, result=result), conversation.interview.given


def test_the_page_says_what_the_program_says(engine: PageEngine, protocol: Protocol, cases: list[Case]) -> None:
    assert_equal(engine, list(moments(protocol, cases, 150, 5)), result=True)


@pytest.mark.long
def test_ten_thousand_moments_are_judged_alike(engine: PageEngine, protocol: Protocol, cases: list[Case]) -> None:
    for seed in range(20):
        assert_equal(engine, list(moments(protocol, cases, 500, 1_000 + seed)), result=True)


def test_another_protocol_is_judged_alike(sneezing: Protocol) -> None:
    cases = read_cases(sneezing)
    assert_equal(PageEngine(sneezing), list(moments(sneezing, cases, 400, 7)), result=True)


def test_why_a_question_is_asked_is_said_alike(engine: PageEngine, protocol: Protocol, cases: list[Case]) -> None:
    for conversation in moments(protocol, cases, 20, 9):
        moment = json.dumps(moment_of(conversation))
        for question in Random(str(moment)).sample(protocol.questionnaire.questions, 3):
            before = conversation.interview.reopened([question.id])
            titles = reads_of(protocol, question, before.can_still_be_true) or reads_of(protocol, question)
            assert engine.run(f"interview.reads({moment}, {json.dumps(question.id)})") == titles


@pytest.mark.parametrize("seed", range(4))
def test_every_move_leads_where_the_program_leads(
    engine: PageEngine, protocol: Protocol, stories: Mapping[str, Story], seed: int
) -> None:
    """Answers, changes of mind and what is said beside them, as somebody would who presses everything."""
    rng = Random(seed)
    known = given_states(stories[rng.choice(["O09", "V101", "V103", "V005"])])
    conversation, moment = Conversation(Interview(protocol)), engine.run("interview.fresh()")
    for _ in range(70):
        coming = conversation.next
        question = coming.question or rng.choice(coming.questions or protocol.questionnaire.questions)
        if rng.random() < 0.15:
            question = rng.choice(protocol.questionnaire.questions)
        if rng.random() < 0.08:  # a corrected age takes answers back
            question = protocol.questionnaire.by_id["age_group"]
        state = known.get(question.id, any_answer(question, rng)) if rng.random() < 0.8 else any_answer(question, rng)
        if state is NOT_APPLICABLE or (state is UNKNOWN and not question.unknown):
            state = any_answer(question, rng)
        codes = json.dumps([state.value] if isinstance(state, Missing) else sorted(state))
        answer = (
            conversation.answered(question.id, state),
            f"interview.answered(moment, {json.dumps(question.id)}, {codes})",
        )
        beside = {
            Step.EMERGENCY: (conversation.going_on(), "interview.goingOn(moment)"),
            Step.CONTRADICTION: (
                coming.rule and conversation.pointed_out(coming.rule),
                f"interview.pointedOut(moment, {json.dumps(coming.rule and coming.rule.id)})",
            ),
            Step.READ_BACK: (conversation.confirmed(), "interview.confirmed(moment)"),
            Step.ASKED_AGAIN: (
                conversation.asked_again(question.id),
                f"interview.askedAgain(moment, {json.dumps(question.id)})",
            ),
            Step.DETAILS: (conversation.with_details(wanted=True), "interview.withDetails(moment, true)"),
        }
        turn = beside.get(coming.step) if rng.random() < 0.7 else None
        after, said = turn or answer
        assert after is not None
        conversation, moment = after, engine.run(f"((moment) => {said})({json.dumps(moment)})")
        expected_moment = moment_of(conversation)
        assert {name: sorted(codes) for name, codes in moment["given"].items()} == expected_moment["given"]
        assert (moment["said"], moment["history"]) == (expected_moment["said"], expected_moment["history"])
        interview = conversation.interview
        withdrawn = {name: sorted(codes) for name, codes in moment["withdrawn"].items()}
        assert withdrawn == {name: written(state) for name, state in interview.withdrawn.items()}
        offered = engine.run(f"interview.offered({json.dumps(moment)}, {json.dumps(question.id)})")
        assert sorted(offered) == written(interview.offered(question))
        [told] = engine.told([conversation], result=False)
        assert told == expected(conversation, result=False)


def test_a_changed_answer_says_what_it_took_back_and_what_it_set_aside(engine: PageEngine) -> None:
    said = {"age_group": ["adult_18_39y"], "impact": ["falls_or_injury"], "neuro_signs": ["none"]}
    moment = json.dumps(
        {"given": said, "history": [*said], "withdrawn": {}, "said": engine.run("interview.fresh().said")}
    )
    after = f"interview.answered({moment}, 'age_group', ['infant_1_6m'])"
    assert engine.run(f"interview.changes({moment}, {after})") == {"again": ["neuro_signs"], "aside": ["impact"]}
    assert engine.run(f"interview.offered({after}, 'neuro_signs')") == []


# ---- bytes ----


def test_the_same_protocol_gives_the_same_bytes(page_text: str, cases: list[Case]) -> None:
    assert page_text == interview_page(triage.load_protocol(), stories_to_play(cases))
    assert len(page_text.encode()) <= 300_000
    assert len(gzip.compress(page_text.encode(), 9)) <= 120_000


def test_the_packed_circuit_is_the_one_that_was_built_and_proved(protocol: Protocol, engine: PageEngine) -> None:
    wiring, circuit = unpacked(engine.parts.circuit)
    consultation = Consultation(protocol, leaving_out=LEFT_OUT)
    assert circuit == read_aiger(consultation.aiger)
    assert wiring["outputs"] == consultation.wiring["outputs"]


def test_any_flipped_byte_is_noticed(engine: PageEngine) -> None:
    """A thousand places, each with another bit turned round, in all that is not script: none has the same checksum."""
    written = engine.parts.encoded
    script = """
        ((text, places) => {
          const bytes = Uint8Array.from(text, (sign) => sign.charCodeAt(0));
          const right = checksum(bytes);
          const unnoticed = places.filter(([at, bit]) => {
            bytes[at] ^= 1 << bit;
            const same = checksum(bytes) === right;
            bytes[at] ^= 1 << bit;
            return same;
          });
          return [right, unnoticed.length];
        })
    """
    rng = Random(3)
    places = [[rng.randrange(len(written)), rng.randrange(8)] for _ in range(1_000)]
    assert engine.run(f"{script}({json.dumps(written)}, {json.dumps(places)})") == [engine.parts.sum, 0]


def test_the_self_test_comes_to_the_same_number_and_notices_another_gate(engine: PageEngine) -> None:
    wanted = json.loads(engine.parts.data)["self_test"]
    assert engine.run(f"selfTest(circuit, {json.dumps(wanted)})") == wanted["sum"]
    turned = """
        [...Array(60).keys()].filter((number) => {
          const gate = (number * 211) % circuit.one.length;
          circuit.one[gate] ^= 1;
          const same = selfTest(circuit, TEST) === TEST.sum;
          circuit.one[gate] ^= 1;
          return same;
        }).length
    """.replace("TEST", f"({json.dumps(wanted)})")
    unnoticed = engine.run(turned)
    assert unnoticed <= 30, unnoticed  # it is the device that this tries; the checksum keeps the bytes


def test_nothing_in_the_script_names_a_question_a_choice_or_a_condition(protocol: Protocol, sneezing: Protocol) -> None:
    code = re.sub(r"^ *//.*", "", PageParts.script(), flags=re.MULTILINE)
    words = set(re.findall(r"[A-Za-z0-9_]+", code))
    for one in (protocol, sneezing):
        questions = one.questionnaire.questions
        names = {question.id for question in questions} | {code for question in questions for code in question.codes}
        names |= {rule.id for rule in one.rules} | {rule.then.finding for rule in one.rules}
        assert {name for name in names & words if name and len(name) > 5} <= {"family", "history", "number"}
    kinds = {kind.__name__ for kind in get_args(Condition)}
    assert not kinds & words


# ---- files of answers ----

GOOD = {"questionnaire": "myoclonus", "answers": {"age_group": "adult_18_39y", "seizures": ["none"]}}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("", SAY("file.no_json")),
        ("{", SAY("file.no_json")),
        ("null", SAY("file.no_answers")),
        ("7", SAY("file.no_answers")),
        ('{"answers": []}', SAY("file.no_answers")),
        ('{"__proto__": {"answers": {"age_group": "adult_18_39y"}}}', SAY("file.no_answers")),
        ("[]", SAY("file.several")),
        (f"[{json.dumps(GOOD)}]", SAY("file.several")),
        ('{"answers": {}}', SAY("file.empty")),
        ('{"answers": {"age_group": "", "seizures": []}}', SAY("file.empty")),
        (" " * 1_000_001, SAY("file.too_long")),
        (
            json.dumps({**GOOD, "questionnaire": "sneezing"}),
            SAY("file.other_questions", said="sneezing", wanted="myoclonus"),
        ),
        ('{"answers": {"__proto__": "x"}}', SAY("file.unknown_question", question="__proto__")),
        ('{"answers": {"constructor": "x"}}', SAY("file.unknown_question", question="constructor")),
        ('{"answers": {"<b>age</b>": "x"}}', SAY("file.unknown_question", question="<b>age</b>")),
        ('{"answers": {"age_group": "<script>"}}', "AGE <script>"),
        ('{"answers": {"age_group": "toString"}}', "AGE toString"),
        ('{"answers": {"age_group": 7}}', "AGE 7"),
        ('{"answers": {"age_group": {"a": 1}}}', 'AGE {"a":1}'),
        ('{"answers": {"age_group": ["adult_18_39y", "adult_40_64y"]}}', "ONE"),
        ('{"answers": {"seizures": ["none", "unknown"]}}', "ONE-SEIZURES"),
        ('{"answers": {"seizures": ["none", "convulsion_ever"]}}', "ALONE"),
    ],
)
def test_a_file_of_answers_that_cannot_be_used_is_refused_in_plain_words(
    engine: PageEngine, protocol: Protocol, file: str, words: str
) -> None:
    age, seizures = (protocol.questionnaire.by_id[name] for name in ("age_group", "seizures"))
    if words.startswith("AGE "):
        words = SAY("file.unknown_code", code=words[4:], question=age.text)
    words = {
        "ONE": SAY("file.one_only", question=age.text),
        "ONE-SEIZURES": SAY("file.one_only", question=seizures.text),
        "ALONE": SAY("file.alone", question=seizures.text, label=seizures.by_code["none"].label),
    }.get(words, words)
    assert engine.run(f"files.read({json.dumps(file)})") == {"faults": [words]}


def test_answers_to_an_older_questionnaire_are_refused(engine: PageEngine, protocol: Protocol) -> None:
    file = json.dumps({**GOOD, "questionnaire_version": "1.0.0"})
    wanted = protocol.questionnaire.version
    assert engine.run(f"files.read({json.dumps(file)})") == {
        "faults": [SAY("file.other_version", said="1.0.0", wanted=wanted)]
    }


def test_many_faults_are_said_at_once_and_are_no_flood(engine: PageEngine) -> None:
    file = json.dumps({"answers": {f"question {number}": "x" for number in range(30)}})
    faults = engine.run(f"files.read({json.dumps(file)})")["faults"]
    assert len(faults) == 9
    assert faults[-1] == SAY("file.more", count=22)


def test_what_the_program_saves_the_page_takes_up_and_the_other_way_round(
    engine: PageEngine, protocol: Protocol, cases: list[Case], tmp_path: Path
) -> None:
    for number, conversation in enumerate(moments(protocol, cases, 30, 4)):
        answers = conversation.interview.answers
        stopped = conversation.said.stopped
        saved = saved_case(protocol, "one", answers, "2026-01-31T12:00:00+0000", stopped_early=stopped)
        read = engine.run(f"files.read({json.dumps(saved)})")
        if "moment" not in read:
            assert not conversation.interview.given
            continue
        assert {name: sorted(codes) for name, codes in read["moment"]["given"].items()} == {
            name: [state.value] if isinstance(state, Missing) else sorted(state)
            for name, state in answers.given().items()
        }
        moment = json.dumps(moment_of(conversation))
        written = engine.run(f"files.written({moment}, '2026-01-31T12:00:00+0000', 'one')")
        assert json.loads(written) == json.loads(saved)
        file = tmp_path / f"{number}.json"
        file.write_text(written, encoding="utf-8")
        [case] = read_answer_files([file], protocol.questionnaire)
        assert not isinstance(case, DataFault)
        known = {name: state for name, state in answers.given().items() if state is not UNKNOWN}
        assert {name: state for name, state in case.answers.given().items() if state is not UNKNOWN} == known
