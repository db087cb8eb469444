"""What is proved of the shipped circuit and of the interview in it; damaged ones are refuted."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from triage.answers.examples import given_states
from triage.circuit.aiger import AigerFault, read_aiger
from triage.circuit.consultation import Consultation
from triage.circuit.gates import FALSE, opposite
from triage.export.page import LEFT_OUT, page_circuit
from triage.interview.interview import Interview
from triage.proof.answer_space import AnswerSpace
from triage.proof.interview import prove_interview
from triage.proof.promises import PROMISES, Kept, kept_promises
from triage.proof.shipped import Shipped
from triage.proof.shipping import compared, differing
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from triage.circuit.gates import Gate
    from triage.protocol.protocol import Protocol

    Group = dict[str, Gate]
    Damage = Callable[[Consultation, Mapping[str, Group]], Group]


def shipped(consultation: Consultation) -> Shipped:
    return Shipped(consultation.protocol, consultation.aiger, consultation.wiring)


def damaged(protocol: Protocol, group: str, damage: Damage) -> Shipped:
    """Return what is shipped with one group of outputs changed."""
    consultation = Consultation(protocol)
    groups: dict[str, Group] = {name: {} for name in consultation.groups}
    for name, outputs in consultation.groups.items():
        for said, gate in outputs:
            groups[name][said] = consultation.circuit.any_of((groups[name].get(said, FALSE), gate))
    groups[group] = damage(consultation, groups)
    consultation.__dict__["groups"] = {name: tuple(outputs.items()) for name, outputs in groups.items()}
    return shipped(consultation)


def kept(one: Shipped, *ids: str) -> dict[str, Kept]:
    promises = [promise for promise in PROMISES if not ids or promise.id in ids]
    return {result.promise.id: result for result in kept_promises(one, promises)}


def told(result: Kept) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the answers that refute a promise, and those a moment later."""
    assert not result.holds
    assert result.answered is not None
    assert result.later is not None
    return result.answered, result.later


def concluded(protocol: Protocol, answered: dict[str, tuple[str, ...]]) -> tuple[Outcome, Urgency]:
    """Return what the program says of answers in an interview."""
    decision = Interview(protocol, given_states(answered)).decision
    return decision.outcome, decision.urgency


# ---- what is shipped ----


@pytest.mark.parametrize("name", ["protocol", "sneezing"])
def test_all_that_is_promised_holds_and_speaks_of_something(name: str, request: pytest.FixtureRequest) -> None:
    protocol: Protocol = request.getfixturevalue(name)
    proof = prove_interview(AnswerSpace(protocol))
    assert [result.promise.id for result in proof.promises if not result.holds] == []
    assert proof.comparison.different == ()
    results = len(protocol.rules) + len(protocol.types) + len(protocol.active_causes)
    assert proof.comparison.outputs == results + 2 * len(Urgency) + len(Outcome)
    assert list(proof.problems()) == []


# ---- damaged interviews ----


def left_out(question: str, group: str) -> Damage:
    return lambda _, groups: {**groups[group], question: FALSE}


def test_a_question_left_out_of_part_one_is_noticed_whichever_it_is(sneezing: Protocol) -> None:
    asked = [said for said, gate in Consultation(sneezing).groups["next of one"] if gate != FALSE]
    assert len(asked) > 5
    for question in asked:
        result = kept(damaged(sneezing, "next of one", left_out(question, "next of one")), "result-stands")
        assert not result["result-stands"].holds, question
        answered, later = told(result["result-stands"])
        assert question not in answered
        assert later.items() > answered.items()


def test_a_question_left_out_of_part_one_of_the_shipped_interview_is_noticed(protocol: Protocol) -> None:
    one = damaged(protocol, "next of one", left_out("medicine_timing", "next of one"))
    answered, later = told(kept(one, "result-stands")["result-stands"])
    assert "medicine_timing" not in answered
    # The program itself says that the result is another one later.
    assert concluded(protocol, answered) != concluded(protocol, later)


def test_a_question_left_out_of_part_two_is_noticed(protocol: Protocol, sneezing: Protocol) -> None:
    for one, question in ((protocol, "family"), (sneezing, "age")):
        found = kept(damaged(one, "next of two", left_out(question, "next of two")), "pattern-stands")
        assert question not in told(found["pattern-stands"])[0]


def test_a_question_never_asked_is_noticed_where_everything_is(sneezing: Protocol) -> None:
    question = sneezing.questionnaire.questions[-1].id
    result = kept(damaged(sneezing, "next of everything", left_out(question, "next of everything")))
    assert [name for name, one in result.items() if not one.holds] == ["everything-asked"]


@pytest.mark.parametrize(("bound", "bounded"), [("at worst", "urgency"), ("outcome at worst", "outcome")])
def test_a_bound_that_is_none_is_noticed(protocol: Protocol, bound: str, bounded: str) -> None:
    wrong = damaged(protocol, bound, lambda _, groups: groups[bounded])
    assert not kept(wrong, "at-worst-is-a-bound")["at-worst-is-a-bound"].holds


def test_two_questions_at_once_are_noticed(sneezing: Protocol) -> None:
    def both(consultation: Consultation, groups: Mapping[str, Group]) -> Group:
        first, second, *_ = groups["next of one"]
        gates = groups["next of one"]
        return {**gates, second: consultation.circuit.any_of((gates[first], gates[second]))}

    assert not kept(damaged(sneezing, "next of one", both), "one-at-a-time")["one-at-a-time"].holds


def test_a_question_asked_twice_is_noticed(sneezing: Protocol) -> None:
    def again(consultation: Consultation, groups: Mapping[str, Group]) -> Group:
        gates = groups["next of two"]
        none = opposite(consultation.circuit.any_of(gates.values()))
        screen = next(iter(gates))
        return {**gates, screen: consultation.circuit.any_of((gates[screen], none))}

    assert not kept(damaged(sneezing, "next of two", again), "only-open")["only-open"].holds


def test_a_question_before_the_one_that_decides_whether_it_applies_is_noticed(protocol: Protocol) -> None:
    def exchanged(_: Consultation, groups: Mapping[str, Group]) -> Group:
        gates = groups["next of everything"]
        return {**gates, "triggers": gates["startle_size"], "startle_size": gates["triggers"]}

    result = kept(damaged(protocol, "next of everything", exchanged), "asked-applies")["asked-applies"]
    answered, later = told(result)
    assert "triggers" in later.keys() - answered.keys()


def test_a_broken_promise_is_said_in_words_with_few_answers(sneezing: Protocol) -> None:
    consultation = Consultation(sneezing)
    groups = dict(consultation.groups)
    groups["next of one"] = tuple(
        (said, FALSE if said == sneezing.emergency_screen else gate) for said, gate in groups["next of one"]
    )
    levels, gates = zip(*groups["urgency"], strict=True)
    groups["urgency"] = tuple(zip(levels, gates[::-1], strict=True))
    consultation.__dict__["groups"] = groups
    proof = prove_interview(AnswerSpace(sneezing), consultation)
    said = [f"{problem.message} {problem.hint}" for problem in proof.problems()]
    assert "does not say what the rules say: urgency: self_care, urgency: routine" in said[0]
    assert "asks nothing more, no answer changes urgency or outcome. For instance where" in said[1]
    assert ", and then " in said[1]
    assert proof.summary().startswith("5 of 7 promises")


# ---- a page, which leaves some outputs out ----


def test_what_a_page_leaves_out_changes_nothing_else(protocol: Protocol) -> None:
    page, whole = page_circuit(protocol), Consultation(protocol)
    assert page.aiger != whole.aiger
    assert differing(shipped(page), shipped(whole)) == ()


def test_a_page_that_says_anything_else_is_noticed(sneezing: Protocol) -> None:
    page = Consultation(sneezing, leaving_out=LEFT_OUT)
    assert "advice" in page.groups
    (first, gate), *others = page.groups["advice"]
    page.__dict__["groups"] = {**page.groups, "advice": ((first, opposite(gate)), *others)}
    assert differing(shipped(page), shipped(Consultation(sneezing))) == (f"advice: {first}",)
    proof = prove_interview(AnswerSpace(sneezing), parts=[page])
    assert [problem.message.endswith(f"advice: {first}.") for problem in proof.problems()] == [True]


# ---- damaged bytes ----


def test_no_changed_byte_makes_a_wrong_result_pass_as_equal(sneezing: Protocol) -> None:
    consultation = Consultation(sneezing)
    space = AnswerSpace(sneezing)
    whole = shipped(consultation)
    assert compared(space, whole).different == ()
    inputs, rng = len(whole.inputs), Random(3)
    people = 400
    bits = [rng.getrandbits(people) & rng.getrandbits(people) for _ in range(inputs)]
    everybody = (1 << people) - 1
    spoken = {"urgency", "at worst", "outcome", "fired", "types", "causes"}
    names = [(group, name) for group, names in consultation.wiring["outputs"] for name in names]

    def results(values: list[int]) -> dict[tuple[str, str], int]:
        """Return the bits of all results; what stands twice is said where either is true."""
        found: dict[tuple[str, str], int] = {}
        for name, value in zip(names, values, strict=False):
            if name[0] in spoken:
                found[name] = found.get(name, 0) | value
        return found

    # Those who say "I don't know" to whatever they say nothing else to, as in a whole answer set.
    _answer_everything(consultation, bits, everybody)
    right = results(read_aiger(consultation.aiger).run(bits, everybody))
    noticed = 0
    for _ in range(300):
        data = bytearray(consultation.aiger)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            wrong = results(read_aiger(bytes(data)).run(bits, everybody))
            other = Shipped(sneezing, bytes(data), consultation.wiring)
        except (AigerFault, ValueError, IndexError):
            continue
        if wrong.keys() == right.keys() and wrong != right:
            assert compared(space, other).different, "a wrong result passes as equal"
            noticed += 1
    assert noticed > 20


def _answer_everything(consultation: Consultation, bits: list[int], everybody: int) -> None:
    number = 0
    for question, names in consultation.inputs:
        codes = range(number, number + len(names))
        if "unknown" in names:
            said = 0
            for place in list(codes)[:-1]:
                said |= bits[place]
            bits[codes[-1]] = everybody ^ said
        else:
            assert question
            bits[codes[0]] = everybody
        number += len(names)
