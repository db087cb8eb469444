"""The circuit of a consultation, run from its bytes, says what the program says: questions, result and reasons."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from consultations import Surface, check_states, every_kind_of_state, sayable
from shipped import the_protocol

from triage.answers.case_reading import read_cases
from triage.answers.examples import given_states
from triage.circuit.aiger import AigerFault, read_aiger, written_aiger
from triage.circuit.consultation import Consultation
from triage.circuit.gates import FALSE, TRUE, Circuit, opposite
from triage.circuit.sharing import shared
from triage.conditions.answer_state import UNKNOWN
from triage.interview.interview import Interview
from triage.protocol.reading import read_protocol
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol

SNEEZING = Path(__file__).parent / "protocols" / "sneezing"


@cache
def surface_and_cases(name: str) -> tuple[Protocol, Surface, list[Case]]:
    """Build them once in each process."""
    protocol = the_protocol() if name == "shipped" else read_protocol(SNEEZING)
    consultation = Consultation(protocol)
    return protocol, Surface(protocol, consultation.aiger, consultation.wiring), read_cases(protocol)


# ---- equal to the program ----


@pytest.mark.parametrize(("name", "number"), [("shipped", 300), ("sneezing", 1000)])
def test_the_bytes_say_of_states_of_every_kind_what_the_program_says(name: str, number: int) -> None:
    check_many((name, 1, number))


@pytest.mark.long
@pytest.mark.parametrize("name", ["shipped", "sneezing"])
def test_the_bytes_say_of_100_000_states_what_the_program_says(name: str) -> None:
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        assert sum(pool.map(check_many, [(name, seed, 500) for seed in range(100, 300)])) == 100_000


def check_many(task: tuple[str, int, int]) -> int:
    name, seed, number = task
    protocol, surface, _ = surface_and_cases(name)
    states = made(name, seed, number)
    check_states(protocol, surface, states)
    return len(states)


def made(name: str, seed: int, number: int) -> list[Interview]:
    protocol, _, cases = surface_and_cases(name)
    return list(islice(every_kind_of_state(protocol, cases, Random(seed)), number))


def test_they_say_of_every_worked_case_what_the_program_says() -> None:
    for name in ("shipped", "sneezing"):
        protocol, surface, cases = surface_and_cases(name)
        given = (sayable(protocol, given_states(case.answers)) for case in cases)
        check_states(protocol, surface, [Interview(protocol, one) for one in given])


def test_the_states_are_of_every_kind() -> None:
    _, surface, _ = surface_and_cases("shipped")
    states = made("shipped", 1, 300)
    said = surface.said([one.given for one in states])
    for group in ("urgency", "at worst"):
        assert {word for one in said for word in one[group]} == set(Urgency)
    assert {word for one in said for word in one["outcome"]} == set(Outcome)
    for group in ("set aside", "contradictions", "noes", "asked again", "causes", "types", "at worst because"):
        assert any(one[group] for one in said), group
    assert any(one["next of one"] == [] and one["next of two"] for one in said)
    assert any(interview.history for interview in states)
    assert any(one["open"] for one in said)
    assert any(one["unknown"] for one in said)


def test_what_was_answered_to_a_question_that_is_asked_anew_counts_nothing_until_then() -> None:
    """Nothing said, said unknown, and not applicable are three things to the circuit."""
    _, surface, _ = surface_and_cases("shipped")
    baby_at_work = {"age_group": frozenset({"infant_1_6m"}), "impact": frozenset({"stops_activities"})}
    nothing, unknown, baby = surface.said([{}, {"medicines": UNKNOWN}, baby_at_work])
    assert "medicines" in nothing["open"]
    assert "medicines" not in nothing["unknown"]
    assert unknown["could not rule out"] == ["medicines"]
    assert nothing["could not rule out"] == []
    assert "impact" in baby["does not apply"]
    assert baby["set aside"] == ["impact"]


# ---- small, quick and the same for the same protocol ----


def test_the_same_protocol_gives_the_same_bytes() -> None:
    code = (
        "import sys, json, hashlib, triage; from triage.circuit.consultation import Consultation;"
        "one = Consultation(triage.load_protocol());"
        "print(hashlib.sha256(one.aiger + json.dumps(one.wiring).encode()).hexdigest())"
    )
    made = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        made.add(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True).stdout)
    assert len(made) == 1


def test_it_is_small_enough_for_a_page(protocol: Protocol) -> None:
    consultation = Consultation(protocol)
    assert len(consultation.aiger) < 60_000
    assert len(json.dumps(consultation.wiring, separators=(",", ":"))) < 50_000


@pytest.mark.parametrize("seed", range(8))
def test_sharing_changes_no_output_and_makes_nothing_larger(seed: int) -> None:
    rng = Random(seed)
    circuit = Circuit()
    inputs = [circuit.input() for _ in range(8)]
    gates = [*inputs, TRUE]
    for _ in range(60):
        parts = [gate ^ rng.getrandbits(1) for gate in rng.sample(gates, rng.randint(2, 6))]
        gates.append(rng.choice((circuit.all_of, circuit.any_of))(parts))
    outputs = [gate ^ rng.getrandbits(1) for gate in rng.sample(gates, 20)] + [FALSE, inputs[0]]
    other, same = shared(circuit, outputs)
    bits = [sum(1 << case for case in range(256) if case >> number & 1) for number in range(8)]
    everybody = (1 << 256) - 1
    before = circuit.evaluate(outputs, dict(zip(inputs, bits, strict=True)), everybody)
    assert other.evaluate(same, dict(zip(other.inputs, bits, strict=True)), everybody) == before
    assert len(other.below(same, done=other.inputs)) <= len(circuit.below(outputs, done=inputs))


def test_what_several_gates_have_in_common_is_built_once() -> None:
    circuit = Circuit()
    one, two, three, four, five = (circuit.input() for _ in range(5))
    # In the order of their numbers they begin with different parts, and end with the same.
    outputs = [circuit.all_of((first, four, five)) for first in (one, two, three)]
    other, same = shared(circuit, outputs)
    assert len(circuit.below(outputs, done=circuit.inputs)) == 6
    assert len(other.below(same, done=other.inputs)) == 4


# ---- AIGER ----


def test_a_file_is_as_the_format_says() -> None:
    """The half adder of the description of the format."""
    circuit = Circuit()
    one, other = circuit.input(), circuit.input()
    carry = circuit.all_of((one, other))
    total = circuit.all_of((opposite(carry), opposite(circuit.all_of((opposite(one), opposite(other))))))
    data = written_aiger(circuit, [one, other], [total, carry])
    assert data == b"aig 5 2 0 2 3\n10\n6\n\x02\x02\x03\x02\x01\x02"
    assert read_aiger(data + b"i0 x\ni1 y\no0 s\no1 c\n").run([0b0011, 0b0101], 0b1111) == [0b0110, 0b0001]


def test_what_is_read_back_is_what_was_written() -> None:
    rng = Random(7)
    circuit = Circuit()
    gates = [circuit.input() for _ in range(9)]
    inputs = list(gates)
    for _ in range(400):
        gates.append(circuit.all_of(gate ^ rng.getrandbits(1) for gate in rng.sample(gates, 2)))
    outputs = [*gates[-40:], TRUE, FALSE, inputs[3], opposite(inputs[3])]
    everybody = (1 << 512) - 1
    bits = [sum(1 << case for case in range(512) if case >> number & 1) for number in range(9)]
    file = read_aiger(written_aiger(circuit, inputs, outputs))
    assert file.run(bits, everybody) == circuit.evaluate(outputs, dict(zip(inputs, bits, strict=True)), everybody)
    assert file.built(circuit, inputs) == outputs  # equal gates are built once


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"aag 3 2 0 1 1\n6\n",
        b"aig 3 2 0 1 1\n6\n\x02",
        b"aig 3 2 0 1 1\n8\n\x02\x02",
        b"aig 3 2 0 2 1\n6\n",
        b"aig 3 2 1 1 1\n6\n\x02\x02",
        b"aig 3 2 0 1 1\n6\n\x00\x02",
        b"aig 3 2 0 1 1\n6\n\x02\x7f",
        b"aig 3 2 0 1 -1\n6\n\x02\x02",
    ],
)
def test_bytes_that_are_no_circuit_are_refused(data: bytes) -> None:
    with pytest.raises(AigerFault):
        read_aiger(data)
