"""The rules as expressions of zen-engine, generated from the same condition tree, for comparison only.

Each rule becomes two expressions, certainly true and certainly false, as the other engines have them. The engine gets
answers that are settled already (which question applies, which is unknown), so it has less to do than the others.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import zen

from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN, Missing
from triage.conditions.condition import All, AnyOf, Every, Found, InState, Misplaced, NoneOf, Only
from triage.conditions.condition import Any as AnyPart

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.conditions.condition import Condition
    from triage.protocol.protocol import Protocol

__all__ = ["ZenRules"]


class ZenRules:
    """Judges every rule, cause and finding of a protocol by zen-engine with a static loader."""

    def __init__(self, protocol: Protocol) -> None:
        self._entries = [entry.id for entry in (*protocol.concluding_rules, *protocol.active_causes)]
        self._expressions: list[dict[str, str]] = []
        for name, condition in protocol.derived_findings.items():
            self._add(f"f_{name}", *both(condition))
        for name, rules in protocol.finding_rules.items():
            pairs = [both(rule.when) for rule in rules]
            for rule, pair in zip(rules, pairs, strict=True):
                self._add(rule.id, *pair)
            self._add(f"f_{name}", joined("or", [true for true, _ in pairs]), joined("and", [no for _, no in pairs]))
        for entry in (*protocol.concluding_rules, *protocol.active_causes):
            self._add(entry.id, *both(entry.when))
        nodes: list[dict[str, Any]] = [
            {"id": "in", "type": "inputNode", "name": "in"},
            {"id": "rules", "type": "expressionNode", "name": "rules", "content": {"expressions": self._expressions}},
            {"id": "out", "type": "outputNode", "name": "out"},
        ]
        edges = [
            {"id": "1", "sourceId": "in", "targetId": "rules", "type": "edge"},
            {"id": "2", "sourceId": "rules", "targetId": "out", "type": "edge"},
        ]
        graph = json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})
        self._engine = zen.ZenEngine({"loader": lambda _: graph})

    def _add(self, name: str, true: str, false: str) -> None:
        for key, expression in ((f"t_{name}", true), (f"n_{name}", false)):
            self._expressions.append({"id": key, "key": key, "value": expression})

    def true_rules(self, answers: Answers) -> set[str]:
        """Return the rules and causes that are certainly true."""
        found = self._engine.evaluate("rules", facts(answers))["result"]
        return {name for name in self._entries if found[f"t_{name}"]}


def facts(answers: Answers) -> dict[str, Any]:
    """Return settled answers as the expressions name them."""
    return {
        name: {
            "codes": [] if isinstance(state, Missing) else list(state),
            "unknown": state is UNKNOWN,
            "not_applicable": state is NOT_APPLICABLE,
            "misplaced": name in answers.misplaced,
        }
        for name, state in answers.states.items()
    }


def joined(word: str, parts: list[str]) -> str:
    """Join expressions by "and" or "or"."""
    return f"({f' {word} '.join(parts)})" if parts else ("true" if word == "and" else "false")


def both(condition: Condition) -> tuple[str, str]:
    """Return what is true where a condition is certainly true, and where it is certainly false."""
    match condition:
        case All(parts):
            pairs = [both(part) for part in parts]
            return joined("and", [true for true, _ in pairs]), joined("or", [false for _, false in pairs])
        case AnyPart(parts) | NoneOf(parts):
            pairs = [both(part) for part in parts]
            true, false = joined("or", [yes for yes, _ in pairs]), joined("and", [no for _, no in pairs])
            return (false, true) if isinstance(condition, NoneOf) else (true, false)
        case Found(finding):
            return f"$.t_f_{finding}", f"$.n_f_{finding}"
        case Misplaced(question):
            return f"{question}.misplaced", f"(not {question}.misplaced)"
        case InState(question, state):
            return f"{question}.{state}", f"(not {question}.{state})"
    question, codes = condition.question, json.dumps(condition.codes)
    match condition:
        case AnyOf():
            test = f"some({question}.codes, # in {codes})"
        case Only():
            test = f"all({question}.codes, # in {codes})"
        case Every():
            test = joined("and", [f"some({question}.codes, # == {json.dumps(code)})" for code in condition.codes])
        case _:
            test = f"(not all({question}.codes, # in {codes}))"
    answered = f"(not {question}.unknown and not {question}.not_applicable)"
    return f"({answered} and {test})", f"(not {question}.unknown and not ({answered} and {test}))"
