"""Every possible answer set of a questionnaire as one decision diagram.

One variable a choice. A question without a chosen code is not applicable where its ``when`` is certainly false, and
unknown elsewhere; so the two need no variables of their own. An answer to a question that does not apply is no answer
set here: it is set aside before anything is judged.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from triage.condition import (
    All,
    AnyOf,
    Besides,
    Condition,
    Every,
    Found,
    InState,
    Misplaced,
    NoneOf,
    Only,
)
from triage.condition import (
    Any as AnyPart,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.answer_state import AnswerState
    from triage.answers import Answers
    from triage.questionnaire import Question, Questionnaire

__all__ = ["BACK_ENDS", "AnswerSpace", "Diagram", "TwoSides"]

Diagram = Any
"""A node of either back end of dd."""

BACK_ENDS = ("cudd", "autoref")
"""The C library, and the same in pure Python; the first that can be imported is used."""


class TwoSides:
    """Where a condition is certainly true and where it is certainly false."""

    __slots__ = ("false", "true")

    def __init__(self, true: Diagram, false: Diagram) -> None:
        self.true = true
        self.false = false


_KEPT: list[Any] = []
"""Every manager that was made: dd complains if one is freed before its nodes, and the collector keeps no order."""


def _manager(back_end: str | None) -> tuple[str, Any]:
    import importlib

    for name in (back_end,) if back_end else BACK_ENDS:
        try:
            module = importlib.import_module(f"dd.{name}")
        except ImportError:
            if back_end:
                raise
            continue
        manager = module.BDD()
        _KEPT.append(manager)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            manager.configure(reordering=False)
        return name, manager
    raise ImportError("the package dd is not installed; it comes with the extra 'verify'")


class AnswerSpace:
    """The variables, the valid answer sets, and the two sides of any condition over them.

    Args:
        questionnaire: the questions.
        back_end: ``cudd`` or ``autoref``; the first that can be imported if none is named.
        beside: another answer space whose variables are shared, so that diagrams of both can be compared.

    Raises:
        ImportError: dd is not installed.

    """

    def __init__(
        self, questionnaire: Questionnaire, *, back_end: str | None = None, beside: AnswerSpace | None = None
    ) -> None:
        self.questionnaire = questionnaire
        self.back_end: str
        self.manager: Any
        self.back_end, self.manager = (beside.back_end, beside.manager) if beside else _manager(back_end)
        self._variables = {
            question.id: [f"{question.id}={code}" for code in question.codes] for question in questionnaire.questions
        }
        new = [name for names in self._variables.values() for name in names if name not in self.manager.vars]
        self.manager.declare(*new)
        self.true = self.manager.true
        self.false = self.manager.false
        self._inapplicable: dict[str, Diagram] = {}
        self.valid = self.true
        for question in questionnaire.questions:
            self.valid &= self._well_formed(question)

    # ---- the answer sets ----

    @property
    def variables(self) -> list[str]:
        """All variables, in their order."""
        return [name for names in self._variables.values() for name in names]

    def variables_of(self, question: str) -> list[str]:
        """Return the variables of one question."""
        return self._variables[question]

    def _well_formed(self, question: Question) -> Diagram:
        """Return where a question is answered as it may be, and not answered where it does not apply."""
        inapplicable = self.false if question.when is None else self.sides(question.when, {}).false
        self._inapplicable[question.id] = inapplicable
        chosen = [self.chosen(question.id, code) for code in question.codes]
        exclusive = self.true
        for index, first in enumerate(chosen):
            for other in range(index):
                together = question.multiple and not {question.codes[index], question.codes[other]} & question.alone
                if not together:
                    exclusive &= ~(first & chosen[other])
        return exclusive & (~inapplicable | self.nothing_chosen(question.id))

    def chosen(self, question: str, code: str) -> Diagram:
        """Return where a choice is among the answers."""
        return self.manager.var(f"{question}={code}")

    def some(self, question: str, codes: Iterable[str]) -> Diagram:
        """Return where at least one of some choices is among the answers."""
        result = self.false
        for code in codes:
            result |= self.chosen(question, code)
        return result

    def nothing_chosen(self, question: str) -> Diagram:
        """Return where a question has no code: unknown, or not applicable."""
        return ~self.some(question, self.questionnaire.by_id[question].codes)

    def inapplicable(self, question: str) -> Diagram:
        """Return where a question certainly does not apply."""
        return self._inapplicable[question]

    def unknown(self, question: str) -> Diagram:
        """Return where a question applies, or may apply, and has no answer."""
        return self.nothing_chosen(question) & ~self._inapplicable[question]

    def exactly(self, question: str, state: AnswerState) -> Diagram:
        """Return where a question has exactly this state, as far as its own variables tell."""
        codes = state if isinstance(state, frozenset) else frozenset()
        wanted = {f"{question}={code}": code in codes for code in self.questionnaire.by_id[question].codes}
        return self.manager.cube(wanted)

    # ---- conditions ----

    def sides(self, condition: Condition, findings: Mapping[str, TwoSides]) -> TwoSides:
        """Return where a condition is certainly true and where it is certainly false."""
        match condition:
            case All(parts):
                return self._all([self.sides(part, findings) for part in parts])
            case AnyPart(parts):
                return _swap(self._all([_swap(self.sides(part, findings)) for part in parts]))
            case NoneOf(parts):
                return self._all([_swap(self.sides(part, findings)) for part in parts])
            case Found(finding):
                return findings[finding]
            case Misplaced():
                return TwoSides(self.false, self.true)
            case InState(question, state):
                holds = self.unknown(question) if state == "unknown" else self.inapplicable(question)
                return TwoSides(holds, ~holds)
            case _:
                holds = self._answered(condition)
                return TwoSides(holds, ~holds & ~self.unknown(condition.question))

    def _answered(self, condition: AnyOf | Only | Every | Besides) -> Diagram:
        question = self.questionnaire.by_id[condition.question]
        others = [code for code in question.codes if code not in condition.codes]
        match condition:
            case AnyOf(name, codes):
                return self.some(name, codes)
            case Every(name, codes):
                result = self.true
                for code in codes:
                    result &= self.chosen(name, code)
                return result
            case Besides(name):
                return self.some(name, others)
            case Only(name, codes):
                return self.some(name, codes) & ~self.some(name, others)

    def _all(self, parts: list[TwoSides]) -> TwoSides:
        true, false = self.true, self.false
        for part in parts:
            true &= part.true
            false |= part.false
        return TwoSides(true, false)

    # ---- single answer sets ----

    def answers_in(self, assignment: Mapping[str, bool]) -> dict[str, frozenset[str]]:
        """Return the chosen codes of an assignment by question; a question without any is left out."""
        chosen = {
            question.id: frozenset(code for code in question.codes if assignment.get(f"{question.id}={code}"))
            for question in self.questionnaire.questions
        }
        return {name: codes for name, codes in chosen.items() if codes}

    def contains(self, diagram: Diagram, answers: Answers) -> bool:
        """Return whether one person's answer set lies inside a diagram."""
        chosen = {
            f"{name}={code}" for name, state in answers.states.items() if isinstance(state, frozenset) for code in state
        }
        node, inverted = diagram, False
        while node.var is not None:
            if node.negated:
                node, inverted = ~node, not inverted
            node = node.high if node.var in chosen else node.low
        return bool(node == self.true) is not inverted

    def simplest(self, diagram: Diagram) -> dict[str, frozenset[str]] | None:
        """Return an answer set inside a diagram with as few answers as a greedy search finds, or None."""
        left = diagram & self.valid
        if left == self.false:
            return None
        for question in reversed(self.questionnaire.questions):
            silent = left & self.nothing_chosen(question.id)
            if silent != self.false:
                left = silent
        for name in self.variables:
            without = left & ~self.manager.var(name)
            if without != self.false:
                left = without
        return self.answers_in(self.manager.pick(left))


def _swap(sides: TwoSides) -> TwoSides:
    return TwoSides(sides.false, sides.true)
