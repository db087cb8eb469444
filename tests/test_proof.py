"""The proofs: they agree with the engines, hold on the shipped rules, and find planted faults."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from people import near_case_person, uniform_person

import triage
from triage.answers import Answers, settle
from triage.condition import AnyOf, Found, NoneOf
from triage.decision import decide
from triage.engines.plain import PlainEngine
from triage.examples import given_states
from triage.proof.comparison import compare
from triage.proof.counting import count
from triage.proof.diagrams import ProtocolDiagrams
from triage.proof.mutation import Watch, mutants
from triage.proof.proving import Proof, prove
from triage.proof.statements import Statement, read_statements
from triage.proof.structure import structural_problems
from triage.proof.sufficient import enough_for, is_enough
from triage.urgency import Outcome, Urgency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from triage.catalogue import Case
    from triage.protocol import Protocol
    from triage.rule import Rule


@pytest.fixture(scope="module")
def diagrams(protocol: Protocol) -> ProtocolDiagrams:
    return ProtocolDiagrams(protocol)


@pytest.fixture(scope="module")
def statements(protocol: Protocol) -> Sequence[Statement]:
    return read_statements(protocol)


@pytest.fixture(scope="module")
def sneezing() -> Protocol:
    return triage.load_protocol(Path(__file__).parent / "protocols" / "sneezing")


def people(protocol: Protocol, cases: list[Case], number: int) -> list[Answers]:
    rng = Random(5)
    makers = [lambda: uniform_person(protocol, rng), lambda: near_case_person(protocol, cases, rng)]
    found = [settle(protocol.questionnaire, makers[index % 2]()) for index in range(number)]
    return [answers for answers in found if not answers.misplaced]


def test_the_diagrams_say_of_every_person_what_the_plain_engine_says(
    protocol: Protocol, cases: list[Case], diagrams: ProtocolDiagrams
) -> None:
    engine = PlainEngine(protocol)
    for answers in people(protocol, cases, 120):
        inside = partial(diagrams.space.contains, answers=answers)
        verdicts = engine.judge(answers)
        decision = decide(protocol, verdicts)
        for rule in protocol.rules:
            fires = rule in decision.fired
            assert inside(diagrams.fires(rule)) is fires, rule.id
            if rule.id in diagrams.rules:
                assert inside(diagrams.rules[rule.id].false) is (verdicts.rules[rule.id] is False)
        assert [level for level in Urgency if inside(diagrams.urgency[level])] == [decision.urgency]
        assert {kind for kind in diagrams.types if inside(diagrams.types[kind])} == set(decision.types)
        named = {cause.code for cause in decision.causes}
        assert {code for code in diagrams.causes if inside(diagrams.causes[code])} == named


def test_every_statement_is_proved_and_speaks_of_some_answer_set(
    diagrams: ProtocolDiagrams, statements: Sequence[Statement]
) -> None:
    for statement in statements:
        for proof in prove(diagrams, statement, counted=False):
            assert proof.holds, (statement.id, proof.about, proof.counterexample)


def test_the_number_of_answer_sets_is_exact(protocol: Protocol, diagrams: ProtocolDiagrams) -> None:
    total = count(diagrams.space, diagrams.valid)
    assert sum(count(diagrams.space, diagrams.urgency[level]) for level in Urgency) == total
    assert 8.0e50 < total < 8.2e50
    screen = protocol.questionnaire.by_id[protocol.emergency_screen]
    assert total % (2 ** len(screen.warnings) + 1) == 0  # warnings in any mixture, none of them, or unknown


def test_the_shipped_rules_have_no_dead_or_idle_part(diagrams: ProtocolDiagrams) -> None:
    assert list(structural_problems(diagrams)) == []


def test_both_back_ends_agree(sneezing: Protocol) -> None:
    counts = []
    for back_end in ("cudd", "autoref"):
        drawn = ProtocolDiagrams(sneezing, back_end=back_end)
        counts.append([count(drawn.space, drawn.urgency[level]) for level in Urgency])
    assert counts[0] == counts[1]


# ---- what is enough by itself ----


def test_the_answers_that_are_enough_are_enough_and_none_can_be_dropped(
    protocol: Protocol, cases: list[Case], diagrams: ProtocolDiagrams
) -> None:
    engine = PlainEngine(protocol)
    for case in cases:
        answers = settle(protocol.questionnaire, given_states(case.answers))
        if answers.misplaced:
            continue
        urgency = decide(protocol, engine.judge(answers)).urgency
        for exactly, goal in ((True, diagrams.urgency[urgency]), (False, diagrams.at_least[urgency])):
            names = enough_for(diagrams, answers, urgency, exactly=exactly)
            chosen = {name: answers.states[name] for name in names}
            assert is_enough(diagrams, chosen, goal), case.id
            for name in names:
                fewer = {other: state for other, state in chosen.items() if other != name}
                assert not is_enough(diagrams, fewer, goal), (case.id, name)


# ---- planted faults ----


def changed(protocol: Protocol, rule_id: str, **changes: Any) -> Protocol:
    """The protocol with fields of one rule changed."""

    def other(rule: Rule) -> Rule:
        return rule.model_copy(update=changes) if rule.id == rule_id else rule

    pages = tuple(dataclasses.replace(page, rules=tuple(map(other, page.rules))) for page in protocol.pages)
    return dataclasses.replace(protocol, pages=pages)


def refuted(protocol: Protocol, statements: Sequence[Statement], beside: ProtocolDiagrams) -> list[Proof]:
    """What fails of the statements that are made for each choice by itself."""
    diagrams = ProtocolDiagrams(protocol, space=beside.space)
    for_each = [statement for statement in statements if statement.each]
    return [proof for one in for_each for proof in prove(diagrams, one, counted=False) if not proof.holds]


def test_a_red_flag_left_out_of_one_rule_is_refuted_with_an_answer_set_that_shows_it(
    protocol: Protocol, statements: Sequence[Statement], diagrams: ProtocolDiagrams
) -> None:
    broken = changed(protocol, "E04", when=AnyOf("thinking", ("slow_decline_years",)))
    found = [
        proof
        for proof in refuted(broken, statements, diagrams)
        if proof.about == "thinking = new_confusion_or_drowsiness"
    ]
    assert found
    example = found[0].counterexample
    assert example is not None
    assert "new_confusion_or_drowsiness" in example["thinking"]
    answers = settle(protocol.questionnaire, example)
    assert decide(broken, PlainEngine(broken).judge(answers)).urgency is not Urgency.EMERGENCY


def test_a_warning_choice_made_reassuring_is_refuted(
    protocol: Protocol, statements: Sequence[Statement], diagrams: ProtocolDiagrams
) -> None:
    mutant = next(one for one in mutants(protocol) if one.change == "muscle_wasting made reassuring")
    assert any(
        "neuro_signs = muscle_wasting" in proof.about for proof in refuted(mutant.protocol, statements, diagrams)
    )


def test_a_benign_rule_that_ignores_the_description_is_refuted(
    protocol: Protocol, statements: Sequence[Statement], diagrams: ProtocolDiagrams
) -> None:
    rule = protocol.rules_by_id["B01"]
    parts = tuple(part for part in rule.when.parts if getattr(part, "question", "") != "jerk_description")
    broken = changed(protocol, "B01", when=type(rule.when)(parts))
    assert any("jerk_description" in proof.about for proof in refuted(broken, statements, diagrams))


def test_a_contradictory_rule_can_never_fire(protocol: Protocol, diagrams: ProtocolDiagrams) -> None:
    rule = protocol.rules_by_id["E04"]
    never = type(protocol.rules_by_id["B01"].when)((rule.when, NoneOf((rule.when,))))
    found = structural_problems(ProtocolDiagrams(changed(protocol, "E04", when=never), space=diagrams.space))
    assert "E04 can never fire." in [problem.message for problem in found]


def test_a_rule_that_another_one_covers_is_called_idle(protocol: Protocol, diagrams: ProtocolDiagrams) -> None:
    same = protocol.rules_by_id["U09"].then
    broken = changed(protocol, "U21", when=protocol.rules_by_id["U09"].when, then=same)
    found = [problem.message for problem in structural_problems(ProtocolDiagrams(broken, space=diagrams.space))]
    assert any(message.startswith("U21 changes no outcome") for message in found)


def test_a_type_nobody_can_get_is_found(protocol: Protocol, diagrams: ProtocolDiagrams) -> None:
    then = protocol.rules_by_id["R04"].then
    broken = changed(protocol, "R04", then=then.model_copy(update={"types": ()}))
    found = [problem.message for problem in structural_problems(ProtocolDiagrams(broken, space=diagrams.space))]
    assert "Nobody can get the type 'propriospinal'." in found


def test_a_statement_that_speaks_of_nothing_is_an_error(protocol: Protocol, diagrams: ProtocolDiagrams) -> None:
    both = {"age_group": "newborn_under_4w", "impact": "annoying"}
    empty = Statement.model_validate(
        {"id": "X", "title": "x", "why": "x", "never": {**both, "outcome": "likely_benign"}},
        context=_vocabulary(protocol),
    )
    (proof,) = prove(diagrams, empty)
    assert not proof.holds
    assert proof.answer_sets == 0


def _vocabulary(protocol: Protocol) -> Any:
    from triage.proof.statements import result_vocabulary

    return result_vocabulary(protocol)


# ---- mutation and comparison ----


def test_a_dropped_condition_is_noticed_and_an_equivalent_change_is_proved_so(
    protocol: Protocol, cases: list[Case], statements: Sequence[Statement]
) -> None:
    watch = Watch(protocol, cases, statements)
    found = {one.change: one for one in mutants(protocol) if one.entry == "F02"}
    assert watch.look(found["negated: finding warning_sign"]).by == "example"
    assert watch.look(found["dropped: finding red_flag_unknown"]).by == "equivalent"


def test_versions_are_compared_and_less_caution_comes_first(protocol: Protocol) -> None:
    lower = protocol.rules_by_id["U09"].then.model_copy(update={"urgency": Urgency.ROUTINE})
    found = compare(protocol, changed(protocol, "U09", then=lower))
    assert found.rules_changed == ("U09",)
    (change,) = found.changes
    assert (change.before.urgency, change.after.urgency) == (Urgency.URGENT, Urgency.ROUTINE)
    assert change.before.outcome is change.after.outcome is Outcome.SUGGESTS_DISEASE
    assert change.less_cautious
    assert change.answer_sets > 0
    assert {"kidney_disease", "liver_disease"} & change.example["conditions"]


def test_the_same_protocol_has_no_differences(protocol: Protocol) -> None:
    found = compare(protocol, protocol)
    assert found.changes == ()
    assert found.rules_changed == ()


def test_a_finding_is_never_false_while_one_of_its_rules_is_open(
    protocol: Protocol, diagrams: ProtocolDiagrams
) -> None:
    for name, rules in protocol.finding_rules.items():
        for rule in rules:
            not_false = ~diagrams.rules[rule.id].false
            assert diagrams.valid & not_false & diagrams.findings[name].false == diagrams.space.false
    assert any(isinstance(part, Found) for part in protocol.rules_by_id["B01"].when.parts)


def test_benign_and_disease_share_no_answer_set(diagrams: ProtocolDiagrams) -> None:
    shared = diagrams.outcome[Outcome.LIKELY_BENIGN] & diagrams.outcome[Outcome.SUGGESTS_DISEASE]
    assert shared == diagrams.space.false
