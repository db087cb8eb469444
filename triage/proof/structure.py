"""What the proofs show about the rules themselves: dead rules, idle rules, and results nobody can get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, opposite
from triage.conditions.condition import findings_in
from triage.documents.output_text import shown
from triage.documents.problems import Place, Problem
from triage.protocol.benign_guard import lifts_mild_signs
from triage.protocol.urgency import Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from triage.circuit.gates import Gate
    from triage.proof.answer_space import AnswerSpace
    from triage.protocol.rule import Rule

__all__ = ["structural_problems"]


def structural_problems(space: AnswerSpace) -> Iterator[Problem]:
    """Find rules that never fire or change nothing, questions that never apply, types and causes nobody can get."""
    yield from _dead_rules(space)
    yield from _idle_rules(space)
    protocol, results = space.protocol, space.results
    for question in protocol.questionnaire.questions:
        if not space.some(opposite(space.answers.conditions.not_applicable(question.id))):
            yield Problem(protocol.places[question.id], f"The question {shown(question.id)} can never apply.")
    for code, gate in results.types.items():
        if not space.some(gate):
            place = Place(str(protocol.folder / "catalogue" / "types.yaml"))
            yield Problem(place, f"Nobody can get the type {shown(code)}.")
    for cause in protocol.active_causes:
        if not space.some(results.causes[cause.code]):
            yield Problem(protocol.places[cause.id], f"{cause.id} ({cause.code}) can never be named.")


def _dead_rules(space: AnswerSpace) -> Iterator[Problem]:
    protocol = space.protocol
    for rule in protocol.rules:
        if rule.when is not None and "misplaced_warning" in findings_in(rule.when):
            continue  # answers to questions that do not apply are no part of the answer space
        if not space.some(space.results.fires(rule)):
            yield Problem(protocol.places[rule.id], f"{rule.id} can never fire.")


def _idle_rules(space: AnswerSpace) -> Iterator[Problem]:
    """Find rules whose removal changes nothing though they do not say so, and those that say so wrongly."""
    protocol = space.protocol
    less_urgent, other_outcome = _less_urgent_without(space), _other_outcome_without(space)
    for rule in protocol.concluding_rules:
        if "misplaced_warning" in findings_in(rule.when) or lifts_mild_signs(rule):
            continue  # the second must be there whatever it changes
        changed = (less_urgent.get(rule.id, FALSE), other_outcome.get(rule.id, FALSE), _names_alone(space, rule))
        matters = space.some(space.results.fires(rule), space.circuit.any_of(changed))
        if not matters and not rule.reason_only:
            hint = "Drop it, or say `reason_only: true` if it stands there to say why."
            yield Problem(protocol.places[rule.id], f"{rule.id} changes no outcome, urgency or type.", hint)
        if matters and rule.reason_only:
            yield Problem(protocol.places[rule.id], f"{rule.id} says `reason_only`, but without it results differ.")


def _less_urgent_without(space: AnswerSpace) -> dict[str, Gate]:
    """Return for each rule with an urgency where, if it is true, the result would be less urgent without it."""
    circuit, rules = space.circuit, [rule for rule in space.protocol.concluding_rules if rule.then.urgency]
    found: dict[str, Gate] = {}
    otherwise = space.protocol.otherwise.then.urgency
    votes = _votes_without(space)
    voted = space.results.voted
    everybody = circuit.any_of((voted[Vote.BENIGN], voted[Vote.DISEASE]))
    above = FALSE
    for level in reversed(Urgency):
        peers = [rule for rule in rules if rule.then.urgency is level]
        fires = [space.results.fires(rule) for rule in peers]
        for rule, others in zip(peers, circuit.all_but_each(fires), strict=True):
            as_urgent = [above, others]
            if otherwise and otherwise.rank >= level.rank:  # where nobody else votes, the rule for that steps in
                as_urgent.append(opposite(votes.get(rule.id, everybody)))
            found[rule.id] = opposite(circuit.any_of(as_urgent))
        above = circuit.any_of((above, *fires))
    return found


def _votes_without(space: AnswerSpace) -> dict[str, Gate]:
    """Return for each vote for benign or for disease where some other one is true."""
    votes = (Vote.BENIGN, Vote.DISEASE)
    return _others(space, [rule for rule in space.protocol.concluding_rules if rule.vote in votes])


def _other_outcome_without(space: AnswerSpace) -> dict[str, Gate]:
    """Return for each vote for benign or for disease where, if it is true, the outcome is another without it."""
    found: dict[str, Gate] = {}
    voted = space.results.voted
    for vote, open_to_it in ((Vote.BENIGN, opposite(voted[Vote.DISEASE])), (Vote.DISEASE, voted[Vote.BENIGN])):
        others = _others(space, [rule for rule in space.protocol.concluding_rules if rule.vote is vote])
        found |= {name: space.circuit.all_of((open_to_it, opposite(gate))) for name, gate in others.items()}
    return found


def _others(space: AnswerSpace, rules: Sequence[Rule]) -> dict[str, Gate]:
    """Return for each of some rules where another of them fires."""
    gates = space.circuit.all_but_each([space.results.fires(rule) for rule in rules])
    return dict(zip((rule.id for rule in rules), gates, strict=True))


def _names_alone(space: AnswerSpace, rule: Rule) -> Gate:
    """Return where, if a rule is true, it names a type that no other rule does."""
    circuit, results = space.circuit, space.results
    side = rule.speaks_beside
    rules = [other for other in space.protocol.rules if other.id != rule.id and other.speaks_beside is side]
    alone = (
        opposite(circuit.any_of(results.fires(other) for other in rules if kind in other.then.types))
        for kind in rule.then.types
    )
    return circuit.all_of((results.outcome[side], circuit.any_of(alone)))
