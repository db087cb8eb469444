"""The circuit says of everybody what the plain engine says, misplaced and unknown answers included."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from people import random_people

from triage.answers.answers import Answers, settle
from triage.answers.case_reading import read_cases
from triage.circuit.answer_sets import AnswerSets
from triage.circuit.crowd import Crowd
from triage.circuit.gates import FALSE, TRUE, Circuit, opposite
from triage.circuit.results import Results
from triage.conditions.answer_state import Missing
from triage.engines.decision import Decision, decide
from triage.engines.plain import PlainEngine
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from triage.circuit.gates import Gate
    from triage.engines.verdicts import Verdicts
    from triage.protocol.protocol import Protocol

PEOPLE = 3000


@pytest.fixture(params=["shipped", "sneezing"])
def any_protocol(request: pytest.FixtureRequest, protocol: Protocol, sneezing: Protocol) -> Protocol:
    return protocol if request.param == "shipped" else sneezing


def test_it_concludes_of_thousands_of_people_what_the_plain_engine_does(any_protocol: Protocol) -> None:
    answer_sets = AnswerSets(Circuit(), any_protocol.questionnaire)
    people = list(random_people(any_protocol, read_cases(any_protocol), PEOPLE, seed=11))
    crowd = Crowd(answer_sets.circuit, answer_sets.given, people)
    gates = dict(_everything(Results(any_protocol, answer_sets.conditions), answer_sets))
    values = dict(zip(gates, crowd.where(list(gates.values())), strict=True))
    engine = PlainEngine(any_protocol)
    misplaced, decisions = set(), []
    for number, one in enumerate(people):
        answers = settle(any_protocol.questionnaire, one)
        verdicts = engine.judge(answers)
        decision = decide(any_protocol, verdicts)
        true = {what for what, bits in values.items() if bits >> number & 1}
        assert true == _expected(any_protocol, answers, verdicts, decision), one
        decisions.append(decision)
        misplaced |= answers.misplaced
    # They are people of all kinds.
    assert {one.urgency for one in decisions} == set(Urgency)
    assert {one.outcome for one in decisions} == set(Outcome)
    assert misplaced


def test_an_answer_set_is_what_one_person_can_say_of_what_applies(any_protocol: Protocol) -> None:
    answer_sets = AnswerSets(Circuit(), any_protocol.questionnaire)
    circuit, given, valid = answer_sets.circuit, answer_sets.given, answer_sets.valid
    people = list(random_people(any_protocol, read_cases(any_protocol), PEOPLE, seed=12))
    [possible] = Crowd(circuit, given, people).where([valid])
    for number, one in enumerate(people):
        set_aside = settle(any_protocol.questionnaire, one).set_aside.values()
        assert bool(possible >> number & 1) is not any(isinstance(state, frozenset) for state in set_aside), one
    for question in any_protocol.questionnaire.questions:
        pairs = [(code, other) for code in question.alone for other in question.codes if other != code]
        if not question.multiple:
            pairs += combinations(question.codes, 2)
        crowd = Crowd(circuit, given, [{question.id: frozenset(pair)} for pair in pairs])
        assert crowd.where([valid]) == [0], question.id


def _everything(results: Results, answers: AnswerSets) -> Iterator[tuple[tuple[str, str], Gate]]:
    """Yield every gate of a protocol, and what it says."""
    protocol = results.protocol
    for entry in (*protocol.rules, *protocol.active_causes):
        if entry.when is not None:
            sides = results.sides(entry)
            yield ("true", entry.id), sides.true
            yield ("false", entry.id), sides.false
    for name, sides in results.findings.items():
        yield ("found", name), sides.true
        yield ("not found", name), sides.false
    for rule in protocol.rules:
        yield ("fires", rule.id), results.fires(rule)
    for part in ("at_least", "urgency", "at_worst", "outcome", "types", "causes"):
        gates: Mapping[str, Gate] = getattr(results, part)
        for value, gate in gates.items():
            yield (part, value), gate
    for question in protocol.questionnaire.questions:
        yield ("unknown", question.id), answers.conditions.unknown(question.id)
        yield ("not_applicable", question.id), answers.conditions.not_applicable(question.id)


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
