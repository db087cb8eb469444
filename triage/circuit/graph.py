"""All conditions of a protocol as one graph: equal conditions, wherever they stand, are one node of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.conditions.condition import (
    All,
    Any,
    Condition,
    Found,
    NoneOf,
    Test,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.protocol.protocol import Protocol

__all__ = ["ConditionGraph", "Group", "Leaf", "Node"]


@dataclass(frozen=True, eq=False, slots=True)
class Leaf:
    """A test of one question."""

    number: int
    test: Test
    when: Node | None
    """The condition on which the question applies."""


@dataclass(frozen=True, eq=False, slots=True)
class Group:
    """Parts that are all to hold, or one of which is, or none."""

    number: int
    kind: type[All | Any | NoneOf]
    parts: tuple[Node, ...]


Node = Leaf | Group


class ConditionGraph:
    """The graph; a finding is the group of the conditions that it stands on.

    Args:
        protocol: whose conditions.

    """

    def __init__(self, protocol: Protocol) -> None:
        self.nodes: list[Node] = []
        """Each after all its parts."""
        self._protocol = protocol
        self._by_test: dict[Test, Leaf] = {}
        self._by_parts: dict[tuple[type, tuple[int, ...]], Group] = {}
        self._by_finding: dict[str, Node] = {}
        self._by_condition: dict[int, Node] = {}  # by identity: the protocol holds every condition

    def of(self, condition: Condition) -> Node:
        """Return the node of a condition."""
        node = self._by_condition.get(id(condition))
        if node is None:
            node = self._by_condition[id(condition)] = self._made(condition)
        return node

    def _made(self, condition: Condition) -> Node:
        match condition:
            case All(parts) | Any(parts) | NoneOf(parts):
                return self._group(type(condition), [self.of(part) for part in parts])
            case Found(finding):
                if finding not in self._by_finding:
                    self._by_finding[finding] = self._behind(finding)
                return self._by_finding[finding]
            case _:
                if condition not in self._by_test:
                    when = self._protocol.questionnaire.by_id[condition.question].when
                    applies = None if when is None else self.of(when)
                    leaf = self._by_test[condition] = Leaf(len(self.nodes), condition, applies)
                    self.nodes.append(leaf)
                return self._by_test[condition]

    def _behind(self, finding: str) -> Node:
        derived = self._protocol.derived_findings.get(finding)
        if derived is not None:
            return self.of(derived)
        return self._group(Any, [self.of(rule.when) for rule in self._protocol.finding_rules[finding]])

    def _group(self, kind: type[All | Any | NoneOf], parts: Iterable[Node]) -> Node:
        different = tuple(dict.fromkeys(parts))
        if len(different) == 1 and kind is not NoneOf:
            return different[0]
        key = (kind, tuple(sorted(part.number for part in different)))
        if key not in self._by_parts:
            group = self._by_parts[key] = Group(len(self.nodes), kind, different)
            self.nodes.append(group)
        return self._by_parts[key]
