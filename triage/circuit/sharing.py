"""A circuit with the same outputs and fewer gates.

What the other parts of a wide AND say already is left out of it, and what several of them have in common is built once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import heapify, heappop, heappush
from itertools import combinations
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, TRUE, Circuit, Gate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["shared"]


def shared(circuit: Circuit, outputs: Sequence[Gate]) -> tuple[Circuit, list[Gate]]:
    """Return another circuit with the same inputs, and its gates that say what some gates of a circuit say."""
    plain = _Plain(_wide_ands(circuit, outputs))
    wanted = [plain.same(gate) for gate in outputs]
    needed = {gate: plain.parts[gate] for gate in _parts_first(plain.parts, wanted)}
    made = _with_common_pairs(needed, first_new=2 * circuit.size + 2)
    result = Circuit()
    gates = {FALSE: FALSE} | {gate: result.input() for gate in circuit.inputs}
    for gate in _parts_first(made, wanted):
        gates[gate] = result.all_of(gates[part & ~1] ^ part & 1 for part in made[gate])
    return result, [gates[gate & ~1] ^ gate & 1 for gate in wanted]


def _wide_ands(circuit: Circuit, outputs: Sequence[Gate]) -> dict[Gate, set[Gate]]:
    """Return the ANDs that are used more than once, or as an opposite, with all that they are ANDs of."""
    used: Counter[Gate] = Counter()
    needed = circuit.below(outputs)
    for gate in needed:
        used.update(circuit.parts(gate) or ())
    inside = {gate for gate in needed if used[gate] == 1 and not used[gate ^ 1]} - {gate & ~1 for gate in outputs}
    found: dict[Gate, set[Gate]] = {}
    for gate in needed:
        parts = circuit.parts(gate)
        if parts:
            parts_of = (found.pop(part) if part in inside and part in found else {part} for part in parts)
            found[gate] = set().union(*parts_of)
    return found


class _Plain:
    """Wide ANDs without what their other parts say already.

    Args:
        wide: the parts of each AND, in an order in which each stands after its parts.

    """

    def __init__(self, wide: Mapping[Gate, set[Gate]]) -> None:
        self.parts: dict[Gate, set[Gate]] = {}
        self._same: dict[Gate, Gate] = {}
        self._implied: dict[Gate, frozenset[Gate]] = {}
        """All that is true where each AND is."""
        known: dict[frozenset[Gate], Gate] = {}
        for gate, parts in wide.items():
            left = self._without_idle({self.same(part) for part in parts} - {TRUE})
            if left is None:
                self._same[gate] = FALSE
            elif len(left) < 2:
                self._same[gate] = min(left, default=TRUE)
            elif (key := frozenset(left)) in known:
                self._same[gate] = known[key]
            else:
                known[key] = gate
                self.parts[gate] = left
                self._implied[gate] = self._all_implied(left)

    def same(self, gate: Gate) -> Gate:
        """Return the gate that is built in the place of one."""
        return self._same.get(gate & ~1, gate & ~1) ^ (gate & 1)

    def _all_implied(self, parts: Iterable[Gate]) -> frozenset[Gate]:
        return frozenset(parts).union(*(self._implied.get(part, ()) for part in parts))

    def _without_idle(self, parts: set[Gate]) -> set[Gate] | None:
        """Return the parts that matter, or None where they are never all true."""
        left = set(parts)
        for part in sorted(parts, reverse=True):
            others = self._all_implied(left - {part})
            if part ^ 1 in others or FALSE in others:
                return None
            if part in others:
                left.discard(part)
            elif part & 1 and part ^ 1 in self.parts:
                inner = self.parts[part ^ 1]
                if any(one ^ 1 in others for one in inner):
                    left.discard(part)  # it cannot be true beside the others
                    continue
                open_parts = inner - others
                if len(open_parts) < 2:
                    left.discard(part)
                    left.add(min(open_parts, default=TRUE) ^ 1)
        return None if FALSE in left or any(part ^ 1 in left for part in left) else left


def _with_common_pairs(wide: Mapping[Gate, set[Gate]], first_new: Gate) -> dict[Gate, tuple[Gate, ...]]:
    """Return the ANDs with new ones for the pairs that most of them have in common."""
    sets = {gate: set(parts) for gate, parts in wide.items()}
    within: dict[Gate, set[Gate]] = defaultdict(set)
    counts: Counter[tuple[Gate, Gate]] = Counter()
    for gate, parts in sets.items():
        for part in parts:
            within[part].add(gate)
        counts.update(combinations(sorted(parts), 2))
    heap = [(-count, pair) for pair, count in counts.items() if count > 1]
    heapify(heap)
    made: dict[Gate, tuple[Gate, ...]] = {}
    while heap:
        said, pair = heappop(heap)
        both = within[pair[0]] & within[pair[1]]
        if len(both) < 2:
            continue
        if len(both) < -said:
            heappush(heap, (-len(both), pair))
            continue
        new, first_new = first_new, first_new + 2
        made[new] = pair
        near: Counter[Gate] = Counter()
        for gate in sorted(both):
            parts = sets[gate]
            parts.difference_update(pair)
            for part in pair:
                within[part].discard(gate)
            near.update(parts)
            parts.add(new)
            within[new].add(gate)
        for other, count in near.items():
            if count > 1:
                heappush(heap, (-count, (min(other, new), max(other, new))))
    return made | {gate: tuple(parts) for gate, parts in sets.items()}


def _parts_first(made: Mapping[Gate, Iterable[Gate]], outputs: Sequence[Gate]) -> list[Gate]:
    """Return the ANDs that outputs are built from, each after its parts and near them."""
    order: dict[Gate, None] = {}
    todo = [(gate & ~1, False) for gate in reversed(outputs)]
    while todo:
        gate, ready = todo.pop()
        if ready:
            order[gate] = None
        elif gate in made and gate not in order:
            todo.append((gate, True))
            todo += [(part & ~1, False) for part in made[gate]]
    return list(order)
