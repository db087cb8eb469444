"""Which results are as urgent as they are only because a warning question was not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import UNKNOWN
from triage.conditions.condition import All, Any, InState, walk

if TYPE_CHECKING:
    from collections.abc import Collection

    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["only_unanswered", "rules_of_unanswered"]


def rules_of_unanswered(protocol: Protocol) -> tuple[Rule, ...]:
    """Return the rules with an urgency that ask for nothing but that warning questions were not answered."""
    flags = {flag.id for flag in protocol.questionnaire.red_flags}

    def is_open(part: object) -> bool:
        if isinstance(part, InState):
            return part.question in flags and part.state == UNKNOWN.value
        return isinstance(part, All | Any)

    return tuple(
        rule
        for rule in protocol.rules
        if rule.then.urgency is not None and rule.when is not None and all(map(is_open, walk(rule.when)))
    )


def only_unanswered(protocol: Protocol, urgency: str, fired: Collection[str]) -> bool:
    """Whether a result with this urgency has it from nothing but unanswered warning questions.

    Args:
        protocol: its questions and rules.
        urgency: how urgent it is.
        fired: the ids of all rules that are true.

    """
    as_urgent = {rule.id for rule in protocol.rules if rule.id in fired and rule.then.urgency == urgency}
    return bool(as_urgent) and as_urgent <= {rule.id for rule in rules_of_unanswered(protocol)}
