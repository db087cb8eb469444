"""What an interview promises, proved of the shipped circuit over every state that an interview can be in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from triage.circuit.gates import Circuit, Gate, opposite
from triage.proof.solver import Solver
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from triage.proof.shipped import Shipped, State

__all__ = ["PROMISES", "Kept", "Moments", "Promise", "kept_promises"]

Answered = dict[str, tuple[str, ...]]
"""What was answered to each question: codes, or ``unknown``."""
STAGES = ("one", "two", "everything")


class Moments:
    """Moments of every interview: any state at all, and all that can come of it.

    What was answered may be anything that a screen takes, answers that were set aside by a change included. What is
    answered from then on is answered to questions that apply or may apply, for no others are asked.

    Args:
        shipped: the circuit.

    Raises:
        ImportError: python-sat is not installed.

    """

    def __init__(self, shipped: Shipped) -> None:
        self.shipped = shipped
        self.circuit = Circuit()
        self.solver = Solver(self.circuit)
        self.now: State = shipped.state(self.circuit, shipped.new_inputs(self.circuit))

    @cached_property
    def later(self) -> State:
        """The same with answers to questions that were open."""
        return self.now.further(self.shipped)

    @cached_property
    def known(self) -> State:
        """The same with answers to questions that were open or not known."""
        return self.now.further(self.shipped, also_unknown=True)

    @cached_property
    def may_come_later(self) -> Gate:
        """Where the later state can follow."""
        now, later = self.now, self.later
        applies = (
            self.circuit.any_of(
                (now.answered(name), opposite(later.answered(name)), opposite(later.said["does not apply"][name]))
            )
            for name in now.said["open"]
        )
        return self.circuit.all_of((now.well_formed, later.well_formed, *applies))

    @cached_property
    def may_be_known(self) -> Gate:
        """Where the state with more known can follow, and nothing was answered that does not apply."""
        known = self.known
        return self.circuit.all_of((self.now.well_formed, known.well_formed, known.nothing_set_aside))

    def changed(self, later: State, *groups: str) -> Gate:
        """Return where something in some groups is said otherwise later."""
        pairs = ((gate, later.said[group][name]) for group in groups for name, gate in self.now.said[group].items())
        return self.circuit.any_of(opposite(self.circuit.same(*pair)) for pair in pairs)

    def ended(self, *stages: str) -> Gate:
        """Return where nothing more is asked in some stages."""
        return opposite(self.circuit.any_of(self.now.some_of(f"next of {stage}") for stage in stages))


@dataclass(frozen=True)
class Claim:
    """What a promise says of moments."""

    spoken: Gate
    """Where it speaks of them."""
    wrong: Gate
    """Where it does not hold, if it speaks of them."""
    later: State | None = None
    """What comes after, if it speaks of that."""


@dataclass(frozen=True)
class Promise:
    """Something that must hold of every interview."""

    id: str
    title: str
    claim: Callable[[Moments], Claim]


def _result_stands(moments: Moments) -> Claim:
    spoken = moments.circuit.all_of((moments.may_come_later, moments.ended("one")))
    return Claim(spoken, moments.changed(moments.later, "urgency", "outcome"), moments.later)


def _pattern_stands(moments: Moments) -> Claim:
    spoken = moments.circuit.all_of((moments.may_come_later, moments.ended("one", "two")))
    return Claim(spoken, moments.changed(moments.later, "types", "causes"), moments.later)


def _at_worst_is_a_bound(moments: Moments) -> Claim:
    now, known = moments.now.said, moments.known.said
    every, some = moments.circuit.all_of, moments.circuit.any_of
    worse = [
        every((now["at worst"][bound], known["urgency"][level]))
        for bound in Urgency
        for level in Urgency
        if level.rank > bound.rank
    ]
    turned = every((now["outcome at worst"][Outcome.LIKELY_BENIGN], known["outcome"][Outcome.SUGGESTS_DISEASE]))
    return Claim(moments.may_be_known, some((*worse, turned)), moments.known)


def _one_question_at_a_time(moments: Moments) -> Claim:
    every, some = moments.circuit.all_of, moments.circuit.any_of
    two = (every(pair) for stage in STAGES for pair in combinations(moments.now.said[f"next of {stage}"].values(), 2))
    return Claim(moments.now.well_formed, some(two))


def _open_questions_only(moments: Moments) -> Claim:
    said = moments.now.said
    wrong = (
        moments.circuit.all_of((gate, opposite(said["open"][name])))
        for stage in STAGES
        for name, gate in said[f"next of {stage}"].items()
    )
    return Claim(moments.now.well_formed, moments.circuit.any_of(wrong))


def _what_is_asked_applies(moments: Moments) -> Claim:
    every, some = moments.circuit.all_of, moments.circuit.any_of
    said, later = moments.now.said, moments.later
    wrong = (
        every((gate, opposite(later.answered(name)), later.said["does not apply"][name]))
        for stage in STAGES
        for name, gate in said[f"next of {stage}"].items()
    )
    return Claim(moments.may_come_later, some(wrong), later)


def _everything_is_asked(moments: Moments) -> Claim:
    spoken = moments.circuit.all_of((moments.now.well_formed, moments.ended("everything")))
    return Claim(spoken, moments.now.some_of("open"))


PROMISES = (
    Promise("result-stands", "When part one asks nothing more, no answer changes urgency or outcome", _result_stands),
    Promise("pattern-stands", "When part two asks nothing more, no answer changes types or causes", _pattern_stands),
    Promise(
        "at-worst-is-a-bound", "Nothing that becomes known is worse than what is said at worst", _at_worst_is_a_bound
    ),
    Promise("one-at-a-time", "There are never two next questions", _one_question_at_a_time),
    Promise("only-open", "Only open questions are asked", _open_questions_only),
    Promise("asked-applies", "What is asked applies, whatever is answered to other questions", _what_is_asked_applies),
    Promise("everything-asked", "When everything is asked, nothing that applies stays open", _everything_is_asked),
)


@dataclass(frozen=True)
class Kept:
    """What became of one promise."""

    promise: Promise
    speaks: bool
    """Whether it speaks of any moment at all; if not, that is an error."""
    answered: Answered | None
    """A state of an interview for which it does not hold."""
    later: Answered | None
    """What was answered in that state a moment later, if it speaks of that."""

    @property
    def holds(self) -> bool:
        """Whether it is proved, and speaks of anything at all."""
        return self.speaks and self.answered is None


def kept_promises(shipped: Shipped, promises: Iterable[Promise] = PROMISES) -> Iterator[Kept]:
    """Prove the promises of an interview, or refute them by a state for which they do not hold."""
    moments = Moments(shipped)
    for promise in promises:
        claim = promise.claim(moments)
        speaks = moments.solver.some([claim.spoken])
        if not moments.solver.some([claim.spoken, claim.wrong]):
            yield Kept(promise, speaks, None, None)
            continue
        true = dict.fromkeys(_simplest(moments, claim), 1)
        found = (None if state is None else _answered(moments, state, true) for state in (moments.now, claim.later))
        yield Kept(promise, speaks, *found)


def _simplest(moments: Moments, claim: Claim) -> set[Gate]:
    """Return the inputs that are true where a claim does not hold, with as few answers as a greedy search finds."""
    wanted = [claim.spoken, claim.wrong]
    true = moments.solver.true_ones(moments.circuit.inputs)
    states = [moments.now] if claim.later is None else [moments.now, claim.later]
    for state in states:
        for name in reversed([*state.said["open"]]):
            without = [*wanted, opposite(state.answered(name))]
            if moments.solver.some(without):
                wanted, true = without, moments.solver.true_ones(moments.circuit.inputs)
    return true


def _answered(moments: Moments, state: State, true: Mapping[Gate, int]) -> Answered:
    """Return what is answered in a state where some inputs are true."""
    given = moments.circuit.evaluate(list(state.inputs.values()), true, everybody=1)
    found: dict[str, tuple[str, ...]] = {}
    for (name, said), yes in zip(state.inputs, given, strict=True):
        if yes:
            found[name] = (*found.get(name, ()), said)
    return found
