"""Examples and cases as answers: what they give, and whether a rule fires on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.answer_state import AnswerState, Missing
from triage.answers import Answers, settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.decision import Decision
    from triage.protocol import Protocol
    from triage.rule import Example

__all__ = ["example_answers", "given_states", "wrong_result"]


def given_states(answers: Mapping[str, str | tuple[str, ...]]) -> dict[str, AnswerState]:
    """Return written answers as states.

    >>> given_states({"smoker": "unknown", "pets": ("cat", "dog")}) == {
    ...     "smoker": Missing.UNKNOWN, "pets": frozenset({"cat", "dog"})}
    True
    """
    states: dict[str, AnswerState] = {}
    for name, value in answers.items():
        codes = [value] if isinstance(value, str) else list(value)
        words = {state.value: state for state in (Missing.UNKNOWN, Missing.NOT_APPLICABLE)}
        states[name] = words.get(codes[0]) or frozenset(codes)
    return states


def example_answers(protocol: Protocol, example: Example) -> Answers:
    """Return the answers of an example: its profile, changed by what it gives; the rest is unknown."""
    like = protocol.profiles[example.like] if example.like else {}
    return settle(protocol.questionnaire, given_states({**like, **example.given}))


def wrong_result(example: Example, decision: Decision) -> str:
    """Return what an example expects of the whole result and does not get, or nothing."""
    if example.outcome not in (None, decision.outcome):
        return f"should come out as '{example.outcome}', but is '{decision.outcome}'"
    missing = [code for code in example.types if code not in decision.types]
    return f"should name the type '{missing[0]}', but does not" if missing else ""
