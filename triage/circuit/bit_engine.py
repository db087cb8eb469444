"""The bit engine: every rule of a protocol for thousands of people at once.

It reads the same condition tree as the other engines and draws the same conclusions as ``triage.engines.decision``,
but with bits: a rule is a handful of ANDs and ORs, and one machine instruction does them for 64 people.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from triage.answers.bit_layout import WORD_BITS, BitLayout
from triage.circuit.conditions import Conditions, inputs_for
from triage.circuit.gates import FALSE, Circuit, Gate, opposite
from triage.circuit.machine_words import Program, exchange_bits_and_people
from triage.circuit.results import Results
from triage.protocol.unanswered import rules_of_unanswered
from triage.protocol.urgency import Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from triage.circuit.machine_words import Words
    from triage.protocol.protocol import Protocol

    Bools = NDArray[np.bool_]

__all__ = ["BitEngine", "Conclusions", "Group", "bit_engine"]

_MOST_ENGINES = 4
"""Protocols whose engines are kept; hardly anybody scores by more at a time."""


@dataclass(frozen=True)
class Group:
    """Bits of a result that belong together; they fill whole words."""

    codes: tuple[str, ...]
    """What each bit says, from the lowest; two bits may say the same, and then at most one of them is set."""
    first_word: int

    @property
    def words(self) -> slice:
        """The rows of the result that hold the bits."""
        return slice(self.first_word, self.first_word + max(1, -(-len(self.codes) // WORD_BITS)))


@dataclass(frozen=True)
class Conclusions:
    """What the rules conclude for many people."""

    words: Words
    """A column a person; the rows are divided into the groups of the engine."""
    counts: NDArray[np.int64]
    """For how many people each bit is set: word by word, from the lowest bit."""

    @property
    def people(self) -> int:
        """How many people these are."""
        return int(self.words.shape[1])

    def counted(self, group: Group) -> dict[str, int]:
        """Return for how many people each code of a group holds."""
        found = dict.fromkeys(group.codes, 0)
        first = group.first_word * WORD_BITS
        for code, count in zip(group.codes, self.counts[first:].tolist(), strict=False):
            found[code] += count
        return found


@lru_cache(_MOST_ENGINES)
def bit_engine(protocol: Protocol) -> BitEngine:
    """Return the engine of a protocol, which is built once and may be used by several threads."""
    return BitEngine(protocol)


class BitEngine:
    """Judges a protocol for many people at once; nothing in it changes, so that threads may share it."""

    def __init__(self, protocol: Protocol) -> None:
        self.protocol = protocol
        self.layout = BitLayout(protocol.questionnaire)
        self._circuit = Circuit()
        self._given = inputs_for(self._circuit, protocol.questionnaire)
        conditions = Conditions(self._circuit, protocol.questionnaire, self._given)
        self._results = results = Results(protocol, conditions)
        self._outputs: list[Gate] = []
        flags = protocol.questionnaire.red_flags
        self.decided = self._group(
            (f"{field}={value}", gate)
            for field, gates in (
                ("outcome", results.outcome),
                ("urgency", results.urgency),
                ("at_worst", results.at_worst),
                ("only_unanswered", dict(self._only_unanswered())),
            )
            for value, gate in gates.items()
        )
        self.types = self._group(self._types())
        self.causes = self._group(results.causes.items())
        self.warning_signs = self._group(
            (f"{flag.id}={code}", self._given[flag.id, code]) for flag in flags for code in flag.warnings
        )
        self.could_not_rule_out = self._group((flag.id, conditions.unknown(flag.id)) for flag in flags)
        asked = protocol.questionnaire.questions
        self.set_aside = self._group((one.id, conditions.set_aside(one, self._given)) for one in asked if one.when)
        self.rules = self._group((rule.id, results.fires(rule)) for rule in protocol.rules)
        self._program = Program(self._circuit, list(self._given.values()), self._outputs)

    def _only_unanswered(self) -> Iterator[tuple[str, Gate]]:
        """Yield where a result is as urgent as it is from unanswered warning questions alone; it is only counted."""
        open_rules = rules_of_unanswered(self.protocol)
        for urgency in Urgency:
            as_urgent = [rule for rule in self.protocol.rules if rule.then.urgency is urgency]
            others = [rule for rule in as_urgent if rule.id not in open_rules]
            if len(others) == len(as_urgent):
                continue
            for_another = self._circuit.any_of(self._results.fires(rule) for rule in others)
            yield urgency.value, self._circuit.all_of((self._results.urgency[urgency], opposite(for_another)))

    def conclude(self, answers: Words) -> Conclusions:
        """Draw the conclusions for people whose answers are words of the engine's layout."""
        people = answers.shape[1]
        bits = self._run(self._program, answers, len(self._outputs))
        counts = np.bitwise_count(bits).sum(axis=1, dtype=np.int64)
        for word in bits.reshape(-1, WORD_BITS, bits.shape[1]):
            exchange_bits_and_people(word)
        words = bits.reshape(bits.shape[0] // WORD_BITS, -1)
        nobody = words.shape[1] - people
        if nobody:
            last = np.ascontiguousarray(words[:, -1]).astype("<u8").view(np.uint8)
            counts -= nobody * np.unpackbits(last, bitorder="little").astype(np.int64)
        return Conclusions(words[:, :people], counts)

    def truths(self, answers: Words) -> dict[str, tuple[Bools, Bools]]:
        """Return for every rule, cause and finding of whom it is certainly true and of whom certainly false."""
        protocol, results = self.protocol, self._results
        entries = (*protocol.rules, *protocol.active_causes)
        judged = {entry.id: results.sides(entry) for entry in entries if entry.when is not None} | results.findings
        gates = [gate for one in judged.values() for gate in (one.true, one.false)]
        program = Program(self._circuit, list(self._given.values()), gates)
        bits = self._run(program, answers, len(gates)).astype("<u8").view(np.uint8)
        by_column = np.unpackbits(bits.reshape(len(gates), -1, 8), axis=2, bitorder="little")
        by_person = by_column.transpose(0, 2, 1).reshape(len(gates), -1)[:, : answers.shape[1]]
        rows = iter(by_person.astype(np.bool_))
        return {name: (next(rows), next(rows)) for name in judged}

    def _run(self, program: Program, answers: Words, outputs: int) -> NDArray[np.uint64]:
        """Return a row of bits for each output; who is added to fill the last word answered nothing."""
        columns = max(1, -(-answers.shape[1] // WORD_BITS))
        inputs = np.zeros((answers.shape[0], WORD_BITS * columns), np.uint64)
        inputs[:, : answers.shape[1]] = answers
        bits = inputs.reshape(-1, WORD_BITS, columns)
        for word in bits:
            exchange_bits_and_people(word)
        rows = bits.reshape(-1, columns)
        result = np.empty((outputs, columns), np.uint64)
        program.run((rows[self.layout.bit(*choice)] for choice in self._given), list(result))
        return result

    # ---- building ----

    def _types(self) -> list[tuple[str, Gate]]:
        """Return the types in the order of the rules, each where its first speaking rule stands."""
        build = self._circuit
        named: dict[str, Gate] = {}
        found: list[tuple[str, Gate]] = []
        for rule in self.protocol.rules:
            speaks = self._results.speaks(rule)
            for code in dict.fromkeys(rule.then.types):
                before = named.get(code, FALSE)
                first = build.all_of((speaks, opposite(before)))
                named[code] = build.any_of((before, speaks))
                if found and found[-1][0] == code:
                    found[-1] = (code, build.any_of((found[-1][1], first)))
                else:
                    found.append((code, first))
        return found

    def _group(self, bits: Iterable[tuple[str, Gate]]) -> Group:
        listed = list(bits)
        group = Group(tuple(code for code, _ in listed), len(self._outputs) // WORD_BITS)
        self._outputs += [gate for _, gate in listed]
        rest = -len(self._outputs) % WORD_BITS if listed else WORD_BITS
        self._outputs += [FALSE] * rest
        return group
