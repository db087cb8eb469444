"""The circuit says of everybody what the plain engine says, misplaced and unknown answers included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from people import random_people

from triage.answer_state import Missing
from triage.answers import Answers, settle
from triage.case_reading import read_cases
from triage.circuit.answer_sets import answer_sets
from triage.circuit.conditions import inputs_for
from triage.circuit.gates import FALSE, TRUE, Circuit, opposite
from triage.circuit.results import Results
from triage.decision import Decision, decide
from triage.engines.plain import PlainEngine
from triage.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.answers import Given
    from triage.circuit.gates import Gate
    from triage.engines.verdicts import Verdicts
    from triage.protocol import Protocol

PEOPLE = 3000


@pytest.fixture(params=["shipped", "sneezing"])
def any_protocol(request: pytest.FixtureRequest, protocol: Protocol, sneezing: Protocol) -> Protocol:
    return protocol if request.param == "shipped" else sneezing


def test_it_concludes_of_thousands_of_people_what_the_plain_engine_does(any_protocol: Protocol) -> None:
    circuit = Circuit()
    given = inputs_for(circuit, any_protocol.questionnaire)
    results = Results(circuit, any_protocol, given)
    people = list(random_people(any_protocol, read_cases(any_protocol), PEOPLE, seed=11))
    said = dict(_everything(results))
    inputs = {gate: _bits(code in _codes(one, name) for one in people) for (name, code), gate in given.items()}
    values = dict(zip(said, circuit.evaluate(list(said.values()), inputs, (1 << PEOPLE) - 1), strict=True))
    engine = PlainEngine(any_protocol)
    for number, one in enumerate(people):
        answers = settle(any_protocol.questionnaire, one)
        true = {what for what, bits in values.items() if bits >> number & 1}
        verdicts = engine.judge(answers)
        assert true == _expected(any_protocol, answers, verdicts, decide(any_protocol, verdicts)), one


def test_an_answer_set_is_what_one_person_can_say_of_what_applies(any_protocol: Protocol) -> None:
    circuit = Circuit()
    given = inputs_for(circuit, any_protocol.questionnaire)
    conditions = Results(circuit, any_protocol, given).conditions
    gate = answer_sets(circuit, any_protocol.questionnaire, conditions)
    people = list(random_people(any_protocol, read_cases(any_protocol), PEOPLE, seed=12))
    inputs = {gate: _bits(code in _codes(one, name) for one in people) for (name, code), gate in given.items()}
    [valid] = circuit.evaluate([gate], inputs, (1 << PEOPLE) - 1)
    for number, one in enumerate(people):
        answers = settle(any_protocol.questionnaire, one)
        assert bool(valid >> number & 1) is not any(_codes(one, name) for name in answers.set_aside), one
    for question in any_protocol.questionnaire.questions:
        if not question.multiple:
            two = {given[question.id, code]: 1 for code in question.codes[:2]}
            assert circuit.evaluate([gate], two, 1) == [0], question.id
        for code in question.alone:
            other = next(one for one in question.codes if one != code)
            assert circuit.evaluate([gate], {given[question.id, code]: 1, given[question.id, other]: 1}, 1) == [0]


def _everything(results: Results) -> Iterator[tuple[tuple[str, str], Gate]]:
    """Yield every gate of a protocol, and what it says."""
    protocol = results.protocol
    for entry in (*protocol.rules, *protocol.active_causes):
        if entry.when is not None:
            sides = results.sides(entry)
            yield ("true", entry.id), sides.true
            yield ("false", entry.id), sides.false
    for name, sides in results.conditions.findings.items():
        yield ("found", name), sides.true
        yield ("not found", name), sides.false
    for rule in protocol.rules:
        yield ("fires", rule.id), results.fires(rule)
    for part in ("at_least", "urgency", "at_worst", "outcome", "types", "causes"):
        gates: Mapping[str, Gate] = getattr(results, part)
        for value, gate in gates.items():
            yield (part, value), gate
    for question in protocol.questionnaire.questions:
        yield ("unknown", question.id), results.conditions.unknown(question.id)
        yield ("not_applicable", question.id), results.conditions.not_applicable(question.id)


def _expected(protocol: Protocol, answers: Answers, verdicts: Verdicts, decision: Decision) -> set[tuple[str, str]]:
    """Return what is true of one person by the plain engine."""
    entries = [entry.id for entry in (*protocol.rules, *protocol.active_causes) if entry.when is not None]
    expected = {(str(verdicts.rules[name]).lower(), name) for name in entries if verdicts.rules[name] is not None}
    words = {True: "found", False: "not found"}
    expected |= {(words[value], name) for name, value in verdicts.findings.items() if value is not None}
    expected |= {("fires", rule.id) for rule in decision.fired}
    expected |= {("at_least", level) for level in Urgency if level.rank <= decision.urgency.rank}
    expected |= {("urgency", decision.urgency), ("at_worst", decision.at_worst), ("outcome", decision.outcome)}
    expected |= {("types", code) for code in decision.types}
    expected |= {("causes", cause.code) for cause in decision.causes}
    return expected | {(state.value, name) for name, state in answers.states.items() if isinstance(state, Missing)}


def _codes(given: Given, question: str) -> frozenset[str]:
    state = given.get(question)
    return state if isinstance(state, frozenset) else frozenset()


def _bits(values: Iterator[bool]) -> int:
    return sum(value << number for number, value in enumerate(values))


def test_every_kind_of_person_is_among_them(protocol: Protocol) -> None:
    engine = PlainEngine(protocol)
    people = random_people(protocol, read_cases(protocol), PEOPLE, seed=11)
    answers = [settle(protocol.questionnaire, one) for one in people]
    decisions = [decide(protocol, engine.judge(one)) for one in answers]
    assert {one.urgency for one in decisions} == set(Urgency)
    assert {one.outcome for one in decisions} == set(Outcome)
    assert any(one.misplaced for one in answers)


# ---- gates ----


def test_equal_gates_are_built_once() -> None:
    circuit = Circuit()
    one, two, three = (circuit.input() for _ in range(3))
    both = circuit.all_of((one, two))
    assert circuit.all_of((two, one)) == circuit.all_of((two, TRUE, one, two)) == both
    assert circuit.all_of((three, two, one)) == circuit.all_of((one, two, three))
    assert circuit.any_of((opposite(one), opposite(two))) == opposite(both)
    assert circuit.all_of((one, opposite(one))) == circuit.all_of((one, FALSE)) == FALSE
    assert circuit.any_of((one, opposite(one))) == circuit.any_of((one, TRUE)) == TRUE
    assert circuit.all_of(()) == TRUE
    assert circuit.any_of(()) == FALSE
    assert circuit.any_of((one,)) == one


def test_a_gate_is_evaluated_for_many_at_once() -> None:
    circuit = Circuit()
    one, two = circuit.input(), circuit.input()
    inputs = {one: 0b0011, two: 0b0101}
    wanted = [circuit.same(one, two), circuit.any_of((one, two)), opposite(two), TRUE, FALSE, one]
    assert circuit.evaluate(wanted, inputs, 0b1111) == [0b1001, 0b0111, 0b1010, 0b1111, 0, 0b0011]


@pytest.mark.parametrize("number", range(5))
def test_all_but_each_leaves_out_one_of_them(number: int) -> None:
    circuit = Circuit()
    gates = [circuit.input() for _ in range(number)]
    inputs = {gate: sum(1 << case for case in range(2**number) if case >> bit & 1) for bit, gate in enumerate(gates)}
    found = circuit.all_but_each(gates)
    expected = [circuit.any_of(gates[:index] + gates[index + 1 :]) for index in range(number)]
    everybody = (1 << 2**number) - 1
    assert circuit.evaluate(found, inputs, everybody) == circuit.evaluate(expected, inputs, everybody)
