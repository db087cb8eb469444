"""What comes next in an interview, as a value: every surface follows this one machine, and holds no rule of its own.

Facts about the answers and what was said beside them decide the step; ``ORDER`` says how. The page in a browser reads
the same table, and takes the facts about the answers from the circuit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from triage.conditions.answer_state import NOT_APPLICABLE
from triage.engines.deciding_answers import deciding_answers
from triage.protocol.urgency import Outcome, Vote

if TYPE_CHECKING:
    from triage.conditions.answer_state import AnswerState
    from triage.interview.interview import Interview
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

__all__ = ["MOST_ASKED_AGAIN", "ORDER", "Conversation", "Next", "Said", "Step"]

MOST_ASKED_AGAIN = 2
"""So many questions are asked again in other words before a benign result."""


class Step(StrEnum):
    """What a surface shows next."""

    QUESTION = "question"
    EMERGENCY = "emergency"
    """The advice for an emergency, and whether to stop, to go on, or to change a slip."""
    CONTRADICTION = "contradiction"
    """Answers that do not go together, any of which may be changed."""
    READ_BACK = "read_back"
    """The noes behind a benign result, any of which may be changed."""
    ASKED_AGAIN = "asked_again"
    """A question that was answered, in other words."""
    DETAILS = "details"
    """The result, and whether to ask what can still tell more about the pattern."""
    RESULT = "result"


ORDER: tuple[tuple[Step, tuple[str, ...]], ...] = (
    (Step.RESULT, ("stopped",)),
    (Step.EMERGENCY, ("emergency", "not emergency_seen")),
    (Step.CONTRADICTION, ("contradiction",)),
    (Step.QUESTION, ("question",)),
    (Step.READ_BACK, ("benign", "noes")),
    (Step.ASKED_AGAIN, ("benign", "other_words")),
    (Step.RESULT, ("enough",)),
    (Step.DETAILS, ("detail", "not details_wanted", "not emergency_seen")),
    (Step.QUESTION, ("detail",)),
    (Step.RESULT, ()),
)
"""The first line of which every fact holds says what comes next."""


@dataclass(frozen=True)
class Said:
    """What a person said beside the answers."""

    stopped: bool = False
    """To stop at an emergency."""
    emergency_seen: bool = False
    """To go on after the advice for an emergency; forgotten once it is none any more."""
    enough: bool = False
    """That no more need be asked about the pattern; forgotten with the next answer."""
    details_wanted: bool = False
    """That more should be asked about the pattern."""
    pointed_out: frozenset[str] = frozenset()
    """The contradictions that were pointed out, by their rules."""
    confirmed: frozenset[str] = frozenset()
    """The questions whose noes were read back and confirmed, and not changed since."""
    asked_again: frozenset[str] = frozenset()
    """The questions that were asked in other words."""


@dataclass(frozen=True)
class Next:
    """What comes next."""

    step: Step
    question: Question | None = None
    """The question, where one is asked."""
    questions: tuple[Question, ...] = ()
    """Those that made a contradiction, or whose noes are read back."""
    rule: Rule | None = None
    """The contradiction."""


@dataclass(frozen=True)
class Conversation:
    """An interview with what was said beside its answers; every move returns a new one."""

    interview: Interview
    said: Said = field(default_factory=Said)
    everything: bool = False
    """Whether all that applies is asked, also what cannot change the result."""

    # ---- moves ----

    def answered(self, question: str, state: AnswerState) -> Conversation:
        """Return the conversation with an answer added or changed."""
        changed = self.interview.given.get(question) != state
        confirmed = self.said.confirmed - {question} if changed else self.said.confirmed
        said = replace(self.said, stopped=False, enough=False, confirmed=confirmed)
        return self._with(self.interview.answered(question, state), said)

    def without_last(self) -> Conversation:
        """Return the conversation before its last answer."""
        return self._with(self.interview.without_last(), replace(self.said, stopped=False, enough=False))

    def stopped(self) -> Conversation:
        """Stop at an emergency."""
        return replace(self, said=replace(self.said, stopped=True))

    def going_on(self) -> Conversation:
        """Go on after the advice for an emergency."""
        return replace(self, said=replace(self.said, emergency_seen=True))

    def pointed_out(self, rule: Rule) -> Conversation:
        """Take note that a contradiction was pointed out; its answers may be changed or kept."""
        return replace(self, said=replace(self.said, pointed_out=self.said.pointed_out | {rule.id}))

    def confirmed(self) -> Conversation:
        """Say that the noes read back are right."""
        return replace(self, said=replace(self.said, confirmed=self.said.confirmed | {one.id for one in self.noes}))

    def asked_again(self, question: str) -> Conversation:
        """Take note that a question was asked in other words; its answer may then be changed or stay."""
        return replace(self, said=replace(self.said, asked_again=self.said.asked_again | {question}))

    def with_details(self, *, wanted: bool) -> Conversation:
        """Say whether more should be asked about the pattern."""
        said = replace(self.said, details_wanted=True) if wanted else replace(self.said, enough=True)
        return replace(self, said=said)

    def _with(self, interview: Interview, said: Said) -> Conversation:
        moved = replace(self, interview=interview, said=said)
        return moved if moved.emergency else replace(moved, said=replace(said, emergency_seen=False))

    # ---- facts ----

    @property
    def _protocol(self) -> Protocol:
        return self.interview.protocol

    @property
    def emergency(self) -> bool:
        """Whether it is an emergency, or a sign on the emergency screen says so."""
        return self.interview.screen_is_positive or self.interview.emergency

    @property
    def benign(self) -> bool:
        """Whether the rules call it likely benign so far."""
        return self.interview.decision.outcome is Outcome.LIKELY_BENIGN

    @cached_property
    def contradiction(self) -> Rule | None:
        """The first rule for contradictory answers that is true and was not pointed out."""
        rules = self.interview.contradictions()
        return next((rule for rule in rules if rule.id not in self.said.pointed_out), None)

    @cached_property
    def question(self) -> Question | None:
        """The next question of part one."""
        return self.interview.next_question(everything=self.everything)

    @cached_property
    def detail(self) -> Question | None:
        """The next question of part two."""
        return self.interview.next_detail()

    @cached_property
    def noes(self) -> tuple[Question, ...]:
        """The red-flag questions whose noes were not confirmed; a no is also what was left out beside a mild sign."""
        return tuple(
            question
            for question in self._protocol.questionnaire.red_flags
            if question.id in self.interview.given
            and question.id not in self.said.confirmed
            and isinstance(state := self.interview.answers.states[question.id], frozenset)
            and (state & question.alone or (question.multiple and not state.isdisjoint(question.mild)))
        )

    @cached_property
    def other_words(self) -> tuple[Question, ...]:
        """The questions behind a vote for benign that are still to be asked in other words; signs come first."""
        left = MOST_ASKED_AGAIN - len(self.said.asked_again)
        if left <= 0:
            return ()
        done = self.said.confirmed | self.said.asked_again
        voting = [rule for rule in self.interview.decision.fired if rule.vote is Vote.BENIGN]
        voting.sort(key=lambda rule: -(rule.then.urgency.rank if rule.then.urgency else -1))
        behind = dict.fromkeys(name for rule in voting for name in self._behind(rule) if name not in done)
        wanted = [one for name in behind if (one := self._protocol.questionnaire.by_id[name]).again]
        return tuple(sorted(wanted, key=lambda question: not question.red_flag)[:left])

    def _behind(self, rule: Rule) -> list[str]:
        """Return the questions whose answers made a rule true."""
        interview = self.interview
        deciding = deciding_answers(self._protocol, interview.answers, interview.verdicts, rule.when)
        return [name for name, codes in deciding.items() if codes != frozenset({NOT_APPLICABLE.value})]

    # ---- what comes next ----

    @cached_property
    def next(self) -> Next:
        """What a surface shows next."""
        step, facts = next((step, facts) for step, facts in ORDER if all(map(self._holds, facts)))
        questions = self._protocol.questionnaire.by_id
        if step is Step.QUESTION:
            return Next(step, self.detail if "detail" in facts else self.question)
        if step is Step.ASKED_AGAIN:
            return Next(step, self.other_words[0])
        if step is Step.CONTRADICTION:
            rule = self.contradiction
            assert rule is not None
            return Next(step, questions=tuple(questions[name] for name in self._behind(rule)), rule=rule)
        return Next(step, questions=self.noes if step is Step.READ_BACK else ())

    def _holds(self, fact: str) -> bool:
        name = fact.removeprefix("not ")
        holds = getattr(self.said, name) if hasattr(self.said, name) else getattr(self, name)
        return bool(holds) is (name == fact)

    @property
    def left(self) -> int:
        """At most so many questions are left, the next one among them."""
        if self.everything or not (self.said.emergency_seen or self.said.details_wanted):
            return self.interview.remaining(everything=self.everything) or self.interview.remaining_details()
        return self.interview.remaining_with_details()  # nothing will come in between

    def mild_signs(self, question: Question) -> list[str]:
        """Return the mild signs that were given to a question."""
        state = self.interview.answers.states[question.id]
        return [code for code in question.mild if isinstance(state, frozenset) and code in state]
