"""Who notices a change of the rules: an example, a worked case, a safety statement, or nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from triage.answers.answers import settle
from triage.answers.examples import example_answers, given_states
from triage.circuit.crowd import Crowd
from triage.circuit.gates import FALSE, opposite
from triage.conditions.condition import findings_in
from triage.engines.decision import decide, wrong_result
from triage.engines.plain import PlainEngine
from triage.proof.answer_space import AnswerSpace
from triage.proof.claims import claims
from triage.protocol.catalogue import UNDETERMINED
from triage.protocol.urgency import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from triage.answers.example_reading import FurtherExamples
    from triage.circuit.gates import Gate
    from triage.documents.problems import Place
    from triage.proof.mutation import Mutant
    from triage.proof.statements import Statement
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Example, Judged

__all__ = ["MutationScore", "Noticed", "Watch"]

MOST_GATES = 60_000
"""With more, left over from earlier mutants, the solver is slower than it is to begin anew."""


@dataclass(frozen=True)
class Noticed:
    """Who noticed a change: ``example``, ``case``, ``statement``, ``equivalent`` (nobody could), or ``nobody``."""

    mutant: Mutant
    by: str
    where: str = ""


@dataclass(frozen=True)
class MutationScore:
    """What came of all changes."""

    looks: tuple[Noticed, ...]

    def by(self, who: str) -> int:
        """Return how many changes somebody noticed."""
        return sum(look.by == who for look in self.looks)

    @property
    def survivors(self) -> list[Noticed]:
        """The changes nobody noticed though some answer set shows them."""
        return [look for look in self.looks if look.by == "nobody"]

    @property
    def share(self) -> float:
        """The share of the changes that make a difference and were noticed."""
        different = len(self.looks) - self.by("equivalent")
        return 1 - len(self.survivors) / different if different else 1.0

    def summary(self) -> str:
        """Return the figures in one line."""
        noticed = ", ".join(f"{self.by(who)} by {who}" for who in ("example", "case", "statement"))
        return (
            f"{len(self.looks)} changes: {noticed}; {self.by('equivalent')} make no difference (proved); "
            f"{len(self.survivors)} noticed by nobody. Noticed: {self.share:.1%}."
        )

    def as_data(self) -> dict[str, object]:
        """Return the figures and the survivors as plain data."""
        counts = {who: self.by(who) for who in ("example", "case", "statement", "equivalent", "nobody")}
        survivors = [{"entry": look.mutant.entry, "change": look.mutant.change} for look in self.survivors]
        return {"changes": len(self.looks), **counts, "share": round(self.share, 4), "survivors": survivors}


class Watch:
    """The checks of one protocol, ready to look at its mutants."""

    def __init__(
        self,
        protocol: Protocol,
        cases: Sequence[Case],
        statements: Sequence[Statement],
        further: FurtherExamples | None = None,
    ) -> None:
        self.protocol = protocol
        self.cases = cases
        self.statements = sorted(statements, key=lambda one: one.never_lowers is not None)
        self.entries: dict[str, Judged] = {entry.id: entry for entry in (*protocol.rules, *protocol.active_causes)}
        self.examples = [
            (name, example)
            for name, entry in self.entries.items()
            for example in (*entry.all_examples(), *_expanded((further or {}).get(name, ())))
        ]
        self.people = [example_answers(protocol, example).given() for _, example in self.examples]
        self.whole = [
            (number, name, example)
            for number, (name, example) in enumerate(self.examples)
            if example.outcome is not None or example.types
        ]
        """The examples that say what comes of the whole result, too."""
        self.people += [given_states(case.answers) for case in cases]
        self.expected = {case.id: self._result(protocol, case) for case in cases}
        self.base = AnswerSpace(protocol)
        spoken = {claim.spoken for statement in self.statements for claim in claims(self.base, statement)}
        self.witnesses = [one for gate in spoken if (one := self.base.anyone(gate)) is not None]
        """People of whom the statements speak, so that nobody need be looked for again in every mutant."""
        self._prepare()

    def _prepare(self) -> None:
        """Begin with a new circuit; the mutants then share its gates."""
        self.base = AnswerSpace(self.protocol)
        self.crowd = Crowd(self.base.circuit, self.base.answers.given, [*self.people, *self.witnesses])
        self.crowd.remember([*self._results(self.base), *(self._fires(self.base, name) for name in self.entries)])

    # ---- who notices ----

    def look(self, mutant: Mutant) -> Noticed:
        """Return who notices a mutant, the cheapest check first."""
        if self.base.circuit.size > MOST_GATES:
            self._prepare()
        space = AnswerSpace(mutant.protocol, beside=self.base)
        if not mutant.conclusion_only and (where := self._example(mutant, space)):
            return Noticed(mutant, "example", where)
        with_another_result = self._with_another_result(space)
        if where := self._whole_result(space, with_another_result):
            return Noticed(mutant, "example", where)
        if where := self._case(space, with_another_result):
            return Noticed(mutant, "case", where)
        changes = zip(self._results(self.base), self._results(space), strict=True)
        changed = space.circuit.any_of(opposite(space.circuit.same(*change)) for change in changes)
        if not space.some(changed):
            return Noticed(mutant, "equivalent")
        if where := self._statement(space, changed):
            return Noticed(mutant, "statement", where)
        return Noticed(mutant, "nobody")

    def _example(self, mutant: Mutant, space: AnswerSpace) -> str:
        """Return the first example that now comes out otherwise, of the changed entry and those that build on it."""
        touched = self._touched(mutant.entry)
        fires = dict(zip(touched, self.crowd.where([self._fires(space, name) for name in touched]), strict=True))
        for number, (name, example) in enumerate(self.examples):
            if name in fires and bool(fires[name] >> number & 1) is not example.fires:
                return f"{name}: {example.name}"
        return ""

    def _touched(self, entry: str) -> list[str]:
        """Return the entry and every rule or cause that builds on a finding it concludes."""
        if entry not in self.entries:  # a red-flag question: what builds directly on the findings derived from it
            return self._naming(set(self.protocol.derived_findings))
        found, names = {entry}, set[str]()
        while True:
            names |= {rule.then.finding for rule in self.protocol.rules if rule.id in found and rule.then.finding}
            more = set(self._naming(names))
            if more <= found:
                return [name for name in self.entries if name in found]
            found |= more

    def _naming(self, findings: set[str]) -> list[str]:
        return [name for name, one in self.entries.items() if one.when is not None and findings_in(one.when) & findings]

    @staticmethod
    def _fires(space: AnswerSpace, name: str) -> Gate:
        """Return where a rule or cause is true; nowhere, if the protocol has none of that name."""
        rule = space.protocol.rules_by_id.get(name)
        if rule is not None:
            return space.results.fires(rule)
        cause = next((one for one in space.protocol.active_causes if one.id == name), None)
        return FALSE if cause is None else space.results.sides(cause).true

    def _with_another_result(self, space: AnswerSpace) -> int:
        """Return a bit for each person for whom anything of the result is now another."""
        changed = 0
        before, now = (self.crowd.where(self._results(one)) for one in (self.base, space))
        for one, other in zip(before, now, strict=True):
            changed |= one ^ other
        return changed

    def _whole_result(self, space: AnswerSpace, changed: int) -> str:
        """Return the first example whose whole result now lacks what it expects."""
        engine = PlainEngine(space.protocol)
        for number, name, example in self.whole:
            if changed >> number & 1:
                answers = settle(space.protocol.questionnaire, self.people[number])
                if wrong_result(example, decide(space.protocol, engine.judge(answers))):
                    return f"{name}: {example.name}"
        return ""

    def _case(self, space: AnswerSpace, changed: int) -> str:
        """Return the first case that now comes out otherwise against what it expects."""
        for number, case in enumerate(self.cases, start=len(self.examples)):
            if changed >> number & 1 and self._result(space.protocol, case) != self.expected[case.id]:
                return case.id
        return ""

    @staticmethod
    def _results(space: AnswerSpace) -> list[Gate]:
        """Return all that makes up a result, in the same order for every mutant."""
        results = space.results
        benign = results.outcome[Outcome.LIKELY_BENIGN]
        return [benign, *results.at_least.values(), *results.types.values(), *results.causes.values()]

    @staticmethod
    def _result(protocol: Protocol, case: Case) -> tuple[bool, ...]:
        """Return how a case comes out against what it expects."""
        answers = settle(protocol.questionnaire, given_states(case.answers))
        decision = decide(protocol, PlainEngine(protocol).judge(answers))
        expected = case.expected
        types = set(decision.types) or {UNDETERMINED}
        return (
            decision.outcome is expected.outcome,
            decision.urgency in expected.acceptable_urgency,
            bool(types & set(expected.types)),
            len(types - set(expected.types)) <= 2,
        )

    def _statement(self, space: AnswerSpace, changed: Gate) -> str:
        """Return a statement that does not hold: those that need the answers twice are looked at last."""
        for twice in (False, True):
            made = [
                (f"{statement.id} {claim.about}".strip(), claim)
                for statement in self.statements
                if (statement.never_lowers is not None) is twice
                for claim in claims(space, statement)
            ]
            spoken = [claim.spoken for _, claim in made]
            for (name, claim), shown in zip(made, self.crowd.where(spoken), strict=True):
                if not shown >> len(self.people) and not space.some(claim.spoken):
                    return name
            wrong = [space.circuit.all_of((claim.spoken, claim.wrong)) for _, claim in made]
            if space.some(space.circuit.any_of(wrong), *([] if twice else [changed])):
                refuted = space.solver.true_ones(wrong)
                return next(name for (name, _), gate in zip(made, wrong, strict=True) if gate in refuted)
        return ""


def _expanded(examples: Iterable[tuple[Example, Place]]) -> list[Example]:
    return [one for example, _ in examples for one in example.expanded()]
