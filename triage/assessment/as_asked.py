"""Saved answers that say what was not asked, taken at their word only where it makes nothing less urgent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.engines.decision import decide
from triage.engines.plain import PlainEngine

if TYPE_CHECKING:
    from triage.answers.answers import Answers
    from triage.protocol.protocol import Protocol

__all__ = ["as_asked"]


def as_asked(protocol: Protocol, answers: Answers) -> Answers:
    """Return saved answers with what was not asked as open, or as unknown where that would change the result.

    An interview leaves only questions out that can change neither outcome nor urgency. A file may be edited, or be of
    other rules, and then not having asked is not knowing.
    """
    unknown = answers.without_open(protocol.questionnaire)
    if unknown is answers:
        return answers
    engine = PlainEngine(protocol)
    one, other = (decide(protocol, engine.judge(each)) for each in (answers, unknown))
    same = (one.outcome, one.urgency) == (other.outcome, other.urgency)
    return answers if same else unknown
