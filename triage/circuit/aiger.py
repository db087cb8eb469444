"""Circuits as files in the public binary AIGER format (version 1.9, without latches), and how they are run.

See "The AIGER And-Inverter Graph (AIG) Format Version 20071012" by Armin Biere; 1.9 only adds to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.circuit.gates import Circuit, Gate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["AigerFault", "AigerFile", "read_aiger", "written_aiger"]


class AigerFault(ValueError):
    """Bytes that are no circuit."""


def written_aiger(circuit: Circuit, inputs: Sequence[Gate], outputs: Sequence[Gate]) -> bytes:
    """Return some gates of a circuit, with all they are built from, as the bytes of a file.

    Args:
        circuit: where the gates are.
        inputs: the inputs, in the order they have in the file.
        outputs: the gates, in the order they have in the file; one may stand twice.

    """
    numbers = {0: 0} | {gate: 2 * (index + 1) for index, gate in enumerate(inputs)}
    wanted = circuit.below(outputs, done=numbers)
    for gate in wanted:
        numbers[gate] = 2 * len(numbers)

    def number(gate: Gate) -> int:
        return numbers[gate & ~1] | gate & 1

    body = bytearray()
    for gate in wanted:
        parts = circuit.parts(gate)
        if parts is None:
            raise ValueError("an input of the circuit is not among the inputs of the file")
        small, large = sorted(map(number, parts))
        body += _as_bytes(numbers[gate] - large)
        body += _as_bytes(large - small)
    head = f"aig {len(inputs) + len(wanted)} {len(inputs)} 0 {len(outputs)} {len(wanted)}\n"
    return (head + "".join(f"{number(gate)}\n" for gate in outputs)).encode("ascii") + bytes(body)


def _as_bytes(number: int) -> bytes:
    """Return a number as seven bits a byte, the lowest first; all bytes but the last have the highest bit set."""
    result = bytearray()
    while number > 0x7F:
        result.append(number & 0x7F | 0x80)
        number >>= 7
    result.append(number)
    return bytes(result)


@dataclass(frozen=True)
class AigerFile:
    """A circuit as it stands in a file."""

    inputs: int
    """How many inputs it has; they have the numbers 2, 4, 6 and so on."""
    outputs: tuple[Gate, ...]
    ands: tuple[tuple[Gate, Gate], ...]
    """The parts of each AND; the first AND has the number after the last input."""

    def run(self, inputs: Sequence[int], everybody: int) -> list[int]:
        """Return the outputs for many people at once, a bit for each.

        Args:
            inputs: the bits of all inputs.
            everybody: a number with the bits of all people set.

        """
        if len(inputs) != self.inputs:
            raise ValueError(f"the circuit has {self.inputs} inputs, not {len(inputs)}")
        values = [0, everybody]
        for bits in inputs:
            values += (bits, bits ^ everybody)
        for one, other in self.ands:
            bits = values[one] & values[other]
            values += (bits, bits ^ everybody)
        return [values[gate] for gate in self.outputs]

    def built(self, circuit: Circuit, inputs: Sequence[Gate]) -> list[Gate]:
        """Build it into another circuit over gates that take the place of its inputs, and return the outputs."""
        gates = [0, 1]
        for gate in inputs:
            gates += (gate, gate ^ 1)
        for one, other in self.ands:
            gate = circuit.all_of((gates[one], gates[other]))
            gates += (gate, gate ^ 1)
        return [gates[gate] for gate in self.outputs]


def read_aiger(data: bytes) -> AigerFile:
    """Read a circuit without latches; symbols and comments behind it are passed over.

    Raises:
        AigerFault: the bytes are no such circuit.

    """
    head, _, rest = data.partition(b"\n")
    words = head.split(b" ")
    if len(words) != 6 or words[0] != b"aig" or not all(word.isdigit() for word in words[1:]):
        raise AigerFault("does not begin like a binary AIGER file: aig M I L O A")
    most, inputs, latches, outputs, ands = map(int, words[1:])
    if latches or most != inputs + ands:
        raise AigerFault("has latches, or another number of variables than inputs and ANDs")
    lines = rest.split(b"\n", outputs)
    if len(lines) <= outputs or not all(line.isdigit() for line in lines[:outputs]):
        raise AigerFault("ends within its outputs")
    numbers = tuple(map(int, lines[:outputs]))
    if any(number > 2 * most + 1 for number in numbers):
        raise AigerFault("has an output that is no gate")
    deltas = _numbers(lines[outputs])
    parts = []
    for index in range(ands):
        large = 2 * (inputs + index + 1) - next(deltas)
        small = large - next(deltas)
        if not 0 <= small <= large < 2 * (inputs + index + 1):
            raise AigerFault("has an AND that is not built from gates before it")
        parts.append((small, large))
    return AigerFile(inputs, numbers, tuple(parts))


def _numbers(data: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0
    raise AigerFault("ends within its ANDs")
