"""The flow of an interview, without any screen: which question comes next, and when enough is known.

Part one asks only what can still change the outcome or the urgency, or settles a rule whose advice always matters;
warning signs first. Part two asks what can still change types and causes. A question that was not asked stays open and
is never read as unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from triage.answers.answers import settle, warning_signs
from triage.conditions.answer_state import OPEN
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.interview.fitting import fitting, hidden, said_otherwise
from triage.interview.reach import Reachable, beginning
from triage.protocol.urgency import Outcome, Urgency, Vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from triage.answers.answers import Answers
    from triage.conditions.answer_state import AnswerState
    from triage.engines.decision import Decision
    from triage.engines.verdicts import Verdicts
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

__all__ = ["Interview"]


@dataclass(frozen=True)
class Interview:
    """An interview at one moment; every move returns a new one.

    ``given`` keeps answers to questions that no longer apply, so that a change can be undone.
    """

    protocol: Protocol
    given: Mapping[str, AnswerState] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    """The questions answered, in the order they were."""
    withdrawn: Mapping[str, AnswerState] = field(default_factory=dict, compare=False)
    """Answers taken back by going back: they count no more, and are offered again when their question comes."""
    _earlier: Reachable | None = field(default=None, repr=False, compare=False)
    """What could still be one move ago: what was settled then need not be judged again."""

    _engine: PlainEngine | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the engine that this interview and all that follow from it are judged by."""
        if self._engine is None:
            object.__setattr__(self, "_engine", PlainEngine(self.protocol))

    # ---- moves ----

    def answered(self, question: str, state: AnswerState) -> Interview:
        """Return the interview with an answer added or changed.

        Where more choices of other questions fit the person by that than were shown, or the same in other words, their
        answers are taken back: of what nobody was asked about nobody has said no.
        """
        history = self.history if question in self.history else (*self.history, question)
        given = {**self.given, question: state}
        withdrawn = {name: one for name, one in self.withdrawn.items() if name != question}
        # Working out what can still be takes longest, so it is not done for a moment at which nobody asked.
        earlier = self.__dict__.get("_reachable", self._earlier)
        moved = replace(self, given=given, history=history, withdrawn=withdrawn, _earlier=earlier)
        return moved._without(self._shown_otherwise(moved)) if question in self._deciding_what_is_shown else moved

    @property
    def _deciding_what_is_shown(self) -> frozenset[str]:
        return self.protocol.questionnaire.deciding_what_is_shown

    def _shown_otherwise(self, after: Interview) -> list[str]:
        """Return the questions answered so far of which more choices fit after a move, or other words."""
        before, now = self.answers.states, after.answers.states
        questions = self.protocol.questionnaire.by_id
        return [
            name
            for name in self.given
            if hidden(questions[name], before) - hidden(questions[name], now)
            or said_otherwise(questions[name], before) != said_otherwise(questions[name], now)
        ]

    def _without(self, questions: Iterable[str]) -> Interview:
        """Return the interview with the answers to some questions taken back, so that they are asked again."""
        taken_back = {name: self.given[name] for name in questions}
        return replace(self.reopened(taken_back), withdrawn={**self.withdrawn, **taken_back})

    def shown(self, question: Question, *, again: str | None = None) -> Question:
        """Return a question as this person is asked it: with the choices that fit, or in its other words."""
        told = self.given.get(question.id, self.withdrawn.get(question.id))
        asked = fitting(question, self.answers.states, told)
        return asked.model_copy(update={"text": again, "help": None}) if again else asked

    def offered(self, question: Question) -> AnswerState | None:
        """Return what is marked where a question is asked: the answer given, or the one taken back.

        A "none of these" that was taken back is not: it may have been said to another list.
        """
        taken_back = self.withdrawn.get(question.id)
        varies = any(choice.conditions for choice in question.choices)
        said_no = isinstance(taken_back, frozenset) and not taken_back.isdisjoint(question.alone)
        return self.given.get(question.id, None if varies and said_no else taken_back)

    def without_last(self) -> Interview:
        """Return the interview before its last answer, for going back; the answer is withdrawn."""
        if not self.history:
            return self
        return self._without([self.history[-1]])

    def reopened(self, questions: Iterable[str]) -> Interview:
        """Return the interview with some questions not asked yet."""
        again = set(questions)
        return replace(
            self,
            given={name: state for name, state in self.given.items() if name not in again},
            history=tuple(name for name in self.history if name not in again),
        )

    # ---- what is known ----

    @cached_property
    def answers(self) -> Answers:
        """The answers so far; what was not asked is open."""
        return settle(self.protocol.questionnaire, self.given, left_out=OPEN)

    @cached_property
    def decision(self) -> Decision:
        """What the rules conclude from the answers so far; final once part one is over."""
        return decide(self.protocol, self.verdicts)

    @cached_property
    def verdicts(self) -> Verdicts:
        """What is true of every rule so far."""
        assert self._engine is not None
        return self._engine.judge(self.answers)

    @cached_property
    def emergency(self) -> bool:
        """Whether the answers so far make an emergency certain."""
        return self.decision.urgency is Urgency.EMERGENCY

    @property
    def screen_is_positive(self) -> bool:
        """Whether the emergency screen was answered with a warning sign."""
        screen = self.protocol.emergency_screen
        return any(flag.id == screen for flag, _ in warning_signs(self.protocol.questionnaire, self.answers))

    def contradictions(self) -> list[Rule]:
        """Return the rules for contradictory answers that are true."""
        return [rule for rule in self.decision.fired if rule.contradiction]

    def no_longer_applying(self) -> dict[str, frozenset[str]]:
        """Return the answers that a change of another answer has set aside."""
        return dict(self.answers.set_aside)

    def can_still_be_true(self, rule: Rule) -> bool:
        """Whether some answers to the open questions would make a rule true."""
        return self._reachable.of(rule.when).true

    # ---- what to ask ----

    def next_question(self, *, everything: bool = False) -> Question | None:
        """Return the next question of part one, or of all that apply; None when enough is known."""
        wanted = self._applying() if everything else self._open_for_result
        return self._first(wanted)

    def next_detail(self) -> Question | None:
        """Return the next question of part two; None when no answer can change types or causes."""
        return self._first(self._open_for_pattern)

    def remaining(self, *, everything: bool = False) -> int:
        """Return at most how many questions of part one are left, as far as can be told now."""
        return len(self._with_deciding(self._applying() if everything else self._open_for_result))

    def remaining_details(self) -> int:
        """Return at most how many questions of part two are left, as far as can be told now."""
        return len(self._with_deciding(self._open_for_pattern))

    def remaining_with_details(self) -> int:
        """Return at most how many questions of both parts are left, as far as can be told now."""
        return len(self._with_deciding(self._open_for_result | self._open_for_pattern))

    @cached_property
    def _reachable(self) -> Reachable:
        first = beginning(self.protocol)
        return Reachable(self.protocol, self.answers, self._earlier or first) if self.given else first

    @property
    def _possible(self) -> list[tuple[Rule, bool]]:
        return self._reachable.possible

    @cached_property
    def _open_for_result(self) -> set[str]:
        floor, votes = self._certain_rank, self._open_votes
        calm = floor < Urgency.EMERGENCY.rank
        return self._reachable.open_behind(
            rule.when
            for rule, _ in self._possible
            if (rule.then.urgency and rule.then.urgency.rank > floor)
            or rule.vote in votes
            or (rule.always_settled and calm)
        )

    @cached_property
    def _open_votes(self) -> frozenset[Vote]:
        """The votes that can still change the outcome; none once it is certain."""
        possible = {rule.vote for rule, _ in self._possible}
        certain = {rule.vote for rule, certain in self._possible if certain}
        otherwise = self.protocol.otherwise.then.urgency
        assert otherwise is not None
        if certain.isdisjoint((Vote.BENIGN, Vote.DISEASE)) and otherwise.rank > self._certain_rank:
            return frozenset({Vote.BENIGN, Vote.DISEASE})  # if nobody votes it is as urgent as the rule for that
        if Vote.DISEASE in certain or Vote.BENIGN not in possible:
            return frozenset()
        return frozenset({Vote.DISEASE}) if Vote.BENIGN in certain else frozenset({Vote.BENIGN, Vote.DISEASE})

    @cached_property
    def _certain_rank(self) -> int:
        """The rank below which no urgency can end any more; -1 while everything is possible."""
        # Only a vote for benign concludes self care: whom none can reach any more ends with routine at least.
        ends_as_self_care = Urgency.SELF_CARE in {rule.then.urgency for rule, _ in self._possible}
        least = -1 if ends_as_self_care else Urgency.ROUTINE.rank
        certain = (rule.then.urgency.rank for rule, certain in self._possible if certain and rule.then.urgency)
        return max([least, *certain])

    @cached_property
    def _open_for_pattern(self) -> set[str]:
        outcome = self.decision.outcome
        speaking = [(rule, certain) for rule, certain in self._possible if rule.speaks_beside is outcome]
        named = {code for rule, certain in speaking if certain for code in rule.then.types}
        conditions = [rule.when for rule, _ in speaking if not named.issuperset(rule.then.types)]
        if outcome is Outcome.SUGGESTS_DISEASE:
            conditions += [cause.when for cause in self.protocol.active_causes]
        return self._reachable.open_behind(conditions)

    def _applying(self) -> set[str]:
        return {name for name, state in self.answers.states.items() if state is OPEN}

    def _first(self, wanted: set[str]) -> Question | None:
        """Return the first of some questions in the order of asking, or the one that decides whether it applies."""
        order = self.protocol.asking_order
        first = next((question for question in order if question.id in wanted), None)
        while first is not None and (deciding := self._deciding(first.id)):
            first = next(question for question in order if question.id in deciding)
        return first

    def _with_deciding(self, names: set[str]) -> set[str]:
        """Add the questions that decide whether some questions apply: they will be asked, too."""
        further = set[str]().union(*map(self._deciding, names)) - names
        return self._with_deciding(names | further) if further else names

    def _deciding(self, name: str) -> set[str]:
        when = self.protocol.questionnaire.by_id[name].when
        return set() if when is None else self._reachable.open_questions(when)
