"""What every condition is now and may still become, as gates: ``triage.interview.reach`` for all answers at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, TRUE, Gate, opposite
from triage.circuit.graph import Group
from triage.conditions.condition import All, AnyOf, Besides, Every, InState, Misplaced, NoneOf, Only

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from triage.circuit.conditions import Conditions
    from triage.circuit.graph import ConditionGraph, Leaf, Node
    from triage.conditions.condition import Test
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["Reach", "Reaches"]


@dataclass(frozen=True, slots=True)
class Reach:
    """What a condition is, and what it can end as: true, false, or neither where an answer it needs is unknown."""

    true: Gate
    false: Gate
    stays_true: Gate
    """Where it is true whatever is still answered."""
    stays_false: Gate
    can_be_true: Gate
    can_be_false: Gate
    may_come_true: Gate
    """Where it can still be true and need not."""
    unsettled: Gate
    """Where some answer can still change it."""


class Reaches:
    """The reach of every condition in a graph; each is built once.

    Args:
        graph: the conditions.
        conditions: builds the gates of single tests.
        questionnaire: the questions.

    """

    def __init__(self, graph: ConditionGraph, conditions: Conditions, questionnaire: Questionnaire) -> None:
        self.circuit = conditions.circuit
        self.graph = graph
        self._conditions = conditions
        self._questions = questionnaire.by_id
        self._known: dict[int, Reach] = {}

    def of(self, node: Node) -> Reach:
        """Return the gates of a node."""
        reach = self._known.get(node.number)
        if reach is None:
            sides = self._of_group(node) if isinstance(node, Group) else self._of_test(node)
            reach = self._known[node.number] = self._reach(*sides)
        return reach

    def _reach(self, true: Gate, false: Gate, stays: tuple[Gate, Gate], can: tuple[Gate, Gate]) -> Reach:
        may_turn = [self.circuit.all_of((can[side], opposite(stays[side]))) for side in (0, 1)]
        return Reach(true, false, *stays, *can, may_turn[0], self.circuit.any_of(may_turn))

    def _of_group(self, group: Group) -> tuple[Gate, Gate, tuple[Gate, Gate], tuple[Gate, Gate]]:
        every, some = self.circuit.all_of, self.circuit.any_of
        parts = [self.of(part) for part in group.parts]
        if group.kind is not All:
            every, some = some, every
        true, false = every(one.true for one in parts), some(one.false for one in parts)
        stays = every(one.stays_true for one in parts), some(one.stays_false for one in parts)
        can = every(one.can_be_true for one in parts), some(one.can_be_false for one in parts)
        if group.kind is NoneOf:
            return false, true, stays[::-1], can[::-1]
        return true, false, stays, can

    def _of_test(self, leaf: Leaf) -> tuple[Gate, Gate, tuple[Gate, Gate], tuple[Gate, Gate]]:
        """Return the gates of one test.

        An answer counts for good only where its question cannot turn out not to apply; a question that does not apply
        may come to apply where what decides about it may itself be set aside.
        """
        every, some = self.circuit.all_of, self.circuit.any_of
        test, state = leaf.test, self._conditions.of(leaf.test.question)
        now = self._conditions.sides(test)
        lapses, comes_back = self._may_change(leaf)
        open_, turns_true, turns_false = state.open, every((comes_back, self._may_hold(test))), lapses
        if isinstance(test, Misplaced):
            warned = self._given(test.question, self._questions[test.question].warnings)
            open_, turns_true, turns_false = FALSE, every((lapses, warned)), comes_back
        elif isinstance(test, InState) and test.state == "not_applicable":
            turns_true, turns_false = lapses, comes_back
        stays = every((now.true, opposite(turns_false))), every((now.false, opposite(turns_true)))
        can = some((now.true, open_, turns_true)), some((now.false, open_, turns_false))
        return now.true, now.false, stays, can

    def _may_change(self, leaf: Leaf) -> tuple[Gate, Gate]:
        """Return where an answer to a question may yet turn out not to apply, and where one set aside may apply."""
        if leaf.when is None:
            return FALSE, FALSE
        when = self.of(leaf.when)
        can_change = opposite(when.stays_false)
        return self.circuit.all_of((when.can_be_false, can_change)), self.circuit.all_of((when.false, can_change))

    def _may_hold(self, test: Test) -> Gate:
        """Return where a test would hold if its question applied, or may hold since nothing was said to it."""
        codes = self._questions[test.question].codes
        said = self._given(test.question, codes)
        match test:
            case AnyOf(name, wanted):
                held = self._given(name, wanted)
            case Besides(name, wanted):
                held = self._given(name, [code for code in codes if code not in wanted])
            case Only(name, wanted):
                held = opposite(self._given(name, [code for code in codes if code not in wanted]))
            case Every(name, wanted):
                held = self.circuit.all_of(self._conditions.given[name, code] for code in wanted)
            case _:
                held = FALSE
        return self.circuit.any_of((held, opposite(said)))

    def _given(self, question: str, codes: Iterable[str]) -> Gate:
        return self.circuit.any_of(self._conditions.given[question, code] for code in codes)

    # ---- which questions still matter ----

    def open_questions(self, roots: Iterable[tuple[Node, Gate]]) -> dict[str, Gate]:
        """Return for each question where it is open and can still change one of some conditions.

        Args:
            roots: the conditions, each with where it counts; it does so only where it is unsettled.

        """
        counts: dict[int, list[Gate]] = defaultdict(list)
        unsettled: dict[int, list[Gate]] = defaultdict(list)
        for node, gate in roots:
            unsettled[node.number].append(gate)
        found: dict[str, list[Gate]] = defaultdict(list)
        only_within: dict[Gate, list[Gate]] = {}
        for node in reversed(self.graph.nodes):  # each after all that it is a part of
            if node.number not in counts and node.number not in unsettled:
                continue
            if isinstance(node, Group):
                matters = self._matters(node, counts[node.number], unsettled[node.number])
                if not unsettled[node.number]:
                    only_within[matters] = counts[node.number]
                for part in node.parts:
                    counts[part.number].append(matters)
                continue
            if not isinstance(node.test, Misplaced):
                found[node.test.question] += counts[node.number] + unsettled[node.number]
            if node.when is not None:
                matters = self._matters(node, counts[node.number], unsettled[node.number])
                answered = opposite(self._conditions.of(node.test.question).open)
                counts[node.when.number].append(self.circuit.all_of((matters, answered)))
        return {
            name: self.circuit.all_of((self._any_of(gates, only_within), self._conditions.of(name).open))
            for name, gates in found.items()
        }

    def _matters(self, node: Node, counts: Sequence[Gate], unsettled: Sequence[Gate]) -> Gate:
        """Return where a node is unsettled and counts, if it is a part of what does so, or by itself."""
        if not counts:
            return self.circuit.any_of(unsettled)
        as_a_part = self.circuit.all_of((self.circuit.any_of(counts), self.of(node).unsettled))
        return self.circuit.any_of((as_a_part, *unsettled))

    def _any_of(self, gates: Iterable[Gate], only_within: Mapping[Gate, Iterable[Gate]]) -> Gate:
        """Return where any of some gates is true, without those that are so only where others of them are."""
        wanted = set(gates)
        return self.circuit.any_of(gate for gate in wanted if not wanted.issuperset(only_within.get(gate, (TRUE,))))
