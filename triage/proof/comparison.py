"""Two versions of a protocol compared over every answer set: whose result changes, how, and for how many."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from triage.proof.answer_space import AnswerSpace
from triage.proof.counting import count
from triage.proof.diagrams import ProtocolDiagrams
from triage.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping

    from triage.protocol import Protocol

__all__ = ["Comparison", "ResultChange", "Verdict", "compare"]


class Verdict(NamedTuple):
    """What a version gives: the outcome, and how soon."""

    outcome: Outcome
    urgency: Urgency


@dataclass(frozen=True)
class ResultChange:
    """Answer sets whose outcome or urgency one version gives otherwise than the other."""

    before: Verdict
    after: Verdict
    answer_sets: int
    example: Mapping[str, frozenset[str]]

    @property
    def less_cautious(self) -> bool:
        """Whether the new version is less urgent, or calls benign what the old one did not."""
        turned_benign = (self.before.outcome, self.after.outcome) == (Outcome.SUGGESTS_DISEASE, Outcome.LIKELY_BENIGN)
        return self.raised_by < 0 or turned_benign

    @property
    def raised_by(self) -> int:
        """By how many steps the new version is more urgent."""
        return self.after.urgency.rank - self.before.urgency.rank


@dataclass(frozen=True)
class Comparison:
    """What differs between two versions of a protocol."""

    answer_sets: int
    """How many answer sets both know."""
    changes: tuple[ResultChange, ...]
    """Less cautious ones first."""
    rules_added: tuple[str, ...]
    rules_removed: tuple[str, ...]
    rules_changed: tuple[str, ...]
    """Rules whose condition or conclusion differs."""
    choices_added: tuple[str, ...]
    """Choices only the new version has, as ``question=choice``; answer sets with them are not compared."""
    choices_removed: tuple[str, ...]


def compare(old: Protocol, new: Protocol) -> Comparison:
    """Compare two versions over the answer sets that both know.

    Raises:
        ImportError: dd is not installed.

    """
    first = ProtocolDiagrams(old)
    second = ProtocolDiagrams(new, space=AnswerSpace(new.questionnaire, beside=first.space))
    known = [set(first.space.variables), set(second.space.variables)]
    shared = first.valid & second.valid
    for name in known[0] ^ known[1]:
        shared &= ~first.space.manager.var(name)
    verdicts = [Verdict(outcome, urgency) for outcome in Outcome for urgency in outcome.urgencies]
    where = [
        {one: diagrams.outcome[one.outcome] & diagrams.urgency[one.urgency] for one in verdicts}
        for diagrams in (first, second)
    ]
    changes = []
    for before, after in permutations(verdicts, 2):
        changed = shared & where[0][before] & where[1][after]
        if changed != first.space.false:
            example = second.space.simplest(changed) or {}
            changes.append(ResultChange(before, after, count(first.space, changed), example))
    changes.sort(key=lambda change: (not change.less_cautious, change.raised_by))
    rules = [{rule.id: (rule.when, rule.then) for rule in version.rules} for version in (old, new)]
    return Comparison(
        answer_sets=count(first.space, shared),
        changes=tuple(changes),
        rules_added=tuple(name for name in rules[1] if name not in rules[0]),
        rules_removed=tuple(name for name in rules[0] if name not in rules[1]),
        rules_changed=tuple(name for name in rules[0] if name in rules[1] and rules[0][name] != rules[1][name]),
        choices_added=tuple(sorted(known[1] - known[0])),
        choices_removed=tuple(sorted(known[0] - known[1])),
    )
