"""The proofs about a small protocol against all of its answer sets, each judged by the plain engine."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from functools import cache, cached_property
from itertools import chain, combinations, product
from typing import TYPE_CHECKING, Any

import pytest

from triage.answers.answers import Answers, settle
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN, Missing
from triage.conditions.condition import All as AllParts
from triage.conditions.condition import NoneOf, questions_in
from triage.conditions.truth import truth
from triage.engines.decision import Decision, decide
from triage.engines.plain import PlainEngine
from triage.proof.answer_space import AnswerSpace
from triage.proof.comparison import compare
from triage.proof.proving import prove
from triage.proof.statements import Statement, result_vocabulary
from triage.proof.structure import structural_problems
from triage.proof.sufficient import enough_for
from triage.protocol.questionnaire import RESULTS
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from triage.conditions.answer_state import AnswerState
    from triage.conditions.condition import Condition
    from triage.protocol.protocol import Protocol
    from triage.protocol.questionnaire import Question
    from triage.protocol.rule import Rule

Key = tuple[frozenset[str], ...]
"""The codes of an answer set, question by question."""


@dataclasses.dataclass(frozen=True)
class Person:
    answers: Answers
    decision: Decision

    @cached_property
    def states(self) -> dict[str, AnswerState]:
        """The answers and the result of them, as statements name them."""
        return {
            **self.answers.states,
            "outcome": frozenset({self.decision.outcome.value}),
            "urgency": frozenset({self.decision.urgency.value}),
            "types": frozenset(self.decision.types) or NOT_APPLICABLE,
        }


Everybody = dict[Key, Person]

STATEMENTS: list[dict[str, Any]] = [
    {"exactly_one": ["outcome", "urgency"]},
    {"each": {"nose": ["bleeds", "unknown"], "since": ["weeks"]}, "never": {"outcome": "likely_benign"}},
    {"each": {"nose": ["drips", "bleeds"]}, "never": {"since": {"from": "weeks"}, "urgency": "self_care"}},
    {"each": {"age": ["baby", "unknown"]}, "always": {"then": {"urgency": {"from": "routine"}}}},
    {"always": {"if": {"right_now": "unknown"}, "then": {"urgency": {"from": "urgent"}}}},
    {"always": {"if": {"outcome": "likely_benign"}, "then": {"urgency": "self_care"}}},
    {"always": {"if": {"types": {"only": ["ordinary_sneezing"]}}, "then": {"outcome": "likely_benign"}}},
    {"always": {"if": {"brought_on_by": {"every": ["pepper", "pollen"]}}, "then": {"types": "allergic_sneezing"}}},
    {"always": {"if": {"nose": "drips"}, "then": {"urgency": {"to": "routine"}}}},
    {"never": {"none": [{"brought_on_by": "unknown"}, {"types": {"besides": ["ordinary_sneezing"]}}]}},
    {"never": {"breath_near_animals": "not_applicable", "brought_on_by": "animals"}},
    {"possible": {"outcome": "likely_benign", "since": "days"}},
    {"possible": {"outcome": "likely_benign", "right_now": "swollen_lips"}},
    {"possible": {"breath_near_animals": "not_applicable", "age": "baby"}},
    {
        "never_lowers": {
            "right_now": ["cannot_breathe"],
            "nose": ["bleeds", "drips", "nothing_else"],
            "brought_on_by": ["animals"],
            "breath_near_animals": ["whistles"],
        }
    },
]
"""Some hold, some do not, and some speak of nothing; of each kind of statement at least one."""


def changed(protocol: Protocol, rule_id: str, change: Callable[[Rule], Rule | None]) -> Protocol:
    def other(rules: tuple[Rule, ...]) -> Iterator[Rule]:
        for rule in rules:
            made = change(rule) if rule.id == rule_id else rule
            if made is not None:
                yield made

    pages = tuple(dataclasses.replace(page, rules=tuple(other(page.rules))) for page in protocol.pages)
    return dataclasses.replace(protocol, pages=pages)


def without_its_guard(rule: Rule) -> Rule:
    kept = tuple(part for part in rule.when.parts if questions_in(part))
    return rule.model_copy(update={"when": AllParts(kept)})


def never_true(rule: Rule) -> Rule:
    return rule.model_copy(update={"when": AllParts((rule.when, NoneOf((rule.when,))))})


def only_routine(rule: Rule) -> Rule:
    return rule.model_copy(update={"then": rule.then.model_copy(update={"urgency": Urgency.ROUTINE})})


DAMAGES: dict[str, Callable[[Protocol], Protocol]] = {
    "as it is": lambda protocol: protocol,
    "no guard": lambda protocol: changed(protocol, "B01", without_its_guard),
    "a dead rule": lambda protocol: changed(protocol, "U01", never_true),
    "less urgent": lambda protocol: changed(protocol, "E01", only_routine),
    "a rule dropped": lambda protocol: changed(protocol, "U02", lambda _: None),
}


@pytest.fixture(scope="module")
def small(sneezing: Protocol) -> Protocol:
    """Return the protocol without the one question that no rule reads, which would make four times as many."""
    asked = sneezing.questionnaire
    fields = {name: getattr(asked, name) for name in type(asked).model_fields}
    fields["questions"] = tuple(one for one in asked.questions if one.id != "handkerchief")
    return dataclasses.replace(sneezing, questionnaire=type(asked).model_construct(**fields))


@pytest.fixture(scope="module")
def answer_sets(small: Protocol) -> list[Answers]:
    questions = small.questionnaire.questions
    found = []
    for states in product(*(list(said(question)) for question in questions)):
        given = {one.id: codes for one, codes in zip(questions, states, strict=True) if codes}
        answers = settle(small.questionnaire, given)
        if not answers.set_aside:
            found.append(answers)
    return found


def said(question: Question) -> Iterator[frozenset[str]]:
    """Yield what may be chosen, and nothing."""
    together = [code for code in question.codes if code not in question.alone]
    most = len(together) if question.multiple else 1
    mixtures = chain.from_iterable(combinations(together, number) for number in range(most + 1))
    yield from map(frozenset, mixtures)
    yield from (frozenset({code}) for code in question.alone)


@pytest.fixture(scope="module", params=DAMAGES)
def damaged(request: pytest.FixtureRequest, small: Protocol) -> Protocol:
    return DAMAGES[request.param](small)


@pytest.fixture(scope="module")
def undamaged(small: Protocol, answer_sets: list[Answers]) -> list[Decision]:
    """Return what the protocol as it is says of everybody, in the order of the answer sets."""
    return decisions(small, answer_sets)


@pytest.fixture(scope="module")
def everybody(small: Protocol, damaged: Protocol, answer_sets: list[Answers], undamaged: list[Decision]) -> Everybody:
    decided = undamaged if damaged is small else decisions(damaged, answer_sets)
    return {chosen(one.states): Person(one, decision) for one, decision in zip(answer_sets, decided, strict=True)}


def decisions(protocol: Protocol, answer_sets: list[Answers]) -> list[Decision]:
    engine = PlainEngine(protocol)
    return [decide(protocol, engine.judge(one)) for one in answer_sets]


@pytest.fixture(scope="module")
def space(damaged: Protocol) -> AnswerSpace:
    return AnswerSpace(damaged)


def chosen(states: Mapping[str, Any]) -> Key:
    return tuple(frozenset() if isinstance(state, Missing) else state for state in states.values())


def test_every_answer_set_is_counted(space: AnswerSpace, everybody: Everybody) -> None:
    counter = space.counter()
    assert counter.total == len(everybody)
    decisions = [one.decision for one in everybody.values()]
    for level in Urgency:
        assert counter.count(space.results.urgency[level]) == sum(one.urgency is level for one in decisions)
    for outcome in Outcome:
        assert counter.count(space.results.outcome[outcome]) == sum(one.outcome is outcome for one in decisions)
    for code, gate in space.results.types.items():
        assert counter.count(gate) == sum(code in one.types for one in decisions)


@pytest.mark.parametrize("number", range(len(STATEMENTS)))
def test_a_statement_is_proved_if_no_answer_set_contradicts_it(
    number: int, damaged: Protocol, space: AnswerSpace, everybody: Everybody
) -> None:
    written = {"id": f"S{number}", "title": "x", "why": "x", **STATEMENTS[number]}
    statement = Statement.model_validate(written, context=result_vocabulary(damaged))

    @cache  # what is said of each choice is mostly the same
    def whose(condition: Condition) -> set[Key]:
        return {key for key, person in everybody.items() if truth(condition, person.states, {}) is True}

    for proof in prove(space, statement, space.counter()):
        spoken, wrong = by_looking(damaged, statement, proof.about, everybody, whose)
        assert proof.speaks is bool(spoken), proof
        assert proof.answer_sets in (None, len(spoken)), proof
        assert (proof.counterexample is not None) is bool(wrong), proof
        if proof.counterexample is not None:
            assert chosen(settle(damaged.questionnaire, proof.counterexample).states) in wrong
            # No answer of it can be left out.
            for name in proof.counterexample:
                rest = {other: codes for other, codes in proof.counterexample.items() if other != name}
                assert chosen(settle(damaged.questionnaire, rest).states) not in wrong


def test_all_kinds_of_proof_come_out_both_ways(small: Protocol) -> None:
    space, ways = AnswerSpace(small), set()
    for written in STATEMENTS:
        statement = Statement.model_validate(
            {"id": "S", "title": "x", "why": "x", **written}, context=result_vocabulary(small)
        )
        [kind] = {"always", "never", "possible", "exactly_one", "never_lowers"} & set(written)
        ways |= {(kind, proof.holds) for proof in prove(space, statement)}
    assert ways >= set(product(("always", "never", "possible", "never_lowers"), (True, False)))
    assert ("exactly_one", True) in ways


def by_looking(
    protocol: Protocol, statement: Statement, about: str, everybody: Everybody, whose: Callable[[Condition], set[Key]]
) -> tuple[set[Key], set[Key]]:
    """Return the answer sets that a statement speaks of, and those for which it does not hold."""
    if statement.never_lowers is not None:
        return lowered_by_looking(protocol, about, everybody)
    spoken = set(everybody)
    if statement.each:
        name, code = about.split(" = ")
        spoken = {key for key, person in everybody.items() if is_said(code, person.states[name])}
    if statement.exactly_one is not None:
        return spoken, set()  # the engine says one outcome and one urgency of everybody
    if statement.possible is not None:
        return spoken & whose(statement.possible), set()
    if statement.always is not None:
        if statement.always.if_ is not None:
            spoken &= whose(statement.always.if_)
        return spoken, spoken - whose(statement.always.then)
    assert statement.never is not None
    never = statement.never.parts if isinstance(statement.never, AllParts) else (statement.never,)
    of_answers = [part for part in never if questions_in(part).isdisjoint(RESULTS)]
    spoken = spoken.intersection(*map(whose, of_answers))
    return spoken, spoken.intersection(*map(whose, never))


def is_said(code: str, state: AnswerState) -> bool:
    return state is UNKNOWN if code == "unknown" else isinstance(state, frozenset) and code in state


def lowered_by_looking(protocol: Protocol, about: str, everybody: Everybody) -> tuple[set[Key], set[Key]]:
    """Return where a choice can be given anew, and where it can lower the urgency."""
    questions = protocol.questionnaire.questions
    name, code = about.split(" = ")
    place = [question.id for question in questions].index(name)
    question = questions[place]
    hangs = [one.when is not None and name in questions_in(one.when) for one in questions]

    def apart(key: Key) -> Key:
        return tuple(codes for codes, hanging in zip(key, hangs, strict=True) if not hanging)

    mildest: dict[Key, int] = {}
    for key, person in everybody.items() if any(hangs) else ():  # else everybody stands there as they are
        rest = apart(key)
        mildest[rest] = min(person.decision.urgency.rank, mildest.get(rest, 9))
    spoken, wrong = set(), set()
    for key, person in everybody.items():
        before = key[place]
        if before <= (question.alone if question.multiple else frozenset(question.reassuring)):
            after = frozenset({code})
        elif question.multiple and code not in before:
            after = before | {code}
        else:
            continue
        if person.states[name] is NOT_APPLICABLE:
            continue
        spoken.add(key)
        changed_key = (*key[:place], after, *key[place + 1 :])
        follows = everybody.get(changed_key)
        lowest = follows.decision.urgency.rank if follows else mildest.get(apart(changed_key), 9)
        if lowest < person.decision.urgency.rank:
            wrong.add(key)
    return spoken, wrong


def test_what_structure_finds_is_so(damaged: Protocol, space: AnswerSpace, everybody: Everybody) -> None:
    fired = {rule.id for one in everybody.values() for rule in one.decision.fired}
    dead = {rule.id for rule in damaged.rules if rule.id not in fired | {"G01"}}
    messages = [problem.message for problem in structural_problems(space)]
    assert {message.split()[0] for message in messages if "can never fire" in message} == dead
    nobody = set(damaged.types) - {code for one in everybody.values() for code in one.decision.types}
    assert {message.split("'")[1] for message in messages if "Nobody can get" in message} == nobody


def test_idle_rules_change_nobody(damaged: Protocol, space: AnswerSpace, everybody: Everybody) -> None:
    idle = {one.message.split()[0] for one in structural_problems(space) if "changes no outcome" in one.message}
    whom_it_concerns: dict[str, list[Person]] = defaultdict(list)
    for person in everybody.values():
        for fired in person.decision.fired:
            whom_it_concerns[fired.id].append(person)
    for rule in damaged.concluding_rules:
        less = changed(damaged, rule.id, lambda _: None)
        engine = PlainEngine(less)

        def differs(person: Person, less: Protocol = less, engine: PlainEngine = engine) -> bool:
            now, before = decide(less, engine.judge(person.answers)), person.decision
            return (now.outcome, now.urgency, set(now.types)) != (before.outcome, before.urgency, set(before.types))

        if rule.id != "G01" and not rule.reason_only:
            assert any(map(differs, whom_it_concerns[rule.id])) is not (rule.id in idle), rule.id


def test_what_is_enough_forces_the_urgency(space: AnswerSpace, everybody: Everybody) -> None:
    people = list(everybody.values())
    for person in people[:: len(people) // 7]:
        answers, decision = person.answers, person.decision
        for exactly in (True, False):
            names = enough_for(space, answers, decision.urgency, exactly=exactly)
            wanted = {name: answers.states[name] for name in names}
            same = (one for one in people if all(one.states[name] == said for name, said in wanted.items()))
            reached = {one.decision.urgency.rank for one in same}
            assert min(reached) == decision.urgency.rank
            assert not exactly or len(reached) == 1


def test_versions_differ_for_whom_they_do(
    small: Protocol, damaged: Protocol, everybody: Everybody, undamaged: list[Decision]
) -> None:
    expected = Counter[tuple[Any, ...]]()
    for before, person in zip(undamaged, everybody.values(), strict=True):
        after = person.decision
        if (before.outcome, before.urgency) != (after.outcome, after.urgency):
            expected[before.outcome, before.urgency, after.outcome, after.urgency] += 1
    found = compare(small, damaged)
    assert found.answer_sets == len(everybody)
    assert {(*change.before, *change.after): change.answer_sets for change in found.changes} == expected
