"""Which results are as urgent as they are only because a warning question was not answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.answer_state import UNKNOWN
from triage.conditions.condition import All, Any, InState, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule
    from triage.protocol.urgency import Urgency

__all__ = ["only_unanswered", "rules_of_unanswered"]


def rules_of_unanswered(protocol: Protocol) -> frozenset[str]:
    """Return the ids of the rules with an urgency that ask for nothing but that warning questions were not answered."""
    flags = {flag.id for flag in protocol.questionnaire.red_flags}

    def is_open(part: object) -> bool:
        if isinstance(part, InState):
            return part.question in flags and part.state == UNKNOWN.value
        return isinstance(part, All | Any)

    return frozenset(
        rule.id
        for rule in protocol.rules
        if rule.then.urgency is not None and rule.when is not None and all(map(is_open, walk(rule.when)))
    )


def only_unanswered(urgency: Urgency, fired: Iterable[Rule], open_rules: frozenset[str]) -> bool:
    """Whether a result is as urgent as it is only because warning questions were not answered.

    Args:
        urgency: how urgent it is.
        fired: the rules that are true.
        open_rules: the rules of unanswered questions.

    """
    as_urgent = [rule.id for rule in fired if rule.then.urgency is urgency]
    return bool(as_urgent) and open_rules.issuperset(as_urgent)
