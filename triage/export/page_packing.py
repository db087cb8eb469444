"""A circuit as it stands in a page: the gates of its AIGER file, written so that they pack well.

AIGER writes how far a part lies before its gate. Here the larger part is written so only where it is a gate, all else
by its own number, the other part by how far it lies before the larger one, and the bytes of all numbers stand side by
side, the low ones first: that packs to less than two thirds.
Nothing is lost; ``unpacked`` gives the file back.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from triage.circuit.aiger import AigerFile, read_aiger

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["packed", "unpacked"]

_BYTES = 3
"""So many bytes hold a number: a circuit may have four million gates."""


def packed(wiring: Mapping[str, Any], aiger: bytes) -> bytes:
    """Return a circuit and what its inputs and outputs mean, for a page."""
    circuit = read_aiger(aiger)
    sizes = {"sizes": [circuit.inputs, len(circuit.outputs), len(circuit.ands)]}
    head = json.dumps({**sizes, **wiring}, separators=(",", ":")).encode()
    first = 2 * circuit.inputs + 2
    places = range(first, first + 2 * len(circuit.ands), 2)
    larger = [large for _, large in circuit.ands]
    written = [
        *(gate if gate < first else first + here - gate for gate, here in zip(larger, places, strict=True)),
        *(large - small for small, large in circuit.ands),
        *circuit.outputs,
    ]
    planes = b"".join(bytes(number >> 8 * plane & 0xFF for number in written) for plane in range(_BYTES))
    return head + b"\n" + planes


def unpacked(data: bytes) -> tuple[dict[str, Any], AigerFile]:
    """Return what ``packed`` was given, as the page reads it."""
    head, _, planes = data.partition(b"\n")
    wiring = json.loads(head)
    inputs, outputs, ands = wiring.pop("sizes")
    first, count = 2 * inputs + 2, 2 * ands + outputs

    def number(index: int) -> int:
        return sum(planes[index + plane * count] << 8 * plane for plane in range(_BYTES))

    def larger(one: int) -> int:
        written = number(one)
        return written if written < first else 2 * first + 2 * one - written

    parts = tuple((large - number(ands + one), large) for one, large in enumerate(map(larger, range(ands))))
    return wiring, AigerFile(inputs, tuple(number(2 * ands + one) for one in range(outputs)), parts)
