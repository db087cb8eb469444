"""What an interview asks next, as gates: ``triage.interview.interview`` for all states at once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from triage.circuit.gates import FALSE, TRUE, Gate, opposite
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.circuit.conditions import Conditions
    from triage.circuit.graph import Node
    from triage.circuit.reach import Reach, Reaches
    from triage.circuit.results import Results
    from triage.protocol.rule import Judged

__all__ = ["InterviewGates", "Stage"]


class Stage:
    """The questions that one stage of an interview still has.

    Args:
        next_question: where each question is the next; never two of them.
        left: where each is still to be asked, as far as can be told.

    """

    def __init__(self, next_question: Mapping[str, Gate], left: Mapping[str, Gate]) -> None:
        self.next_question = next_question
        self.left = left


class InterviewGates:
    """The flow of an interview.

    Args:
        results: what the rules conclude from the answers so far.
        conditions: the states of the questions.
        reaches: what the conditions may still become.

    """

    def __init__(self, results: Results, conditions: Conditions, reaches: Reaches) -> None:
        self.protocol = results.protocol
        self.circuit = results.circuit
        self._results = results
        self._conditions = conditions
        self._reaches = reaches
        self._deciding = {
            question.id: reaches.open_questions(
                [((when := reaches.graph.of(question.when)), reaches.of(when).unsettled)]
            )
            for question in self.protocol.questionnaire.questions
            if question.when is not None
        }
        """For each question that may not apply, where each other decides whether it does."""

    def reach(self, entry: Judged) -> Reach:
        """Return what a rule or cause may still become."""
        return self._reaches.of(self._node(entry))

    def _node(self, entry: Judged) -> Node:
        return self._reaches.graph.of(entry.when)

    # ---- the stages ----

    @cached_property
    def part_one(self) -> Stage:
        """The questions that can still change outcome or urgency, or settle what is always settled."""
        return self._stage(self._reaches.open_questions(self._open_for_result()))

    @cached_property
    def part_two(self) -> Stage:
        """The questions that can still change types or causes."""
        return self._stage(self._reaches.open_questions(self._open_for_pattern()))

    @cached_property
    def everything(self) -> Stage:
        """All questions that apply and are open."""
        return self._stage({one.id: self._conditions.of(one.id).open for one in self.protocol.questionnaire.questions})

    def _open_for_result(self) -> Iterator[tuple[Node, Gate]]:
        every, some = self.circuit.all_of, self.circuit.any_of
        rules = self.protocol.concluding_rules
        floor = self._certain_floor()
        votes = self._open_votes(floor)
        for rule in rules:
            counts = [votes[rule.vote]] if rule.vote in votes else []
            if rule.then.urgency is not None:
                counts.append(opposite(floor[rule.then.urgency]))
            if rule.always_settled:
                counts.append(opposite(floor[Urgency.EMERGENCY]))
            yield self._node(rule), every((self.reach(rule).may_come_true, some(counts)))

    def _certain_floor(self) -> dict[Urgency, Gate]:
        """Return where the result is certain to end as urgent as each urgency, or more."""
        rules = [rule for rule in self.protocol.concluding_rules if rule.then.urgency is not None]
        # Only a vote for benign concludes self care: whom none can reach any more ends with routine at least.
        calm = self.circuit.any_of(
            self.reach(rule).can_be_true for rule in rules if rule.then.urgency is Urgency.SELF_CARE
        )
        floor: dict[Urgency, Gate] = {}
        above = FALSE
        for level in reversed(Urgency):
            certain = [self.reach(rule).stays_true for rule in rules if rule.then.urgency is level]
            at_least_routine = opposite(calm) if level is Urgency.ROUTINE else FALSE
            floor[level] = above = self.circuit.any_of((above, at_least_routine, *certain))
        return floor

    def _open_votes(self, floor: Mapping[Urgency, Gate]) -> dict[Vote, Gate]:
        """Return where each vote can still change the outcome."""
        every, some = self.circuit.all_of, self.circuit.any_of
        rules = self.protocol.concluding_rules
        possible = some(self.reach(rule).can_be_true for rule in rules if rule.vote is Vote.BENIGN)
        benign, disease = (
            some(self.reach(rule).stays_true for rule in rules if rule.vote is vote)
            for vote in (Vote.BENIGN, Vote.DISEASE)
        )
        otherwise = self.protocol.otherwise.then.urgency
        assert otherwise is not None
        nobody = every((opposite(benign), opposite(disease), opposite(floor[otherwise])))
        undecided = every((opposite(disease), possible))
        return {
            Vote.BENIGN: some((nobody, every((undecided, opposite(benign))))),
            Vote.DISEASE: some((nobody, undecided)),
        }

    def _open_for_pattern(self) -> Iterator[tuple[Node, Gate]]:
        every, some = self.circuit.all_of, self.circuit.any_of
        sides = {rule.id: self._results.outcome[rule.speaks_beside] for rule in self.protocol.concluding_rules}
        naming: dict[tuple[str, Gate], list[Gate]] = {}
        for rule in self.protocol.concluding_rules:
            for code in rule.then.types:
                naming.setdefault((code, sides[rule.id]), []).append(self.reach(rule).stays_true)
        named = {key: some(gates) for key, gates in naming.items()}
        for rule in self.protocol.concluding_rules:
            side = sides[rule.id]
            news = opposite(every(named[code, side] for code in rule.then.types))
            yield self._node(rule), every((side, news, self.reach(rule).can_be_true))
        disease = self._results.outcome[Outcome.SUGGESTS_DISEASE]
        for cause in self.protocol.active_causes:
            yield self._node(cause), every((disease, self.reach(cause).may_come_true))

    # ---- the order ----

    def _stage(self, wanted: Mapping[str, Gate]) -> Stage:
        names = [one.id for one in self.protocol.asking_order if one.id in wanted]
        first = dict(zip(names, self._first(wanted[name] for name in names), strict=True))
        return Stage(self._instead(first), self._with_deciding(wanted))

    def _first(self, gates: Iterable[Gate]) -> Iterator[Gate]:
        """Yield for each of some gates where it is the first that is true."""
        none_before = TRUE
        for gate in gates:
            yield self.circuit.all_of((none_before, gate))
            none_before = self.circuit.all_of((none_before, opposite(gate)))

    def _instead(self, first: Mapping[str, Gate]) -> dict[str, Gate]:
        """Return where each question is asked, if another that decides whether it applies goes before it."""
        asked = dict(first)
        for name in reversed(self._deciding):  # what decides stands further to the front of the questionnaire
            if asked.get(name, FALSE) == FALSE:
                continue
            others = self._deciding[name]
            order = [one.id for one in self.protocol.asking_order if one.id in others]
            for other, gate in zip(order, self._first(others[other] for other in order), strict=True):
                here = self.circuit.all_of((asked[name], gate))
                asked[other] = self.circuit.any_of((asked.get(other, FALSE), here))
            asked[name] = self.circuit.all_of((asked[name], *(opposite(others[other]) for other in order)))
        return {name: gate for name, gate in asked.items() if gate != FALSE}

    def _with_deciding(self, wanted: Mapping[str, Gate]) -> dict[str, Gate]:
        """Add the questions that decide whether some questions apply: they will be asked, too."""
        left = dict(wanted)
        for name in reversed(self._deciding):
            for other, gate in self._deciding[name].items():
                here = self.circuit.all_of((left.get(name, FALSE), gate))
                left[other] = self.circuit.any_of((left.get(other, FALSE), here))
        return {name: gate for name, gate in left.items() if gate != FALSE}
