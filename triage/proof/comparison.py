"""Two versions of a protocol compared over every answer set: whose result changes, how, and for how many."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

from triage.circuit.answer_sets import AnswerSets
from triage.circuit.gates import FALSE, Circuit
from triage.proof.answer_space import AnswerSpace
from triage.proof.counting import Counter
from triage.proof.narrowing import narrowed
from triage.proof.ordering import near_each_other
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.circuit.conditions import Given
    from triage.circuit.gates import Gate
    from triage.protocol.protocol import Protocol

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
        ImportError: python-sat or dd is not installed.

    """
    known = [_choices(version) for version in (old, new)]
    circuit = Circuit()
    shared = {choice: circuit.input() if choice in known[0] else FALSE for choice in known[1]}
    second = AnswerSpace(new, answers=AnswerSets(circuit, new.questionnaire, shared))
    answers = AnswerSets(circuit, old.questionnaire, {choice: shared.get(choice, FALSE) for choice in known[0]})
    first = AnswerSpace(old, beside=second, answers=answers)
    both = circuit.all_of((first.answers.valid, second.answers.valid))
    counter = Counter(circuit, _in_a_good_order(shared, first, second), within=both)
    verdicts = [Verdict(outcome, urgency) for outcome in Outcome for urgency in outcome.urgencies]
    changes = []
    for before, after in permutations(verdicts, 2):
        where = [
            circuit.all_of((space.results.outcome[one.outcome], space.results.urgency[one.urgency]))
            for space, one in ((first, before), (second, after))
        ]
        changed = circuit.all_of((both, *where))
        if (example := second.simplest(changed)) is not None:
            size = counter.count(*narrowed(second.solver, changed))
            changes.append(ResultChange(before, after, size, example))
    changes.sort(key=lambda change: (not change.less_cautious, change.raised_by))
    rules = [{rule.id: (rule.when, rule.then) for rule in version.rules} for version in (old, new)]
    return Comparison(
        answer_sets=counter.total,
        changes=tuple(changes),
        rules_added=tuple(name for name in rules[1] if name not in rules[0]),
        rules_removed=tuple(name for name in rules[0] if name not in rules[1]),
        rules_changed=tuple(name for name in rules[0] if name in rules[1] and rules[0][name] != rules[1][name]),
        choices_added=_written(known[1].keys() - known[0].keys()),
        choices_removed=_written(known[0].keys() - known[1].keys()),
    )


def _in_a_good_order(shared: Given, *versions: AnswerSpace) -> list[Gate]:
    """Return the inputs, question by question, those of questions that the same rules test near each other."""
    question_of = {gate: name for (name, _), gate in shared.items() if gate != FALSE}
    names = list(dict.fromkeys(question_of.values()))
    tested = []
    for version in versions:
        for rule in version.protocol.concluding_rules:
            gates = version.circuit.below([version.results.fires(rule)])
            tested.append({question_of[gate] for gate in gates if gate in question_of})
    # A rule that tests most questions tells nothing of which belong together.
    order = near_each_other(names, [one for one in tested if 0 < len(one) <= len(names) / 2])
    return sorted(question_of, key=lambda gate: order.index(question_of[gate]))


def _choices(protocol: Protocol) -> dict[tuple[str, str], None]:
    """Return all choices in their order."""
    return {(question.id, code): None for question in protocol.questionnaire.questions for code in question.codes}


def _written(choices: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{question}={code}" for question, code in choices))
