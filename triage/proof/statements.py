"""Safety statements: what must hold over every answer set, in raw questions and choices and results only.

They never name a finding or a rule, so they tell a second time, independently, what the rules must amount to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from triage.conditions.condition import All, AnyOf, InState, walk
from triage.conditions.reading import Vocabulary
from triage.documents.output_text import shown
from triage.documents.problems import DataFault, Problem, did_you_mean
from triage.documents.yaml_reading import read_yaml_file
from triage.protocol.questionnaire import RESULTS
from triage.protocol.record import ConditionField, Record, Text, read_record
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from triage.conditions.condition import Condition
    from triage.conditions.reading import Askable
    from triage.documents.problems import Place
    from triage.protocol.protocol import Protocol

__all__ = ["Always", "Statement", "read_statements", "result_vocabulary", "statements_for_all"]

Choices = dict[str, Annotated[tuple[str, ...], Field(min_length=1)]]
"""Choices by question."""


class Always(Record):
    """Wherever the first holds, the second does."""

    if_: Annotated[ConditionField, Field(alias="if")] = None
    then: ConditionField


class Statement(Record):
    """One statement, of exactly one of five kinds."""

    id: Text
    title: Text
    why: Text
    sources: tuple[Text, ...] = ()
    each: Choices = Field(default_factory=dict)
    """The statement is made, and proved, for each of these choices by itself."""
    always: Always | None = None
    never: ConditionField = None
    possible: ConditionField = None
    never_lowers: Annotated[Choices, Field(min_length=1)] | None = None
    """Giving one of these choices, where there was a reassuring answer or none, never lowers the urgency."""
    exactly_one: Annotated[tuple[Literal["outcome", "urgency"], ...], Field(min_length=1)] | None = None
    """Every answer set has exactly one value of each of these results."""
    for_all: ClassVar[bool] = False
    """Whether it is made about every protocol, and not in a ``safety.yaml``."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        kinds = (self.always, self.never, self.possible, self.never_lowers, self.exactly_one)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("needs exactly one of: always, never, possible, never_lowers, exactly_one")
        if self.each and (self.never_lowers is not None or self.exactly_one is not None):
            raise ValueError("is made for `each` choice, which goes with always, never and possible only")
        return self

    def conditions(self) -> list[Condition]:
        """Return the conditions it speaks of."""
        always = (self.always.if_, self.always.then) if self.always else ()
        return [one for one in (*always, self.never, self.possible) if one is not None]


class StatementForAll(Statement):
    """A statement about every protocol."""

    for_all: ClassVar[bool] = True


class SafetyFile(Record):
    """The file of safety statements."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class _Result:
    """A result that statements may test as if it were a question."""

    codes: tuple[str, ...]
    ordered: bool = False


def result_vocabulary(protocol: Protocol) -> Vocabulary:
    """Return the words of statements: all questions, and ``outcome``, ``urgency`` and ``types``."""
    questions: dict[str, Askable] = {
        **protocol.questionnaire.by_id,
        "outcome": _Result(tuple(one.value for one in Outcome)),
        "urgency": _Result(tuple(one.value for one in Urgency), ordered=True),
        "types": _Result(tuple(protocol.types)),
    }
    return Vocabulary(questions)


def statements_for_all(protocol: Protocol) -> tuple[Statement, ...]:
    """Return what every protocol must keep, whatever its own ``safety.yaml`` says or leaves out.

    The finding ``misplaced_warning`` is not among it: the answer sets that are proved over hold no misplaced answer.
    """
    signs = protocol.derived_findings
    benign = AnyOf("outcome", (Outcome.LIKELY_BENIGN.value,))
    return (
        StatementForAll(
            id="benign-without-grave-sign",
            title="No answer set with a grave sign is likely benign",
            why="One such sign is enough to leave it.",
            never=All((signs["grave_sign"], benign)),
        ),
        StatementForAll(
            id="benign-with-all-known",
            title="No answer set with an open red-flag question is likely benign",
            why="Not knowing is never no.",
            never=All((signs["red_flag_unknown"], benign)),
        ),
        StatementForAll(
            id="self-care-without-warning",
            title="No answer set with a warning sign is left to self care",
            why="A mild sign is shown to a doctor, a grave one too.",
            never=All((signs["warning_sign"], AnyOf("urgency", (Urgency.SELF_CARE.value,)))),
        ),
        StatementForAll(
            id="benign-and-not-urgent",
            title="No answer set is likely benign and urgent",
            why="Nobody can make sense of such a result.",
            never=All((benign, AnyOf("urgency", (Urgency.URGENT.value, Urgency.EMERGENCY.value)))),
        ),
        StatementForAll(
            id="self-care-only-if-benign",
            title="No answer set is left to self care that is not likely benign",
            why="What may be a disease is shown to a doctor.",
            never=All(
                (
                    AnyOf("outcome", (Outcome.SUGGESTS_DISEASE.value,)),
                    AnyOf("urgency", (Urgency.SELF_CARE.value,)),
                )
            ),
        ),
    )


def read_statements(protocol: Protocol) -> tuple[Statement, ...]:
    """Read the safety statements of a protocol; none if it has no ``safety.yaml``.

    Raises:
        DataFault: the file is broken, or a statement names something that is not there.

    """
    path: Path = protocol.folder / "safety.yaml"
    if not path.exists():
        return ()
    document = read_yaml_file(path)
    problems: list[Problem] = []
    read = read_record(SafetyFile, document, problems, vocabulary=result_vocabulary(protocol))
    statements = read.statements if read else ()
    known_sources = (*protocol.sources, *protocol.seed)
    met = {statement.id for statement in statements_for_all(protocol)}
    for index, statement in enumerate(statements):
        place = document.place(("statements", index))
        if statement.id in met:
            problems.append(Problem(place, f"The id {shown(statement.id)} is used twice."))
        met.add(statement.id)
        for key in statement.sources:
            if key not in known_sources:
                message = f"{statement.id} cites {shown(key)}, which is not in the catalogue of sources."
                problems.append(Problem(place, message, did_you_mean(key, known_sources)))
        problems += _unknown_choices(protocol, statement.id, statement.each, place, besides=("unknown",))
        problems += _unknown_choices(protocol, statement.id, statement.never_lowers or {}, place)
        problems += _results_in_states(statement, place)
    if problems:
        raise DataFault(problems)
    return statements


def _unknown_choices(
    protocol: Protocol, owner: str, choices: Choices, place: Place, *, besides: tuple[str, ...] = ()
) -> Iterator[Problem]:
    """Find questions and choices that are not there; ``besides`` may stand among the choices as well."""
    questions = protocol.questionnaire.by_id
    for name, codes in choices.items():
        if name not in questions:
            message = f"{owner} asks about {shown(name)}, which no question asks."
            yield Problem(place, message, did_you_mean(name, questions))
            continue
        known = (*questions[name].codes, *besides)
        for code in codes:
            if code not in known:
                message = f"{owner} tests {shown(name)} for {shown(code)}, which is no choice of it."
                yield Problem(place, message, did_you_mean(code, known))


def _results_in_states(statement: Statement, place: Place) -> Iterator[Problem]:
    """Find tests for a result that is missing: every answer set has all of them."""
    for condition in statement.conditions():
        for part in walk(condition):
            if isinstance(part, InState) and part.question in RESULTS:
                yield Problem(
                    place, f"{statement.id} tests {shown(part.question)} for {shown(part.state)}, which no result is."
                )
