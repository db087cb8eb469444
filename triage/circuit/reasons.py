"""Which answers made a rule true, as gates: ``triage.engines.deciding_answers`` for all answers at once."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, TRUE, Gate, opposite
from triage.circuit.graph import Group, Leaf
from triage.conditions.condition import All, AnyOf, Besides, Every, InState, Misplaced, NoneOf, Only

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.circuit.conditions import Conditions
    from triage.circuit.graph import Node
    from triage.circuit.reach import Reaches
    from triage.conditions.truth import Truth
    from triage.protocol.questionnaire import Questionnaire

__all__ = ["NO_CODE", "Pair", "Reasons"]

Pair = tuple[str, str]
"""A question and one of its codes, or one of the words for having none."""
NO_CODE = ""
"""Stands for a question that is named without a code: nothing that warns was given although it does not apply."""
Mentions = dict[Pair, Gate]
"""Where each answer is among those that made a condition what it is; it says nothing where the condition is not so."""


class Reasons:
    """The answers behind conditions.

    A gate of it speaks only of people for whom the condition has the value in question, and who gave one answer to
    each single choice: elsewhere it may say anything, which saves most of the gates.

    Args:
        reaches: what the conditions are.
        conditions: the states of the questions.
        questionnaire: the questions.

    """

    def __init__(self, reaches: Reaches, conditions: Conditions, questionnaire: Questionnaire) -> None:
        self.circuit = reaches.circuit
        self._reaches = reaches
        self._conditions = conditions
        self._questions = questionnaire.by_id
        self._known: dict[tuple[int, Truth], Mentions] = {}

    # ---- what made a condition true, false or neither ----

    def behind(self, node: Node, value: Truth = True) -> Mentions:
        """Return the answers that gave a condition its value."""
        key = (node.number, value)
        if key not in self._known:
            found: dict[Pair, list[Gate]] = defaultdict(list)
            for pair, gate in self._mentions(node, value):
                found[pair].append(gate)
            self._known[key] = {
                pair: gate for pair, gates in found.items() if (gate := self.circuit.any_of(gates)) != FALSE
            }
        return self._known[key]

    def _mentions(self, node: Node, value: Truth) -> Iterator[tuple[Pair, Gate]]:
        if not isinstance(node, Group):
            yield from self._of_test(node, value)
            return
        wanted = _inside(node, value)
        certain = _all_alike(node, value)
        for part in node.parts:
            for pair, gate in self.behind(part, wanted).items():
                yield pair, gate if certain else self._where(part, wanted, gate)

    def _where(self, part: Node, value: Truth, mentioned: Gate) -> Gate:
        """Return where a part has a value and an answer is mentioned for it."""
        if mentioned != TRUE and self._says_so_itself(part, value):
            return mentioned
        return self.circuit.all_of((self._is(part, value), mentioned))

    def _is(self, node: Node, value: Truth) -> Gate:
        reach = self._reaches.of(node)
        if value is None:
            return self.circuit.all_of((opposite(reach.true), opposite(reach.false)))
        return reach.true if value else reach.false

    def _says_so_itself(self, node: Node, value: Truth) -> bool:
        """Return whether an answer that made a test what it is can be given only where the test is so."""
        if isinstance(node, Group) or value is None or isinstance(test := node.test, InState | Misplaced):
            return False
        single = not self._questions[test.question].multiple
        return single or isinstance(test, AnyOf | Besides if value else Only)

    def _of_test(self, leaf: Leaf, value: Truth) -> Iterator[tuple[Pair, Gate]]:
        test, name = leaf.test, leaf.test.question
        state = self._conditions.of(name)
        if isinstance(test, Misplaced):
            yield from self._of_misplaced(leaf, value)
            return
        if isinstance(test, InState) and value:
            yield (name, test.state), TRUE
            return
        if value is None:
            yield (name, "unknown"), state.unknown
            yield (name, "not_asked"), state.open
            return
        if isinstance(test, InState):
            yield (name, "unknown"), state.unknown
            named = self._questions[name].codes
        else:
            named = tuple(self._named(test, value))
            if value and (len(named) == 1 or (isinstance(test, Every) and test.codes)):
                yield from (((name, code), TRUE) for code in named)
                return
        yield from (((name, code), state.codes[code]) for code in named)
        if not value:
            yield (name, "not_applicable"), state.not_applicable

    def _named(self, test: AnyOf | Every | Only | Besides, value: bool) -> Iterable[str]:
        """Return the codes one of which can have made a test what it is."""
        codes = self._questions[test.question].codes
        match test:
            case AnyOf():
                inside = value
            case Every():
                if value or len(test.codes) > 1:
                    return test.codes if value and test.codes else codes
                inside = False
            case Only():
                inside = value
            case Besides():
                inside = not value
        return [code for code in codes if (code in test.codes) is inside]

    def _of_misplaced(self, leaf: Leaf, value: Truth) -> Iterator[tuple[Pair, Gate]]:
        name = leaf.test.question
        aside = self._conditions.of(name).not_applicable
        if leaf.when is None:
            return
        yield (name, NO_CODE), TRUE
        for code in self._questions[name].codes:
            yield (name, code), self.circuit.all_of((aside, self._conditions.given[name, code]))
        for other in (False,) if value else (True, False, None):
            for pair, gate in self.behind(leaf.when, other).items():
                yield pair, gate if value else self._where(leaf.when, other, gate)

    # ---- of many conditions at once ----

    def of_all(self, roots: Iterable[tuple[Node, Gate]], only: Iterable[Pair]) -> Mentions:
        """Return where some answers are among those that made any of some conditions true, where those count."""
        wanted = frozenset(only)
        counts: dict[tuple[int, Truth], list[Gate]] = defaultdict(list)
        for node, gate in roots:
            counts[node.number, True].append(gate)
        found: dict[Pair, list[Gate]] = defaultdict(list)
        aside: dict[Pair, list[Gate]] = defaultdict(list)
        for node in reversed(self._reaches.graph.nodes):
            for value in (True, False, None):
                behind = self.behind(node, value) if counts[node.number, value] else {}
                mentioned = [pair for pair in behind if pair in wanted]
                if not mentioned:
                    continue
                here = self.circuit.any_of(counts[node.number, value])
                if isinstance(node, Group):
                    inside = _inside(node, value)
                    for part in node.parts:
                        known = _all_alike(node, value) or self._says_so_itself(part, inside)
                        gate = here if known else self.circuit.all_of((here, self._is(part, inside)))
                        counts[part.number, inside].append(gate)
                elif isinstance(node.test, Misplaced):
                    for pair in mentioned:
                        aside[pair].append(self.circuit.all_of((here, behind[pair])))
                else:
                    for pair in mentioned:
                        found[pair].append(here)
        for pair, gates in found.items():
            aside[pair].append(self.circuit.all_of((self.circuit.any_of(gates), self._so(pair))))
        return {pair: self.circuit.any_of(gates) for pair, gates in aside.items()}

    def _so(self, pair: Pair) -> Gate:
        """Return where a question has a code or is without one."""
        state = self._conditions.of(pair[0])
        without = {"unknown": state.unknown, "not_applicable": state.not_applicable, "not_asked": state.open}
        return without[pair[1]] if pair[1] in without else state.codes[pair[1]]

    def not_known(self, roots: Iterable[tuple[Node, Gate]]) -> dict[str, Gate]:
        """Return where an unknown answer to each question keeps any of some conditions from being true or false."""
        counts: dict[int, list[Gate]] = defaultdict(list)
        for node, gate in roots:
            counts[node.number].append(gate)
        found: dict[str, list[Gate]] = defaultdict(list)
        for node in reversed(self._reaches.graph.nodes):
            if node.number not in counts:
                continue
            if isinstance(node, Group):
                here = self.circuit.all_of((self.circuit.any_of(counts[node.number]), self._is(node, None)))
                for part in node.parts:
                    counts[part.number].append(here)
            elif not isinstance(node.test, InState | Misplaced):
                found[node.test.question] += counts[node.number]
        return {
            name: self.circuit.all_of((self.circuit.any_of(gates), self._conditions.of(name).unknown))
            for name, gates in found.items()
        }


def _inside(group: Group, value: Truth) -> Truth:
    """Return the value of the parts that gave a group its value."""
    return value if value is None or group.kind is not NoneOf else not value


def _all_alike(group: Group, value: Truth) -> bool:
    """Return whether a group has a value only where all its parts have the value that gives it."""
    return value is (group.kind in (All, NoneOf)) if value is not None else False
