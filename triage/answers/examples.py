"""Examples and cases as answers: what they give, and whether a rule fires on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.answers.answers import Answers, settle
from triage.conditions.answer_state import AnswerState, Missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Example

__all__ = ["example_answers", "given_states"]

_WORDS = {state.value: state for state in (Missing.UNKNOWN, Missing.NOT_APPLICABLE)}


def given_states(answers: Mapping[str, str | tuple[str, ...]]) -> dict[str, AnswerState]:
    """Return written answers as states.

    >>> given_states({"smoker": "unknown", "pets": ("cat", "dog")}) == {
    ...     "smoker": Missing.UNKNOWN, "pets": frozenset({"cat", "dog"})}
    True
    """
    states: dict[str, AnswerState] = {}
    for name, value in answers.items():
        codes = (value,) if isinstance(value, str) else value
        states[name] = _WORDS.get(codes[0]) or frozenset(codes)
    return states


def example_answers(protocol: Protocol, example: Example) -> Answers:
    """Return the answers of an example: its profile, changed by what it gives; the rest is unknown."""
    like = protocol.profiles[example.like] if example.like else {}
    return settle(protocol.questionnaire, given_states({**like, **example.given}))
