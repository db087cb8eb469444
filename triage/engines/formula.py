"""Two-valued formulas over text fields that are always there: the form durable-rules can match.

Each condition has a formula for "certainly true" and one for "certainly false". Since every field always has a value,
the negation of a formula is exact, and "still possible" is the negation of "certainly false".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.conditions.answer_state import Missing
from triage.conditions.condition import (
    All,
    Any,
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

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.answers.answers import Answers
    from triage.protocol.questionnaire import Question

__all__ = [
    "NO",
    "YES",
    "And",
    "Field",
    "Formula",
    "Or",
    "alternatives",
    "answer_fields",
    "certainly_false",
    "certainly_true",
    "fields_in",
    "finding_field",
    "narrowed",
    "negation",
    "still_possible",
    "width",
]

YES, NO = "yes", "no"
_NOT_SAID = (Missing.UNKNOWN.value, Missing.OPEN.value)
_NO_CODES = (*_NOT_SAID, "not_applicable")

_NARROW = 64
"""A formula that unfolds into more makes durable-rules slow, then wrong."""
_FLAT = 2
"""A formula whose groups alternate more often may be refused by durable-rules, however narrow it is."""


@dataclass(frozen=True)
class Field:
    """A field has a value, or (``equal=False``) has any other."""

    name: str
    value: str
    equal: bool = True


@dataclass(frozen=True)
class And:
    """Every part holds; with no parts it always holds."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Or:
    """Some part holds; with no parts it never holds."""

    parts: tuple[Formula, ...]


Formula = Field | And | Or


def negation(formula: Formula) -> Formula:
    """Return the formula that holds exactly where this one does not.

    >>> negation(And((Field("a", "yes"), Field("b", "no"))))
    Or(parts=(Field(name='a', value='yes', equal=False), Field(name='b', value='no', equal=False)))
    """
    match formula:
        case Field(name, value, equal):
            return Field(name, value, not equal)
        case And(parts):
            return Or(tuple(negation(part) for part in parts))
        case Or(parts):
            return And(tuple(negation(part) for part in parts))


def width(formula: Formula) -> int:
    """Return into how many conjunctions the formula unfolds, which is what durable-rules does with it."""
    match formula:
        case Field():
            return 1
        case Or(parts):
            return sum(width(part) for part in parts)
        case And(parts):
            product = 1
            for part in parts:
                product *= width(part)
            return product


def narrowed(formulas: Iterable[tuple[str, Formula]]) -> list[list[tuple[str, Formula]]]:
    """Return formulas in layers, so that none unfolds into many conjunctions; the last layer holds what was given.

    A conjunction of disjunctions unfolds into their product. With each disjunction judged before, by itself, it does
    not unfold at all. So the layers before the last hold such parts, by the field that is YES where they hold, else NO.
    """
    layers: list[dict[Formula, str]] = []

    def narrow(formula: Formula) -> tuple[Formula, int]:
        """Return the formula over the fields of its parts, and how many layers lie below it."""
        if isinstance(formula, Field) or (width(formula) <= _NARROW and _alternations(formula) <= _FLAT):
            return formula, 0
        found = [narrow(part) if isinstance(formula, Or) else apart(part) for part in formula.parts]
        return type(formula)(tuple(part for part, _ in found)), max(depth for _, depth in found)

    def apart(formula: Formula) -> tuple[Formula, int]:
        inner, depth = narrow(formula)
        if isinstance(inner, Field) or isinstance(formula, And):
            return inner, depth
        while len(layers) <= depth:
            layers.append({})
        name = layers[depth].setdefault(inner, f"part {depth}.{len(layers[depth])}")
        return Field(name, YES), depth + 1

    given = [(label, narrow(formula)[0]) for label, formula in formulas]
    return [*([(name, part) for part, name in layer.items()] for layer in layers), given]


def _alternations(formula: Formula) -> int:
    """Return how often "and" and "or" alternate on the way down."""
    if isinstance(formula, Field):
        return 0
    below = (part for part in formula.parts if not isinstance(part, Field))
    return max((_alternations(part) + (type(part) is not type(formula)) for part in below), default=0)


def alternatives(formula: Formula) -> tuple[Formula, ...]:
    """Return the formulas that can be matched one by one in the place of one: those of a disjunction, unfolded."""
    if not isinstance(formula, Or):
        return (formula,)
    return tuple(one for part in formula.parts for one in alternatives(part))


def fields_in(formula: Formula) -> Iterator[str]:
    """Yield the names of the fields that a formula tests."""
    if isinstance(formula, Field):
        yield formula.name
    else:
        for part in formula.parts:
            yield from fields_in(part)


def finding_field(name: str) -> str:
    """Return the field that holds the truth of a finding."""
    # Here and below: a sign that no id or code may hold, so that no two fields can have one name.
    return f"finding {name}"


def _choice_field(question: str, code: str) -> str:
    return f"{question}={code}"


def _misplaced_field(question: str) -> str:
    return f"misplaced {question}"


def answer_fields(questions: Mapping[str, Question], answers: Answers) -> dict[str, str]:
    """Return the fields of a person's answers: one for a single choice, one a choice for a multiple one."""
    fields: dict[str, str] = {}
    for name, question in questions.items():
        state = answers.states[name]
        fields[_misplaced_field(name)] = YES if name in answers.misplaced else NO
        if not question.multiple:
            fields[name] = state.value if isinstance(state, Missing) else next(iter(state))
            continue
        for code in question.codes:
            chosen = state.value if isinstance(state, Missing) else YES if code in state else NO
            fields[_choice_field(name, code)] = chosen
    return fields


def certainly_true(condition: Condition, questions: Mapping[str, Question]) -> Formula:
    """Return the formula that holds where a condition is certainly true."""
    match condition:
        case All(parts):
            return And(tuple(certainly_true(part, questions) for part in parts))
        case Any(parts):
            return Or(tuple(certainly_true(part, questions) for part in parts))
        case NoneOf(parts):
            return And(tuple(certainly_false(part, questions) for part in parts))
        case Found(finding):
            return Field(finding_field(finding), "true")
        case Misplaced(name):
            return Field(_misplaced_field(name), YES)
        case InState(name, state):
            return Field(_any_field(questions[name]), state)
        case _:
            question = questions[condition.question]
            if question.multiple:
                return _many_true(condition, question)
            excluded = [code for code in question.codes if code not in _wanted(condition, question)]
            return _without(question.id, (*excluded, *_NO_CODES))


def certainly_false(condition: Condition, questions: Mapping[str, Question]) -> Formula:
    """Return the formula that holds where a condition is certainly false."""
    match condition:
        case All(parts):
            return Or(tuple(certainly_false(part, questions) for part in parts))
        case Any(parts):
            return And(tuple(certainly_false(part, questions) for part in parts))
        case NoneOf(parts):
            return Or(tuple(certainly_true(part, questions) for part in parts))
        case Found(finding):
            return Field(finding_field(finding), "false")
        case Misplaced():
            return negation(certainly_true(condition, questions))
        case InState(name, state):
            field = _any_field(questions[name])
            return And((Field(field, state, equal=False), Field(field, Missing.OPEN.value, equal=False)))
        case _:
            question = questions[condition.question]
            if question.multiple:
                return _many_false(condition, question)
            wanted = [code for code in question.codes if code in _wanted(condition, question)]
            return _without(question.id, (*wanted, *_NOT_SAID))


def still_possible(condition: Condition, questions: Mapping[str, Question]) -> Formula:
    """Return the formula that holds where a condition is not certainly false.

    It equals the negation of ``certainly_false``, in a form that unfolds into fewer conjunctions.
    """
    match condition:
        case All(parts):
            return And(tuple(still_possible(part, questions) for part in parts))
        case Any(parts):
            return Or(tuple(still_possible(part, questions) for part in parts))
        case NoneOf(parts):
            return And(tuple(negation(certainly_true(part, questions)) for part in parts))
        case Found() | Misplaced():
            return negation(certainly_false(condition, questions))
        case InState(name, "unknown"):
            return _not_said(questions[name])
        case InState():
            return negation(certainly_false(condition, questions))
        case _:
            return _possible_answer(condition, questions[condition.question])


def _possible_answer(condition: AnyOf | Only | Every | Besides, question: Question) -> Formula:
    if not question.multiple:
        excluded = [code for code in question.codes if code not in _wanted(condition, question)]
        return _without(question.id, (*excluded, "not_applicable"))
    codes = condition.codes
    match condition:
        case AnyOf():
            return Or((_not_said(question), *(Field(_choice_field(question.id, code), YES) for code in codes)))
        case Besides() if codes and question.alone.issuperset(codes):
            applicable = Field(_any_field(question), "not_applicable", equal=False)
            return And((applicable, *(Field(_choice_field(question.id, code), YES, equal=False) for code in codes)))
        case _:
            return negation(_many_false(condition, question))


def _not_said(question: Question) -> Formula:
    """Return the formula for "unknown or open", as one conjunction."""
    values = (YES, NO) if question.multiple else question.codes
    return _without(_any_field(question), (*values, "not_applicable"))


def _any_field(question: Question) -> str:
    """Return a field that shows whether the question is unknown or not applicable."""
    return _choice_field(question.id, question.codes[0]) if question.multiple else question.id


def _wanted(condition: AnyOf | Only | Every | Besides, question: Question) -> frozenset[str]:
    """Return the answers to a single choice for which a condition holds."""
    match condition:
        case AnyOf(_, codes) | Only(_, codes):
            return frozenset(codes)
        case Besides(_, codes):
            return frozenset(question.codes) - frozenset(codes)
        case Every(_, codes):
            return frozenset(codes) if len(codes) == 1 else frozenset()


def _without(field: str, values: Iterable[str]) -> Formula:
    """Exclude values one by one: a conjunction stays narrow where a disjunction would multiply."""
    return And(tuple(Field(field, value, equal=False) for value in values))


def _many_true(condition: AnyOf | Only | Every | Besides, question: Question) -> Formula:
    fields = {code: _choice_field(question.id, code) for code in question.codes}
    others = [fields[code] for code in question.codes if code not in condition.codes]
    match condition:
        case AnyOf(_, codes):
            return Or(tuple(Field(fields[code], YES) for code in codes))
        case Every(_, codes):
            return And(tuple(Field(fields[code], YES) for code in codes))
        case Besides(_, codes):
            if question.alone.issuperset(codes):  # answered otherwise: narrow, where a disjunction would multiply
                return And(tuple(Field(fields[code], NO) for code in codes)) if codes else _answered(question)
            return Or(tuple(Field(name, YES) for name in others))
        case Only():
            return And(tuple(Field(name, NO) for name in others)) if others else _answered(question)


def _many_false(condition: AnyOf | Only | Every | Besides, question: Question) -> Formula:
    fields = {code: _choice_field(question.id, code) for code in question.codes}
    others = [fields[code] for code in question.codes if code not in condition.codes]
    match condition:
        case AnyOf(_, codes):
            return _none_chosen([fields[code] for code in codes])
        case Every(_, codes):
            return Or(tuple(Field(fields[code], value) for code in codes for value in (NO, "not_applicable")))
        case Besides():
            return _none_chosen(others) if others else _without(_any_field(question), _NOT_SAID)
        case Only():
            inapplicable = Field(_any_field(question), "not_applicable")
            return Or((inapplicable, *(Field(name, YES) for name in others)))


def _answered(question: Question) -> Formula:
    return _without(_any_field(question), _NO_CODES)


def _none_chosen(names: list[str]) -> Formula:
    """Return the formula for "known, and none of these": a question is unknown in all its fields or in none."""
    return And((_without(names[0], _NOT_SAID), *(Field(name, YES, equal=False) for name in names)))
