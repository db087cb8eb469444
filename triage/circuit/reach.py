"""What every condition is now and may still become, as gates: ``triage.interview.reach`` for all answers at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, Gate, opposite
from triage.circuit.graph import Group
from triage.conditions.condition import All, AnyOf, Besides, Every, InState, Misplaced, NoneOf, Only

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        stays_neither = self.circuit.all_of((opposite(can[0]), opposite(can[1])))
        settled = self.circuit.any_of((*stays, stays_neither))
        return Reach(true, false, *stays, *can, opposite(settled))

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
            roots: the conditions, each with where it counts.

        """
        counts: dict[int, list[Gate]] = defaultdict(list)
        for node, gate in roots:
            counts[node.number].append(gate)
        found: dict[str, list[Gate]] = defaultdict(list)
        for node in reversed(self.graph.nodes):  # each after all that it is a part of
            if node.number not in counts:
                continue
            matters = self.circuit.any_of(counts[node.number])
            if isinstance(node, Group):
                matters = self.circuit.all_of((matters, self.of(node).unsettled))
                for part in node.parts:
                    counts[part.number].append(matters)
                continue
            if not isinstance(node.test, Misplaced):
                found[node.test.question].append(matters)
            if node.when is not None:
                asked_for = (matters, self.of(node).unsettled, opposite(self._conditions.of(node.test.question).open))
                counts[node.when.number].append(self.circuit.all_of(asked_for))
        return {
            name: self.circuit.all_of((self.circuit.any_of(gates), self._conditions.of(name).open))
            for name, gates in found.items()
        }
