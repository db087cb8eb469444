"""From the truth of every rule to one result: how soon and what it amounts to, decided apart.

The urgency is the most urgent of all rules that are true. Likely benign needs a vote for benign and none for disease.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage.engines.verdicts import Verdicts
    from triage.protocol.catalogue import Cause
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Example, Rule

__all__ = ["Decision", "decide", "wrong_result"]


@dataclass(frozen=True)
class Decision:
    """What the rules conclude for one person."""

    outcome: Outcome
    urgency: Urgency
    at_worst: Urgency
    """The most urgent that the unknown answers could still make it."""
    outcome_at_worst: Outcome
    """The outcome, or a sign of disease where the unknown answers could still make it one."""
    types: tuple[str, ...]
    """Codes of the types, in the order of the rules that name them; empty where none is determined."""
    causes: tuple[Cause, ...]
    fired: tuple[Rule, ...]
    """Every rule that is true, in the order of the pages."""


def decide(protocol: Protocol, verdicts: Verdicts) -> Decision:
    """Draw the conclusion from what an engine says."""
    truth_of = verdicts.rules
    # A rule that an engine says nothing of must end in an error here, never count as false.
    possible = [rule for name, rule in protocol.judged_rules.items() if truth_of[name] is not False]
    fired = [rule for rule in possible if truth_of[rule.id] is True]
    votes = [rule.vote for rule in fired]
    if Vote.BENIGN not in votes and Vote.DISEASE not in votes:
        # The only rule that no engine judges is the one for when nobody votes.
        fired = sorted((*fired, protocol.otherwise), key=lambda rule: protocol.turns[rule.id])
    urgency = _most_urgent(fired)
    benign = Vote.BENIGN in votes and Vote.DISEASE not in votes
    outcome = Outcome.LIKELY_BENIGN if benign else Outcome.SUGGESTS_DISEASE
    may_turn = any(rule.vote is Vote.DISEASE for rule in possible)
    speaking = (rule for rule in fired if rule.speaks_beside is outcome)
    causes = (cause for cause in protocol.active_causes if truth_of[cause.id] is True)
    return Decision(
        outcome=outcome,
        urgency=urgency,
        at_worst=max(urgency, _most_urgent(possible), key=lambda one: one.rank),
        outcome_at_worst=Outcome.SUGGESTS_DISEASE if may_turn else outcome,
        types=tuple(dict.fromkeys(code for rule in speaking for code in rule.then.types)),
        causes=() if benign else tuple(causes),
        fired=tuple(fired),
    )


def _most_urgent(rules: Iterable[Rule]) -> Urgency:
    most = Urgency.SELF_CARE
    for rule in rules:
        urgency = rule.then.urgency
        if urgency is not None and urgency.rank > most.rank:
            most = urgency
            if most is Urgency.EMERGENCY:  # in the middle of an interview hundreds of rules are possible
                break
    return most


def wrong_result(example: Example, decision: Decision) -> str:
    """Return what an example expects of the whole result and does not get, or nothing."""
    if example.outcome not in (None, decision.outcome):
        return f"should come out as '{example.outcome}', but is '{decision.outcome}'"
    missing = [code for code in example.types if code not in decision.types]
    return f"should name the type '{missing[0]}', but does not" if missing else ""
