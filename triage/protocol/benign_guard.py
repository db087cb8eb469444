"""The guard of every benign result: no grave sign, no warning question open, no sign where its question does not apply.

And of self care: where a protocol has mild signs, one rule lifts each of them above it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.conditions.condition import All, Any, Condition, Found, NoneOf
from triage.documents.output_text import shown
from triage.documents.problems import Problem
from triage.protocol.urgency import Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule

__all__ = ["lifts_mild_signs", "unguarded", "unguarded_rules"]

_ALSO_FALSE = {"warning_sign": frozenset({"warning_sign", "grave_sign", "mild_sign", "red_flag_unknown"})}
"""What else is certainly false with a finding: an open warning question may still turn out to warn."""
_OF_BENIGN = ("grave_sign", "red_flag_unknown", "misplaced_warning")
"""What no benign result may have, in the order said."""


def unguarded(protocol: Protocol) -> Iterator[Problem]:
    """Find the votes for benign beside a grave sign or an open red-flag question, and mild signs left to self care."""
    findings = [name for name in protocol.finding_rules if not _missing(protocol, Found(name))]
    said = " or ".join(map(repr, findings))
    needed = ", ".join(_needed(protocol))
    hint = f"Let its `when` begin with a finding that rules all of them out: {said}." if findings else None
    for rule, missing in unguarded_rules(protocol):
        words = ", ".join(f"`{name}`" for name in missing)
        message = f"{rule.id} may call benign what a warning question speaks against: it leaves open {words}."
        yield Problem(
            protocol.places[rule.id], message, hint or f"Add `none: [{{finding: [{needed}]}}]` to its `when`."
        )
    mild = next((flag for flag in protocol.questionnaire.red_flags if flag.mild), None)
    if mild is not None and not any(lifts_mild_signs(rule) for rule in protocol.concluding_rules):
        message = f"{shown(mild.id)} has the mild sign {shown(mild.mild[0])}, which no rule keeps from self care."
        hint = "One rule must have exactly `when: {finding: mild_sign}` and an urgency above self care."
        yield Problem(protocol.places[mild.id], message, hint)


def lifts_mild_signs(rule: Rule) -> bool:
    """Whether a rule is the one that every protocol with mild signs must have, to leave none of them to self care."""
    return rule.when == Found("mild_sign") and rule.then.urgency not in (None, Urgency.SELF_CARE)


def unguarded_rules(protocol: Protocol) -> list[tuple[Rule, tuple[str, ...]]]:
    """Return the votes for benign that lack a part of the guard, each with the findings it does not rule out."""
    reassuring = [rule for rule in protocol.concluding_rules if rule.vote is Vote.BENIGN]
    found = [(rule, _missing(protocol, rule.when)) for rule in reassuring]
    return [(rule, missing) for rule, missing in found if missing]


def _needed(protocol: Protocol) -> tuple[str, ...]:
    """Return the findings that no benign result may have; one without parts can never be true."""
    return tuple(name for name in _OF_BENIGN if getattr(protocol.derived_findings[name], "parts", True))


def _missing(protocol: Protocol, condition: Condition) -> tuple[str, ...]:
    ruled_out = _false_where_true(protocol, condition)
    return tuple(name for name in _needed(protocol) if name not in ruled_out)


# Both read the form of a condition, not its meaning: what they return is certain, but they may miss something that
# only holds because of what the questions are. A rule is then refused although it is safe; never the other way round.


def _false_where_true(protocol: Protocol, condition: Condition) -> frozenset[str]:
    """Return derived findings that are certainly false wherever a condition is certainly true."""
    match condition:
        case All(parts):
            return _united(_false_where_true(protocol, part) for part in parts)
        case Any(parts):
            return _shared(_false_where_true(protocol, part) for part in parts)
        case NoneOf(parts):
            return _united(_false_where_false(protocol, part) for part in parts)
        case Found(name) if name in protocol.finding_rules:
            return _shared(_false_where_true(protocol, rule.when) for rule in protocol.finding_rules[name])
        case _:
            return frozenset()


def _false_where_false(protocol: Protocol, condition: Condition) -> frozenset[str]:
    """Return derived findings that are certainly false wherever a condition is certainly false."""
    match condition:
        case All(parts):
            return _shared(_false_where_false(protocol, part) for part in parts)
        case Any(parts):
            return _united(_false_where_false(protocol, part) for part in parts)
        case NoneOf(parts):
            return _shared(_false_where_true(protocol, part) for part in parts)
        case Found(name) if name in protocol.derived_findings:
            return _ALSO_FALSE.get(name, frozenset({name}))
        case Found(name) if name in protocol.finding_rules:
            return _united(_false_where_false(protocol, rule.when) for rule in protocol.finding_rules[name])
        case _:
            return frozenset()


def _united(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _shared(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    first, *others = sets
    return first.intersection(*others)
