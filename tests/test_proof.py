"""The proofs: they agree with the engines, hold on the shipped rules, and find planted faults."""

from __future__ import annotations

import dataclasses
from itertools import islice
from random import Random
from typing import TYPE_CHECKING
from typing import Any as Anything

import pytest

from triage.answers.answers import Answers, settle
from triage.answers.examples import given_states
from triage.circuit.gates import opposite
from triage.conditions.answer_state import NOT_APPLICABLE, UNKNOWN
from triage.conditions.condition import All, Any, AnyOf, Condition, Found, NoneOf
from triage.conditions.truth import truth
from triage.documents.problems import Place
from triage.engines.decision import decide
from triage.engines.plain import PlainEngine
from triage.proof.answer_space import AnswerSpace
from triage.proof.comparison import compare
from triage.proof.counting import Counter
from triage.proof.mutation import Mutant, mutants
from triage.proof.proving import Proof, prove
from triage.proof.statements import Statement, read_statements
from triage.proof.structure import structural_problems
from triage.proof.sufficient import enough_for
from triage.proof.watching import Watch
from triage.protocol.rule import Example
from triage.protocol.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from triage.circuit.gates import Gate
    from triage.conditions.answer_state import AnswerState
    from triage.protocol.catalogue import Case
    from triage.protocol.protocol import Protocol
    from triage.protocol.rule import Rule


@pytest.fixture(scope="module")
def space(protocol: Protocol) -> AnswerSpace:
    """A solver decides about all that it ever heard of, so what asks it a lot takes an answer space of its own."""
    return AnswerSpace(protocol)


@pytest.fixture(scope="module")
def statements(protocol: Protocol) -> Sequence[Statement]:
    return read_statements(protocol)


def test_every_statement_is_proved_and_speaks_of_some_answer_set(
    space: AnswerSpace, statements: Sequence[Statement]
) -> None:
    for statement in statements:
        for proof in prove(space, statement):
            assert proof.holds, (statement.id, proof.about, proof.counterexample)


def test_the_number_of_answer_sets_is_exact(protocol: Protocol, space: AnswerSpace) -> None:
    counter = space.counter()
    assert 1.6e55 < counter.total < 1.7e55
    screen = protocol.questionnaire.by_id[protocol.emergency_screen]
    assert counter.total % (2 ** len(screen.warnings) + 1) == 0  # warnings in any mixture, none of them, or unknown
    for question in protocol.questionnaire.questions:
        if not question.multiple:
            states = [UNKNOWN, *(frozenset({code}) for code in question.codes)]
            counted = [counter.count(space.answers.exactly(question.id, state)) for state in states]
            counted.append(counter.count(space.answers.conditions.not_applicable(question.id)))
            assert sum(counted) == counter.total, question.id


def test_the_shipped_rules_have_no_dead_or_idle_part(space: AnswerSpace) -> None:
    assert list(structural_problems(space)) == []


def test_both_back_ends_agree(sneezing: Protocol) -> None:
    space = AnswerSpace(sneezing)
    inputs, valid = space.answers.given.values(), space.answers.valid
    counters = [Counter(space.circuit, inputs, within=valid, back_end=name) for name in ("cudd", "autoref")]
    for level in Urgency:
        first, second = (counter.count(space.results.urgency[level]) for counter in counters)
        assert first == second


# ---- what is enough by itself ----


def is_enough(space: AnswerSpace, states: Mapping[str, AnswerState], goal: Gate) -> bool:
    """Return whether a goal is reached by every answer set with these answers."""
    given = (space.answers.exactly(name, state) for name, state in states.items())
    return not space.some(*given, opposite(goal))


def test_the_answers_that_are_enough_are_enough_and_none_can_be_dropped(protocol: Protocol, cases: list[Case]) -> None:
    engine, space = PlainEngine(protocol), AnswerSpace(protocol)
    for case in cases:
        answers = settle(protocol.questionnaire, given_states(case.answers))
        if answers.misplaced:
            continue
        urgency = decide(protocol, engine.judge(answers)).urgency
        for exactly, goal in ((True, space.results.urgency[urgency]), (False, space.results.at_least[urgency])):
            names = enough_for(space, answers, urgency, exactly=exactly)
            chosen = {name: answers.states[name] for name in names}
            assert is_enough(space, chosen, goal), case.id
            for name in names:
                fewer = {other: state for other, state in chosen.items() if other != name}
                assert not is_enough(space, fewer, goal), (case.id, name)


# ---- planted faults ----


def changed(protocol: Protocol, rule_id: str, **changes: Anything) -> Protocol:
    """The protocol with fields of one rule changed."""

    def other(rule: Rule) -> Rule:
        return rule.model_copy(update=changes) if rule.id == rule_id else rule

    pages = tuple(dataclasses.replace(page, rules=tuple(map(other, page.rules))) for page in protocol.pages)
    return dataclasses.replace(protocol, pages=pages)


def refuted(protocol: Protocol, statements: Sequence[Statement]) -> list[Proof]:
    """What fails of the statements that are made for each choice by itself."""
    space = AnswerSpace(protocol)
    for_each = [statement for statement in statements if statement.each]
    return [proof for one in for_each for proof in prove(space, one) if not proof.holds]


def test_the_plain_engine_confirms_every_counterexample(protocol: Protocol, statements: Sequence[Statement]) -> None:
    """Of the first statements that notice a change, for changes drawn at random until four were confirmed."""
    confirmed = 0
    for mutant in Random(8).sample(list(mutants(protocol)), 60):
        damaged = AnswerSpace(mutant.protocol)
        single = (one for one in statements if one.never is not None or one.always is not None)
        proofs = (proof for one in single for proof in prove(damaged, one) if proof.counterexample is not None)
        for proof in islice(proofs, 2):
            answers = settle(protocol.questionnaire, proof.counterexample or {})
            assert contradicts(mutant.protocol, proof.statement, answers), (mutant.entry, mutant.change)
            confirmed += 1
        if confirmed >= 4:
            break
    assert confirmed >= 4


def contradicts(protocol: Protocol, statement: Statement, answers: Answers) -> bool:
    """Whether the result of one person is what a statement says it never is, or is not what it always is."""
    decision = decide(protocol, PlainEngine(protocol).judge(answers))
    states = {
        **answers.states,
        "outcome": frozenset({decision.outcome.value}),
        "urgency": frozenset({decision.urgency.value}),
        "types": frozenset(decision.types) or NOT_APPLICABLE,
    }
    if statement.never is not None:
        return fits(statement.never, states)
    if statement.always.if_ is not None and not fits(statement.always.if_, states):
        return False
    return not fits(statement.always.then, states)


def fits(condition: Condition, states: Anything) -> bool:
    """Judge a condition of a statement, where a test on a whole answer set is true or not: nothing is undecided."""
    match condition:
        case All(parts):
            return all(fits(part, states) for part in parts)
        case Any(parts):
            return any(fits(part, states) for part in parts)
        case NoneOf(parts):
            return not any(fits(part, states) for part in parts)
    return truth(condition, states, {}) is True


def test_a_red_flag_left_out_of_one_rule_is_refuted_with_an_answer_set_that_shows_it(
    protocol: Protocol, statements: Sequence[Statement]
) -> None:
    broken = changed(protocol, "E04", when=AnyOf("thinking", ("slow_decline_years",)))
    found = [proof for proof in refuted(broken, statements) if proof.about == "thinking = new_confusion_or_drowsiness"]
    assert found
    example = found[0].counterexample
    assert example is not None
    assert "new_confusion_or_drowsiness" in example["thinking"]
    answers = settle(protocol.questionnaire, example)
    assert decide(broken, PlainEngine(broken).judge(answers)).urgency is not Urgency.EMERGENCY


def test_a_warning_choice_made_reassuring_is_refuted(protocol: Protocol, statements: Sequence[Statement]) -> None:
    mutant = next(one for one in mutants(protocol) if one.change == "muscle_wasting made reassuring")
    assert any("neuro_signs = muscle_wasting" in proof.about for proof in refuted(mutant.protocol, statements))


def test_a_benign_rule_that_ignores_the_description_is_refuted(
    protocol: Protocol, statements: Sequence[Statement]
) -> None:
    rule = protocol.rules_by_id["B01"]
    parts = tuple(part for part in rule.when.parts if getattr(part, "question", "") != "jerk_description")
    broken = changed(protocol, "B01", when=type(rule.when)(parts))
    assert any("jerk_description" in proof.about for proof in refuted(broken, statements))


def test_a_contradictory_rule_can_never_fire(protocol: Protocol) -> None:
    rule = protocol.rules_by_id["E04"]
    never = type(protocol.rules_by_id["B01"].when)((rule.when, NoneOf((rule.when,))))
    found = structural_problems(AnswerSpace(changed(protocol, "E04", when=never)))
    assert "E04 can never fire." in [problem.message for problem in found]


def test_a_rule_that_another_one_covers_is_called_idle(protocol: Protocol) -> None:
    same = protocol.rules_by_id["U09"].then
    broken = changed(protocol, "U21", when=protocol.rules_by_id["U09"].when, then=same)
    found = [problem.message for problem in structural_problems(AnswerSpace(broken))]
    assert any(message.startswith("U21 changes no outcome") for message in found)


def test_the_rule_that_every_protocol_with_mild_signs_needs_is_never_called_idle(sneezing: Protocol) -> None:
    """Who followed the advice to drop it would be refused."""
    blocked = AnyOf("nose", ("blocked",))
    also = sneezing.rules_by_id["G02"].then
    found = [one.message for one in structural_problems(AnswerSpace(changed(sneezing, "G03", when=blocked, then=also)))]
    assert any(message.startswith("G03 changes no outcome") for message in found)
    assert not any(message.startswith("G02") for message in found)


def test_a_type_nobody_can_get_is_found(protocol: Protocol) -> None:
    named = [kind for rule in protocol.rules for kind in rule.then.types]
    rule = next(rule for rule in protocol.rules if any(named.count(kind) == 1 for kind in rule.then.types))
    [kind, *_] = [kind for kind in rule.then.types if named.count(kind) == 1]
    broken = changed(protocol, rule.id, then=rule.then.model_copy(update={"types": ()}))
    found = [problem.message for problem in structural_problems(AnswerSpace(broken))]
    assert f"Nobody can get the type {kind!r}." in found


def test_a_statement_that_speaks_of_nothing_is_an_error(protocol: Protocol, space: AnswerSpace) -> None:
    both = {"age_group": "newborn_under_4w", "impact": "annoying"}
    empty = Statement.model_validate(
        {"id": "X", "title": "x", "why": "x", "never": {**both, "outcome": "likely_benign"}},
        context=_vocabulary(protocol),
    )
    (proof,) = prove(space, empty, space.counter())
    assert not proof.holds
    assert not proof.speaks
    assert proof.answer_sets == 0


def _vocabulary(protocol: Protocol) -> Anything:
    from triage.proof.statements import result_vocabulary

    return result_vocabulary(protocol)


# ---- mutation and comparison ----


def test_a_dropped_condition_is_noticed_and_an_equivalent_change_is_proved_so(
    protocol: Protocol, cases: list[Case], statements: Sequence[Statement]
) -> None:
    watch = Watch(protocol, cases, statements)
    found = {one.change: one for one in mutants(protocol) if one.entry == "F02"}
    assert watch.look(found["negated: finding warning_sign"]).by == "example"
    when = protocol.rules_by_id["U09"].when
    twice = Mutant("U09", "said twice", changed(protocol, "U09", when=All((when, Any((when, when))))))
    assert watch.look(twice).by == "equivalent"


def test_a_dropped_type_is_noticed_by_an_example_that_says_it_must_be_named(
    protocol: Protocol, statements: Sequence[Statement]
) -> None:
    given = {"seizures": ("convulsion_ever",)}
    silent = Example.model_validate({"name": "a fit years ago", "given": given, "fires": True})
    telling = silent.model_copy(update={"types": ("epileptic",)})
    mutant = next(one for one in mutants(protocol) if one.entry == "U02a" and one.change == "type epileptic dropped")
    rest = [one for one in statements if one.id == "P01"]
    for example, by in ((silent, "nobody"), (telling, "example")):
        watch = Watch(protocol, [], rest, {"U02a": [(example, Place("here"))]})
        assert watch.look(mutant).by == by, example


def test_versions_are_compared_and_less_caution_comes_first(protocol: Protocol) -> None:
    lower = protocol.rules_by_id["U09"].then.model_copy(update={"urgency": Urgency.ROUTINE})
    found = compare(protocol, changed(protocol, "U09", then=lower))
    assert found.rules_changed == ("U09",)
    (change,) = found.changes
    assert (change.before.urgency, change.after.urgency) == (Urgency.URGENT, Urgency.ROUTINE)
    assert change.before.outcome is change.after.outcome is Outcome.SUGGESTS_DISEASE
    assert change.less_cautious
    assert change.answer_sets > 0
    assert "kidney_or_liver_disease" in change.example["conditions"]


def test_the_same_protocol_has_no_differences(protocol: Protocol) -> None:
    found = compare(protocol, protocol)
    assert found.changes == ()
    assert found.rules_changed == ()


def test_a_finding_is_never_false_while_one_of_its_rules_is_open(protocol: Protocol, space: AnswerSpace) -> None:
    for name, rules in protocol.finding_rules.items():
        for rule in rules:
            not_false = opposite(space.results.sides(rule).false)
            assert not space.some(not_false, space.results.findings[name].false)
    assert any(isinstance(part, Found) for part in protocol.rules_by_id["B01"].when.parts)


def test_benign_and_disease_share_no_answer_set(space: AnswerSpace) -> None:
    assert not space.some(*space.results.outcome.values())
