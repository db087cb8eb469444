"""What the diagrams show about the rules themselves: dead rules, idle rules, and results nobody can get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.condition import findings_in
from triage.problems import Place, Problem
from triage.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from triage.proof.answer_space import Diagram
    from triage.proof.diagrams import ProtocolDiagrams
    from triage.rule import Rule

__all__ = ["structural_problems"]


def structural_problems(diagrams: ProtocolDiagrams) -> Iterator[Problem]:
    """Find rules that never fire or change nothing, questions that never apply, types and causes nobody can get."""
    yield from _dead_rules(diagrams)
    yield from _idle_rules(diagrams)
    protocol, nothing = diagrams.protocol, diagrams.space.false
    for question in protocol.questionnaire.questions:
        if diagrams.valid & ~diagrams.space.inapplicable(question.id) == nothing:
            yield Problem(protocol.places[question.id], f"The question {question.id!r} can never apply.")
    for code, diagram in diagrams.types.items():
        if diagram == nothing:
            place = Place(str(protocol.folder / "catalogue" / "types.yaml"))
            yield Problem(place, f"Nobody can get the type {code!r}.")
    for cause in protocol.active_causes:
        if diagrams.causes[cause.code] == nothing:
            yield Problem(protocol.places[cause.id], f"{cause.id} ({cause.code}) can never be named.")


def _dead_rules(diagrams: ProtocolDiagrams) -> Iterator[Problem]:
    protocol = diagrams.protocol
    for rule in protocol.rules:
        if rule.when is not None and "misplaced_warning" in findings_in(rule.when):
            continue  # answers to questions that do not apply are no part of the answer space
        if diagrams.fires(rule) == diagrams.space.false:
            yield Problem(protocol.places[rule.id], f"{rule.id} can never fire.")


def _idle_rules(diagrams: ProtocolDiagrams) -> Iterator[Problem]:
    """Find rules whose removal changes nothing though they do not say so, and those that say so wrongly."""
    protocol, nothing = diagrams.protocol, diagrams.space.false
    less_urgent, as_benign = _urgency_without(diagrams), _outcome_without(diagrams)
    for rule in protocol.concluding_rules:
        if "misplaced_warning" in findings_in(rule.when):
            continue
        fires = diagrams.fires(rule)
        matters = (
            (rule.id in less_urgent and fires & ~less_urgent[rule.id] != nothing)
            or (rule.id in as_benign and fires & as_benign[rule.id] != nothing)
            or _names_a_type(diagrams, rule, fires)
        )
        if not matters and not rule.reason_only:
            hint = "Drop it, or say `reason_only: true` if it stands there to say why."
            yield Problem(protocol.places[rule.id], f"{rule.id} changes no outcome, urgency or type.", hint)
        if matters and rule.reason_only:
            yield Problem(protocol.places[rule.id], f"{rule.id} says `reason_only`, but without it results differ.")


def _urgency_without(diagrams: ProtocolDiagrams) -> dict[str, Diagram]:
    """Return for each rule with an urgency where the result would be at least as urgent without it."""
    rules = [rule for rule in diagrams.protocol.concluding_rules if rule.then.urgency]
    without: dict[str, Diagram] = {}
    otherwise = diagrams.protocol.otherwise.then.urgency
    votes = _votes_without(diagrams)
    everybody = diagrams.voted[Vote.BENIGN] | diagrams.voted[Vote.DISEASE]
    for level in Urgency:
        peers = [rule for rule in rules if rule.then.urgency is level]
        above = diagrams.space.false
        for rule in rules:
            if rule.then.urgency and rule.then.urgency.rank > level.rank:
                above |= diagrams.rules[rule.id].true
        others = _all_but_each([diagrams.rules[rule.id].true for rule in peers], diagrams.space.false)
        for rule, peer in zip(peers, others, strict=True):
            without[rule.id] = above | peer
            if otherwise and otherwise.rank >= level.rank:  # where nobody else votes, the rule for that steps in
                without[rule.id] |= ~votes.get(rule.id, everybody)
    return without


def _votes_without(diagrams: ProtocolDiagrams) -> dict[str, Diagram]:
    """Return for each vote for benign or for disease where some other one is true."""
    rules = [rule for rule in diagrams.protocol.concluding_rules if rule.vote in (Vote.BENIGN, Vote.DISEASE)]
    others = _all_but_each([diagrams.rules[rule.id].true for rule in rules], diagrams.space.false)
    return dict(zip((rule.id for rule in rules), others, strict=True))


def _outcome_without(diagrams: ProtocolDiagrams) -> dict[str, Diagram]:
    """Return for each vote for benign or for disease where, if it is true, the outcome is another without it."""
    found: dict[str, Diagram] = {}
    for vote in (Vote.BENIGN, Vote.DISEASE):
        rules = [rule for rule in diagrams.protocol.concluding_rules if rule.vote is vote]
        others = _all_but_each([diagrams.rules[rule.id].true for rule in rules], diagrams.space.false)
        stage = ~diagrams.voted[Vote.DISEASE] if vote is Vote.BENIGN else diagrams.voted[Vote.BENIGN]
        found |= {rule.id: stage & ~other for rule, other in zip(rules, others, strict=True)}
    return found


def _names_a_type(diagrams: ProtocolDiagrams, rule: Rule, fires: Diagram) -> bool:
    """Return whether a rule names a type somewhere where no other rule does."""
    side = Outcome.LIKELY_BENIGN if rule.speaks_beside(Outcome.LIKELY_BENIGN) else Outcome.SUGGESTS_DISEASE
    named = fires & diagrams.outcome[side]
    for kind in rule.then.types:
        left = named
        for other in diagrams.protocol.rules:
            if other.id != rule.id and other.speaks_beside(side) and kind in other.then.types:
                left &= ~diagrams.fires(other)
        if left != diagrams.space.false:
            return True
    return False


def _all_but_each(parts: list[Diagram], nothing: Diagram) -> list[Diagram]:
    """Return for each part the union of all others, without uniting them anew for each."""
    before = [nothing]
    for part in parts:
        before.append(before[-1] | part)
    result, after = [], nothing
    for index in range(len(parts) - 1, -1, -1):
        result.append(before[index] | after)
        after |= parts[index]
    return result[::-1]
